import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue, Worker } from "bullmq";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { startRedis } from "../../electron/runtime/bullmq/testing/redis.ts";

/** BullMQ with sandboxed processors (a process each, kept for the next job) on a Redis of its own with an append-only file. */
export interface SandboxedQueue extends AsyncDisposable {
  /** Adds so many jobs that do nothing in one go; how long until all have completed, ms. */
  run(jobs: number): Promise<number>;
}

export async function startSandboxedQueue(processes: number): Promise<SandboxedQueue> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-bench-bullmq-"));
  const redis = await startRedis();
  const processor = join(folder, "processor.mjs");
  writeFileSync(processor, "export default async () => null;\n");
  const connection = { host: "127.0.0.1", port: redis.port };
  const queue = new Queue("bench", { connection });
  const worker = new Worker("bench", processor, { connection, concurrency: processes });
  await worker.waitUntilReady();
  let left = 0;
  let done: () => void = () => undefined;
  worker.on("completed", () => {
    left -= 1;
    if (left === 0) done();
  });
  return {
    async run(jobs) {
      left = jobs;
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      const beganAt = performance.now();
      await queue.addBulk(Array.from({ length: jobs }, () => ({ name: "noop", data: {} })));
      await all;
      return performance.now() - beganAt;
    },
    async [Symbol.asyncDispose]() {
      await worker.close(true);
      await queue.close();
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** OpenWorkflow on SQLite, with steps that add. */
export interface StepPeer extends AsyncDisposable {
  /** So many runs of so many steps each, side by side; how long until all have ended, ms. */
  run(runs: number, steps: number): Promise<number>;
}

export async function startOpenWorkflow(): Promise<StepPeer> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-bench-openworkflow-"));
  const backend = BackendSqlite.connect(join(folder, "bench.db"));
  const peer = new OpenWorkflow({ backend });
  const steps = peer.defineWorkflow({ name: "steps" }, async ({ input, step }) => {
    let sum = 0;
    for (let n = 0; n < (input as { steps: number }).steps; n++) {
      const before = sum;
      sum = await step.run({ name: `add ${n}` }, async () => before + n);
    }
    return sum;
  });
  const worker = peer.newWorker({ concurrency: 100 });
  await worker.start();
  return {
    async run(runs, count) {
      const beganAt = performance.now();
      const handles = await Promise.all(Array.from({ length: runs }, () => steps.run({ steps: count })));
      await Promise.all(handles.map((handle) => handle.result()));
      return performance.now() - beganAt;
    },
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await backend.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
