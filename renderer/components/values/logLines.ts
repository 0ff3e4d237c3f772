import type { LogChunk, LogStream } from "../../../shared/domain/run.ts";

/** A line of a run's log as it is drawn. */
export interface LogLine {
  /** Epoch ms of the chunk it began in. */
  at: number;
  stream: LogStream;
  text: string;
  /** It goes on from the line of this index, which is too long for one row. */
  continues?: number;
}

/** What has been read of a log. Lines are added at the end and only the last of each stream may still grow. */
export interface LogModel {
  lines: readonly LogLine[];
  /** Sequence of the newest chunk read; -1 for none. */
  lastSequence: number;
  /** Index of the unfinished line of each stream. */
  open: Partial<Record<LogStream, number>>;
}

export const emptyLog: LogModel = { lines: [], lastSequence: -1, open: {} };

/** Longer lines go on in the next row: a page full of them would take too long to draw. */
const maxLineLength = 500;

// CSI, OSC and the other escape sequences, then what is left of control characters but tab and newline.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text that does nothing but be read: colours, cursor moves and titles meant for a terminal are taken out. */
export function inert(text: string): string {
  return text.replace(escapes, "").replace(/\r\n/g, "\n").replace(/\r/g, "\n").replace(controls, "");
}

/** The log with further chunks; chunks read before are passed over. */
export function appendLog(model: LogModel, chunks: readonly LogChunk[]): LogModel {
  const fresh = chunks.filter((chunk) => chunk.sequence > model.lastSequence);
  if (fresh.length === 0) return model;
  const lines = [...model.lines];
  const open = { ...model.open };
  let lastSequence = model.lastSequence;
  for (const chunk of fresh) {
    lastSequence = Math.max(lastSequence, chunk.sequence);
    const pieces = inert(chunk.text).split("\n");
    pieces.forEach((piece, index) => {
      const ended = index < pieces.length - 1;
      const at = open[chunk.stream];
      const line = at === undefined ? undefined : lines[at];
      let rest = piece;
      let continues: number | undefined;
      if (at !== undefined && line !== undefined) {
        const room = Math.max(0, maxLineLength - line.text.length);
        lines[at] = { ...line, text: line.text + rest.slice(0, room) };
        rest = rest.slice(room);
        if (rest !== "") continues = at;
        if (rest !== "" || ended) delete open[chunk.stream];
      }
      if (rest === "" && (!ended || line !== undefined)) return;
      for (let from = 0; from === 0 || from < rest.length; from += maxLineLength) {
        const text = rest.slice(from, from + maxLineLength);
        lines.push({ at: chunk.at, stream: chunk.stream, text, ...(continues === undefined ? {} : { continues }) });
        continues = lines.length - 1;
      }
      if (!ended) open[chunk.stream] = lines.length - 1;
    });
  }
  return { lines, lastSequence, open };
}

/** All of a log as one text: a line that takes several rows is one line in it. */
export function plainText(lines: readonly LogLine[]): string {
  const whole: string[] = [];
  /** Where in `whole` each row's line is. */
  const places: number[] = [];
  for (const { text, continues } of lines) {
    const place = (continues === undefined ? undefined : places[continues]) ?? whole.length;
    whole[place] = (whole[place] ?? "") + text;
    places.push(place);
  }
  return whole.length === 0 ? "" : `${whole.join("\n")}\n`;
}

/** The row that an address names (`#L12`), from 0; undefined where it names none. */
export function rowOfHash(hash: string): number | undefined {
  const number = /^L([1-9]\d{0,8})$/.exec(hash)?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}

/** Indices of lines that hold `query`, whatever its case; none for an empty query. */
export function findLines(lines: readonly LogLine[], query: string): number[] {
  const wanted = query.toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  lines.forEach((line, index) => {
    if (line.text.length >= wanted.length && line.text.toLowerCase().includes(wanted)) found.push(index);
  });
  return found;
}
