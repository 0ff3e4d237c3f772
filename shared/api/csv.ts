import type { RunRow } from "./runs.ts";

/** What a spreadsheet would take for a formula, and compute when the file is opened. */
const formula = /^[=+\-@\t\r]/;

/** A cell of a CSV file (RFC 4180). One that begins like a formula gets a quote before it, and so stays text. */
export function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a CSV file, each with its end. */
export const csvText = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");

const milliseconds = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : Date.parse(to) - Date.parse(from);

const columns: readonly [title: string, cell: (run: RunRow) => string | number | null][] = [
  ["run", (run) => run.runId],
  ["schedule", (run) => run.scheduleId],
  ["name", (run) => run.scheduleName],
  ["workflow", (run) => run.workflowName],
  ["status", (run) => run.status],
  ["trigger", (run) => run.trigger],
  ["scheduled for", (run) => run.scheduledTime],
  ["created", (run) => run.createdAt],
  ["started", (run) => run.startedAt],
  ["ended", (run) => run.completedAt],
  ["duration ms", (run) => milliseconds(run.startedAt, run.completedAt)],
  ["attempt", (run) => run.attempt],
  ["backfill", (run) => run.backfillId],
  ["message", (run) => run.error?.message ?? run.warning ?? run.skipReason],
];

/** Runs as a CSV file: the same columns on every page and on the command line, times in ISO 8601 UTC. */
export const runsCsv = (runs: readonly RunRow[]): string =>
  csvText([columns.map(([title]) => title), ...runs.map((run) => columns.map(([, cell]) => cell(run)))]);
