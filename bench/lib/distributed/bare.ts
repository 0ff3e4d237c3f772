import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Queue, Worker } from "bullmq";
import { startRedis } from "../../../electron/runtime/bullmq/testing/redis.ts";
import { type BenchJob, jobNamed, processorOf, processorText } from "./jobs.ts";
import { end, until } from "./world.ts";

const argument = "--bare=";

/** BullMQ's own worker and nothing else: a function of its process, or (sandboxed) a file in processes of its own. */
interface Setup {
  port: number;
  job: BenchJob["name"];
  /** The file of a sandboxed processor; null for a function. */
  file: string | null;
  concurrency: number;
}

/** Where this program was started as such a worker: it is one from now on. */
export function runAsBareWorker(): boolean {
  const text = process.argv.find((arg) => arg.startsWith(argument))?.slice(argument.length);
  if (text === undefined) return false;
  const { port, job, file, concurrency } = JSON.parse(text) as Setup;
  const connection = { host: "127.0.0.1", port };
  new Worker("bare", file ?? processorOf(jobNamed(job)), { connection, concurrency });
  return true;
}

/** Jobs a second of the same job in as many processes. */
export async function bare(
  job: BenchJob,
  {
    processes,
    count,
    concurrency,
    sandboxed = false,
  }: {
    processes: number;
    count: number;
    concurrency: number;
    sandboxed?: boolean;
  },
): Promise<number> {
  await using redis = await startRedis(["--appendonly", "yes"]);
  const folder = mkdtempSync(join(tmpdir(), "almanac-bench-bare-"));
  const file = sandboxed ? join(folder, "processor.mjs") : null;
  if (file !== null) writeFileSync(file, processorText(job));
  const setup: Setup = { port: redis.port, job: job.name, file, concurrency };
  const children = Array.from({ length: processes }, () =>
    fork(process.argv[1] ?? "", [`${argument}${JSON.stringify(setup)}`], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  const queue = new Queue("bare", { connection: { host: "127.0.0.1", port: redis.port } });
  const add = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 100) {
      const length = Math.min(100, to - at);
      await queue.addBulk(Array.from({ length }, (_, i) => ({ name: "job", data: {}, opts: { jobId: `j${at + i}` } })));
    }
  };
  const completed = (many: number): Promise<void> =>
    until("all jobs have ended", async () => (await queue.getCompletedCount()) >= many);
  try {
    await until("the workers are there", async () => (await queue.getWorkersCount()) === processes, 60_000);
    // The first ones start the processes of the sandbox.
    const warm = processes * concurrency;
    await add(0, warm);
    await completed(warm);
    const began = performance.now();
    await add(warm, warm + count);
    await completed(warm + count);
    return Math.round((count / (performance.now() - began)) * 1000);
  } finally {
    for (const child of children) await end(child);
    await queue.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
