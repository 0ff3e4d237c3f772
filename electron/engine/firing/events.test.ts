import { expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import type { EventEntry } from "../../../shared/schedule/index.ts";
import { createHarness, START } from "../testing/harness.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const iso = (at: number): string => new Date(at).toISOString();
const after = (scheduleId: string, outcome?: "completed" | "failed" | "ended"): { on: EventEntry } => ({
  on: { after: outcome === undefined ? { scheduleId } : { scheduleId, outcome } },
});

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

test("a schedule runs after each run of another one that ends as it says, and once for each", async () => {
  await using h = await createHarness();
  const far = { interval: { every: "100w" } };
  h.schedule("source", far);
  h.schedule("broken", far, { failing: "all" });
  h.schedule("good", after("source"));
  h.schedule("bad", { on: [after("source", "failed").on, after("broken", "failed").on] });
  h.schedule(
    "any",
    { on: [after("source", "ended").on, after("broken", "ended").on] },
    {},
    { overlapPolicy: "allow_all" },
  );
  h.schedule("chained", after("good"));
  h.clock.advance(SECOND);
  const before = h.runs("source").length;
  for (const scheduleId of ["source", "source", "broken"]) {
    h.engine.triggerSchedule({ scheduleId, force: true }, "user");
    h.clock.advance(SECOND);
  }
  const sources = h.runs("source").map((run) => run.runId);
  expect(sources).toHaveLength(before + 2);
  expect(h.runs("good").map((run) => [run.trigger, run.status, run.event])).toEqual(
    sources.map((runId) => ["event", "completed", { kind: "after", runId }]),
  );
  const broken = h.runs("broken").map((run) => run.runId);
  expect(h.runs("bad").map((run) => run.event?.runId)).toEqual(broken);
  expect(
    h
      .runs("any")
      .map((run) => run.event?.runId)
      .sort(),
  ).toEqual([...sources, ...broken].sort());
  expect(h.runs("chained").map((run) => run.event?.runId)).toEqual(h.runs("good").map((run) => run.runId));
  expect(h.engine.getSchedule("good")).toMatchObject({
    status: "active",
    nextRunTime: null,
    totalRuns: sources.length,
  });
  expect(h.activity("good").filter(({ kind }) => kind === "fired")).toHaveLength(sources.length);
  expect(await h.engine.recount()).toEqual([]);
  expect(h.errors).toEqual([]);
});

test("events meet the overlap policy, pauses, bounds, exclusions and limits as times do", async () => {
  await using h = await createHarness();
  h.schedule("source", { interval: { every: "100w" } });
  h.clock.advance(SECOND);
  h.schedule("slow", after("source"), { ms: MINUTE });
  h.schedule("waits", after("source"), { ms: MINUTE }, { overlapPolicy: "buffer_all" });
  h.schedule("paused", after("source"), {}, { paused: true });
  h.schedule("later", { ...after("source"), startAt: iso(START + 10 * MINUTE) });
  h.schedule("over", { ...after("source"), endAt: iso(START + MINUTE) });
  h.schedule("excluded", { ...after("source"), exclude: "2026-03-02" });
  h.schedule("open", { ...after("source"), exclude: ["2026-03-03", { between: ["12:00", "13:00"] }] });
  h.schedule("twice", after("source"), {}, { maxRuns: 2 });
  const runSource = () => {
    h.engine.triggerSchedule({ scheduleId: "source" }, "user");
    h.clock.advance(SECOND);
  };
  for (let i = 0; i < 3; i++) runSource();
  const statuses = (id: string) => h.runs(id).map((run) => run.status);
  expect(statuses("slow")).toEqual(["running"]);
  expect(h.omissions("slow")).toMatchObject([
    { kind: "skipped", reason: "overlap" },
    { kind: "skipped", reason: "overlap" },
  ]);
  expect(statuses("waits")).toEqual(["running", "buffered", "buffered"]);
  for (const id of ["paused", "later", "excluded"]) expect(h.runs(id)).toEqual([]);
  expect(h.runs("over")).toHaveLength(3);
  expect(h.runs("open")).toHaveLength(3);
  expect(h.engine.getSchedule("twice")).toMatchObject({ status: "ended", totalRuns: 2 });
  h.clock.advance(5 * MINUTE);
  expect(statuses("waits")).toEqual(["completed", "completed", "completed"]);
  runSource();
  expect(h.engine.getSchedule("over")).toMatchObject({ status: "ended", totalRuns: 3 });
  h.engine.resumeSchedule("paused", "user");
  h.clock.advance(10 * MINUTE);
  runSource();
  expect(h.runs("paused")).toHaveLength(1);
  expect(h.runs("later")).toHaveLength(1);
  expect(h.engine.getSchedule("paused")).toMatchObject({ status: "active", missedRuns: 0 });
  expect(await h.engine.recount()).toEqual([]);
});

test("a schedule of both times and events keeps its times", async () => {
  await using h = await createHarness();
  h.schedule("source", { interval: { every: "100w" } });
  h.clock.advance(SECOND);
  h.schedule("both", { ...after("source"), at: iso(START + MINUTE).slice(0, 19) });
  h.engine.triggerSchedule({ scheduleId: "source" }, "user");
  h.clock.advance(2 * SECOND);
  expect(h.engine.getSchedule("both")).toMatchObject({ nextRunTime: iso(START + MINUTE), totalRuns: 1 });
  h.clock.advance(2 * MINUTE);
  expect(h.runs("both").map((run) => run.trigger)).toEqual(["event", "schedule"]);
  // Its times are over, and events may still come.
  expect(h.engine.getSchedule("both")).toMatchObject({ status: "active", nextRunTime: null });
  h.engine.updateSchedule({ scheduleId: "both", spec: { interval: { every: "100w" } } }, "user");
  h.engine.triggerSchedule({ scheduleId: "source" }, "user");
  h.clock.advance(SECOND);
  expect(h.runs("both").filter((run) => run.trigger === "event")).toHaveLength(1);
});

test("what would come after itself is refused, with the way back to it, and so is one that is not there", async () => {
  await using h = await createHarness();
  h.schedule("a", { interval: "1h" });
  h.schedule("b", after("a"));
  h.schedule("c", after("b", "ended"));
  const own = refusal(() => h.engine.updateSchedule({ scheduleId: "a", spec: after("a") }, "user"));
  expect(own).toMatchObject({ code: "INVALID_SPEC", issues: [{ path: "spec.on.after.scheduleId", given: "a" }] });
  expect(own.message).toContain("a after a would never end");
  const far = refusal(() =>
    h.engine.updateSchedule({ scheduleId: "a", spec: { interval: "1h", on: [{ boot: true }, after("c").on] } }, "user"),
  );
  expect(far).toMatchObject({ issues: [{ path: "spec.on[1].after.scheduleId", given: "c" }] });
  expect(far.message).toContain("a after c after b after a would never end");
  expect(refusal(() => h.schedule("d", after("nobody"))).message).toContain('there is none "nobody"');
  expect(refusal(() => h.schedule("d", { on: {} as EventEntry })).issues[0]?.path).toContain("on");
});

test("each start of an engine and of the machine is told of once, however often this or another program follows", async () => {
  await using h = await createHarness();
  h.schedule("start", { on: { start: true } });
  h.schedule("boot", { on: { boot: true } });
  const counts = () => [h.runs("start").length, h.runs("boot").length];
  h.clock.advance(MINUTE);
  expect(counts()).toEqual([0, 0]);
  await h.off(MINUTE);
  h.clock.advance(SECOND);
  await h.off(MINUTE, { crash: true });
  h.clock.advance(SECOND);
  expect(counts()).toEqual([2, 0]);
  // The machine has started anew.
  h.stores.eventTriggers.setMachineStart(
    (h.database.sql.prepare("select host from machine_starts").get() as { host: string }).host,
    "an earlier start",
  );
  await h.off(MINUTE);
  h.clock.advance(SECOND);
  await h.off(MINUTE);
  expect(counts()).toEqual([4, 1]);
  expect(h.runs("boot")[0]).toMatchObject({ trigger: "event", event: { kind: "boot", runId: null } });
});

test("a waking of the machine is told of once, also where both the clock and the system say so", async () => {
  await using h = await createHarness();
  h.schedule("wake", { on: { wake: true } });
  h.clock.advance(MINUTE);
  expect(h.runs("wake")).toEqual([]);
  h.engine.suspended(h.clock.now());
  h.clock.shiftWall(30 * MINUTE);
  h.engine.resumed(h.clock.now());
  h.clock.advance(MINUTE);
  expect(h.runs("wake").map((run) => run.event?.kind)).toEqual(["wake"]);
  // As short a sleep as this leaves no account.
  h.engine.suspended(h.clock.now());
  h.engine.resumed(h.clock.now());
  h.clock.advance(MINUTE);
  expect(h.runs("wake")).toHaveLength(2);
});
