import { describe, expect, it } from "vitest";
import type { AttemptRecord, Run, StepRecord } from "../../../shared/domain/run.ts";
import { placeBars, timelineBars } from "./timeline.ts";

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

it("placeBars keeps every bar inside and visible", () => {
  const bars = timelineBars({
    ...run,
    completedAt: null,
    status: "running",
    steps: [step("a", 0, 0, 0), step("b", 1, 9, null)],
  });
  const { places } = placeBars(bars, Date.parse(at(20)));
  for (const { start, width } of places) {
    expect(width).toBeGreaterThan(0);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start + width).toBeLessThanOrEqual(1 + 1e-9);
  }
  expect(places.at(-1)?.start).toBeCloseTo(9 / 20);
});
