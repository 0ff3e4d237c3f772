import { readCalendar } from "../formats/ical/calendar.ts";
import type { FromReader, ReadRequest } from "./readerProtocol.ts";
import { sentFiles } from "./readSchedules.ts";

const entriesPerMessage = 200;

/** Reads an iCalendar file and posts its days and windows. Throws AppError where nothing of it can be taken. */
export function readCalendarFile(
  { name, nowAt, files }: Extract<ReadRequest, { kind: "calendar" }>,
  text: string,
  post: (message: FromReader) => void,
): void {
  const { entries, notes } = readCalendar(sentFiles(files, text)[0]?.text ?? "", nowAt, (done, total) =>
    post({ type: "progress", done, total }),
  );
  for (let from = 0; from === 0 || from < entries.length; from += entriesPerMessage) {
    post({ type: "calendar", calendar: { name, entries: entries.slice(from, from + entriesPerMessage) } });
  }
  post({ type: "result", formats: [], skipped: notes, invalid: [] });
}
