import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttemptRecord, Run, StepRecord } from "../../../shared/domain/run.ts";
import { attemptGaps, busySpans, timelineBars, wholeSpan } from "./timeline.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const run: Run & { attempts: AttemptRecord[]; steps: StepRecord[] } = {
  runId: "r",
  scheduleId: "s",
  workflowName: "w",
  trigger: "schedule",
  status: "completed",
  scheduledTime: at(0),
  attempt: 1,
  maxAttempts: 1,
  input: {},
  result: null,
  error: null,
  warning: null,
  skipReason: null,
  waitingFor: null,
  createdAt: at(0),
  startedAt: at(0),
  completedAt: at(10),
  notBefore: null,
  backfillId: null,
  retryOf: null,
  event: null,
  worker: null,
  logBytes: 0,
  logDroppedBytes: 0,
  attempts: [],
  steps: [],
};
const step = (key: string, sequence: number, from: number, to: number | null): StepRecord => ({
  key,
  name: key,
  sequence,
  status: to === null ? "running" : "completed",
  attempt: 1,
  startedAt: Date.parse(at(from)),
  completedAt: to === null ? null : Date.parse(at(to)),
});

describe("timelineBars", () => {
  it("has the run and its steps in the order of their first call", () => {
    const bars = timelineBars({ ...run, steps: [step("b", 1, 4, 6), step("a", 0, 0, 4)] });
    expect(bars.map((bar) => bar.label)).toEqual(["Run", "a", "b"]);
  });

  it("shows a wait that was noticeable, and one that goes on", () => {
    expect(timelineBars({ ...run, startedAt: at(3) })[0]).toMatchObject({ label: "Waited", outcome: "waiting" });
    const waiting = timelineBars({ ...run, status: "buffered", startedAt: null, completedAt: null });
    expect(waiting).toMatchObject([{ label: "Waited", to: null }]);
  });

  it("says of a step that another attempt did again when it was begun, and who executed the attempt before", () => {
    const second = { ...step("b", 0, 2, 9), runAttempt: 2, firstRunAttempt: 1, firstStartedAt: Date.parse(at(1)) };
    const lost = { code: "INTERRUPTED", name: "Interrupted", message: "lost" } as const;
    const before: AttemptRecord = {
      attempt: 1,
      status: "interrupted",
      error: lost,
      startedAt: Date.parse(at(0)),
      completedAt: Date.parse(at(2)),
      worker: "pid 1 on there",
    };
    const bars = timelineBars({
      ...run,
      attempt: 2,
      startedAt: at(2),
      worker: "pid 2 on here",
      attempts: [before],
      steps: [second],
    });
    expect(bars.map(({ label, note, from }) => [label, note, from])).toEqual([
      ["Attempt 1", "pid 1 on there", Date.parse(at(0))],
      ["Attempt 2", null, Date.parse(at(2))],
      ["b", "begun in attempt 1, again in 2", Date.parse(at(1))],
    ]);
  });

  it("has a bar for each attempt, and none for one that has not begun", () => {
    const attempts = [1, 2].map((attempt) => ({
      attempt,
      status: "failed" as const,
      error: { code: "EXIT_CODE" as const, name: "E", message: "exit code 3" },
      startedAt: Date.parse(at(attempt * 2)),
      completedAt: Date.parse(at(attempt * 2 + 1)),
    }));
    const third = { ...run, attempt: 3, attempts, startedAt: at(8) };
    const labels = (bars: ReturnType<typeof timelineBars>) => bars.map(({ label, note }) => [label, note]);
    expect(labels(timelineBars(third))).toEqual([
      ["Waited", null],
      ["Attempt 1", null],
      ["Attempt 2", null],
      ["Attempt 3", null],
    ]);
    const waits = { ...third, status: "pending" as const, startedAt: at(4), completedAt: null };
    expect(timelineBars(waits).map(({ label }) => label)).toEqual(["Waited", "Attempt 1", "Attempt 2"]);
    // What was not recorded is said.
    expect(timelineBars({ ...third, attempts: [] }).at(-1)).toMatchObject({ label: "Attempt 3", note: "2 before it" });
  });

  it("ends a sleeping step's bar where it wakes", () => {
    const asleep: StepRecord = { ...step("nap", 0, 1, null), status: "sleeping", wakeAt: Date.parse(at(60)) };
    expect(timelineBars({ ...run, completedAt: null, status: "pending", steps: [asleep] }).at(-1)).toMatchObject({
      to: Date.parse(at(60)),
      note: "sleeps",
    });
  });
});

const bar = (key: string, from: number, to: number | null, outcome: "completed" | "waiting" = "completed") => ({
  key,
  label: key,
  note: null,
  outcome,
  from,
  to,
});

it("the time between attempts belongs to the later one", () => {
  const bars = [bar("wait", 0, 1, "waiting"), bar("attempt:1", 1, 3), bar("attempt:2", 63, 65), bar("run", 65, null)];
  expect([...attemptGaps(bars)]).toEqual([["attempt:2", { from: 3, to: 63 }]]);
});

it("a run is busy while an attempt goes on and none of its steps sleeps, second by second", () => {
  const spans = fc
    .array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 })), { maxLength: 4 })
    .map((drawn) => drawn.map(([from, length]) => ({ from, to: from + length })));
  fc.assert(
    fc.property(spans, spans, (attempts, sleeps) => {
      const bars = [
        ...attempts.map(({ from, to }, index) => bar(`attempt:${index}`, from, to)),
        ...sleeps.map(({ from, to }, index) => bar(`step:${index}`, from, to, "waiting")),
      ];
      const busy = busySpans(bars, 100);
      const within = (all: { from: number; to: number }[], second: number) =>
        all.some(({ from, to }) => second >= from && second < to);
      for (let second = 0; second < 100; second++) {
        expect(within(busy, second)).toBe(within(attempts, second) && !within(sleeps, second));
      }
    }),
  );
});

it("the whole of a run that goes on ends ahead of it, and stays for a while", () => {
  expect(wholeSpan([bar("run", 1000, 2000)], 9000)).toEqual({ from: 1000, to: 2030 });
  const ends = new Set<number>();
  for (let now = 0; now < 3_600_000; now += 1000) {
    const { from, to } = wholeSpan([bar("run", 0, null)], now);
    expect(from).toBe(0);
    expect(to).toBeGreaterThan(now);
    ends.add(to);
  }
  expect(ends.size).toBeLessThan(18);
});
