import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createAlmanacApp } from "../../../electron/api/app.ts";
import type { AlmanacApp } from "../../../electron/api/context.ts";
import { startRedis, type TestRedis } from "../../../electron/runtime/bullmq/testing/redis.ts";
import { processorMs, processTree } from "../processTree.ts";
import { workflowsText } from "./jobs.ts";

const quiet = { info: () => {}, warn: () => {}, error: console.error };
const cliProgram = fileURLToPath(new URL("../../cli/cli.js", import.meta.url));

export async function until(what: string, fits: () => boolean | Promise<boolean>, withinMs = 600_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await fits())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGCONT");
  child.kill("SIGKILL");
  await gone;
}

/** Processor time so far of each kind of process, ms. */
export interface Spent {
  engine: number;
  worker: number;
  runners: number;
  redis: number;
}

export interface World {
  open(): Promise<{ app: AlmanacApp; seen: { ended: number } }>;
  redis: TestRedis;
  workers: readonly ChildProcess[];
  /** One more worker process. */
  addWorker(): void;
  dataDir: string;
  spent(): Spent;
}

/** Engine (in this process), Redis and workers of one measurement. */
export async function withWorld<T>(
  { processes, concurrency }: { processes: number; concurrency: number },
  work: (world: World) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-bench-distributed-"));
  await using redis = await startRedis(["--appendonly", "yes"]);
  const modules = join(folder, "workflows");
  const dataDir = join(folder, "data");
  mkdirSync(modules);
  writeFileSync(join(modules, "jobs.mjs"), workflowsText());
  const workers: ChildProcess[] = [];
  const addWorker = (): void => {
    const args = ["worker", "run", "--concurrency", String(concurrency), "--module", modules, "--quiet"];
    workers.push(
      spawn(process.execPath, [cliProgram, ...args, "--data-dir", join(folder, `worker-${workers.length}`)], {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, ALMANAC_REDIS_URL: redis.url },
      }),
    );
  };
  let opened: AlmanacApp | null = null;
  try {
    for (let i = 0; i < processes; i++) addWorker();
    return await work({
      redis,
      workers,
      addWorker,
      dataDir,
      spent() {
        const trees = workers.map(({ pid = 0 }) => processTree(pid));
        return {
          engine: processorMs([process.pid]),
          worker: processorMs(trees.flatMap(([own = 0]) => [own])),
          runners: processorMs(trees.flatMap(([, ...below]) => below)),
          redis: processorMs([redis.pid]),
        };
      },
      async open() {
        opened = await createAlmanacApp({
          dataDir,
          programName: "bench",
          modulePaths: [modules],
          logger: quiet,
          runtime: { runtime: "bullmq", redis: redis.url },
        });
        const seen = { ended: 0 };
        opened.engine.onRunMove(({ kind }) => {
          if (kind === "ended") seen.ended += 1;
        });
        await opened.start();
        return { app: opened, seen };
      },
    });
  } finally {
    await (opened as AlmanacApp | null)?.close(0).catch(() => {});
    for (const worker of workers) await end(worker);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In one transaction, as due occurrences and backfills come. */
export const start = (app: AlmanacApp, workflow: string, count: number): void =>
  app.engine.write("runs", () => {
    for (let i = 0; i < count; i++) app.engine.runWorkflow(workflow, {}, "code");
  });

export const workersThere = async (app: AlmanacApp, count: number): Promise<void> =>
  until(
    "the workers are there",
    async () => (await app.runtimes.workers()).workers.filter(({ state }) => state === "online").length === count,
    120_000,
  );
