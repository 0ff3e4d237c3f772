import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { waitingText } from "../../../shared/domain/waiting.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { createHarness } from "../testing/harness.ts";

const far = { cron: "0 0 1 1 *" } as const;
const everySecond = { interval: "1s" } as const;

describe("runs at once", () => {
  test("as many as the setting says, changed while they run; one that waits says for what and where it stands", async () => {
    await using h = await createHarness();
    h.engine.setSetting("runsAtOnce", 2);
    const ids = ["a", "b", "c", "d"].map((id) => {
      h.schedule(id, far, { ms: 60_000 });
      return h.engine.triggerSchedule({ scheduleId: id }, "user").runId;
    });
    h.clock.advance(10);
    expect(ids.map((id) => h.engine.getRun(id).status)).toEqual(["running", "running", "pending", "pending"]);
    const [third, fourth] = ids.slice(2).map((id) => h.engine.getRun(id).waitingFor);
    expect(third).toEqual({ kind: "room", running: 2, limit: 2, place: 1, message: null });
    expect(fourth).toMatchObject({ kind: "room", place: 2 });
    expect(h.engine.getRun(ids[0] ?? "").waitingFor).toBeNull();
    expect(fourth && waitingText(fourth, String)).toBe(
      "Waits for room: 2 of 2 runs at once are running; it is 2nd in line",
    );
    h.engine.setSetting("runsAtOnce", 3);
    h.clock.advance(10);
    expect(ids.map((id) => h.engine.getRun(id).status)).toEqual(["running", "running", "running", "pending"]);
    h.clock.advance(60_000);
    expect(ids.map((id) => h.engine.getRun(id).status)).toEqual(["completed", "completed", "completed", "running"]);
  });

  test("as many start as have ended, in the same turn and transaction, though the runtime says nothing of room", async () => {
    await using h = await createHarness({ tellsOfRoom: false });
    h.engine.setSetting("runsAtOnce", 3);
    h.engine.pools.set({ name: "all", limit: 3, workflows: ["job"], tags: [] });
    const ids = Array.from({ length: 9 }, (_, n) => {
      h.schedule(`s${n}`, far, { ms: 600_000 });
      return h.engine.triggerSchedule({ scheduleId: `s${n}` }, "user").runId;
    });
    h.clock.settle();
    const running = (): string[] => ids.filter((id) => h.engine.getRun(id).status === "running");
    for (const from of [0, 3, 6]) {
      expect(running()).toEqual(ids.slice(from, from + 3));
      for (const id of running()) h.runtime.end(id, { kind: "completed", at: h.clock.now(), result: null });
      h.clock.turn();
      expect(h.runtime.busy()).toBe(Math.min(3, 6 - from));
    }
    h.clock.settle();
    expect(ids.map((id) => h.engine.getRun(id).status)).toEqual(Array(9).fill("completed"));
  });

  test("ends share a commit while the disk is slow and they make room for nothing; what they make room for waits for none", async () => {
    await using h = await createHarness({ tellsOfRoom: false });
    h.engine.setSetting("runsAtOnce", 2);
    const trigger = (id: string): string => {
      h.schedule(id, far, { ms: 600_000 });
      const { runId } = h.engine.triggerSchedule({ scheduleId: id }, "user");
      h.clock.settle();
      return runId;
    };
    const [first, second] = [trigger("a"), trigger("b")];
    // Each claim takes as long from here on, within its transaction.
    const { checkInput } = h.catalogue;
    h.catalogue.checkInput = (name, input) => {
      h.clock.freeze(4);
      return checkInput(name, input);
    };
    const statusOf = (runId: string): string => h.engine.getRun(runId).status;
    const end = (runId: string): void => {
      h.runtime.end(runId, { kind: "completed", at: h.clock.now(), result: null });
      h.clock.settle();
    };
    const third = trigger("c");
    expect(statusOf(third)).toBe("pending");
    end(first);
    expect([statusOf(first), statusOf(third)]).toEqual(["completed", "running"]);
    // Its commit took a while: the next ends are written together when as long has passed.
    end(second);
    expect(statusOf(second)).toBe("running");
    h.clock.advance(2);
    end(third);
    expect([statusOf(second), statusOf(third)]).toEqual(["running", "running"]);
    h.clock.advance(2);
    expect([statusOf(second), statusOf(third)]).toEqual(["completed", "completed"]);
  });

  test("ends wait four times as long for each other while the runtime has more runs than it runs", async () => {
    let busy = 1;
    await using h = await createHarness({
      around: (runtime) => ({ ...runtime, state: () => ({ ...runtime.state(), busy }) }),
    });
    const { checkInput } = h.catalogue;
    h.catalogue.checkInput = (name, input) => {
      h.clock.freeze(4);
      return checkInput(name, input);
    };
    const ids = ["a", "b", "c", "d", "e"].map((id) => {
      h.schedule(id, far, { ms: 600_000 });
      return h.engine.triggerSchedule({ scheduleId: id }, "user").runId;
    });
    h.clock.settle();
    h.clock.advance(100);
    const end = (runId: string | undefined): void => {
      h.runtime.end(runId as string, { kind: "completed", at: h.clock.now(), result: null });
      h.clock.settle();
    };
    const completed = (): number => ids.filter((id) => h.engine.getRun(id).status === "completed").length;
    /** Starts one, whose claim takes 4 ms of its commit. */
    const commit = (id: string): void => {
      h.schedule(id, far, { ms: 600_000 });
      h.engine.triggerSchedule({ scheduleId: id }, "user");
      h.clock.settle();
    };
    commit("f");
    end(ids[0]);
    h.clock.advance(15);
    end(ids[1]);
    expect(completed()).toBe(0);
    h.clock.advance(1);
    expect(completed()).toBe(2);
    // It runs all that it has: no longer than the commit took.
    busy = 10;
    commit("g");
    end(ids[2]);
    h.clock.advance(3);
    expect(completed()).toBe(2);
    h.clock.advance(1);
    expect(completed()).toBe(3);
  });

  test("who waits for a run hears of its end with its commit, not with the pages' news", async () => {
    await using h = await createHarness();
    const heard: string[] = [];
    // News go out in groups: the second end falls into the time until the next.
    const stop = h.engine.onChange(() => {});
    for (const id of ["a", "b"]) {
      h.schedule(id, far, { ms: 600_000 });
      const { runId } = h.engine.triggerSchedule({ scheduleId: id }, "user");
      h.clock.settle();
      void h.engine.waitForRun(runId).then(({ status }) => heard.push(`${id} ${status}`));
      h.runtime.end(runId, { kind: "completed", at: h.clock.now(), result: null });
      h.clock.settle();
      await Promise.resolve();
      expect(heard.at(-1)).toBe(`${id} completed`);
    }
    stop();
  });

  test("what is skipped because the run before it never got room says so, and overlap only where that one ran", async () => {
    await using h = await createHarness();
    h.engine.setSetting("runsAtOnce", 1);
    h.schedule("long", far, { ms: 10_500 });
    h.engine.triggerSchedule({ scheduleId: "long" }, "user");
    h.schedule("tick", everySecond, { ms: 3500 });
    h.clock.advance(10_000);
    expect(new Set(h.omissions("tick").map(({ reason }) => reason))).toEqual(new Set(["no_room"]));
    const before = h.omissions("tick").length;
    h.clock.advance(3000);
    expect(
      h
        .omissions("tick")
        .slice(before)
        .map(({ reason }) => reason),
    ).toContain("overlap");
  });

  test("a run that was ready for a minute is told of once, and again only after there was room", async () => {
    await using h = await createHarness();
    h.engine.setSetting("runsAtOnce", 1);
    h.schedule("long", far, { ms: 600_000 }, { overlapPolicy: "allow_all" });
    for (let n = 0; n < 3; n += 1) h.engine.triggerSchedule({ scheduleId: "long" }, "user");
    const told = (): unknown[] => h.activity(null).filter(({ kind }) => kind === "waited");
    h.clock.advance(59_000);
    expect([told(), h.engine.status().waiting]).toEqual([[], null]);
    h.clock.advance(7_000);
    expect(told()).toEqual([{ kind: "waited", details: { count: 2, since: expect.any(String), runsAtOnce: 1 } }]);
    expect(h.engine.status().waiting).toMatchObject({ count: 2, runsAtOnce: 1 });
    h.clock.advance(120_000);
    expect(told()).toHaveLength(1);
    h.engine.setSetting("runsAtOnce", 3);
    h.clock.advance(6_000);
    expect(h.engine.status().waiting).toBeNull();
    h.engine.setSetting("runsAtOnce", 1);
    h.engine.triggerSchedule({ scheduleId: "long" }, "user");
    h.clock.advance(70_000);
    expect(told()).toHaveLength(2);
  });

  test("one that nothing takes does not wait for room, however long: more of it would not start the run", async () => {
    let refuses = true;
    const around = (runtime: Runtime): Runtime => ({
      ...runtime,
      takes: (run, claimed) =>
        refuses ? { ok: false, waitingFor: "runtime", message: "nobody has it" } : runtime.takes(run, claimed),
    });
    await using h = await createHarness({ around });
    h.engine.setSetting("runsAtOnce", 1);
    h.schedule("held", far, { ms: 600_000 }, { overlapPolicy: "allow_all" });
    for (let n = 0; n < 2; n += 1) h.engine.triggerSchedule({ scheduleId: "held" }, "user");
    h.clock.advance(120_000);
    expect(h.engine.status().waiting).toBeNull();
    expect(h.activity(null).filter(({ kind }) => kind === "waited")).toEqual([]);
    refuses = false;
    h.clock.advance(6_000);
    expect(h.engine.status().waiting).toMatchObject({ count: 1 });
  });

  test("a run that waits for its retry holds no room, and takes its turn when the delay is over", async () => {
    await using h = await createHarness();
    h.engine.setSetting("runsAtOnce", 1);
    h.schedule("again", far, { ms: 10, failing: [1] }, { maxAttempts: 2, retryDelay: "10s" });
    h.schedule("long", far, { ms: 30_000 });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "again" }, "user");
    h.clock.advance(100);
    expect(h.engine.getRun(runId).waitingFor).toMatchObject({ kind: "retry" });
    const long = h.engine.triggerSchedule({ scheduleId: "long" }, "user").runId;
    h.clock.advance(11_000);
    expect(h.engine.getRun(long).status).toBe("running");
    expect(h.engine.getRun(runId).waitingFor).toMatchObject({ kind: "room", place: 1 });
    h.clock.advance(30_000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 2 });
  });
});

describe("pools", () => {
  test("hold by schedule, workflow and tag, and let the others pass by; a place that is free goes to the next", async () => {
    await using h = await createHarness();
    h.engine.pools.set({ name: "database", limit: 1, workflows: ["other"], tags: ["sql"] });
    h.schedule("named", far, { ms: 1000 }, { pools: ["database"], overlapPolicy: "allow_all" });
    h.schedule("tagged", far, { ms: 1000 }, { tags: ["sql"] });
    h.schedule("worked", far, { ms: 1000 }, { workflowName: "other" });
    h.schedule("free", far, { ms: 1000 });
    const start = (scheduleId: string): string => h.engine.triggerSchedule({ scheduleId }, "user").runId;
    const ids = ["named", "named", "tagged", "worked", "free"].map(start);
    h.clock.advance(10);
    const statuses = (): string[] => ids.map((id) => h.engine.getRun(id).status);
    expect(statuses()).toEqual(["running", "pending", "pending", "pending", "running"]);
    expect(ids.slice(1, 4).map((id) => h.engine.getRun(id).waitingFor)).toEqual([
      { kind: "pool", pool: "database", limit: 1, place: 3 },
      { kind: "pool", pool: "database", limit: 1, place: 1 },
      { kind: "pool", pool: "database", limit: 1, place: 2 },
    ]);
    h.clock.advance(1000);
    expect(statuses()).toEqual(["completed", "pending", "running", "pending", "completed"]);
    h.engine.pools.set({ name: "database", limit: 3, workflows: [], tags: ["sql"] });
    h.clock.advance(10);
    expect(statuses()).toEqual(["completed", "running", "running", "running", "completed"]);
    expect(h.engine.status().waiting).toBeNull();
  });

  test("one that stands behind thousands that the runtime does not take is found, a part of them at each look", async () => {
    const around = (runtime: Runtime): Runtime => ({
      ...runtime,
      takes: (run, claimed) =>
        run.workflowName === "other"
          ? runtime.takes(run, claimed)
          : { ok: false, waitingFor: "runtime", message: "nobody has it" },
    });
    await using h = await createHarness({ around });
    // Each look at the clock takes so long that no claim comes to the end.
    const { monotonic } = h.clock;
    h.clock.monotonic = () => {
      h.clock.freeze(1);
      return monotonic();
    };
    const start = (workflowName: string, count: number): string[] =>
      h.engine.write("runs", () =>
        Array.from({ length: count }, () => h.engine.runWorkflow(workflowName, { ms: 1 }, "user").runId),
      );
    const refused = start("job", 3_000);
    const [last = ""] = start("other", 1);
    h.clock.settle();
    expect(h.engine.getRun(last).status).toBe("pending");
    h.clock.advance(1_000);
    expect(h.engine.getRun(last).status).toBe("completed");
    expect(h.engine.getRun(refused[0] ?? "").waitingFor).toMatchObject({ kind: "runtime", message: "nobody has it" });
    expect(h.runtime.executions).toHaveLength(1);
  });

  test("a pool that takes nothing holds its runs until it is changed, also over a restart; one in use stays", async () => {
    await using h = await createHarness();
    h.engine.pools.set({ name: "held", limit: 0, workflows: [], tags: [] });
    h.schedule("s", everySecond, { ms: 100 }, { pools: ["held"] });
    h.clock.advance(3500);
    expect(h.runs("s").map(({ status }) => status)).toEqual(["pending"]);
    expect(new Set(h.omissions("s").map(({ reason }) => reason))).toEqual(new Set(["no_room"]));
    expect(() => h.engine.pools.delete("held")).toThrow(/named by the schedule s/);
    expect(() => h.engine.updateSchedule({ scheduleId: "s", pools: ["nope"] }, "user")).toThrow(/one of held/);
    await h.off(1000);
    h.clock.advance(1000);
    expect(h.runtime.busy()).toBe(0);
    h.engine.updateSchedule({ scheduleId: "s", pools: [] }, "user");
    h.clock.advance(10);
    expect(h.runs("s")[0]?.status).toMatch(/running|completed/);
    h.engine.pools.delete("held");
    expect(h.engine.pools.list()).toEqual([]);
  });

  test("a backfill's concurrency counts within its pool and Runs at once", async () => {
    await using h = await createHarness();
    h.engine.pools.set({ name: "two", limit: 2, workflows: [], tags: [] });
    h.schedule("past", { cron: "0 0 * * *" }, { ms: 1000 }, { pools: ["two"], overlapPolicy: "allow_all" });
    const range = { scheduleId: "past", from: "2026-02-01T00:00:00Z", to: "2026-02-11T00:00:00Z", concurrency: 8 };
    const { backfillId } = await h.engine.backfills.create(range, "user");
    let most = 0;
    for (let n = 0; n < 60; n += 1) {
      h.clock.advance(100);
      most = Math.max(most, h.runtime.busy());
    }
    expect([most, h.engine.backfills.get(backfillId).status]).toEqual([2, "completed"]);
  });
});

describe("turns", () => {
  test("a schedule with many runs and one with a single one start theirs alternately; live ones before a backfill's", async () => {
    await using h = await createHarness();
    h.engine.setSetting("runsAtOnce", 1);
    const order = (): (string | null)[] => h.runtime.executions.map(({ job }) => job.scheduleId);
    h.schedule("many", far, { ms: 1000 }, { overlapPolicy: "allow_all" });
    h.schedule("past", { cron: "0 0 * * *" }, { ms: 1000 });
    for (let n = 0; n < 6; n += 1) h.engine.triggerSchedule({ scheduleId: "many" }, "user");
    const range = { scheduleId: "past", from: "2026-02-01T00:00:00Z", to: "2026-02-03T00:00:00Z", concurrency: 2 };
    await h.engine.backfills.create(range, "user");
    h.clock.advance(2500);
    h.schedule("few", far, { ms: 1000 }, { overlapPolicy: "allow_all" });
    for (let n = 0; n < 2; n += 1) h.engine.triggerSchedule({ scheduleId: "few" }, "user");
    h.clock.advance(20_000);
    expect(order()).toEqual(["many", "many", "many", "few", "many", "few", "many", "many", "past", "past"]);
  });

  test("no schedule that waits is passed over twice by another one, whatever comes and goes", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("trigger" as const), schedule: fc.nat(3) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(2500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 60 }), async (room, steps) => {
        await using h = await createHarness();
        h.engine.setSetting("runsAtOnce", room);
        const names = ["a", "b", "c", "d"];
        for (const id of names) h.schedule(id, far, { ms: 1000 }, { overlapPolicy: "allow_all" });
        const readyAt = new Map<string, number>();
        for (const each of steps) {
          if (each.kind === "wait") h.clock.advance(each.ms);
          else {
            const { runId } = h.engine.triggerSchedule({ scheduleId: names[each.schedule] ?? "a" }, "user");
            readyAt.set(runId, h.clock.now());
            h.clock.settle();
          }
          expect(h.runtime.busy()).toBeLessThanOrEqual(room);
        }
        h.clock.advance(100_000);
        const started = h.runtime.executions.map(({ job, startedAt }) => ({
          schedule: job.scheduleId,
          startedAt,
          readyAt: readyAt.get(job.runId) ?? Number.NaN,
        }));
        expect(started).toHaveLength(readyAt.size);
        for (const name of names) {
          const own = started.flatMap((run, index) => (run.schedule === name ? [index] : []));
          // While one of its runs waits as its next, no other schedule starts more than two.
          own.forEach((index, nth) => {
            const run = started[index];
            if (run === undefined) return;
            const later = started.findIndex(({ startedAt }) => startedAt > run.readyAt);
            const from = Math.max((own[nth - 1] ?? -1) + 1, later < 0 ? index : later);
            const others = started.slice(from, index).map(({ schedule }) => schedule);
            for (const other of names) expect(others.filter((each) => each === other).length).toBeLessThanOrEqual(2);
          });
        }
      }),
      { numRuns: 15 },
    );
  });
});
