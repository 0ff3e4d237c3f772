/** Where runs go that name no queue. */
export const DEFAULT_QUEUE = "default";

/** Queue and workflow as one word, by which a runtime counts what it takes. */
export const placeOf = (queue: string, workflowName: string): string => `${queue}/${workflowName}`;
/** What the workflow of such a word is called. */
export const workflowOf = (place: string): string => place.slice(place.indexOf("/") + 1);

/** Where a run was sent: its queue, and which Redis has it; null where that was not noted, as before there could be several. */
export interface SentTo {
  queue: string;
  at: string | null;
}
/** As one word: no queue has an @ in its name. */
export const sentToWord = ({ queue, at }: SentTo): string => (at === null ? queue : `${queue}@${at}`);
export function readSentTo(word: string): SentTo {
  const end = word.indexOf("@");
  return end < 0 ? { queue: word, at: null } : { queue: word.slice(0, end), at: word.slice(end + 1) };
}

/** What a queue may be called: it stands in keys of Redis, on command lines and in the configuration of services. */
export const queuePattern = /^[A-Za-z0-9_-]{1,50}$/;
export const queueTaken = "a name of letters, digits, '-' and '_', at most 50 characters, such as gpu";
