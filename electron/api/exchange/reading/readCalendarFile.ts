import { readICalendar } from "../formats/icalendar.ts";
import type { FromReader, ReadRequest } from "./readerProtocol.ts";

const entriesPerMessage = 200;

/** Reads an iCalendar file and posts its days and windows. Throws AppError where nothing of it can be taken. */
export function readCalendarFile(
  { name, nowAt }: Extract<ReadRequest, { kind: "calendar" }>,
  text: string,
  post: (message: FromReader) => void,
): void {
  const { entries } = readICalendar(name, text, nowAt);
  for (let from = 0; from === 0 || from < entries.length; from += entriesPerMessage) {
    post({ type: "progress", done: from, total: entries.length });
    post({ type: "calendar", calendar: { name, entries: entries.slice(from, from + entriesPerMessage) } });
  }
  post({ type: "result", skipped: [], invalid: [] });
}
