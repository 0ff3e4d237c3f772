import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { KnownModule, ModuleVersion } from "../../../shared/domain/workflow.ts";
import { hashOf } from "../../workflows/loading/moduleLoader.ts";
import { forkedRunners } from "./processes/forkedRunners.ts";
import { eventually, type Harness, leftovers, startHarness, type Watched } from "./testing/harness.ts";
import { isRunning, listProcesses, startTimeOf } from "./tree/processTree.ts";

/** The full counts, with `npm run soak`. */
const soak = process.env["ALMANAC_SOAK"] === "1";

const linux = process.platform === "linux";
if (!linux)
  console.log(
    "the system's own lists of processes, and one that starts runners, are Linux's: their tests are left out",
  );

/** Where groups of processes with a memory limit of their own can be made; null where this user may not. */
const memoryGroups = ((folder) => {
  try {
    accessSync(join(folder, "memory.limit_in_bytes"), constants.W_OK);
    return folder;
  } catch (error) {
    console.log(`the test of the system's own memory limit is left out: ${String(error)}`);
    return null;
  }
})("/sys/fs/cgroup/memory");

const faults = `
import { execSync, spawn } from "node:child_process";
import { workflow, sleep, step, log } from "almanac";
const deep = () => { let value = []; for (let i = 0; i < 1e5; i++) value = [value]; return value; };
const cycle = () => { const value = {}; value.self = value; return value; };
const ways = {
  fine: () => "fine",
  waits: () => new Promise((done) => setTimeout(done, 300, "fine")),
  flags: () => process.execArgv.find((flag) => flag.includes("max-old")),
  changes: () => {
    const own = Array.prototype.map;
    Array.prototype.map = function (call) { return call.name === "double" ? ["changed"] : own.call(this, call); };
    return "changed";
  },
  changesGlobal: () => { globalThis.leftBehind = true; return "changed"; },
  maps: () => [1, 2].map(function double(n) { return n * 2; }),
  cleanEscapes: async () => {
    const child = spawn("sh", ["-c", "env -i setsid sh -c 'env -i setsid sleep 9999 & echo $!'"]);
    log(await new Promise((done) => child.stdout.once("data", (data) => done(String(data)))), "up");
    return "left";
  },
  throws: () => { throw new Error("by design"); },
  throwsText: () => { throw "just text"; },
  throwsNothing: () => { throw undefined; },
  throwsCycle: () => { throw cycle(); },
  throwsHuge: () => { throw new Error("x".repeat(2 * 1024 * 1024)); },
  throwsProxy: () => { throw new Proxy({}, { get() { throw new Error("trap"); } }); },
  rejects: async () => { Promise.reject(new Error("nobody listens")); await new Promise(() => {}); },
  later: async () => { setTimeout(() => { throw new Error("out of the blue"); }, 5); await new Promise(() => {}); },
  exits: () => process.exit(3),
  segfault: () => process.kill(process.pid, "SIGSEGV"),
  aborts: () => process.abort(),
  heap: () => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())); },
  buffers: async () => { const all = []; for (;;) { all.push(Buffer.alloc(16e6, 1)); await new Promise((done) => setTimeout(done, 10)); } },
  loops: () => { for (;;); },
  never: () => new Promise(() => {}),
  blocks: () => execSync("sleep 1000"),
  stubborn: () => { process.on("SIGTERM", () => {}); execSync("trap '' TERM; while :; do sleep 1; done"); },
  leavesTimer: () => { setInterval(() => console.log("still here"), 5); return "left"; },
  leavesProcesses: async () => {
    const child = spawn("sh", ["-c", "sleep 9999 & setsid sleep 9999 & (sleep 9999 &) ; env -i setsid sleep 9999 & echo bare $!; wait"], { env: {} });
    const bare = await new Promise((done) => child.stdout.once("data", done));
    // The pool asks for a sign of life after each look at the tree: the second one follows a look at this tree.
    for (let asked = 0; asked < 2;) if ((await new Promise((done) => process.once("message", done))).type === "ping") asked++;
    log(String(bare), "up");
    await new Promise(() => {});
  },
  cycle, deep,
  huge: () => "x".repeat(100 * 1024 * 1024),
  bigint: () => ({ n: 1n }),
  proto: () => JSON.parse('{"__proto__": {"x": 1}, "a": "\\\\ud800", "nul": "\\\\u0000"}'),
};
export const fault = workflow("fault", async (input) => ways[input.way](input));
`;

describe("a run that ends badly fails alone, with its cause", () => {
  const cases: [way: string, expected: Record<string, unknown>][] = [
    ["throws", { code: "WORKFLOW_ERROR", message: "by design" }],
    ["throwsText", { code: "WORKFLOW_ERROR", message: "just text" }],
    ["throwsNothing", { code: "WORKFLOW_ERROR", message: "undefined was thrown" }],
    ["throwsCycle", { code: "WORKFLOW_ERROR", message: "[object Object] was thrown" }],
    ["throwsHuge", { code: "WORKFLOW_ERROR", message: expect.stringContaining("(2097152 characters)") }],
    ["throwsProxy", { code: "WORKFLOW_ERROR" }],
    ["rejects", { code: "WORKFLOW_ERROR", message: "nobody listens" }],
    ["later", { code: "WORKFLOW_ERROR", message: "out of the blue" }],
    ["exits", { code: "RUNNER_CRASHED", details: { exitCode: 3, signal: null } }],
    ["segfault", { code: "RUNNER_CRASHED", details: { exitCode: null, signal: "SIGSEGV" } }],
    ["aborts", { code: "RUNNER_CRASHED", details: { exitCode: null, signal: "SIGABRT" } }],
    ["cycle", { code: "NOT_SERIALIZABLE", message: expect.stringContaining("self is part of itself") }],
    ["deep", { code: "NOT_SERIALIZABLE", message: expect.stringContaining("deeper than") }],
    ["bigint", { code: "NOT_SERIALIZABLE", message: expect.stringContaining("n is a BigInt") }],
    ["huge", { code: "RESULT_TOO_LARGE" }],
  ];

  test(
    "whatever it throws, returns or does to its process",
    async () => {
      await using harness = await startHarness({ size: 2 });
      const modulePath = harness.file("faults.ts", faults);
      const inARow = Array.from(
        { length: soak ? 1_000 : cases.length },
        (_, at) => cases[at % cases.length] ?? cases[0]!,
      );
      for (const [way, expected] of inARow) {
        const run = harness.run({ workflowName: "fault", modulePath, input: { way } });
        const next = harness.run({ workflowName: "fault", modulePath, input: { way: "fine" } });
        expect(await run.ended, way).toMatchObject({ kind: "failed", error: expected });
        expect(await next.ended, `beside ${way}`).toMatchObject({ kind: "completed", result: "fine" });
      }
      expect(harness.runtime.state()).toMatchObject({ state: "ready", busy: 0 });
    },
    soak ? 3_600_000 : 60_000,
  );

  test("a runner killed from outside has lost its run, not failed it", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const run = harness.run({ workflowName: "fault", modulePath, input: { way: "never" } });
    await run.started;
    process.kill(Number(/pid (\d+)/.exec(run.worker ?? "")?.[1]), "SIGKILL");
    expect(await run.ended).toMatchObject({ kind: "lost", reason: expect.stringContaining("SIGKILL") });
  });

  test("memory beyond the limit, in the heap and outside it", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    for (const way of ["heap", "buffers"]) {
      const run = harness.run({
        workflowName: "fault",
        modulePath,
        input: { way },
        memoryLimitMb: 200,
        memoryLimitBy: "code",
      });
      expect(await run.ended, way).toMatchObject({
        kind: "failed",
        error: {
          code: "OUT_OF_MEMORY",
          message: expect.stringMatching(/200 MiB \(memoryLimit in its workflow's code/),
        },
      });
    }
  }, 60_000);

  test.skipIf(memoryGroups === null)(
    "memory that the system grants no more of",
    async () => {
      await using harness = await startHarness();
      const group = mkdtempSync(join(memoryGroups ?? "", "almanac-"));
      try {
        writeFileSync(join(group, "memory.limit_in_bytes"), String(128 * 1024 * 1024));
        const modulePath = harness.file("faults.ts", faults);
        const run = harness.run({ workflowName: "fault", modulePath, input: { way: "buffers" }, memoryLimitMb: 4096 });
        await run.started;
        writeFileSync(join(group, "cgroup.procs"), String(/pid (\d+)/.exec(run.worker ?? "")?.[1]));
        expect(await run.ended).toMatchObject({ kind: "failed", error: { code: "OUT_OF_MEMORY" } });
        expect(await harness.run({ input: { command: "echo next" } }).ended).toMatchObject({ kind: "completed" });
      } finally {
        rmdirSync(group);
      }
    },
    60_000,
  );

  test("a limit that was raised holds for the next run", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const limitOf = async (memoryLimitMb: number): Promise<unknown> => {
      const outcome = await harness.run({ workflowName: "fault", modulePath, input: { way: "flags" }, memoryLimitMb })
        .ended;
      return outcome.kind === "completed" ? outcome.result : outcome;
    };
    expect(await limitOf(200)).toBe("--max-old-space-size=160");
    expect(await limitOf(1_000)).toBe("--max-old-space-size=800");
    expect(await limitOf(1_000)).toBe("--max-old-space-size=800");
    expect(harness.runtime.state().workers).toBe(1);
  });

  test("memory of the programs it starts counts as its own", async () => {
    await using harness = await startHarness();
    const command = "node -e 'const all = []; setInterval(() => all.push(Buffer.alloc(16e6, 1)), 10)'";
    expect(await harness.run({ input: { command }, memoryLimitMb: 200 }).ended).toMatchObject({
      kind: "failed",
      error: {
        code: "OUT_OF_MEMORY",
        message: expect.stringMatching(/limit of 200 MiB \(.* in Settings, memoryLimitMb/),
        details: { memoryLimitMb: 200, memoryLimitBy: "settings" },
      },
    });
    expect(leftovers().length).toBeLessThanOrEqual(1);
  }, 30_000);

  test("one that blocks its process has hung", async () => {
    await using harness = await startHarness({ unresponsiveAfterMs: 300 });
    const modulePath = harness.file("faults.ts", faults);
    const run = harness.run({ workflowName: "fault", modulePath, input: { way: "loops" } });
    expect(await run.ended).toMatchObject({ kind: "failed", error: { code: "RUNNER_HUNG" } });
  });

  test("a runner in which a run left something ticking is not used again", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const first = harness.run({ workflowName: "fault", modulePath, input: { way: "leavesTimer" } });
    expect(await first.ended).toMatchObject({ kind: "completed", result: "left" });
    const second = harness.run({ workflowName: "fault", modulePath, input: { way: "fine" } });
    await second.ended;
    expect(second.worker).not.toBe(first.worker);
    expect(second.log()).toBe("");
  });

  test.each(["changes", "changesGlobal"])(
    "a runner in which a run has changed what all share is not used again (%s)",
    async (way) => {
      await using harness = await startHarness();
      const modulePath = harness.file("faults.ts", faults);
      const first = harness.run({ workflowName: "fault", modulePath, input: { way } });
      expect(await first.ended).toMatchObject({ kind: "completed", result: "changed" });
      const second = harness.run({ workflowName: "fault", modulePath, input: { way: "maps" } });
      expect(await second.ended).toMatchObject({ kind: "completed", result: [2, 4] });
      const third = harness.run({ workflowName: "fault", modulePath, input: { way: "maps" } });
      await third.ended;
      expect(second.worker).not.toBe(first.worker);
      expect(third.worker).toBe(second.worker);
    },
  );

  test("runners are there when a file needs them, and given back when none has for a while", async () => {
    await using harness = await startHarness({ idleMs: 150, watchMs: 50 });
    expect(harness.runtime.state().workers).toBe(0);
    const modulePath = harness.file("faults.ts", faults);
    const run = () => harness.run({ workflowName: "fault", modulePath, input: { way: "fine" } });
    expect(await run().ended).toMatchObject({ kind: "completed" });
    expect(harness.runtime.state().workers).toBe(1);
    await eventually(() => harness.runtime.state().workers === 0, 5_000);
    await eventually(() => leftovers().length === 0, 5_000);
    expect(await run().ended).toMatchObject({ kind: "completed" });
  });

  test("a file whose runs come fast keeps a second runner for the death of the first, and gives it back once they do not", async () => {
    await using harness = await startHarness({ size: 4, idleMs: 50, watchMs: 25 });
    const modulePath = harness.file("faults.ts", faults);
    const run = (way: string) => harness.run({ workflowName: "fault", modulePath, input: { way } });
    for (let n = 0; n < 30; n++) await run("fine").ended;
    await eventually(() => harness.runtime.state().workers === 2, 5_000);
    const died = run("aborts");
    await died.ended;
    const next = run("fine");
    expect(await next.ended).toMatchObject({ kind: "completed" });
    expect(next.worker).not.toBe(died.worker);
    await eventually(() => harness.runtime.state().workers === 0, 10_000);
  });

  test("runs of another file never have its runner", async () => {
    await using harness = await startHarness();
    const code =
      "export const NAME = workflow('NAME', async () => [globalThis.seen, (globalThis.seen = 'NAME')][0] ?? null);";
    const files = ["one", "other"].map((name) =>
      harness.file(`${name}.ts`, `import { workflow } from "almanac"; ${code.replaceAll("NAME", name)}`),
    );
    for (const at of [0, 1, 0, 1]) {
      const run = harness.run({ workflowName: ["one", "other"][at] ?? "", modulePath: files[at] ?? "" });
      expect(await run.ended).toMatchObject({ kind: "completed", result: null });
    }
  });

  test("a schedule whose runs take their runner with them takes one at a time, and others keep theirs", async () => {
    await using harness = await startHarness({ size: 2 });
    const modulePath = harness.file("faults.ts", faults);
    const run = (way: string, scheduleId: string) =>
      harness.run({ workflowName: "fault", modulePath, input: { way }, scheduleId });
    const twoAtOnce = async (): Promise<Set<string | null>> => {
      const both = [run("waits", "steady"), run("waits", "steady")];
      for (const one of both) await one.ended;
      return new Set(both.map((one) => one.worker));
    };
    await run("aborts", "deadly").ended;
    let warm = await twoAtOnce();
    while (warm.size < 2) warm = await twoAtOnce();

    const deadly = [run("aborts", "deadly"), run("aborts", "deadly")];
    const fine = run("fine", "steady");
    for (const one of [...deadly, fine]) await one.ended;
    expect(warm).toContain(fine.worker);
  });

  test("a value with a key named __proto__ comes through as it is and pollutes nothing", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const outcome = await harness.run({ workflowName: "fault", modulePath, input: { way: "proto" } }).ended;
    expect(outcome.kind).toBe("completed");
    const result = outcome.kind === "completed" ? outcome.result : null;
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":1},"a":"\\ud800","nul":"\\u0000"}');
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("runners that cannot be started are said to be so, and runs are not left waiting", async () => {
    await using harness = await startHarness({
      spawnRunner: () => ({
        pid: undefined,
        onOutput: () => undefined,
        send: () => undefined,
        onMessage: () => undefined,
        onExit: (listener) =>
          setImmediate(() => listener({ code: null, signal: null, error: new Error("no such program") })),
        kill: () => undefined,
      }),
    });
    expect(await harness.run({ input: { command: "true" } }).ended).toMatchObject({
      kind: "failed",
      error: { code: "SPAWN_FAILED", message: expect.stringContaining("no such program") },
    });
    expect(harness.runtime.state()).toMatchObject({ state: "degraded" });
  }, 30_000);
});

describe("a run that hangs is ended at its timeout", () => {
  test.each(["loops", "never", "blocks", "stubborn"])("%s", async (way) => {
    await using harness = await startHarness({ size: 2, ...(soak ? {} : { timeoutGraceMs: 600 }) });
    const modulePath = harness.file("faults.ts", faults);
    const hung = harness.run({ workflowName: "fault", modulePath, input: { way }, timeoutMs: 300 });
    await hung.started;
    const since = Date.now();
    const beside = harness.run({ input: { command: "true" } });
    expect(await beside.ended).toMatchObject({ kind: "completed" });
    expect(await hung.ended).toMatchObject({ kind: "failed", error: { code: "TIMEOUT" }, retryable: true });
    expect(Date.now() - since).toBeLessThan(5_300 + 1_000);
    await eventually(() => leftovers().length <= 2, 1_000);
  });
});

describe("nothing that a run started outlives it", () => {
  const command = "sleep 9999 & setsid sleep 9999 & (sleep 9999 &) ; echo up; wait";

  test("when it is cancelled", async () => {
    await using harness = await startHarness();
    const run = harness.run({ input: { command } });
    await run.logged("up");
    harness.runtime.cancel(run.runId, 2_000);
    expect(await run.ended).toMatchObject({ kind: "cancelled" });
    expect(leftovers()).toHaveLength(1);
    expect(await harness.run({ input: { command: "echo next" } }).ended).toMatchObject({ kind: "completed" });
  });

  test("when it is terminated without grace", async () => {
    await using harness = await startHarness();
    const run = harness.run({ input: { command: `trap '' TERM; ${command}` } });
    await run.logged("up");
    harness.runtime.cancel(run.runId, 0);
    expect(await run.ended).toMatchObject({ kind: "cancelled" });
    await eventually(() => leftovers().length === 1, 5_000);
  });

  test("when it times out", async () => {
    await using harness = await startHarness();
    const run = harness.run({ input: { command }, timeoutMs: 300 });
    expect(await run.ended).toMatchObject({ kind: "failed", error: { code: "TIMEOUT" } });
    await eventually(() => leftovers().length <= 1, 5_000);
  });

  test("when it ends by itself", async () => {
    await using harness = await startHarness();
    const run = harness.run({ input: { command: command.replace("wait", "true") } });
    expect(await run.ended).toMatchObject({ kind: "completed" });
    expect(run.log("system")).toContain("ended 3 processes");
    expect(leftovers()).toHaveLength(1);
  });

  test("when its runner crashes, also with an environment of its own", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const run = harness.run({ workflowName: "fault", modulePath, input: { way: "leavesProcesses" } });
    await run.logged("up");
    const bare = Number(/bare (\d+)/.exec(run.log())?.[1]);
    expect(isRunning(bare)).toBe(true);
    process.kill(Number(/pid (\d+)/.exec(run.worker ?? "")?.[1]), "SIGSEGV");
    await run.ended;
    await eventually(() => leftovers().length <= 1 && !isRunning(bare), 5_000);
  });

  test("when the program quits", async () => {
    const harness = await startHarness();
    const run = harness.run({ input: { command } });
    await run.logged("up");
    await harness[Symbol.asyncDispose]();
    expect(await run.ended).toMatchObject({ kind: "lost" });
    await eventually(() => leftovers().length === 0, 5_000);
  });

  test.each([
    ["idle in a command", { input: { command } }],
    ["in an endless loop", { workflowName: "fault", input: { way: "loops" } }],
    ["in a stubborn command", { workflowName: "fault", input: { way: "stubborn" } }],
  ])("when the program is killed while its runner is %s", async (_case, job) => {
    await using harness = await startHarness();
    const modulePath = harness.file("faults.ts", faults);
    const given = JSON.stringify("workflowName" in job ? { ...job, modulePath } : job);
    const program = spawn(process.execPath, [join(import.meta.dirname, "testing/program.ts"), given], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((up) => program.stdout.once("data", up));
    expect(leftovers(program.pid).length).toBeGreaterThan(0);
    const helpers = listProcesses().filter(({ parent }) => parent === program.pid);
    expect(helpers.length).toBeGreaterThan(0);
    program.kill("SIGKILL");
    await eventually(() => leftovers(program.pid).length === 0 && !helpers.some(({ pid }) => isRunning(pid)), 5_000);
  });
});

describe("commands", () => {
  test("run side by side in one process, each with its own output, limits and end", async () => {
    await using harness = await startHarness();
    const count = soak ? 300 : 30;
    const runs = Array.from({ length: count }, (_, at) =>
      harness.run({ input: { command: `echo ${at}; read line < /dev/null; sleep 1; exit ${at % 2}` } }),
    );
    const timedOut = harness.run({ input: { command: "sleep 1000" }, timeoutMs: 200 });
    const cancelled = harness.run({ input: { command: "echo up; sleep 1000" } });
    await cancelled.logged("up");
    harness.runtime.cancel(cancelled.runId, 2_000);
    expect(await cancelled.ended).toMatchObject({ kind: "cancelled" });
    expect(await timedOut.ended).toMatchObject({ kind: "failed", error: { code: "TIMEOUT" } });
    for (const [at, run] of runs.entries()) {
      expect(await run.ended).toMatchObject({ kind: at % 2 === 0 ? "completed" : "failed" });
      expect(run.log("stdout")).toBe(`${at}\n`);
    }
    expect(new Set(runs.map(({ worker }) => worker)).size).toBe(1);
    expect(harness.runtime.state()).toMatchObject({ workers: 1, busy: 0 });
  }, 60_000);

  test("are told as lost where their process dies, and ended; another one stands at once, and nothing is run again", async () => {
    await using harness = await startHarness();
    const noted = join(harness.folder, "noted");
    const command = `echo $$ >> ${noted}; setsid sleep 9999 & echo up; wait`;
    const runs = Array.from({ length: 5 }, () => harness.run({ input: { command } }));
    for (const run of runs) await run.logged("up");
    process.kill(Number(/pid (\d+)/.exec(runs[0]?.worker ?? "")?.[1]), "SIGKILL");
    for (const run of runs) expect(await run.ended).toMatchObject({ kind: "lost" });
    expect(harness.runtime.state()).toMatchObject({ state: "ready", workers: 1, busy: 0 });
    expect(await harness.run({ input: { command: "echo again" } }).ended).toMatchObject({ kind: "completed" });
    const pids = readFileSync(noted, "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(5);
    await eventually(() => leftovers().length === 1 && !pids.some(isRunning), 5_000);
  });

  test.skipIf(!linux)("leave nothing that forgets its parent, its session and its environment", async () => {
    await using harness = await startHarness();
    const escaping = "env -i setsid sh -c 'env -i setsid sleep 9999 & echo $!'";
    const beside = harness.run({ input: { command: "echo up; sleep 1000" } });
    await beside.logged("up");
    const pidOf = (run: Watched): number => Number(/^\d+$/m.exec(run.log())?.[0]);
    const finished = harness.run({ input: { command: escaping } });
    expect(await finished.ended).toMatchObject({ kind: "completed" });
    const cancelled = harness.run({ input: { command: `${escaping}; echo up; sleep 1000` } });
    await cancelled.logged("up");
    harness.runtime.cancel(cancelled.runId, 100);
    expect(await cancelled.ended).toMatchObject({ kind: "cancelled" });
    harness.runtime.cancel(beside.runId, 100);
    expect(await beside.ended).toMatchObject({ kind: "cancelled" });
    const modulePath = harness.file("faults.ts", faults);
    const ofFile = harness.run({ workflowName: "fault", modulePath, input: { way: "cleanEscapes" } });
    expect(await ofFile.ended).toMatchObject({ kind: "completed" });
    for (const run of [finished, cancelled, ofFile]) {
      expect(pidOf(run)).toBeGreaterThan(1);
      await eventually(() => !isRunning(pidOf(run)), 5_000);
    }
  });
});

describe.skipIf(!linux)("of commands", () => {
  test("what they were to leave running goes on, also when the program quits", async () => {
    const harness = await startHarness();
    const run = harness.run({ input: { command: "setsid sleep 9999 & echo $!", leaveRunning: true } });
    expect(await run.ended).toMatchObject({ kind: "completed" });
    const left = Number(/^\d+$/m.exec(run.log())?.[0]);
    try {
      expect(run.log("system")).toBe("");
      expect(isRunning(left)).toBe(true);
      await harness[Symbol.asyncDispose]();
      await eventually(() => leftovers().length === 0, 5_000);
      expect(isRunning(left)).toBe(true);
    } finally {
      process.kill(left, "SIGKILL");
    }
  });

  test("memory that processes share counts once", async () => {
    await using harness = await startHarness();
    const command = `perl -e '$x = "x" x (100 << 20); for (1 .. 4) { fork or do { sleep 1; exit } } sleep 1; wait for 1 .. 4'`;
    expect(await harness.run({ input: { command }, memoryLimitMb: 300 }).ended).toMatchObject({ kind: "completed" });
    expect(await harness.run({ input: { command }, memoryLimitMb: 80 }).ended).toMatchObject({
      kind: "failed",
      error: { code: "OUT_OF_MEMORY" },
    });
  });
});

describe("files of workflows are loaded ahead of their first run", () => {
  /** A file that notes each time that it is loaded, and what it may do then. */
  const noting = (harness: Harness, then = "") => {
    const notes = join(harness.folder, "notes");
    writeFileSync(notes, "");
    const path = harness.file(
      "noting.ts",
      `import { appendFileSync, existsSync } from "node:fs";
       import { workflow } from "almanac";
       appendFileSync(${JSON.stringify(notes)}, "loaded\\n");
       ${then}
       export const nothing = workflow("nothing", async () => null);
       export const crash = workflow("crash", async () => process.abort());`,
    );
    const module: ModuleVersion = { hash: hashOf([path]), files: [path] };
    modules.push({ path, module });
    return {
      times: () => readFileSync(notes, "utf8").split("loaded").length - 1,
      run: (workflowName: string) => harness.run({ workflowName, modulePath: path, module }),
    };
  };
  const modules: KnownModule[] = [];
  afterEach(() => void modules.splice(0));

  test("by each new runner, once", async () => {
    await using harness = await startHarness({ modules: () => modules });
    const file = noting(harness);
    expect(await file.run("crash").ended).toMatchObject({ kind: "failed" });
    expect(file.times()).toBe(1);
    await eventually(() => file.times() === 2, 15_000);
    expect(await file.run("nothing").ended).toMatchObject({ kind: "completed" });
    expect(await file.run("nothing").ended).toMatchObject({ kind: "completed" });
    expect(file.times()).toBe(2);
  });

  test("and no longer where one ends the runner that loads it", async () => {
    await using harness = await startHarness({ modules: () => modules });
    const file = noting(harness, `if (existsSync(${JSON.stringify(join(harness.folder, "deadly"))})) process.exit(1);`);
    expect(await file.run("nothing").ended).toMatchObject({ kind: "completed" });
    harness.file("deadly", "");
    // Its runner's place is taken by one that loads the file ahead and ends of it, then by one that does not.
    expect(await file.run("crash").ended).toMatchObject({ kind: "failed" });
    expect(await file.run("nothing").ended).toMatchObject({ kind: "failed", error: { details: { exitCode: 1 } } });
    const times = file.times();
    expect(await file.run("nothing").ended).toMatchObject({ kind: "failed" });
    expect(file.times()).toBe(times + 1);
  });
});

describe.skipIf(!linux)("the process that starts runners", () => {
  test("has one runner find compiled what another has; runs and commands know nothing of it", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "asks.ts",
      `import { getCompileCacheDir } from "node:module";
       import { workflow } from "almanac";
       const named = () => Object.keys(process.env).filter((name) => name.includes("COMPILE"));
       export const asks = workflow("asks", async () => ({ folder: getCompileCacheDir(), named: named() }));`,
    );
    const asked = await harness.run({ workflowName: "asks", modulePath }).ended;
    expect(asked).toMatchObject({ kind: "completed", result: { named: [] } });
    const { folder } = (asked as unknown as { result: { folder: string } }).result;
    expect(folder).toMatch(/\/almanac-[\w-]+\/compiled\//);
    expect(statSync(resolve(folder, "../..")).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).length).toBeGreaterThan(20);
    const command = await harness.run({ input: { command: "env | grep -c COMPILE", passEnvironment: ["*"] } }).ended;
    expect(command).toMatchObject({ kind: "failed", error: { message: expect.stringContaining("0") } });
  });

  const parentOfRunner = ({ worker }: Watched): number => {
    const runner = Number(/pid (\d+)/.exec(worker ?? "")?.[1]);
    return listProcesses().find(({ pid }) => pid === runner)?.parent ?? 0;
  };

  test("is started again where it is ended; runs of before are told to be lost, and leave nothing", async () => {
    // Not looked at while they run: what they have started is not known yet.
    await using harness = await startHarness({ size: 2, watchMs: 60_000 });
    const runs = [1, 2].map(() =>
      harness.run({ input: { command: "sleep 1000 & setsid sleep 1000 & echo up; wait" } }),
    );
    for (const run of runs) await run.logged("up");
    const [launcher = 0, ...others] = runs.map(parentOfRunner);
    expect(others).toEqual([launcher]);
    expect(launcher).toBeGreaterThan(1);
    expect(launcher).not.toBe(process.pid);
    process.kill(launcher, "SIGKILL");
    for (const run of runs) expect(await run.ended).toMatchObject({ kind: "lost" });
    const again = harness.run({ input: { command: "echo again" } });
    expect(await again.ended).toMatchObject({ kind: "completed" });
    expect(parentOfRunner(again)).toBeGreaterThan(1);
    expect(parentOfRunner(again)).not.toBe(launcher);
    await eventually(() => leftovers().length === 1, 30_000);
  }, 60_000);
});

describe("runners that the program forks itself, as where there is no launcher", () => {
  const forked = { spawnRunner: forkedRunners(), watchMs: 60_000 };

  test("carry runs, and leave nothing when they are cancelled or crash", async () => {
    await using harness = await startHarness(forked);
    expect(await harness.run({ input: { command: "echo fine" } }).ended).toMatchObject({ kind: "completed" });
    const command = "sleep 9999 & setsid sleep 9999 & (sleep 9999 &) ; echo up; wait";
    const cancelled = harness.run({ input: { command } });
    await cancelled.logged("up");
    harness.runtime.cancel(cancelled.runId, 0);
    expect(await cancelled.ended).toMatchObject({ kind: "cancelled" });
    const crashed = harness.run({ input: { command: command.replace("wait", "kill -SEGV $PPID; wait") } });
    expect(await crashed.ended).toMatchObject({ kind: "lost", reason: expect.stringContaining("SIGSEGV") });
    await harness.workers(1);
    if (linux) await eventually(() => leftovers().length === 1, 30_000);
  });

  test("tell that they could not be started", async () => {
    await using harness = await startHarness({ ...forked, spawnRunner: forkedRunners(() => "/no/such/runner.js") });
    expect(await harness.run({ input: { command: "true" } }).ended).toMatchObject({
      kind: "failed",
      error: { code: "SPAWN_FAILED" },
    });
  }, 30_000);
});

describe("ids from before are never signalled", () => {
  test("a process that merely has the id of a former runner lives on", async () => {
    const innocent = spawn("sleep", ["60"], {
      env: { ALMANAC_RUNNER: `${process.pid}-${startTimeOf(process.pid)}-other.3` },
    });
    const unmarked = spawn("sleep", ["60"]);
    try {
      await using harness = await startHarness();
      const run = harness.run({ input: { command: "sleep 100 & true" } });
      await run.ended;
      expect(isRunning(innocent.pid ?? 0)).toBe(true);
      expect(isRunning(unmarked.pid ?? 0)).toBe(true);
    } finally {
      innocent.kill();
      unmarked.kill();
    }
  });
});
