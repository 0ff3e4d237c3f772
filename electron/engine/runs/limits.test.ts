import { expect, test } from "vitest";
import { setSettingSchema } from "../../../shared/api/system.ts";
import { createHarness } from "../testing/harness.ts";

const far = { cron: "0 0 1 1 *" } as const;

test("memory: none for commands, the setting's for workflow code, and what the schedule says over both", async () => {
  await using h = await createHarness();
  h.engine.setSetting("memoryLimitMb", 300);
  const limitOf = (rules: Record<string, unknown>): number | null | undefined => {
    const { scheduleId } = h.engine.createSchedule({ workflowName: "job", spec: far, ...rules } as never, "user");
    h.engine.triggerSchedule({ scheduleId }, "user");
    h.clock.advance(10);
    return h.runtime.executions.at(-1)?.job.memoryLimitMb;
  };
  expect(limitOf({})).toBe(300);
  expect(limitOf({ workflowName: "shell.command" })).toBeNull();
  expect(limitOf({ workflowName: "shell.command", memoryLimit: "2GiB" })).toBe(2048);
  expect(limitOf({ memoryLimit: "none" })).toBeNull();
  expect(() => limitOf({ memoryLimit: "12 potatoes" })).toThrow(/memoryLimit.*such as 512MiB/);
});

test("a run goes to the queue of its schedule, else to that of its workflow, else to the default one", async () => {
  await using h = await createHarness();
  const queueOf = (rules: Record<string, unknown>): string | undefined => {
    const { scheduleId } = h.engine.createSchedule({ workflowName: "job", spec: far, ...rules } as never, "user");
    h.engine.triggerSchedule({ scheduleId }, "user");
    h.clock.advance(10);
    return h.runtime.executions.at(-1)?.job.queue;
  };
  expect(queueOf({})).toBe("default");
  expect(queueOf({ queue: "gpu" })).toBe("gpu");
  expect(queueOf({ workflowName: "renders" })).toBe("office");
  expect(queueOf({ workflowName: "renders", queue: "gpu" })).toBe("gpu");
  h.engine.runWorkflow("renders", {}, "user");
  h.clock.advance(10);
  expect(h.runtime.executions.at(-1)?.job.queue).toBe("office");

  h.schedule("moves", far, {}, { queue: "gpu" });
  h.engine.updateSchedule({ scheduleId: "moves", queue: null }, "user");
  expect(h.activity("moves").at(-1)).toEqual({
    kind: "edited",
    details: { changes: [{ field: "queue", from: "gpu", to: null }] },
  });
  for (const queue of ["", "two words", "a:b", "x".repeat(51)]) {
    expect(() => queueOf({ queue })).toThrow(/queue.*letters, digits, '-' and '_', at most 50/);
  }
});

test("memory: the schedule's limit goes before a person's for the workflow, that before its code's, and all before Settings'", async () => {
  await using h = await createHarness();
  h.engine.setSetting("memoryLimitMb", 300);
  const none = { cron: "0 0 1 1 *" };
  h.schedule("plain", none, {}, { workflowName: "hungry" });
  h.schedule("own", none, {}, { workflowName: "hungry", memoryLimit: "2GiB" });
  h.schedule("command", none, {}, { workflowName: "shell.command" });
  const held = (): unknown => {
    const ids = ["plain", "own", "command"].map((scheduleId) => h.engine.triggerSchedule({ scheduleId }, "user").runId);
    ids.push(h.engine.runWorkflow("hungry", {}, "user").runId);
    h.clock.advance(10);
    return ids.map((id) => {
      const { memoryLimitMb, memoryLimitBy } = h.runtime.executions.find(({ job }) => job.runId === id)?.job ?? {};
      return [memoryLimitMb, memoryLimitBy];
    });
  };
  expect(held()).toEqual([
    [700, "code"],
    [2048, "schedule"],
    [null, "settings"],
    [700, "code"],
  ]);
  h.engine.setWorkflowMemory("hungry", "1GiB");
  h.engine.setWorkflowMemory("shell.command", "256 MB");
  expect(held()).toEqual([
    [1024, "workflow"],
    [2048, "schedule"],
    [256, "workflow"],
    [1024, "workflow"],
  ]);
  h.engine.setWorkflowMemory("hungry", "none");
  expect(held()).toEqual([
    [null, "workflow"],
    [2048, "schedule"],
    [256, "workflow"],
    [null, "workflow"],
  ]);
  expect(h.engine.getSettings()["workflowMemory"]).toEqual({ hungry: "none", "shell.command": "256MiB" });
  h.catalogue.forget("hungry");
  expect(() => h.engine.setWorkflowMemory("hungry", "1GiB")).toThrow(/no workflow "hungry"/);
  // Of one that is gone it can still be taken back.
  h.engine.setWorkflowMemory("hungry", null);
  h.engine.setWorkflowMemory("shell.command", null);
  expect(h.engine.getSettings()["workflowMemory"]).toEqual({});
});

test("what keeps no steps (a command, code with durable: false) is not taken up again unless somebody says so; other code is", async () => {
  await using h = await createHarness();
  const make = (rules: Record<string, unknown>) =>
    h.engine.createSchedule({ workflowName: "job", spec: far, input: { dying: [1] }, ...rules } as never, "user");
  const code = make({});
  const command = make({ workflowName: "shell.command" });
  const transient = make({ workflowName: "transient" });
  const asked = make({ workflowName: "shell.command", recoverOnWorkerLoss: true });
  const askedToo = make({ workflowName: "transient", recoverOnWorkerLoss: true });
  // What it has stays when it is edited.
  h.engine.updateSchedule({ scheduleId: code.scheduleId, workflowName: "transient" } as never, "user");
  const all = [code, command, transient, asked, askedToo];
  const recovers = [true, false, false, true, true];
  expect(all.map(({ scheduleId }) => h.engine.getSchedule(scheduleId).recoverOnWorkerLoss)).toEqual(recovers);
  const statusOf = (scheduleId: string): string => {
    const { runId } = h.engine.triggerSchedule({ scheduleId }, "user");
    h.clock.advance(1000);
    return h.engine.getRun(runId).status;
  };
  expect(all.map((each) => statusOf(each.scheduleId))).toEqual(
    recovers.map((yes) => (yes ? "completed" : "interrupted")),
  );
  for (const workflowName of ["shell.command", "transient"]) {
    const alone = h.engine.runWorkflow(workflowName, { dying: [1] }, "user").runId;
    h.clock.advance(1000);
    expect(h.engine.getRun(alone)).toMatchObject({ status: "interrupted", completedAt: expect.any(String) });
  }
});

test("the timeout of the settings holds where a schedule has none of its own, and is never nothing", async () => {
  const issuesOf = (value: unknown) => setSettingSchema.safeParse({ key: "timeout", value }).error?.issues;
  expect(issuesOf("0m")).toMatchObject([{ path: ["value"], message: expect.stringContaining("longer than nothing") }]);
  for (const value of ["5s", null]) expect(issuesOf(value)).toBeUndefined();
  await using h = await createHarness();
  h.engine.setSetting("timeout", "5s");
  h.schedule("plain", far, { ms: 60_000 });
  h.schedule("own", far, { ms: 60_000 }, { timeout: "20s" });
  const ids = ["plain", "own"].map((scheduleId) => h.engine.triggerSchedule({ scheduleId }, "user").runId);
  h.clock.advance(6000);
  expect(ids.map((id) => h.engine.getRun(id).status)).toEqual(["failed", "running"]);
  h.clock.advance(15_000);
  expect(h.engine.getRun(ids[1] ?? "").error?.code).toBe("TIMEOUT");
});

test("a slow run and one that has not ended by its time of day are told of once, and go on", async () => {
  await using h = await createHarness();
  const told = (id: string) => h.activity(id).filter(({ kind }) => kind === "slow" || kind === "overdue");
  h.schedule("slow", far, { ms: 60_000 }, { slowAfter: "20s" });
  // It is 09:00 UTC, 10:00 in Berlin.
  h.schedule("due", { ...far, timezone: "Europe/Berlin" }, { ms: 300_000 }, { dueBy: "10:02" });
  h.engine.triggerSchedule({ scheduleId: "slow" }, "user");
  h.engine.triggerSchedule({ scheduleId: "due" }, "user");
  h.clock.advance(15_000);
  expect([told("slow"), told("due")]).toEqual([[], []]);
  h.clock.advance(40_000);
  expect(told("slow")).toEqual([{ kind: "slow", details: { slowAfterMs: 20_000 } }]);
  h.clock.advance(60_000);
  expect(told("due")).toEqual([]);
  h.clock.advance(60_000);
  expect(told("due")).toEqual([{ kind: "overdue", details: { dueBy: "10:02", due: "2026-03-02T09:02:00.000Z" } }]);
  h.clock.advance(200_000);
  expect([told("slow").length, told("due").length, h.runs("due")[0]?.status]).toEqual([1, 1, "completed"]);
});
