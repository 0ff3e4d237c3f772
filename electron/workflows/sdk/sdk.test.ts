import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { StepRecord } from "../../../shared/domain/run.ts";
import { tempApp } from "../../api/testing/tempApp.ts";
import { startHarness } from "../../runtime/local/testing/harness.ts";
import { runContext, sleep, step, workflow, z } from "./sdk.ts";

describe("a workflow in a runner", () => {
  test("knows its run, and its output is captured in order", async () => {
    await using harness = await startHarness({ secret: (name) => (name === "TOKEN" ? "swordfish" : null) });
    const modulePath = harness.file(
      "context.ts",
      `import { workflow, step, log, runContext, secret } from "almanac";
       import { execFileSync } from "node:child_process";
       const inner = step("inner", async () => runContext().runId);
       export const context = workflow("context", async (input) => {
         console.log("out", input); log("logged %s", "text", { a: 1 }); console.error("err"); process.stdout.write("raw\\n");
         const token = await secret("TOKEN");
         console.log("token", token, Buffer.from(token).toString("base64"));
         const { signal, ...rest } = runContext();
         return { rest, inner: await inner(), aborted: signal.aborted, token };
       });`,
    );
    const run = harness.run({ workflowName: "context", modulePath, input: { n: 1 }, attempt: 2 });
    expect(await run.ended).toMatchObject({
      kind: "completed",
      result: {
        rest: {
          runId: run.runId,
          scheduleId: "schedule",
          workflowName: "context",
          scheduledTime: "2026-03-01T09:30:00.000Z",
          attempt: 2,
        },
        inner: run.runId,
        aborted: false,
        token: "••••••",
      },
    });
    expect(run.log()).toBe("out { n: 1 }\nlogged text { a: 1 }\nerr\nraw\ntoken •••••• ••••••\n");
    expect(run.log("log")).toBe("logged text { a: 1 }\n");
    expect(run.log("stderr")).toBe("err\n");
  });

  test("finds its process as the one before it found it", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "surroundings.ts",
      `import { workflow } from "almanac";
       export const surroundings = workflow("surroundings", async () => {
         const found = [process.env.LEFT ?? null, process.env.HOME, process.cwd()];
         process.env.LEFT = "behind"; process.env.HOME = "/elsewhere"; process.chdir("/tmp");
         return found;
       });`,
    );
    const run = () => harness.run({ workflowName: "surroundings", modulePath }).ended;
    const first = await run();
    expect(first).toMatchObject({ kind: "completed", result: [null, process.env["HOME"], process.cwd()] });
    expect(await run()).toMatchObject({ kind: "completed", result: [null, process.env["HOME"], process.cwd()] });
  });

  test("is told what it leaves un-awaited, and no later run meets it", async () => {
    await using harness = await startHarness();
    const job = {
      workflowName: "leaves",
      modulePath: harness.file(
        "leaves.ts",
        `import { step, workflow } from "almanac";
         const slow = step("slow", () => new Promise((done) => setTimeout(done, 30_000)));
         const quick = step("quick", async () => 1);
         export const leaves = workflow("leaves", async ({ leave }) => {
           await quick();
           if (leave) { void slow(); void slow(); }
           return process.pid;
         });`,
      ),
    };
    const tidy = harness.run({ ...job, input: {} });
    expect(await tidy.ended).toMatchObject({ kind: "completed" });
    expect(tidy.log()).toBe("");
    const left = harness.run({ ...job, input: { leave: true } });
    expect(await left.ended).toMatchObject({ kind: "completed" });
    expect(left.log("system")).toMatch(/returned before its steps slow, slow had ended.*\n.*has left 2 timers/);
    const next = harness.run({ ...job, input: {} });
    await next.ended;
    expect(next.worker).not.toBe(left.worker);
    expect(next.log()).toBe("");
  });

  test("checks its input again, with the schema itself", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "even.ts",
      `import { workflow, z } from "almanac";
       export const even = workflow({ name: "even", input: z.object({ n: z.number().refine((n) => n % 2 === 0, "an even number"), by: z.number().default(2) }) }, async ({ n, by }) => n / by);`,
    );
    const run = (input: unknown) => harness.run({ workflowName: "even", modulePath, input }).ended;
    expect(await run({ n: 4 })).toMatchObject({ kind: "completed", result: 2 });
    expect(await run({ n: 3 })).toMatchObject({
      kind: "failed",
      retryable: false,
      error: { code: "INVALID_INPUT", message: "input.n: an even number" },
    });
  });

  test("killed in its second step, does not do the first again", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "three.ts",
      `import { workflow, step, runContext } from "almanac"; import { appendFileSync } from "node:fs";
       const note = (file, text) => appendFileSync(file, text + "\\n");
       const one = step("one", async (file) => { note(file, "one"); return 1; });
       const two = step("two", async (file) => { note(file, "two"); if (runContext().attempt === 1) process.kill(process.pid, "SIGKILL"); return 2; });
       const three = step("three", async (file) => { note(file, "three"); return 3; });
       export const steps = workflow("steps", async ({ file }) => [await one(file), await two(file), await three(file), await one(file)]);`,
    );
    const file = join(harness.folder, "effects.txt");
    appendFileSync(file, "");
    const first = harness.run({ workflowName: "steps", modulePath, input: { file } });
    expect(await first.ended).toMatchObject({ kind: "lost" });
    const kept = [...new Map(first.steps.map((record) => [record.key, record])).values()];
    expect(kept.map(({ key, status }) => [key, status])).toEqual([
      ["one", "completed"],
      ["two", "running"],
    ]);
    const second = harness.run({ workflowName: "steps", modulePath, input: { file }, attempt: 2, steps: kept });
    expect(await second.ended).toMatchObject({ kind: "completed", result: [1, 2, 3, 1] });
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\ntwo\nthree\none\n");
    expect(second.steps.at(-1)).toMatchObject({ key: "one#2", status: "completed" });
  });

  test("that has changed since is told so", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "changed.ts",
      `import { workflow, step } from "almanac";
       const b = step("b", async () => 1);
       export const changed = workflow("changed", async () => { try { return await b(); } catch { return "mixed"; } });`,
    );
    const steps: StepRecord[] = [
      { key: "a", name: "a", sequence: 0, status: "completed", attempt: 1, result: 1, startedAt: 1, completedAt: 2 },
    ];
    expect(await harness.run({ workflowName: "changed", modulePath, attempt: 2, steps }).ended).toMatchObject({
      kind: "failed",
      retryable: false,
      error: { code: "NONDETERMINISTIC", details: { recorded: "a", called: "b" } },
    });
  });

  test("sleeps without holding its runner; cancelled while it waits, it stops", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "sleeps.ts",
      `import { workflow, sleep, log } from "almanac";
       export const sleeps = workflow("sleeps", async ({ time }) => { log("before"); await sleep(time); log("after"); return "woke"; });`,
    );
    const long = harness.run({ workflowName: "sleeps", modulePath, input: { time: "2h" } });
    const outcome = await long.ended;
    expect(outcome).toMatchObject({ kind: "sleeping", wakeAt: expect.any(Number) });
    const record = long.steps.at(-1);
    expect(record).toMatchObject({ key: "sleep", status: "sleeping" });
    const woken = harness.run({
      workflowName: "sleeps",
      modulePath,
      input: { time: "2h" },
      steps: record === undefined ? [] : [{ ...record, wakeAt: Date.now() - 1 }],
    });
    expect(await woken.ended).toMatchObject({ kind: "completed", result: "woke" });
    const short = harness.run({ workflowName: "sleeps", modulePath, input: { time: "4s" } });
    await short.logged("before");
    harness.runtime.cancel(short.runId, 5_000);
    expect(await short.ended).toMatchObject({ kind: "cancelled" });
    expect(short.log()).not.toContain("after");
  });
});

describe("outside a run", () => {
  test("workflows and steps are plain functions", async () => {
    const double = step("double", async (n: number) => n * 2);
    const twice = workflow({ name: "twice", input: z.object({ n: z.number() }) }, async ({ n }) => double(n));
    expect(await twice({ n: 2 })).toBe(4);
    await expect(twice({ n: "2" } as never)).rejects.toThrow();
    await sleep(1);
    expect(() => runContext()).toThrow("inside a running workflow");
  });

  test("names and policies that cannot be are refused where they are written", () => {
    expect(() => workflow("no spaces", async () => 1)).toThrow('given: "no spaces"');
    expect(() => workflow({ name: "w", queue: "two words" }, async () => 1)).toThrow(
      /queue of workflow w: a name of letters/,
    );
    expect(() => step("a#b", async () => 1)).toThrow("without '#'");
    expect(() => step("a", async () => 1, { maxRetries: -1 })).toThrow("maxRetries of step a");
    expect(() => step("a", async () => 1, { retryDelay: "soon" })).toThrow("duration");
  });

  test("the package waits for runs that another program fires", async () => {
    await using harness = await startHarness({ size: 1 });
    await using app = await tempApp({ role: "engine" });
    await app.start();
    mkdirSync(join(harness.folder, "node_modules"));
    symlinkSync(resolve(import.meta.dirname, "../../.."), join(harness.folder, "node_modules/almanac"));
    const script = harness.file(
      "client.mjs",
      `import { configure, shutdown, start } from "almanac";
       await configure({ dataDir: ${JSON.stringify(app.dataDir)}, fire: false });
       const { stdout } = await (await start("shell.command", { command: "sleep 0.3; echo there" })).result();
       await shutdown();
       console.log(stdout.trim());`,
    );
    expect((await promisify(execFile)(process.execPath, [script], { timeout: 60_000 })).stdout).toBe("there\n");
  }, 60_000);

  test("the package hosts the engine for a script of its own", async () => {
    await using harness = await startHarness({ size: 1 });
    const { folder } = harness;
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve(import.meta.dirname, "../../.."), join(folder, "node_modules/almanac"));
    harness.file(
      "flows.mjs",
      `import { scheduledWorkflow, step, workflow, z } from "almanac";
       const add = step("add", async (a, b) => a + b);
       export const sum = workflow({ name: "sum", input: z.object({ of: z.array(z.number()) }) }, async ({ of }) => { let total = 0; for (const n of of) total = await add(total, n); return total; });
       export const hourly = scheduledWorkflow({ name: "hourly", interval: "1h", tags: ["declared"] }, async () => "ok");`,
    );
    const script = harness.file(
      "host.mjs",
      `import * as almanac from "almanac";
       import { sum } from "./flows.mjs";
       await almanac.configure({ dataDir: "./data", modules: ["./flows.mjs"] });
       const out = {};
       out.declared = (await almanac.activateScheduledWorkflows()).map(({ scheduleId, status, tags }) => [scheduleId, status, tags]);
       out.sum = await (await almanac.start(sum, { of: [1, 2, 3] })).result();
       out.refused = await almanac.start(sum, { of: "x" }).catch(({ code, issues }) => [code, issues[0].path]);
       const created = await almanac.createSchedule({ scheduleId: "tick", workflowName: "shell.command", spec: { cron: "0 9 * * 1-5" }, input: { command: "echo $ALMANAC_SCHEDULED_TIME" } });
       out.words = almanac.describeSchedule(created.spec);
       out.next = almanac.calculateNextRunTime(created.spec, { after: Date.UTC(2026, 0, 3) }).toISOString();
       out.times = almanac.calculateBackfillTimes(created.spec, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 6)).length;
       out.bad = await almanac.createSchedule({ workflowName: "shell.command", spec: { cron: "nope" } }).catch((error) => [error instanceof almanac.AppError, error.code]);
       out.triggered = (await (await almanac.triggerSchedule("tick")).finished()).status;
       out.paused = [(await almanac.pauseSchedule("tick", { note: "n" })).status, (await almanac.getSchedule("tick")).note, (await almanac.resumeSchedule("tick")).status];
       out.updated = (await almanac.updateSchedule("tick", { overlapPolicy: almanac.OverlapPolicy.AllowAll })).overlapPolicy;
       out.listed = (await almanac.listSchedules({ workflowName: "shell.command", limit: 1, offset: 0 })).map(({ scheduleId }) => scheduleId);
       out.backfill = (await almanac.backfillSchedule("tick", { from: new Date(Date.UTC(2026, 0, 1)), to: "2026-01-06T00:00:00Z" })).total;
       out.limits = [await almanac.updateWorkflow("shell.command", { memoryLimit: "2GiB" }), await almanac.updateWorkflow("none", { memoryLimit: null }).catch(({ code }) => code)];
       const told = await almanac.setNotificationChannel({ name: "told", config: { kind: "command", program: process.execPath, args: ["-e", "console.log('heard')"] } });
       const rule = await almanac.setNotificationRule({ name: "ops", channels: ["told"], schedules: ["tick"] });
       out.told = [told.name, (await almanac.testNotificationChannel("told")).answer, rule.events];
       out.named = await almanac.deleteNotificationChannel("told").catch(({ code }) => code);
       await almanac.deleteNotificationRule("ops");
       await almanac.deleteNotificationChannel("told");
       out.left = [...(await almanac.listNotificationChannels()), ...(await almanac.listNotificationRules())].map(({ name }) => name);
       const long = await almanac.start("shell.command", { command: "sleep 1000" });
       while ((await almanac.getRun(long.runId)).status !== "running") await new Promise((done) => setTimeout(done, 10));
       await almanac.cancelRun(long.runId, { graceMs: 0 });
       out.cancelled = (await long.finished()).status;
       out.deleted = (await almanac.deleteSchedule("tick")).status;
       await almanac.shutdown(0);
       console.log(JSON.stringify(out));`,
    );
    const printed = execFileSync(process.execPath, [script], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    expect(JSON.parse(printed.trim().split("\n").at(-1) ?? "")).toEqual({
      declared: [["hourly", "active", ["declared"]]],
      sum: 6,
      limits: [null, "UNKNOWN_WORKFLOW"],
      told: ["told", "exit code 0: heard", ["failed", "recovered", "missed"]],
      named: "CONFLICT",
      left: ["desktop", "desktop"],
      refused: ["INVALID_INPUT", "input.of"],
      words: expect.stringContaining("09:00"),
      next: "2026-01-05T09:00:00.000Z",
      times: 3,
      bad: [true, "INVALID_SPEC"],
      triggered: "completed",
      paused: ["paused", "n", "active"],
      updated: "allow_all",
      listed: ["tick"],
      backfill: 3,
      cancelled: "cancelled",
      deleted: "deleted",
    });
  }, 60_000);

  test("keeps no steps of a workflow that is not durable, by its own word or by default", async () => {
    await using harness = await startHarness({ size: 1 });
    const file = harness.file(
      "kept.ts",
      `import { sleep, step, workflow } from "almanac";
       const add = step("add", async (a: number, b: number) => a + b);
       const work = async () => { const sum = await add(1, 2); await sleep("5100ms"); return sum; };
       export const kept = workflow({ name: "kept", durable: true }, work);
       export const unsaid = workflow("unsaid", work);`,
    );
    await using app = await tempApp({ role: "engine", modulePaths: [file], defaultDurable: false });
    await app.start();
    const ran = async (name: string) => {
      const { runId } = app.engine.runWorkflow(name, {}, "code");
      const { status, result } = await app.engine.waitForRun(runId);
      return [status, result, app.reads.steps(runId).map((one) => one.name)];
    };
    expect(await Promise.all([ran("kept"), ran("unsaid")])).toEqual([
      ["completed", 3, ["add", "sleep"]],
      ["completed", 3, []],
    ]);
  });

  test("a loop of one's own starts what is due, each occurrence once and in order", async () => {
    await using harness = await startHarness({ size: 1 });
    const dataDir = join(harness.folder, "own-loop");
    const example = resolve(import.meta.dirname, "../../../examples/own-loop.ts");
    const env = { ...process.env, ALMANAC_DATA_DIR: dataDir };
    const { stdout } = await promisify(execFile)(process.execPath, [example, "3"], { env, timeout: 60_000 });
    const lines = stdout.trim().split("\n");
    expect(lines, stdout).toHaveLength(3);
    const times = lines.map((line) => Date.parse(line.split(" ")[0] ?? ""));
    expect(times.slice(1).map((at, i) => at - (times[i] ?? 0))).toEqual(lines.slice(1).map(() => 1000));
    for (const [i, line] of lines.entries())
      expect(line).toMatch(
        new RegExp(`greetings: hello world; next ${new Date((times[i] ?? 0) + 1000).toISOString()}$`),
      );
    await using app = await tempApp({ dataDir });
    const { rows } = app.reads.listRuns({ scheduleId: "greetings" });
    expect(rows.map(({ scheduledTime }) => Date.parse(scheduledTime ?? "")).reverse()).toEqual(times);
    // It was paused all along, and the engine has made nothing of it.
    expect(app.engine.getSchedule("greetings")).toMatchObject({ status: "paused", scheduledRuns: 0 });
  }, 90_000);
});
