import { atOnce } from "../../../engine/turns.ts";
import { readCrontab } from "../formats/crontab.ts";
import { readDocument } from "../formats/document.ts";
import type { FromReader, ReadRequest } from "./readerProtocol.ts";

/** So many are sent at once: the program that takes them does so between other work. */
const perMessage = 20;
const entriesPerMessage = 200;

/** Reads a text of schedules and posts what it holds. Throws AppError where nothing of it can be taken. */
export function readSchedules(
  request: Extract<ReadRequest, { kind: "schedules" }>,
  text: string,
  post: (message: FromReader) => void,
): void {
  const { format, timezone } = request;
  if (format === "crontab") {
    const { schedules, skipped, invalid } = atOnce(readCrontab(text, timezone));
    postSchedules(schedules, post);
    post({ type: "result", skipped, invalid });
    return;
  }
  const { schedules, calendars } = readDocument(text, format);
  for (const { name, entries } of calendars) {
    for (let from = 0; from === 0 || from < entries.length; from += entriesPerMessage) {
      post({ type: "calendar", calendar: { name, entries: entries.slice(from, from + entriesPerMessage) } });
    }
  }
  postSchedules(
    schedules.map((input) => ({ input, notes: [], line: null, text: "" })),
    post,
  );
  post({ type: "result", skipped: [], invalid: [] });
}

function postSchedules(schedules: readonly unknown[], post: (message: FromReader) => void): void {
  for (let from = 0; from < schedules.length; from += perMessage) {
    post({ type: "progress", done: from, total: schedules.length });
    post({ type: "schedules", schedules: schedules.slice(from, from + perMessage) });
  }
}
