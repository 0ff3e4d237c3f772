/** What a page must read again: pushed in groups, at most ten a second. No ids means all of them. */
export interface ChangeEvent {
  topic:
    | "schedules"
    | "runs"
    | "logs"
    | "backfills"
    | "workflows"
    | "calendars"
    | "settings"
    | "pools"
    | "access"
    | "notifications"
    | "notices"
    | "system";
  ids?: string[];
}
