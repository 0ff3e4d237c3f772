import { describe, expect, test } from "vitest";
import { createHarness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

describe("two processes on one folder", () => {
  test("one owns, the other shows who, edits, and its edits are seen within a second", async () => {
    await using h = await createHarness();
    const other = await h.second();
    expect([h.engine.status().role, other.engine.status().role]).toEqual(["owner", "client"]);
    expect(other.engine.status().owner).toMatchObject({ program: "test", pid: process.pid });
    const heard: string[] = [];
    h.engine.onChange((events) => heard.push(...events.map((event) => event.topic)));
    other.engine.createSchedule({ scheduleId: "s", workflowName: "job", spec: { interval: "10s" } }, "cli");
    h.clock.advance(1000);
    expect(heard).toContain("schedules");
    expect(h.runtime.executions).toHaveLength(1);
    expect(other.runtime.executions).toHaveLength(0);
    const { runId } = other.engine.triggerSchedule({ scheduleId: "s", input: { ms: 60_000 } as never }, "cli");
    h.clock.advance(700);
    expect(other.engine.getRun(runId).status).toBe("running");
    other.engine.cancelRun(runId, 0, "cli");
    h.clock.advance(700);
    expect(other.engine.getRun(runId).status).toBe("cancelled");
    expect(h.runtime.executions).toHaveLength(2);
  });

  test("a client hears of the owner's runs, and waits for one", async () => {
    await using h = await createHarness();
    const other = await h.second({ runtime: false });
    h.schedule("s", { cron: "0 0 1 1 *" }, { ms: 3000 });
    const { runId } = other.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    let ended = "";
    void other.engine.waitForRun(runId).then((run) => {
      ended = run.status;
    });
    h.clock.advance(2000);
    await Promise.resolve();
    expect(ended).toBe("");
    h.clock.advance(2500);
    await Promise.resolve();
    expect(ended).toBe("completed");
  });

  test("the other takes over when the owner gives the lease back", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" });
    const other = await h.second();
    h.clock.advance(3000);
    await h.engine.stop(0);
    await Promise.resolve();
    for (let i = 0; i < 4; i += 1) {
      h.clock.advance(700);
      await new Promise((done) => setImmediate(done));
    }
    expect(other.engine.status().role).toBe("owner");
    h.clock.advance(3000);
    const runs = h.runs("s");
    expect(runs.map((run) => run.scheduledTime)).toEqual(runs.map((_, i) => at(i)));
  });

  test("an owner that stood still finds the newer token and dispatches nothing", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 100 });
    h.clock.advance(3500);
    // Its lease is taken while it does not look; in the database, as another process does.
    const lease = h.stores.leases.get();
    if (lease === undefined) throw new Error("no lease");
    h.stores.leases.put({ ...lease, holder: "another", token: lease.token + 1 });
    const before = h.runtime.executions.length;
    h.clock.freeze(30_000);
    h.clock.advance(5000);
    expect(h.runtime.executions).toHaveLength(before);
    expect(h.engine.status().role).toBe("client");
  });

  test("the lease's end is measured by our own monotonic clock: setting the wall clock takes nothing from a living owner", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" });
    const other = await h.second();
    for (let i = 0; i < 5; i += 1) {
      h.clock.shiftWall(3_600_000);
      h.clock.advance(2000);
      await new Promise((done) => setImmediate(done));
    }
    expect([h.engine.status().role, other.engine.status().role]).toEqual(["owner", "client"]);
  });

  test("a client that could not take over says so, and no longer once another owns", async () => {
    await using h = await createHarness();
    const other = await h.second();
    const lease = h.stores.leases.get();
    if (lease === undefined) throw new Error("no lease");
    other.database.sql.pragma("query_only = ON");
    h.stores.leases.put({ ...lease, pid: 2 ** 22 + 1, processStarted: "0" });
    h.clock.advance(1500);
    expect(other.engine.status().problem).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    h.stores.leases.put(lease);
    h.clock.advance(2000);
    expect(other.engine.status()).toMatchObject({ role: "client", problem: null });
  });

  test("one that hangs is taken over within ten seconds, whenever it was last heard of", async () => {
    await using h = await createHarness();
    const other = await h.second();
    for (const ms of [0, 700, 1300]) h.clock.advance(ms);
    // Its process is there, and does nothing more.
    const lease = h.stores.leases.get();
    if (lease === undefined) throw new Error("no lease");
    h.kill();
    for (let waited = 0; waited < 9000; waited += 100) {
      h.clock.advance(100);
      await new Promise((done) => setImmediate(done));
    }
    expect(other.engine.status().role).toBe("owner");
  });

  test("a client tells why nothing fires: the owner's own problem, its silence, and what is long due", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1m" });
    const other = await h.second({ runtime: false });
    h.clock.advance(1000);
    expect(other.engine.status()).toMatchObject({ role: "client", problem: null });

    h.database.sql.pragma("query_only = ON");
    h.clock.advance(5000);
    const { problem } = h.engine.status();
    expect(problem).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(other.engine.status().problem).toEqual(problem);
    h.database.sql.pragma("query_only = OFF");
    h.clock.advance(5000);
    expect([h.engine.status().problem, other.engine.status().problem]).toEqual([null, null]);

    await h.engine.stop(0);
    h.clock.advance(30_000);
    expect(other.engine.status()).toMatchObject({ owner: null, problem: null });
    h.clock.advance(90_000);
    expect(other.engine.status().problem).toMatchObject({
      code: "NOT_FIRING",
      message: expect.stringContaining("no program owns the data folder, and schedules are due since"),
    });
  });

  test("a client tells that the owner is silent or has ended", async () => {
    await using h = await createHarness();
    const other = await h.second({ runtime: false });
    h.kill();
    h.clock.advance(10_000);
    expect(other.engine.status().problem).toBeNull();
    h.clock.advance(6000);
    expect(other.engine.status().problem).toMatchObject({
      code: "NOT_FIRING",
      message: expect.stringMatching(
        /test \(pid \d+ on .+\) owns the data folder and does not answer; it was last heard of 20/,
      ),
    });
    const lease = h.stores.leases.get();
    if (lease === undefined) throw new Error("no lease");
    h.stores.leases.put({ ...lease, pid: 2 ** 22 + 1, processStarted: "0" });
    expect(other.engine.status().problem?.message).toContain("has ended without giving it back");
    // Where its process id means nothing here, its heartbeat alone tells.
    h.stores.leases.put({ ...lease, pid: 2 ** 22 + 1, pidNamespace: "pid:[1]", heartbeatAt: h.clock.now() });
    expect(other.engine.status().problem).toBeNull();
  });
});
