import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

/** A Redis of a test's own, in a folder of its own. */
export interface TestRedis extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly url: string;
  readonly folder: string;
  /** A connection for looking and meddling; closed with it. */
  readonly client: Redis;
  /** Ends it: with its data kept on disk, or as if its disk had gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on the same port; `empty` without what it had. */
  start(options?: { empty?: boolean }): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

/** Starts a server that answers; `program` may name another (`valkey-server`). */
export async function startRedis(
  args: readonly string[] = ["--appendonly", "yes"],
  { program = process.env["ALMANAC_REDIS_SERVER"] ?? "redis-server", password = "" } = {},
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-redis-"));
  const port = await freePort();
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();

  const client = new Redis({
    port,
    lazyConnect: true,
    protocol: 2,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    ...(password === "" ? {} : { password }),
  });
  client.on("error", () => {});

  const begin = async (): Promise<void> => {
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--loglevel", "warning"];
    const words = password === "" ? [] : ["--requirepass", password];
    const started = spawn(program, [...own, ...words, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    let said = "";
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    let failed: Error | null = null;
    ended = new Promise((done) => {
      started.on("error", (error) => {
        failed = error;
        done();
      });
      started.on("exit", () => done());
    });
    await Promise.race([
      answering(client),
      ended.then(() => {
        throw new Error(`${program} did not start: ${failed?.message ?? said}`);
      }),
    ]);
  };

  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    child?.kill(signal);
    await ended;
    child = null;
  };

  await begin();
  return {
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    url: `redis://${password === "" ? "" : `:${password}@`}127.0.0.1:${port}`,
    folder,
    client,
    kill,
    signal: (signal) => void child?.kill(signal),
    async start({ empty = false } = {}) {
      if (empty)
        for (const name of ["appendonlydir", "dump.rdb"]) rmSync(join(folder, name), { recursive: true, force: true });
      await begin();
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(client: Redis): Promise<void> {
  for (;;) {
    try {
      if ((await client.ping()) === "PONG") return;
    } catch {
      // It is not there yet, or still reads its data.
    }
    await new Promise((done) => setTimeout(done, 10));
  }
}
