import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { RunDetail } from "../../shared/api/runs.ts";
import type { WorkersView } from "../../shared/api/workers.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { createContractWorld } from "../runtime/testing/contractWorld.ts";
import { createWorkerProcesses } from "../worker/testing/processes.ts";
import { configure, type HostOptions, type Run, shutdown, start } from "../workflows/sdk/host.ts";
import { runCli } from "./testing/runCli.ts";
import { startCli } from "./testing/startCli.ts";

// Each fact is waited for as long as a busy machine may need.
vi.setConfig({ testTimeout: 180_000 });
// The library reads it here, and the worker beside it has none.
vi.stubEnv("ALMANAC_SHARED_KEY", "");
const soon = { timeout: 60_000, interval: 200 };

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis(["--appendonly", "yes"], { password: "right" });
  folder = mkdtempSync(join(tmpdir(), "almanac-many-"));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A file of the workflow `tells` that is another one on each machine. */
function fileThatTells(machine: string, text: string): string {
  mkdirSync(join(folder, machine));
  const file = join(folder, machine, "tells.mjs");
  const code = `import { workflow } from "almanac"; export const tells = workflow({ name: "tells" }, async () => "${text}");`;
  writeFileSync(file, code);
  return file;
}

const withoutRedis = { env: { ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "" } };

test("what fires with --runtime bullmq, be it scheduler run, serve or a program with the library, gives runs to a worker; both say that their files differ", async () => {
  const [ours, theirs] = [fileThatTells("engine", "the engine's"), fileThatTells("worker", "the worker's")];
  const dataDir = join(folder, "engine", "data");
  const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args], withoutRedis);
  const shown = async (runId: unknown): Promise<RunDetail> =>
    (await cli("runs", "show", String(runId), "--json")).json<RunDetail>();
  const overRedis = ["--runtime", "bullmq", "--redis", redis.url, "--module", ours];

  await using worker = startCli(["worker", "run", "--data-dir", join(folder, "worker"), "--module", theirs], {
    ALMANAC_REDIS_URL: redis.url,
  });
  const its = `pid ${worker.child.pid} on ${hostname()}`;
  await using scheduler = startCli(["--data-dir", dataDir, "scheduler", "run", "--json", ...overRedis]);
  await Promise.all([worker.says("takes up to"), scheduler.says("firing 0 schedules")]);
  const made = await cli(
    "schedules",
    "create",
    "--id",
    "told",
    "--workflow",
    "tells",
    "--every",
    "1h",
    "--module",
    ours,
  );
  expect(made.code, made.err).toBe(0);
  await scheduler.says('"event":"ended"');
  const ended = scheduler.events().find(({ event }) => event === "ended");
  expect(ended).toMatchObject({ scheduleId: "told", status: "completed", attempt: 1 });
  expect(await shown(ended?.["runId"])).toMatchObject({
    result: "the worker's",
    worker: its,
  });

  // The run's page and log, the workers' page, and the worker's own terminal.
  expect((await cli("runs", "logs", String(ended?.["runId"]))).out).toBe(
    "[this worker has another version of tells than the engine]\n",
  );
  const listed = await cli("workers", "list", "--json", ...overRedis.slice(0, 4));
  expect(listed.json<WorkersView>(), listed.err).toMatchObject({
    workers: [{ workflows: expect.arrayContaining([expect.objectContaining({ name: "tells", differs: true })]) }],
    notes: [
      `The worker on ${hostname()} (pid ${worker.child.pid}) has another version of tells than this engine: its runs there are of that version`,
    ],
  });
  expect(worker.err()).toMatch(/tells: this worker has another version of it than the engine of /);
  expect(await scheduler.end()).toBe(0);

  await using server = startCli([
    "--data-dir",
    dataDir,
    "serve",
    "--port",
    "0",
    "--no-open",
    "--json",
    "--verbose",
    ...overRedis,
  ]);
  await server.says("firing 1 schedule");
  const triggered = await cli("schedules", "trigger", "told", "--module", ours, "--json");
  expect(triggered.code, triggered.err).toBe(0);
  await server.says('"event":"ended"');
  expect(await shown(triggered.json()["runId"])).toMatchObject({ status: "completed", result: "the worker's" });
  expect(await server.end()).toBe(0);

  const refused: [HostOptions, RegExp][] = [
    [{ runtime: "bullmq", redis: "http://redis.example" }, /^redis: http:\/\/ is not known/],
    [{ runtime: "bullmq" }, /^redis: an address such as/],
    [{ runtime: "cloud" as "local" }, /^runtime: local or bullmq is expected/],
    [{ defaultRuntime: "cloud" as "local" }, /^defaultRuntime: local or bullmq is expected/],
    [{ runtime: "local", defaultRuntime: "bullmq" }, /^defaultRuntime: it means the same/],
  ];
  const library = join(folder, "engine", "library");
  for (const [options, words] of refused)
    await expect(configure({ dataDir: library, ...options })).rejects.toThrow(words);
  await configure({ dataDir: library, runtime: "bullmq", redis: redis.url });
  try {
    const run: Run = await (await start("shell.command", { command: "true" })).finished();
    expect(run).toMatchObject({ status: "completed", worker: its });
  } finally {
    await shutdown(0);
  }
  expect(await worker.end()).toBe(0);
});

test("a bad choice is refused at its field; with no Redis there that is said with the remedy, schedules fire into the database, and runs go out when it comes", async () => {
  const dataDir = join(folder, "away");
  const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args], withoutRedis);
  const bad: [args: string[], path: string, words: RegExp][] = [
    [
      ["scheduler", "run", "--runtime", "bullmq", "--redis", "http://x"],
      "redis",
      /http:\/\/ is not known; expected are/,
    ],
    [["serve", "--no-open", "--runtime", "bullmq", "--redis", "redis://h:0"], "redis", /host:port/],
    [["scheduler", "run", "--redis", redis.url], "redis", /goes with --runtime bullmq/],
    [["scheduler", "run", "--runtime", "bullmq"], "redis", /such as redis:\/\/127\.0\.0\.1:6379/],
    [["scheduler", "run", "--runtime", "cloud"], "runtime", /--runtime <name>.*local, bullmq is expected/],
  ];
  await Promise.all(
    bad.map(async ([args, path, words], i) => {
      const { code, err, error } = await runCli(
        ["--data-dir", join(folder, `bad-${i}`), "--json", ...args],
        withoutRedis,
      );
      expect(code, err).toBe(2);
      const { code: given, message, path: at } = error();
      expect([given, at, message], args.join(" ")).toEqual(["INVALID_INPUT", path, expect.stringMatching(words)]);
    }),
  );

  // One of its own: that it is away concerns no other test.
  await using away = await startRedis(["--appendonly", "yes"], { password: "right" });
  await away.kill();
  await using scheduler = startCli(["--data-dir", dataDir, "scheduler", "run", "--runtime", "bullmq"], {
    ALMANAC_REDIS_URL: away.url,
  });
  await scheduler.says("Check host and port");
  expect(scheduler.err()).toMatch(/Redis cannot be reached: .*ECONNREFUSED.*\. Check host and port.*Schedules go on/);
  expect(scheduler.err().match(/Check host and port/g)).toHaveLength(1);
  const input = ["--input", '{"command":"true"}'];
  const made = await cli(
    "schedules",
    "create",
    "--id",
    "fires",
    "--workflow",
    "shell.command",
    "--every",
    "1h",
    ...input,
  );
  expect(made.code, made.err).toBe(0);
  const runs = async (): Promise<RunDetail[]> =>
    (await cli("runs", "list", "--json")).json<{ runs: RunDetail[] }>().runs;
  await expect
    .poll(runs, soon)
    .toMatchObject([{ scheduleId: "fires", status: "pending", waitingFor: { kind: "runtime" } }]);
  expect(JSON.stringify(await runs())).toMatch(/Redis cannot be reached.*Check host and port/);

  await away.start();
  await scheduler.says("runs are executed again");
  await using worker = startCli(["worker", "run", "--data-dir", join(folder, "away-worker"), "--redis", away.url]);
  await scheduler.says("completed");
  await worker.says("completed");
  expect(await runs()).toMatchObject([{ scheduleId: "fires", status: "completed", attempt: 1 }]);
  expect(scheduler.err() + JSON.stringify(await runs())).not.toContain(":right@");
  expect(await Promise.all([scheduler.end(), worker.end()])).toEqual([0, 0]);
});

test("settings set runtime takes the address from standard input, keeps none that cannot be used, and shows no password", async () => {
  await using app = await tempApp();
  const set = (word: string, stdin = "") =>
    runCli(["--data-dir", app.dataDir, "--json", "settings", "set", "runtime", word], { ...withoutRedis, stdin });
  const local = { runtime: "local", redis: null, startedWith: null, problem: null, sharedKey: null };
  const refused: [word: string, stdin: string, path: string, words: RegExp][] = [
    ["cloud", "", "runtime", /local or bullmq is expected/],
    ["bullmq", "", "redis", /an address such as redis:/],
    ["bullmq", "http://x\n", "redis", /http:\/\/ is not known/],
    ["bullmq", "redis://127.0.0.1:1\n", "redis", /Redis cannot be reached.*Check host and port/],
    ["bullmq", `redis://:wr0ng@127.0.0.1:${redis.port}\n`, "redis", /refuses the user or the password.*Check user/],
  ];
  await Promise.all(
    refused.map(async ([word, stdin, path, words]) => {
      const { code, out, err, error } = await set(word, stdin);
      expect([code, out], err).toEqual([2, ""]);
      expect(error()).toMatchObject({ code: "INVALID_INPUT", path, message: expect.stringMatching(words) });
      expect(err).not.toContain("wr0ng");
    }),
  );
  expect(app.runtimes.choice()).toEqual(local);

  const address = `redis://…@127.0.0.1:${redis.port}`;
  const chosen = { ...local, runtime: "bullmq", redis: address };
  const given = await set("bullmq", `${redis.url}\n`);
  expect(given.json(), given.err).toEqual(chosen);
  expect(app.runtimes.choice()).toEqual(chosen);
  const check = await runCli(["--data-dir", app.dataDir, "workers", "check"], withoutRedis);
  expect([check.code, check.out]).toEqual([0, expect.stringContaining("nothing is wrong with it")]);
  // Another one than that is looked at by its address, from the environment where none is kept.
  const other = await runCli(
    ["--data-dir", app.dataDir, "workers", "check", "--redis", "redis://127.0.0.1:1"],
    withoutRedis,
  );
  expect([other.code, other.out]).toEqual([1, expect.stringMatching(/Redis cannot be reached.*Check host and port/)]);
  const none = join(folder, "checked");
  await using nothingKept = await tempApp({ dataDir: none, role: "engine" });
  const fromEnvironment = await runCli(["--data-dir", nothingKept.dataDir, "workers", "check"], {
    env: { ...withoutRedis.env, ALMANAC_REDIS_URL: redis.url },
  });
  expect([fromEnvironment.code, fromEnvironment.out]).toEqual([0, expect.stringContaining("nothing is wrong with it")]);
  expect(fromEnvironment.out + fromEnvironment.err).not.toContain("right");
  const back = await runCli(["--data-dir", app.dataDir, "settings", "set", "runtime", "local"], withoutRedis);
  expect([back.code, back.out]).toEqual([0, "runs execute on this machine\n"]);
  // Nothing on standard input keeps the address that there is.
  const again = await runCli(["--data-dir", app.dataDir, "settings", "set", "runtime", "bullmq"], withoutRedis);
  expect([again.code, again.out]).toEqual([0, `runs go to workers over ${address}\n`]);
  expect([given, check, again].map(({ out, err }) => out + err).join("")).not.toContain("right");
});

test("runs take-result puts the result of a worker that was given up in the place of the run's own", async () => {
  await using world = await createContractWorld("bullmq", { redisUrl: redis.url, workers: 0 });
  await using processes = createWorkerProcesses();
  const cli = (...args: string[]) => runCli(["--data-dir", join(world.folder, "data"), ...args], withoutRedis);
  const zombie = await processes.start(world, { redisUrl: redis.url, sharedKey: "a key of the test's" });
  const hold = world.holdFile("late");
  const command = `echo under way; while [ -e '${hold}' ]; do sleep 0.05; done`;
  const { runId } = world.engine.runWorkflow("shell.command", { command }, "user");
  await world.until(runId, () => world.log(runId).includes("under way"), 60_000);

  const none = await cli("--json", "runs", "take-result", runId);
  expect([none.code, none.error()], none.err).toEqual([
    2,
    expect.objectContaining({ code: "NOT_FOUND", message: expect.stringContaining(`Run ${runId} has no late result`) }),
  ]);
  zombie.kill("SIGSTOP");
  expect(await world.ended(runId, 60_000)).toMatchObject({ status: "interrupted" });
  world.release(hold);
  zombie.kill("SIGCONT");
  await world.until(runId, () => world.late(runId).length > 0, 60_000);

  const shown = await cli("runs", "show", runId);
  expect(shown.out).toMatch(/Came when the run had gone on without it[\s\S]*completed/);
  const wrong = await cli("--json", "runs", "take-result", runId, "999999");
  expect([wrong.code, wrong.error().message], wrong.err).toEqual([
    2,
    expect.stringMatching(/has no late result 999999; it has \d+/),
  ]);
  expect((await cli("runs", "take-result", runId, "first")).code).toBe(2);
  const before = world.engine.getRun(runId);
  expect(before.status).toBe("interrupted");
  const taken = await cli("--json", "runs", "take-result", runId);
  expect(taken.code, taken.err).toBe(0);
  expect(taken.json<RunDetail>()).toMatchObject({
    status: "completed",
    error: null,
    lateResults: [{ attempt: 1, takenAt: expect.any(String), outcome: { kind: "completed" } }],
  });
  expect(world.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 1 });
});
