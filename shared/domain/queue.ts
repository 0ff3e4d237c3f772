/** Where runs go that name no queue. */
export const DEFAULT_QUEUE = "default";

/** What a queue may be called: it stands in keys of Redis, on command lines and in the configuration of services. */
export const queuePattern = /^[A-Za-z0-9_-]{1,50}$/;
export const queueTaken = "a name of letters, digits, '-' and '_', at most 50 characters, such as gpu";
