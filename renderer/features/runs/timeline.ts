import type { AttemptRecord, Run, StepRecord } from "../../../shared/domain/run.ts";
import { type Outcome, outcomeOf } from "../../components/outcomes/outcomes.ts";

/** A bar of a run's timeline. Epoch ms; `to` null while it goes on. */
export interface TimelineBar {
  key: string;
  label: string;
  /** "attempt 2", "3 attempts", "sleeps". */
  note: string | null;
  outcome: Outcome;
  from: number;
  to: number | null;
}

const stepOutcome: Record<StepRecord["status"], Outcome> = {
  running: "running",
  completed: "completed",
  failed: "failed",
  sleeping: "waiting",
};

/** What a run did, in order: its wait before the start, its attempts, and each step. */
export function timelineBars(
  run: Run & { attempts: readonly AttemptRecord[]; steps: readonly StepRecord[] },
): TimelineBar[] {
  const created = Date.parse(run.createdAt);
  const started = run.startedAt === null ? null : Date.parse(run.startedAt);
  const ended = run.completedAt === null ? null : Date.parse(run.completedAt);
  const bars: TimelineBar[] = [];
  const begun = run.attempts[0]?.startedAt ?? started;
  const waitedMs = (begun ?? ended ?? created) - created;
  if (begun === null || waitedMs > 100) {
    bars.push({ key: "wait", label: "Waited", note: null, outcome: "waiting", from: created, to: begun ?? ended });
  }
  for (const { attempt, status, startedAt, completedAt } of run.attempts) {
    bars.push({
      key: `attempt:${attempt}`,
      label: `Attempt ${attempt}`,
      note: null,
      outcome: status,
      from: startedAt,
      to: completedAt,
    });
  }
  // Between two attempts the row still says when the one before began.
  const between = run.status === "pending" && run.attempts.some(({ startedAt }) => startedAt === started);
  if (started !== null && !between) {
    bars.push({
      key: "run",
      label: run.attempt > 1 ? `Attempt ${run.attempt}` : "Run",
      // Of runs that are older than the record of attempts.
      note: run.attempt - 1 > run.attempts.length ? `${run.attempt - 1 - run.attempts.length} before it` : null,
      outcome: outcomeOf(run.status, run.warning),
      from: started,
      to: ended,
    });
  }
  for (const step of [...run.steps].sort((a, b) => a.sequence - b.sequence)) {
    const note = step.status === "sleeping" ? "sleeps" : step.attempt > 1 ? `${step.attempt} attempts` : null;
    bars.push({
      key: `step:${step.key}`,
      label: step.key,
      note,
      outcome: stepOutcome[step.status],
      from: step.startedAt,
      to: step.completedAt ?? (step.status === "sleeping" ? (step.wakeAt ?? null) : null),
    });
  }
  return bars;
}

/** Where a bar stands in the whole, as shares of its width from 0 to 1; wide enough to be seen. */
export function placeBars(
  bars: readonly TimelineBar[],
  now: number,
): { from: number; to: number; places: { start: number; width: number }[] } {
  const from = Math.min(...bars.map((bar) => bar.from));
  const to = Math.max(from + 1, ...bars.map((bar) => bar.to ?? now));
  const span = to - from;
  const least = 0.004;
  const places = bars.map((bar) => {
    const width = Math.min(1, Math.max(least, ((bar.to ?? now) - bar.from) / span));
    return { start: Math.min((bar.from - from) / span, 1 - width), width };
  });
  return { from, to, places };
}
