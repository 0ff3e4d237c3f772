/** What a list of schedules can be sorted by. Apart from the schemas, so that a page's address is read without them. */
export const sortKeys = ["need", "name", "workflow", "next", "last", "ratio", "status", "created"] as const;
/** What a success ratio is counted over. */
export const ratioWindows = ["30", "7d", "30d", "all"] as const;
