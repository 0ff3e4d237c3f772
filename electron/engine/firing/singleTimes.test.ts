import { expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { createHarness, START } from "../testing/harness.ts";

const MINUTE = 60_000;
const iso = (at: number): string => new Date(at).toISOString();
/** A local time in UTC. */
const local = (at: number): string => iso(at).slice(0, 19);

test("a schedule of single times runs at each, and has ended after the last", async () => {
  await using h = await createHarness();
  const [first, second] = [START + MINUTE, START + 3 * MINUTE];
  h.schedule("once", { at: [local(second), local(first)] });
  expect(h.engine.getSchedule("once")).toMatchObject({ status: "active", nextRunTime: iso(first) });
  h.clock.advance(2 * MINUTE);
  expect(h.engine.getSchedule("once")).toMatchObject({ status: "active", nextRunTime: iso(second), totalRuns: 1 });
  h.clock.advance(2 * MINUTE);
  expect(h.engine.getSchedule("once")).toMatchObject({ status: "ended", nextRunTime: null, totalRuns: 2 });
  h.clock.advance(60 * MINUTE);
  await h.off(24 * 60 * MINUTE);
  h.clock.advance(60 * MINUTE);
  expect(h.runs("once").map((run) => [run.scheduledTime, run.status])).toEqual([
    [iso(first), "completed"],
    [iso(second), "completed"],
  ]);
  expect(h.omissions("once")).toEqual([]);
  expect(h.activity("once").filter(({ kind }) => kind === "ended")).toEqual([
    { kind: "ended", details: { reason: "endAt" } },
  ]);
  expect(h.errors).toEqual([]);
});

test("a single time that passes while nothing runs is missed, or caught up, and ends the schedule", async () => {
  await using h = await createHarness();
  const at = local(START + 10 * MINUTE);
  h.schedule("missed", { at });
  h.schedule("caught", { at }, {}, { catchup: "latest" });
  await h.off(30 * MINUTE);
  h.clock.advance(MINUTE);
  expect(h.omissions("missed")).toMatchObject([{ kind: "missed", count: 1 }]);
  expect(h.runs("missed")).toEqual([]);
  expect(h.runs("caught")).toMatchObject([{ trigger: "catchup", scheduledTime: iso(START + 10 * MINUTE) }]);
  for (const id of ["missed", "caught"])
    expect(h.engine.getSchedule(id)).toMatchObject({ status: "ended", nextRunTime: null });
});

test("times of which all are past are refused, and of some the others are taken", async () => {
  await using h = await createHarness();
  const past = local(START - MINUTE);
  let refused: unknown;
  try {
    h.schedule("past", { at: past });
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code: "NEVER_FIRES", issues: [{ path: "spec.at" }] });
  expect((refused as AppError).message).toContain("Its time is past: one to come is expected. (spec.at)");
  h.schedule("partly", { at: [past, local(START + MINUTE)] });
  h.clock.advance(2 * MINUTE);
  expect(h.runs("partly").map((run) => run.scheduledTime)).toEqual([iso(START + MINUTE)]);
  expect(h.engine.getSchedule("partly")).toMatchObject({ status: "ended", missedRuns: 0 });
  // Put off, it goes on.
  const later = local(h.clock.now() + MINUTE);
  h.engine.updateSchedule({ scheduleId: "partly", spec: { at: later } }, "user");
  expect(h.engine.getSchedule("partly")).toMatchObject({ status: "active" });
  h.clock.advance(2 * MINUTE);
  expect(h.engine.getSchedule("partly")).toMatchObject({ status: "ended", totalRuns: 2 });
});
