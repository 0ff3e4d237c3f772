import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { type ConnectOptions, everyConnection } from "../sqlite.ts";

/**
 * A thread with a connection of its own, for what waits long for the disk: checkpointing the write-ahead log, and copying
 * the database. It starts with its first job and ends when it has had none for a while. Where it fails, or its process
 * ends, the database is as sound as after any other end of a connection.
 */
export interface StorageThread {
  /** Checkpoints the write-ahead log as far as nobody reads it; how many pages of it are left. */
  checkpoint(): Promise<number>;
  /**
   * Copies the database as it is at one moment to `path`, one file that needs no other beside it, in place once it was
   * found sound; until then it is `path` and ".part". `onBegun` is called when that moment is held: what is written from
   * then on is not in it. False where it was given up. Nothing is checkpointed meanwhile.
   */
  copy(path: string, onBegun?: () => void): Promise<boolean>;
  /** What a copy holds; null where it cannot be read, or the thread was closed first. */
  holdings(path: string): Promise<Holdings | null>;
  /** Ends it, and waits until it has let go of every file. What it was asked for and has not done is given up, without a trace. */
  close(): void;
}

/** What a copy of the database holds. */
export interface Holdings {
  schedules: number;
  runs: number;
  /** When anything in it last changed, epoch ms; null where nothing ever did. */
  newestChangeAt: number | null;
  /** The newest line of its history; `id` 0: there is none. */
  lastActivity: { id: number; at: number };
  /** Each topic's version, see the table `changes`. */
  versions: Record<string, number>;
}

/** How many schedules and runs a database holds, and when it last changed. */
export const HOLDINGS = `select
  (select count(*) from schedules where status <> 'deleted') as schedules,
  (select count(*) from runs) as runs,
  nullif(max(
    coalesce((select max(updated_at) from schedules), 0),
    coalesce((select at from activity order by id desc limit 1), 0),
    coalesce((select max(coalesce(completed_at, 0), created_at) from runs order by seq desc limit 1), 0)
  ), 0) as newestChangeAt`;

const IDLE_MS = 10_000;
/** Longer than a checkpoint takes; after it the database is closed all the same. */
const CLOSE_MS = 5000;
/** What it reads it reads once. */
const settings = [...everyConnection, "cache_size = -2000"];
/** Pages copied between two syncs: one sync of all of them would hold up commits for as long. */
const COPIED_AT_ONCE = 1000;

/** What both sides see of each other: 1 where it is to end, and 1 while it may have the database open. */
const CLOSING = 0;
const OPEN = 1;

const code = `
  const { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } = require("node:fs");
  const { parentPort, workerData } = require("node:worker_threads");
  const { driver, path, options, pragmas, flags } = workerData;
  const Sqlite = require(driver);
  let connection = null;
  let queue = Promise.resolve();

  const isClosing = () => Atomics.load(flags, ${CLOSING}) === 1;
  const goOn = () => {
    if (isClosing()) throw new Error("it was given up");
  };
  const open = () => {
    Atomics.store(flags, ${OPEN}, 1);
    goOn();
    if (connection === null) {
      connection = new Sqlite(path, options);
      for (const pragma of pragmas) connection.pragma(pragma);
    }
    return connection;
  };

  const remove = (file) => {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
  };
  const copyTo = async (file) => {
    const source = open();
    let copy = null;
    // Reads one moment, or a write from elsewhere would make it begin anew.
    source.exec("begin");
    try {
      source.prepare("select 1 from sqlite_schema").get();
      parentPort.postMessage({ begun: true });
      await source.backup(file, {
        progress() {
          goOn();
          copy ??= openSync(file, "r+");
          fsyncSync(copy);
          return ${COPIED_AT_ONCE};
        },
      });
    } finally {
      if (copy !== null) closeSync(copy);
      // An error of the disk may have ended it already.
      if (source.inTransaction) source.exec("rollback");
    }
  };
  const check = (file) => {
    const copy = new Sqlite(file, options);
    try {
      copy.pragma("journal_mode = DELETE");
      if (copy.pragma("quick_check(1)", { simple: true }) !== "ok") throw new Error("the copy " + file + " is not sound");
    } finally {
      copy.close();
    }
  };

  const jobs = {
    checkpoint() {
      let left = Infinity;
      let before;
      // What was written meanwhile is less each time; only a log with nothing left begins anew.
      do {
        goOn();
        before = left;
        const [{ log, checkpointed }] = open().pragma("wal_checkpoint(PASSIVE)");
        left = log - checkpointed;
      } while (left > 0 && left < before);
      return left;
    },
    async copy(path) {
      const temporary = path + ".part";
      remove(temporary);
      try {
        await copyTo(temporary);
        goOn();
        check(temporary);
        goOn();
        chmodSync(temporary, 0o600);
        renameSync(temporary, path);
      } finally {
        remove(temporary);
      }
      return true;
    },
    holdings(path) {
      let copy = null;
      try {
        // It may be gone by now: copies are thinned out while a list of them is read.
        copy = new Sqlite(path, { ...options, readonly: true });
        const get = (statement) => copy.prepare(statement).get();
        return {
          ...get(\`${HOLDINGS}\`),
          lastActivity: get("select id, at from activity order by id desc limit 1") ?? { id: 0, at: 0 },
          versions: Object.fromEntries(
            copy.prepare("select topic, version from changes").all().map(({ topic, version }) => [topic, version]),
          ),
        };
      } catch {
        return null;
      } finally {
        copy?.close();
      }
    },
  };
  const end = () => {
    try {
      connection?.close();
    } finally {
      Atomics.store(flags, ${OPEN}, 0);
      Atomics.notify(flags, ${OPEN});
      parentPort.close();
    }
  };

  const answered = async ({ job, path }) => {
    try {
      return { value: await jobs[job](path) };
    } catch ({ name, message, code }) {
      return isClosing() ? { value: null } : { error: { name, message, code } };
    }
  };
  parentPort.on("message", (message) => {
    queue = queue.then(async () => (message.job === "end" ? end() : parentPort.postMessage(await answered(message))));
  });`;

interface Job {
  begun: (() => void) | undefined;
  /** Null: it was given up. */
  done(value: unknown): void;
  failed(error: Error): void;
}

/** One life of the thread. */
interface Life {
  worker: Worker;
  flags: Int32Array;
  /** What it has been asked for, in order. */
  jobs: Job[];
}

export function createStorageThread(path: string, { nativeBinding }: ConnectOptions): StorageThread {
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  /** Those that have not ended yet; jobs go to `current`. */
  const lives = new Set<Life>();
  let current: Life | null = null;
  let closed = false;
  let resting: NodeJS.Timeout | null = null;

  function end(life: Life): void {
    if (current === life) current = null;
    life.worker.postMessage({ job: "end" });
  }

  function start(): Life {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const options = { fileMustExist: true, ...(nativeBinding === undefined ? {} : { nativeBinding }) };
    const worker = new Worker(code, {
      eval: true,
      workerData: { driver, path, options, pragmas: settings, flags },
    });
    const life: Life = { worker, flags, jobs: [] };
    const fail = (error: Error): void => {
      for (const job of life.jobs.splice(0)) job.failed(error);
    };
    worker.on("message", ({ begun, value, error }: { begun?: true; value?: unknown; error?: { name: string } }) => {
      if (begun === true) return life.jobs[0]?.begun?.();
      const job = life.jobs.shift();
      if (life.jobs.length === 0) rest(life);
      if (error === undefined) job?.done(value);
      else job?.failed(Object.assign(new Error(), error));
    });
    worker.on("error", fail);
    worker.on("exit", () => {
      lives.delete(life);
      if (current === life) current = null;
      if (closed) for (const job of life.jobs.splice(0)) job.done(null);
      fail(new Error("the thread of the database ended"));
    });
    lives.add(life);
    return life;
  }

  /** Nothing waits for it, so that the process may end, and so may it. */
  function rest(life: Life): void {
    life.worker.unref();
    if (life !== current) return;
    resting = setTimeout(() => end(life), IDLE_MS);
    resting.unref();
  }

  function ask<T>(message: { job: string; path?: string }, begun?: () => void): Promise<T | null> {
    if (closed) return Promise.resolve(null);
    if (resting !== null) clearTimeout(resting);
    current ??= start();
    const { worker, jobs } = current;
    worker.ref();
    return new Promise((resolve, reject) => {
      jobs.push({ begun, done: (value) => resolve(value as T | null), failed: reject });
      worker.postMessage(message);
    });
  }

  return {
    checkpoint: async () => (await ask<number>({ job: "checkpoint" })) ?? 0,
    // What was finished in the last moment is whole, but whoever asked for it is gone with the database.
    copy: async (path, onBegun) => ((await ask<true>({ job: "copy", path }, onBegun)) ?? false) && !closed,
    holdings: (path) => ask<Holdings>({ job: "holdings", path }),
    close() {
      closed = true;
      if (resting !== null) clearTimeout(resting);
      for (const life of lives) {
        Atomics.store(life.flags, CLOSING, 1);
        end(life);
        Atomics.wait(life.flags, OPEN, 1, CLOSE_MS);
      }
    },
  };
}
