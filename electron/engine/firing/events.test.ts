import { expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import type { EventEntry } from "../../../shared/schedule/index.ts";
import { createReads } from "../../storage/reads/reads.ts";
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
  expect(h.activity("chained").find(({ kind }) => kind === "fired")?.details).toMatchObject({ source: "good" });
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
  // Without a word of the system's it is seen by the clocks, and a clock that is set is no waking.
  h.clock.sleep(30 * MINUTE);
  h.clock.advance(MINUTE);
  expect(h.runs("wake")).toHaveLength(2);
  h.clock.shiftWall(30 * MINUTE);
  h.clock.advance(MINUTE);
  expect(h.runs("wake")).toHaveLength(2);
  // As short a sleep as this leaves no account.
  h.engine.suspended(h.clock.now());
  h.engine.resumed(h.clock.now());
  h.clock.advance(MINUTE);
  expect(h.runs("wake")).toHaveLength(3);
});

test("a delay is counted from the event, outlives the program's end, and is dropped by a pause, an edit and a new start", async () => {
  await using h = await createHarness();
  h.schedule("source", { interval: { every: "100w" } });
  h.clock.advance(SECOND);
  const delayed = (delay: string): { on: EventEntry } => ({ on: { after: { scheduleId: "source" }, delay } });
  h.schedule("soon", delayed("5m"));
  h.schedule("both", { on: [delayed("5m").on, delayed("1h").on, after("source").on] });
  h.schedule("paused", delayed("5m"));
  h.schedule("edited", delayed("5m"));
  h.schedule("renamed", delayed("5m"));
  h.schedule("over", { ...delayed("5m"), endAt: iso(START + 3 * MINUTE) });
  h.clock.advance(SECOND);
  const { runId } = h.engine.triggerSchedule({ scheduleId: "source" }, "user");
  h.clock.advance(SECOND);
  expect(h.runs("soon")).toEqual([]);
  expect(h.runs("both")).toHaveLength(1);
  h.engine.pauseSchedule({ scheduleId: "paused" }, "user");
  h.engine.updateSchedule({ scheduleId: "edited", spec: delayed("6m") }, "user");
  h.engine.updateSchedule({ scheduleId: "renamed", name: "Renamed", spec: delayed("5m") }, "user");
  await h.off(2 * MINUTE, { crash: true });
  h.clock.advance(2 * MINUTE);
  expect(h.runs("soon")).toEqual([]);
  h.clock.advance(MINUTE);
  const [run] = h.runs("soon");
  expect(run).toMatchObject({ trigger: "event", status: "completed", event: { kind: "after", runId } });
  expect(
    Date.parse(run?.scheduledTime ?? "") - (Date.parse(h.engine.getRun(runId).completedAt ?? "") + 5 * MINUTE),
  ).toBe(0);
  expect(h.runs("renamed")).toHaveLength(1);
  for (const id of ["paused", "edited", "over"]) expect(h.runs(id)).toEqual([]);
  // Its end needs no event to be seen.
  expect(h.engine.getSchedule("over").status).toBe("ended");
  // What comes due while nothing fires starts when something does again.
  await h.off(3 * 60 * MINUTE);
  h.clock.advance(SECOND);
  expect(h.runs("both")).toHaveLength(3);
  expect(await h.engine.recount()).toEqual([]);
  expect(h.errors).toEqual([]);
});

test("after a boot a delay is counted from the machine's own start; what waited since an earlier one is dropped", async () => {
  await using h = await createHarness();
  const up = h.clock.sinceBoot() ?? 0;
  h.schedule("late", { on: { boot: true, delay: "2h" } });
  h.schedule("over", { on: { boot: true, delay: "1s" } });
  h.schedule("start", { on: { start: true, delay: "2m" } });
  const host = (h.database.sql.prepare("select host from machine_starts").get() as { host: string }).host;
  const reboot = () => h.stores.eventTriggers.setMachineStart(host, "an earlier start");
  reboot();
  await h.off(MINUTE);
  h.clock.advance(SECOND);
  // Long over: at once.
  expect([h.runs("late").length, h.runs("over").length]).toEqual([0, 1]);
  h.clock.advance(2 * 60 * MINUTE - up - 2 * MINUTE);
  expect([h.runs("late").length, h.runs("start").length]).toEqual([0, 1]);
  h.clock.advance(MINUTE);
  const [run] = h.runs("late");
  expect(Date.parse(run?.scheduledTime ?? "")).toBe(START - up + 2 * 60 * MINUTE);
  reboot();
  h.stores.eventTriggers.wait({ scheduleId: "over", event: "boot:before+1", dueAt: h.clock.now() + MINUTE });
  await h.off(SECOND);
  h.clock.advance(5 * MINUTE);
  expect(h.runs("over")).toHaveLength(1);
  expect(h.errors).toEqual([]);
});

test("a clock that is set back makes no delay longer", async () => {
  await using h = await createHarness();
  h.schedule("source", { interval: { every: "100w" } });
  h.clock.advance(SECOND);
  h.schedule("next", { on: { after: { scheduleId: "source" }, delay: "5m" } });
  h.engine.triggerSchedule({ scheduleId: "source" }, "user");
  h.clock.advance(MINUTE);
  h.clock.shiftWall(-60 * MINUTE);
  h.clock.advance(5 * MINUTE);
  expect(h.runs("next")).toHaveLength(1);
});

test("a schedule of events alone has ended when its end comes, and goes on where that is moved", async () => {
  await using h = await createHarness();
  const until = (minutes: number) => ({ on: { wake: true as const }, endAt: iso(START + minutes * MINUTE) });
  h.schedule("short", until(5));
  h.schedule("longer", until(5));
  h.schedule("paused", until(5), {}, { paused: true });
  h.engine.updateSchedule({ scheduleId: "longer", spec: until(20) }, "user");
  h.clock.advance(6 * MINUTE);
  const status = (id: string) => h.engine.getSchedule(id).status;
  expect([status("short"), status("longer"), status("paused")]).toEqual(["ended", "active", "paused"]);
  expect(h.activity("short").map(({ kind }) => kind)).toContain("ended");
  h.engine.resumeSchedule("paused", "user");
  expect(status("paused")).toBe("ended");
  h.database.sql.exec("delete from event_waits");
  await h.off(30 * MINUTE);
  h.clock.advance(SECOND);
  expect(status("longer")).toBe("ended");
});

test("what comes after a schedule that is deleted is told, and needs attention until it is back", async () => {
  await using h = await createHarness();
  const reads = createReads(h.database.sql, () => h.clock.now());
  h.schedule("source", { interval: { every: "100w" } }, {}, { name: "The source" });
  h.schedule("next", after("source"));
  h.schedule("both", { ...after("source"), cron: "0 0 * * *" });
  const named = [
    { scheduleId: "both", name: "both" },
    { scheduleId: "next", name: "next" },
  ];
  expect(reads.followersOf(["source"])).toEqual(named);
  expect(reads.followersOf(["source", "next"])).toEqual(named.slice(0, 1));
  expect(reads.readSchedule("next")?.follows).toEqual([{ scheduleId: "source", name: "The source", gone: false }]);
  expect(reads.counts().attention).toBe(0);
  h.engine.deleteSchedule("source", "user");
  expect(reads.readSchedule("next")?.follows).toMatchObject([{ name: "The source", gone: true }]);
  expect(reads.counts().attention).toBe(2);
  expect(reads.listSchedules({ sort: "need" } as never).groups?.[0]).toEqual({ group: "attention", count: 2 });
  await h.engine.purgeSchedule("source");
  expect(reads.readSchedule("next")?.follows).toEqual([{ scheduleId: "source", name: "source", gone: true }]);
  expect(reads.counts().attention).toBe(2);
});
