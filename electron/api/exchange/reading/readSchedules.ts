import {
  compileSpec,
  describeSpec,
  type ExclusionCalendar,
  nextOccurrence,
  SpecError,
} from "../../../../shared/schedule/index.ts";
import { decodeFile, textFile } from "../formats/decode.ts";
import { Found, type FoundSchedule, type ImportFile } from "../formats/found.ts";
import { readFiles } from "../formats/readFiles.ts";
import type { FromReader, ReadRequest, SentFile } from "./readerProtocol.ts";

/** So many are sent at once: the program that takes them does so between other work. */
const perMessage = 20;
const entriesPerMessage = 200;

/** The files that were sent one after the other. */
export function sentFiles(files: readonly SentFile[], text: string): ImportFile[] {
  let from = 0;
  return files.map(({ name, encoding, length }) => {
    const own = text.slice(from, from + length);
    from += length;
    return encoding === "base64" ? decodeFile(name, Buffer.from(own, "base64")) : textFile(name, own);
  });
}

/** Reads texts of schedules and posts what they hold. Throws AppError where nothing of it can be taken. */
export function readSchedules(
  request: Extract<ReadRequest, { kind: "schedules" }>,
  text: string,
  post: (message: FromReader) => void,
): void {
  const { format, timezone, nowAt, files } = request;
  const found = new Found();
  const { documents, formats } = readFiles(sentFiles(files, text), format, timezone, found);
  const calendars = documents.flatMap((document) => document.calendars);
  for (const { name, entries } of calendars) {
    for (let from = 0; from === 0 || from < entries.length; from += entriesPerMessage) {
      post({ type: "calendar", calendar: { name, entries: entries.slice(from, from + entriesPerMessage) } });
    }
  }
  const own = documents.flatMap((document) =>
    document.schedules.map(
      (input): FoundSchedule => ({
        input: input as FoundSchedule["input"],
        notes: [],
        origin: null,
        mailTo: null,
        file: document.file,
        line: null,
        text: "",
      }),
    ),
  );
  const all = [...own, ...found.schedules];
  const known = new Map(calendars.map((calendar) => [calendar.name, calendar]));
  for (let from = 0; from < all.length; from += perMessage) {
    post({ type: "progress", done: from, total: all.length });
    const part = all.slice(from, from + perMessage);
    post({
      type: "schedules",
      schedules: part.map((schedule) => ({ ...schedule, ...whenOf(schedule, known, nowAt) })),
    });
  }
  post({ type: "result", formats, skipped: found.skipped, invalid: found.invalid });
}

/** The spec in words, and its next three occurrences: none where it names a calendar that is not in the files. */
function whenOf(
  { input }: FoundSchedule,
  calendars: ReadonlyMap<string, ExclusionCalendar>,
  nowAt: number,
): { words: string; next: string[] } {
  const words = describeSpec(input.spec, { zone: false }).slice(0, 10_000);
  const next: string[] = [];
  try {
    const compiled = compileSpec(input.spec, { anchorAt: nowAt, calendars });
    for (let at = nextOccurrence(compiled, nowAt); at !== null && next.length < 3; at = nextOccurrence(compiled, at)) {
      next.push(new Date(at).toISOString());
    }
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
  }
  return { words, next };
}
