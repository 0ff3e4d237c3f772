import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../../../shared/domain/run.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Engine } from "../../engine/contract.ts";
import { createEngine } from "../../engine/engine.ts";
import { type Database, openDatabase } from "../../storage/opening/database.ts";
import { createReads } from "../../storage/reads/reads.ts";
import { openJournal } from "../../worker/journal.ts";
import { createWorkerHost, type WorkerHost } from "../../worker/workerHost.ts";
import { createCatalogue } from "../../workflows/loading/catalogue.ts";
import { createOwnWorkflows } from "../../workflows/loading/ownWorkflows.ts";
import { createBullmqRuntime } from "../bullmq/bullmqRuntime.ts";
import type { BullmqRuntime, Timings } from "../bullmq/options.ts";
import { createLocalRuntime } from "../local/localRuntime.ts";
import { nodeRunners } from "../local/processes/nodeRunners.ts";
import type { Runtime } from "../runtime.ts";

/** Workflows that tests run. */
export const code = `
  import { log, runContext, secret, sleep, step, workflow } from "almanac";
  import { appendFileSync, existsSync } from "node:fs";
  import { setTimeout as wait } from "node:timers/promises";
  export const echo = workflow({ name: "echo" }, async (input) => input);
  export const fails = workflow({ name: "fails" }, async (input) => {
    const { attempt } = runContext();
    if (attempt < (input.until ?? 100)) throw new Error("it failed as it was told to");
    return { attempt };
  });
  const first = step("first", async (file) => { if (file) appendFileSync(file, "first " + process.pid + "\\n"); return 1; });
  const second = step("second", async (file) => { if (file) appendFileSync(file, "second " + process.pid + "\\n"); return 2; });
  export const stepped = workflow({ name: "stepped" }, async ({ file, hold }) => {
    const one = await first(file);
    while (hold && existsSync(hold)) await wait(20);
    return one + (await second(file));
  });
  export const held = workflow({ name: "held" }, async ({ hold }) => {
    const { signal } = runContext();
    log("it is under way");
    while (existsSync(hold)) await wait(20, undefined, { signal });
    return { let: "go" };
  });
  export const dozes = workflow({ name: "dozes" }, async () => { await sleep("1h"); return "woke"; });
  export const tells = workflow({ name: "tells" }, async ({ name }) => ((await secret(name)) ?? "").split("").reverse().join(""));
  export const big = workflow({ name: "big" }, async ({ bytes, file }) => {
    if (file) appendFileSync(file, "big " + process.pid + "\\n");
    return "x".repeat(bytes);
  });
`;

/** Short locks, so that tests need not wait for what takes half a minute in life. */
export const fast: Partial<Timings> = {
  lockMs: 2_000,
  renewMs: 400,
  watchMs: 150,
  pollMs: 150,
  lateMs: 1_200,
  answerMs: 1_500,
  idleMs: 1_000,
};

export interface LateRow {
  attempt: number;
  epoch: number;
  outcome: { kind: string; result?: unknown };
}

export interface ContractWorld extends AsyncDisposable {
  readonly engine: Engine;
  readonly database: Database;
  readonly folder: string;
  readonly folderId: string;
  readonly runtime: Runtime;
  /** Null where runs stay here. */
  readonly redis: BullmqRuntime | null;
  readonly workers: WorkerHost[];
  readonly warnings: string[];
  /** Resolves with the run when it fits; rejects after a while. */
  until(runId: string, fits: (run: Run) => boolean, withinMs?: number): Promise<Run>;
  ended(runId: string, withinMs?: number): Promise<Run>;
  log(runId: string): string;
  /** A file that holds runs as long as it is there. */
  holdFile(name: string): string;
  /** A path at which nothing is yet, in a test's second try either. */
  newFile(name: string): string;
  release(file: string): void;
  addWorker(options?: {
    concurrency?: number;
    queues?: string[];
    redisUrl?: string;
    key?: string | null;
    /** The most runners of workflow files, as memory would bear. */
    size?: number;
  }): Promise<WorkerHost>;
  late(runId: string): LateRow[];
  /** Ends the engine, or lets it vanish as in a crash; what is given happens before another begins on its folder. */
  restart(how: "stop" | "crash", between?: () => Promise<void> | void): Promise<void>;
}

export interface ContractWorldOptions {
  redisUrl?: string;
  /** Runs at once: of this machine, or of a worker. */
  atOnce?: number;
  workers?: number;
  sharedKey?: string | null;
  timings?: Partial<Timings>;
  folderId?: string;
  secrets?: Record<string, string>;
}

export async function createContractWorld(
  kind: "local" | "bullmq",
  options: ContractWorldOptions = {},
): Promise<ContractWorld> {
  const { redisUrl = "", atOnce = 4, sharedKey = "a key of the test's", timings = fast, secrets = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), "almanac-contract-"));
  let files = 0;
  writeFileSync(join(folder, "workflows.mjs"), code);
  const spawnRunner = nodeRunners();
  const catalogue = createCatalogue({ paths: [], spawnRunner, watchFiles: false });
  await catalogue.setPaths([join(folder, "workflows.mjs")]);
  const own = createOwnWorkflows(() => catalogue.list());
  const folderId = options.folderId ?? folder.slice(-6);
  const warnings: string[] = [];
  const note = (...all: unknown[]): void => void warnings.push(all.map(String).join(" "));
  const logger = { info: () => {}, warn: note, error: note };
  const secret = async (name: string): Promise<string | null> => secrets[name] ?? null;
  const localRuntime = (given: (name: string, runId: string) => Promise<string | null>, size?: number): Runtime =>
    createLocalRuntime({
      spawnRunner,
      ...(size === undefined ? {} : { size }),
      isBuiltin: (name) => catalogue.get(name)?.source.kind === "builtin",
      watchMs: 200,
      secret: given,
      modules: () => catalogue.modules(),
      refreshModule: (name, path) => catalogue.refresh(name, path),
    });

  const open = async () => {
    const database = openDatabase({ dataDir: join(folder, "data") });
    const redis =
      kind === "local"
        ? null
        : createBullmqRuntime({
            redisUrl,
            folderId,
            folderName: folder,
            sharedKey,
            version: "0.0.0",
            secret,
            versionOf: (name) => own.get(name)?.version,
            workflows: () => own.all(),
            logger,
            timings,
          });
    const runtime = redis ?? localRuntime(secret);
    const engine = createEngine({
      database,
      runtime,
      catalogue,
      clock: systemClock,
      programName: "test",
      logger,
      pollIntervalMs: 200,
    });
    if (kind === "local") engine.setSetting("runsAtOnce", atOnce);
    await engine.start();
    return { database, redis, runtime, engine };
  };
  let now = await open();
  const workers: WorkerHost[] = [];

  const world: ContractWorld = {
    get engine() {
      return now.engine;
    },
    get database() {
      return now.database;
    },
    get runtime() {
      return now.runtime;
    },
    get redis() {
      return now.redis;
    },
    folder,
    folderId,
    workers,
    warnings,
    async until(runId, fits, withinMs = 60_000) {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const run = now.engine.getRun(runId);
        if (fits(run)) return run;
        if (Date.now() > deadline) {
          const said = JSON.stringify([run, now.redis?.state(), now.redis?.workers(), warnings.slice(-5)]);
          throw new Error(`not so within ${withinMs} ms: ${said}`);
        }
        await new Promise((done) => setTimeout(done, 10));
      }
    },
    ended: (runId, withinMs) => world.until(runId, ({ completedAt }) => completedAt !== null, withinMs),
    log: (runId) =>
      createReads(now.database.sql, () => Date.now())
        .logs(runId, undefined, 10_000)
        .map(({ text }) => text)
        .join(""),
    holdFile(name) {
      const path = join(folder, `hold-${name}`);
      writeFileSync(path, "");
      return path;
    },
    newFile: (name) => join(folder, `${name}-${++files}`),
    release: (file) => rmSync(file, { force: true }),
    async addWorker({
      concurrency = atOnce,
      queues = ["default"],
      redisUrl: url = redisUrl,
      key = sharedKey,
      size,
    } = {}) {
      const name = `worker-${workers.length}`;
      const journal = await openJournal(join(folder, "journal"), { own: name, isAlive: () => true });
      const worker = createWorkerHost({
        redisUrl: url,
        sharedKey: key,
        concurrency,
        queues,
        version: "0.0.0",
        runtime: (given) => localRuntime(given, size),
        workflows: () => own.all(),
        journal,
        logger,
        timings,
      });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    late: (runId) =>
      now.database.sql
        .prepare("select attempt, epoch, outcome from late_results where run_id = ? order by id")
        .all(runId)
        .map((row) => {
          const { attempt, epoch, outcome } = row as { attempt: number; epoch: number; outcome: string };
          return { attempt, epoch, outcome: JSON.parse(outcome) as LateRow["outcome"] };
        }),
    async restart(how, between) {
      // A crash lets go of nothing at all; what it had told nobody is not written either.
      if (how === "crash") now.runtime.release?.();
      await now.engine.stop(0);
      now.database.close();
      await between?.();
      now = await open();
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker.stop();
      await now.engine.stop(0);
      now.database.close();
      await catalogue.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (kind === "bullmq") for (let i = 0; i < (options.workers ?? 1); i++) await world.addWorker();
  return world;
}
