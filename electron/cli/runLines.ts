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

function lineOf(io: CliIo, run: RunRow, kind: "started" | "ended"): string {
  const name = inertLine(run.scheduleName ?? run.scheduleId ?? run.workflowName);
  const at = localTime(io, kind === "started" ? run.startedAt : run.completedAt).slice(11);
  if (kind === "started") return `${paint(io, "gray", at)}  ${paintStatus(io, "started").padEnd(11)}  ${name}\n`;
  const took = tookMs(run);
  const cause = causeOf(run).split("\n")[0] ?? "";
  const status = run.status.padEnd(11).replace(run.status, () => paintStatus(io, run.status));
  const parts = [name, took === null ? "" : tookText(took), inertLine(cause)].filter((part) => part !== "");
  return `${paint(io, "gray", at)}  ${status}  ${parts.join("  ")}\n`;
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
