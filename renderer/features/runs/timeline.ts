import { type AttemptRecord, doneAgain, type Run, type StepRecord } from "../../../shared/domain/run.ts";
import { type Outcome, outcomeOf } from "../../components/outcomes/outcomes.ts";
import type { Span } from "../../components/timeline/scale.ts";

/** A bar of a run's timeline. Epoch ms; `to` null while it goes on. */
export interface TimelineBar {
  key: string;
  label: string;
  /** "3 attempts", "begun in attempt 1, again in 2", "sleeps", who executed it. */
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
  for (const { attempt, status, startedAt, completedAt, worker } of run.attempts) {
    bars.push({
      key: `attempt:${attempt}`,
      label: `Attempt ${attempt}`,
      // Where it was executed elsewhere than the run was at last, which the page says beside its other facts.
      note: worker == null || worker === run.worker ? null : worker,
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
    const again = doneAgain(step);
    const tried = step.attempt > 1 ? `${step.attempt} attempts` : null;
    const resumed = again === null ? null : `begun in attempt ${again.first}, again in ${again.last}`;
    const note = step.status === "sleeping" ? "sleeps" : (resumed ?? tried);
    bars.push({
      key: `step:${step.key}`,
      label: step.key,
      note,
      outcome: stepOutcome[step.status],
      from: step.firstStartedAt ?? step.startedAt,
      to: step.completedAt ?? (step.status === "sleeping" ? (step.wakeAt ?? null) : null),
    });
  }
  return bars;
}

/** What lies between the attempts of a run: how long it waited before the next. */
export function attemptGaps(bars: readonly TimelineBar[]): Map<string, Span> {
  const attempts = bars.filter(({ key }) => key.startsWith("attempt:") || key === "run");
  const gaps = new Map<string, Span>();
  attempts.slice(1).forEach(({ key, from }, index) => {
    const to = attempts[index]?.to;
    if (to != null && from > to) gaps.set(key, { from: to, to: from });
  });
  return gaps;
}

/** The time in which something of a run was at work: its attempts, less the time in which one of its steps slept. */
export function busySpans(bars: readonly TimelineBar[], now: number): Span[] {
  const asleep = bars
    .filter(({ key, outcome }) => key.startsWith("step:") && outcome === "waiting")
    .map(({ from, to }) => ({ from, to: to ?? now }));
  return bars
    .filter(({ outcome }) => outcome !== "waiting")
    .flatMap(({ from, to }) => {
      let left: Span[] = [{ from, to: Math.max(from + 1, to ?? now) }];
      for (const sleep of asleep) {
        left = left.flatMap((span) => [
          { from: span.from, to: Math.min(span.to, Math.max(span.from, sleep.from)) },
          { from: Math.max(span.from, Math.min(span.to, sleep.to)), to: span.to },
        ]);
      }
      return left.filter((span) => span.to > span.from);
    });
}

/** From the first to the last of it. Of a run that goes on the end lies ahead, and moves on in few and growing steps. */
export function wholeSpan(bars: readonly TimelineBar[], now: number): Span {
  const from = Math.min(...bars.map((bar) => bar.from));
  const ended = bars.every(({ to }) => to !== null);
  const last = Math.max(from + 1, ...bars.map((bar) => bar.to ?? now));
  let length = last - from;
  if (!ended) length = 10_000 * 1.5 ** Math.ceil(Math.max(0, Math.log(length / 10_000) / Math.log(1.5)));
  // Room at the end for a mark that takes no time.
  return { from, to: from + length * 1.03 };
}
