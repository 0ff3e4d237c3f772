import { formatDuration } from "../../shared/schedule/texts/duration.ts";
import type { AlmanacAppOptions } from "../api/app.ts";

/** Where a command writes: results to `out`, everything else to `err`. */
export interface CliIo {
  out: NodeJS.WriteStream;
  err: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  /** IANA zone of whoever reads the terminal. */
  zone: string;
  /** How other processes are started, where that is not Node's way. */
  processes?: Pick<AlmanacAppOptions, "spawnRunner" | "spawnReader">;
}

export type Color = "red" | "green" | "yellow" | "blue" | "gray" | "bold";
const codes: Record<Color, readonly [number, number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  gray: [90, 39],
  bold: [1, 22],
};

/** Colours only for a person at a terminal who has not said no (`NO_COLOR`). */
export function paint(io: CliIo, color: Color, text: string): string {
  if (!io.out.isTTY || io.env["NO_COLOR"] || io.env["TERM"] === "dumb") return text;
  const [on, off] = codes[color];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

const statusColors: Record<string, Color> = {
  completed: "green",
  active: "green",
  failed: "red",
  running: "blue",
  missed: "yellow",
  paused: "yellow",
  interrupted: "yellow",
  cancelled: "gray",
  skipped: "gray",
  ended: "gray",
  deleted: "gray",
};
export const paintStatus = (io: CliIo, status: string): string => {
  const color = statusColors[status];
  return color === undefined ? status : paint(io, color, status);
};

// Control characters move the cursor and change the terminal, marks of direction make text read as another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** User text that cannot act on the terminal; line feeds and tabs stay. */
export const inert = (text: string): string => text.replace(unsafe, escaped);
/** The same on one line. */
export const inertLine = (text: string): string => inert(text).replace(/[\n\t]/g, (c) => (c === "\n" ? "\\n" : "\\t"));

/** A time that is left, to the second: `1h3m20s`. */
export const timeLeftText = (ms: number): string => formatDuration(Math.ceil(ms / 1000) * 1000);

/** An instant in the reader's zone: `2026-11-23 21:04:05`. The zone is printed once, in the header. */
export function localTime(io: CliIo, iso: string | null): string {
  if (iso === null) return "–";
  return new Date(iso).toLocaleString("sv-SE", { timeZone: io.zone });
}

/** `1 run`, `2 runs`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A column: its heading and a cell for each row; `paint` colours after the width is known. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  paint?: (text: string, row: Row) => string;
  right?: boolean;
}

const widest = 60;
const cut = (text: string): string => (text.length > widest ? `${text.slice(0, widest - 1)}…` : text);

export function printTable<Row>(io: CliIo, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = rows.map((row) => columns.map((column) => cut(inertLine(column.cell(row)))));
  const widths = columns.map((column, i) => Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const pad = (text: string, i: number): string => {
    const width = widths[i] ?? 0;
    return columns[i]?.right === true ? text.padStart(width) : i === columns.length - 1 ? text : text.padEnd(width);
  };
  io.out.write(
    `${paint(
      io,
      "bold",
      columns
        .map((column, i) => pad(column.title, i))
        .join("  ")
        .trimEnd(),
    )}\n`,
  );
  rows.forEach((row, r) => {
    const line = columns.map((column, i) => {
      const text = cells[r]?.[i] ?? "";
      const painted = column.paint?.(text, row) ?? text;
      return pad(text, i).replace(text, () => painted);
    });
    io.out.write(`${line.join("  ").trimEnd()}\n`);
  });
}

/** Name and value on a line each; values of undefined are left out. */
export function printFields(io: CliIo, fields: Record<string, string | undefined>): void {
  const shown = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) io.out.write(`${paint(io, "gray", name.padEnd(width))}  ${value}\n`);
}

export const printJson = (io: CliIo, value: unknown): void => void io.out.write(`${JSON.stringify(value, null, 2)}\n`);

/** Progress of long work on standard error: a bar on a terminal, a line at every tenth elsewhere. */
export function createProgress(io: CliIo): { show(done: number, total: number, words: string): void; end(): void } {
  let lastTenth = -1;
  let drawn = false;
  return {
    show(done, total, words) {
      const part = total === 0 ? 1 : Math.min(1, done / total);
      if (io.err.isTTY) {
        const width = 24;
        const filled = Math.round(part * width);
        io.err.write(`\r\u001b[2K[${"█".repeat(filled)}${"░".repeat(width - filled)}] ${done}/${total}${words}`);
        drawn = true;
        return;
      }
      const tenth = Math.floor(part * 10);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      io.err.write(`${done}/${total}${words}\n`);
    },
    end() {
      if (drawn) io.err.write("\n");
    },
  };
}
