import type { ChannelSecret, NoticeMessage } from "../../../shared/domain/notifications.ts";

/** A message with the address of the page that it is about. */
export interface Outgoing extends NoticeMessage {
  url: string;
}

/** Why a message did not go out. */
export class SendError extends Error {
  /** Trying again is no use: the other side has understood and refused. */
  readonly isFinal: boolean;
  /** What the other side asks to wait, ms. */
  readonly retryAfterMs: number | null;

  constructor(message: string, { isFinal = false, retryAfterMs = null as number | null } = {}) {
    super(message);
    this.name = "SendError";
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Longest text of an answer that is kept. */
const MOST_ANSWER = 300;

/** What may be shown of a text: on one line, without what is secret. */
export function inert(text: string, secret: ChannelSecret): string {
  let shown = text;
  for (const value of secretParts(secret)) shown = shown.replaceAll(value, "•••");
  return shown
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MOST_ANSWER);
}

/** Also the parts of an address: an error may name its path or its query alone. */
function secretParts({ url, token, password }: ChannelSecret): string[] {
  const parts = [url, token, password];
  if (url !== undefined && URL.canParse(url)) {
    const { pathname, search, username, password: inUrl } = new URL(url);
    parts.push(pathname, search, username, inUrl);
  }
  return parts
    .filter((part): part is string => part !== undefined && part.length >= 4)
    .sort((a, b) => b.length - a.length);
}
