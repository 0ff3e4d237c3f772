import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Bells, openBells } from "../runtime/bullmq/bells.ts";
import { type Timings, usualTimings } from "../runtime/bullmq/options.ts";
import { redactRedisUrl } from "../runtime/bullmq/redis/address.ts";
import { type Connection, openConnection } from "../runtime/bullmq/redis/connection.ts";
import { createSealer } from "../runtime/bullmq/sealing.ts";
import { within } from "../runtime/bullmq/within.ts";
import type { RunOutcome, Runtime, RuntimeListener } from "../runtime/runtime.ts";
import type { OwnWorkflow } from "../workflows/loading/ownWorkflows.ts";
import type { WorkerCore, WorkerMove } from "./core.ts";
import { createHandingOver } from "./handingOver.ts";
import type { Journal } from "./journal.ts";
import { createPresence } from "./presence.ts";
import { requestSecret } from "./secretRequests.ts";
import { createTaking } from "./taking.ts";

export type { WorkerMove } from "./core.ts";

export interface WorkerHostOptions {
  redisUrl: string;
  sharedKey: string | null;
  concurrency: number;
  queues: readonly string[];
  version: string;
  /** Hosts the runs: the same as an engine's own. Its secrets come from `secret` of this host. */
  runtime: (secret: (name: string, runId: string) => Promise<string | null>) => Runtime;
  workflows: () => readonly OwnWorkflow[];
  journal: Journal;
  timings?: Partial<Timings>;
  logger?: Pick<Console, "info" | "warn" | "error">;
  /** Told of each start and end here. */
  onMove?: (move: WorkerMove) => void;
}

export interface WorkerHost {
  /** Resolves once it takes runs, or knows that Redis is away. */
  start(): Promise<void>;
  readonly workerId: string;
  readonly running: number;
  /** Takes nothing more; resolves when what runs has ended and is handed over. */
  drain(): Promise<void>;
  /** Ends what runs at once, and hands that over. */
  stop(): Promise<void>;
}

/** How often folders and what is owed are looked at. */
const foldersMs = 5_000;

/** Takes runs of any number of folders over Redis, and hosts them in a local runtime. */
export function createWorkerHost(options: WorkerHostOptions): WorkerHost {
  const { redisUrl, journal, logger = console, onMove = () => {} } = options;
  const timings = { ...usualTimings, ...options.timings };
  let forced = false;
  let link: Connection | null = null;
  let bells: Bells | null = null;
  const timers = new Set<NodeJS.Timeout>();
  const whenEmpty: (() => void)[] = [];
  const warned = new Set<string>();

  const core: WorkerCore = {
    workerId: randomUUID(),
    who: `pid ${process.pid} on ${hostname()}`,
    concurrency: options.concurrency,
    queues: options.queues,
    timings,
    sealer: createSealer(options.sharedKey),
    journal,
    runtime: options.runtime((name, runId) => requestSecret(core, name, runId)),
    workflows: options.workflows,
    logger,
    warn(message) {
      if (warned.has(message)) return;
      warned.add(message);
      logger.warn(message);
    },
    holds: new Map(),
    byRun: new Map(),
    folders: new Map(),
    phase: "new",
    get isConnected() {
      return link?.isReady === true;
    },
    connected() {
      if (link?.isReady !== true) throw new Error("Redis is away");
      return link;
    },
  };
  const { holds, byRun, runtime, workerId } = core;

  const isEmpty = (): boolean => holds.size === 0 && handingOver.ending === 0;
  const emptied = (): Promise<void> =>
    isEmpty() ? Promise.resolve() : new Promise<void>((done) => whenEmpty.push(done));
  const handingOver = createHandingOver(core, ({ job }) => {
    taking.over(job.runId);
    if (isEmpty()) for (const done of whenEmpty.splice(0)) done();
    taking.pump();
  });
  const taking = createTaking(core);
  const presence = createPresence(core, {
    version: options.version,
    found: (bell) => bells?.listen(bell),
    renewed: () => handingOver.lookAtOwed(),
  });
  const look = (): Promise<void> => presence.look().then(taking.pump);

  // What the local runtime says of a run.
  const listener: RuntimeListener = {
    sent: () => {},
    started(runId, _epoch, at) {
      const hold = byRun.get(runId);
      if (hold === undefined) return;
      hold.startedAt = at;
      hold.words.add({ kind: "started", at, worker: core.who });
      onMove({ kind: "started", at, job: hold.job });
    },
    step: (runId, _epoch, step) => byRun.get(runId)?.words.add({ kind: "step", step }),
    log: (runId, _epoch, at, stream, text) => byRun.get(runId)?.words.add({ kind: "log", at, stream, text }),
    ended(runId, _epoch, how) {
      const hold = byRun.get(runId);
      if (hold === undefined) return;
      // What this worker ends with itself nobody has called off.
      const isOurs = forced && how.kind === "cancelled" && hold.cancelGraceMs === null;
      const outcome: RunOutcome = isOurs ? { kind: "lost", at: how.at, reason: "its worker was stopped" } : how;
      byRun.delete(runId);
      onMove({ kind: "ended", at: outcome.at, job: hold.job, outcome, startedAt: hold.startedAt });
      handingOver.end(hold, outcome);
    },
    roomFreed: () => taking.pump(),
    stateChanged: () => {},
  };

  const every = (ms: number, work: () => void): void => void timers.add(setInterval(work, ms));

  /** Resolves once the first try has come to something. */
  const connect = (): Promise<void> => {
    let first = (): void => {};
    const tried = new Promise<void>((done) => {
      first = done;
    });
    let wasThere = false;
    link = openConnection(redisUrl, {
      answerMs: timings.answerMs,
      onChange() {
        if (link?.isReady === true) {
          wasThere = true;
          warned.clear();
          void look().then(first);
        } else if (wasThere) {
          const why = link?.problem?.message ?? "";
          logger.warn(`Redis at ${redactRedisUrl(redisUrl)} is away: ${why}; what runs goes on`);
        }
      },
    });
    link.client.once("error", first);
    bells = openBells(redisUrl, timings.answerMs, (_channel, text) => {
      const isKnown = (name: string): boolean =>
        [...core.folders.values()].some(({ queueNames }) => queueNames.includes(name));
      if (text === "cancel") void presence.renew();
      else if (text.split(" ").every(isKnown)) taking.pump();
      else void look();
    });
    return tried;
  };

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= shut();
    return closing;
  };
  const shut = async (): Promise<void> => {
    core.phase = "stopped";
    for (const timer of timers) clearInterval(timer);
    await within(timings.answerMs, presence.leave());
    const closed = Promise.all([...core.folders.values()].map(({ fetchers }) => fetchers.close()));
    bells?.close();
    // What still waits for an answer fails with the connection.
    link?.close();
    await within(timings.answerMs, closed);
    await journal.close();
  };

  return {
    workerId,
    get running() {
      return holds.size;
    },
    async start() {
      await runtime.start(listener);
      core.phase = "running";
      const tried = connect();
      every(timings.renewMs, () => void presence.renew());
      every(timings.pollMs, taking.pump);
      every(Math.min(foldersMs, timings.pollMs * 5), () => void look());
      await tried;
    },
    async drain() {
      if (core.phase === "stopped") return;
      core.phase = "draining";
      await presence.renew();
      await emptied();
      await runtime.stop(0);
      await close();
    },
    async stop() {
      if (core.phase === "stopped") return;
      core.phase = "draining";
      forced = true;
      await runtime.stop(0);
      if (core.isConnected) await within(timings.answerMs, emptied());
      await close();
    },
  };
}
