import type { RunRow } from "../../shared/api/runs.ts";
import { formatDuration } from "../../shared/schedule/texts/duration.ts";
import type { AlmanacApp } from "../api/context.ts";
import { type CliIo, inertLine, localTime, paint, paintStatus } from "./output.ts";

const tookMs = ({ startedAt, completedAt }: RunRow): number | null =>
  startedAt === null || completedAt === null ? null : Math.max(0, Date.parse(completedAt) - Date.parse(startedAt));

/** To the second from a minute on, else as it is. */
const tookText = (ms: number): string =>
  ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(Math.round(ms / 1000) * 1000);

/** Why it did not simply complete, on one line. */
const causeOf = ({ error, warning, skipReason }: RunRow): string =>
  error === null ? (warning ?? skipReason ?? "") : `${error.code}: ${error.message}`;

/** A run's start or end on one line; times are ISO, `status` is `started` or how it ended. */
export function moveLine(
  io: CliIo,
  move: { at: string | null; status: string; name: string; tookMs: number | null; cause: string },
): string {
  const at = localTime(io, move.at).slice(11);
  const status = move.status.padEnd(11).replace(move.status, () => paintStatus(io, move.status));
  const parts = [
    inertLine(move.name),
    move.tookMs === null ? "" : tookText(move.tookMs),
    inertLine(move.cause.split("\n")[0] ?? ""),
  ];
  return `${paint(io, "gray", at)}  ${status}  ${parts.filter((part) => part !== "").join("  ")}\n`;
}

function lineOf(io: CliIo, run: RunRow, kind: "started" | "ended"): string {
  const name = run.scheduleName ?? run.scheduleId ?? run.workflowName;
  if (kind === "started") return moveLine(io, { at: run.startedAt, status: "started", name, tookMs: null, cause: "" });
  return moveLine(io, { at: run.completedAt, status: run.status, name, tookMs: tookMs(run), cause: causeOf(run) });
}

/**
 * Prints a line for each start and end of a run of this program: when, what, how it ended, how long it took, and why it
 * failed; as one JSON document a line where `json`. Returns the way to stop.
 */
export function printRunLines(app: AlmanacApp, io: CliIo, { json }: { json: boolean }): () => void {
  return app.engine.onRunMove(({ runId, kind }) => {
    const run = app.reads.runRow(runId);
    // A run that was called off before it began has no end to tell of; one whose end was not written goes on.
    if (run === undefined || (kind === "ended" && run.completedAt === null)) return;
    if (!json) {
      io.out.write(lineOf(io, run, kind));
      return;
    }
    const { scheduleId, workflowName, status, attempt, error, warning, skipReason } = run;
    const at = kind === "started" ? run.startedAt : run.completedAt;
    const ended = kind === "ended" ? { status, durationMs: tookMs(run), error, warning, skipReason } : {};
    io.out.write(`${JSON.stringify({ event: kind, at, runId, scheduleId, workflowName, attempt, ...ended })}\n`);
  });
}
