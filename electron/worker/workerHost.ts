import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Job } from "bullmq";
import type { RunJob } from "../../shared/domain/workflow.ts";
import { redactRedisUrl } from "../runtime/bullmq/address.ts";
import { type Bells, openBells } from "../runtime/bullmq/bells.ts";
import { type Connection, openConnection } from "../runtime/bullmq/connection.ts";
import { contextOf } from "../runtime/bullmq/inbox.ts";
import { type Timings, usualTimings } from "../runtime/bullmq/options.ts";
import {
  answered,
  FOLDERS_KEY,
  type FolderRecord,
  folderRecord,
  INLINE_RESULT_BYTES,
  KEPT_MS,
  type Keys,
  keysOf,
  PROTOCOL,
  parseSent,
  parseStep,
  placeOfQueue,
  type WorkerRecord,
} from "../runtime/bullmq/protocol.ts";
import { createFetchers } from "../runtime/bullmq/queues.ts";
import { createScripts, type Scripts } from "../runtime/bullmq/scripts.ts";
import { createSealer } from "../runtime/bullmq/sealing.ts";
import { within } from "../runtime/bullmq/within.ts";
import type { RunOutcome, Runtime, RuntimeListener } from "../runtime/runtime.ts";
import type { OwnWorkflow } from "../workflows/loading/ownWorkflows.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { createWords, type Words } from "./words.ts";

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

export type WorkerMove = { at: number; job: RunJob } & (
  | { kind: "started" }
  | { kind: "ended"; outcome: RunOutcome; startedAt: number }
);

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

/** One data folder whose runs are taken. */
interface Folder {
  id: string;
  record: FolderRecord;
  keys: Keys;
  scripts: Scripts;
  fetchers: ReturnType<typeof createFetchers>;
  queueNames: string[];
}

/**
 * A job that this worker has fetched:
 *
 *   is         becomes    when
 *   running    ending     the local runtime has said how it ended; the outcome goes to the journal
 *   ending     (owed)     Redis has it, by the lock where it is still ours, else as returned; from now on the journal's
 *   running    running    its lock was lost: it goes on, since what it does cannot be undone half way; its words are
 *                         refused, and its outcome is kept as a late one
 *
 * An entry of the journal is settled when the engine has recorded it.
 */
interface Hold {
  folder: Folder;
  queueName: string;
  jobId: string;
  token: string;
  /** What BullMQ knows of it. */
  fetched: Job;
  job: RunJob;
  startedAt: number;
  words: Words;
  fenced: boolean;
  cancelGraceMs: number | null;
}

/** How often folders and what is owed are looked at. */
const foldersMs = 5_000;
const askEveryMs = 100;
const askAgainMs = 5_000;
const askWithinMs = 60_000;
const retryMs = 500;

export function createWorkerHost(options: WorkerHostOptions): WorkerHost {
  const { redisUrl, concurrency, queues, version, journal, logger = console, onMove = () => {} } = options;
  const timings = { ...usualTimings, ...options.timings };
  const sealer = createSealer(options.sharedKey);
  const workerId = randomUUID();
  const who = `pid ${process.pid} on ${hostname()}`;
  const startedAt = Date.now();
  const holds = new Map<string, Hold>();
  const byRun = new Map<string, Hold>();
  const folders = new Map<string, Folder>();
  const ended = new Map<string, () => void>();
  let phase: "new" | "running" | "draining" | "stopped" = "new";
  let forced = false;
  let link: Connection | null = null;
  let bells: Bells | null = null;
  /** Being handed over. */
  let ending = 0;
  const timers = new Set<NodeJS.Timeout>();
  const whenEmpty: (() => void)[] = [];

  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (warned.has(message)) return;
    warned.add(message);
    logger.warn(message);
  };
  const settle = (): void => {
    if (holds.size === 0 && ending === 0) for (const done of whenEmpty.splice(0)) done();
  };

  // What the local runtime says of a run.

  const listener: RuntimeListener = {
    sent: () => {},
    started(runId, _epoch, at) {
      const hold = byRun.get(runId);
      if (hold === undefined) return;
      hold.startedAt = at;
      hold.words.add({ kind: "started", at, worker: who });
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
      void end(hold, outcome);
    },
    roomFreed: () => pump(),
    stateChanged: () => {},
  };

  const secret = async (name: string, runId: string): Promise<string | null> => {
    const hold = byRun.get(runId);
    if (hold === undefined) throw new Error(`no run ${runId} is here to ask for the secret ${name}`);
    if (sealer.keyName === null) {
      throw new Error(
        `The secret ${name} is not given to this worker: set the same ALMANAC_SHARED_KEY where the engine runs and here`,
      );
    }
    const { folder, jobId } = hold;
    const nonce = randomBytes(16).toString("hex");
    const text = JSON.stringify({
      jobId,
      nonce,
      sealed: sealer.seal({ name }, contextOf(folder.id, "ask", `${jobId}/${nonce}`)),
    });
    const until = performance.now() + askWithinMs;
    let askAt = Number.NEGATIVE_INFINITY;
    while (performance.now() < until) {
      try {
        const { client } = connected();
        if (performance.now() - askAt > askAgainMs) {
          await client.rpush(folder.keys.asks, text);
          await client.publish(folder.keys.engineBell, "A");
          askAt = performance.now();
        }
        const found = await client.get(folder.keys.answer(nonce));
        if (found !== null) {
          await client.del(folder.keys.answer(nonce));
          const { value, problem } = answered.parse(
            sealer.open(found, contextOf(folder.id, "answer", `${jobId}/${nonce}`)),
          );
          if (problem !== undefined) throw new SecretRefused(problem);
          return value;
        }
      } catch (error) {
        if (error instanceof SecretRefused) throw error;
      }
      await pause(askEveryMs);
    }
    throw new Error(`The engine did not answer within ${askWithinMs / 1000} s when asked for the secret ${name}`);
  };
  const runtime = options.runtime(secret);

  const connected = (): Connection => {
    if (link?.isReady !== true) throw new Error("Redis is away");
    return link;
  };

  // How a run's end goes to its engine.

  const end = async (hold: Hold, outcome: RunOutcome): Promise<void> => {
    const { folder, jobId, queueName, job } = hold;
    ending++;
    const context = contextOf(folder.id, "finished", jobId);
    const finished = sealer.seal({ outcome, attempt: job.attempt, worker: who }, context);
    const entry: JournalEntry = { folderId: folder.id, queueName, jobId, finished };
    try {
      await journal.append(entry);
    } catch (error) {
      // Its own disk is full or gone: Redis is told all the same, and only a crash just now would lose it.
      warn(`the journal of outcomes cannot be written: ${(error as Error).message}`);
    }
    for (;;) {
      try {
        await hold.words.flush();
        if (hold.fenced || !(await complete(hold, finished))) await giveBack(entry);
        break;
      } catch {
        // Redis is away: the journal keeps it. A stopped worker leaves it to the next one here.
        if (phase === "stopped") break;
        await pause(retryMs);
      }
    }
    hold.words.close();
    holds.delete(jobId);
    ended.get(job.runId)?.();
    ending--;
    settle();
    pump();
  };

  /** False where the job is not ours any more. */
  const complete = async (hold: Hold, finished: string): Promise<boolean> => {
    const { client } = connected();
    const { folder, queueName, jobId, token } = hold;
    const inline = finished.length <= INLINE_RESULT_BYTES;
    if (!inline) await client.set(folder.keys.result(jobId), finished, "PX", KEPT_MS);
    try {
      await hold.fetched.moveToCompleted(inline ? { finished } : { beside: true }, token, false);
    } catch (error) {
      const { code } = error as { code?: unknown };
      // BullMQ's numbers: the job is not there, its lock is gone or another's, it is not active.
      if (typeof code === "number" && code < 0) {
        hold.fenced = true;
        return false;
      }
      throw error;
    }
    await client.publish(folder.keys.engineBell, `S ${queueName} ${jobId}`);
    return true;
  };

  const giveBack = async ({ folderId, queueName, jobId, finished }: JournalEntry): Promise<void> => {
    const { client } = connected();
    const keys = keysOf(folderId);
    await client.hset(keys.returned, jobId, JSON.stringify({ queueName, finished }));
    await client.publish(keys.engineBell, "R");
  };

  /** What the engine has recorded is owed no more; what Redis has lost is brought back. */
  const lookAtOwed = async (): Promise<void> => {
    const owed = journal.entries().filter(({ jobId }) => !holds.has(jobId));
    for (const folderId of new Set(owed.map((entry) => entry.folderId))) {
      const entries = owed.filter((entry) => entry.folderId === folderId);
      const { client } = connected();
      const scripts = folders.get(folderId)?.scripts ?? createScripts(client, keysOf(folderId));
      for (let at = 0; at < entries.length; at += 200) {
        const page = entries.slice(at, at + 200);
        const states = await scripts.inspect(page);
        for (const [i, entry] of page.entries()) {
          const state = states[i] ?? "gone";
          if (state === "recorded" && !(await isReturned(entry))) await settleOrReturn(entry);
          else if (state !== "finished") await giveBack(entry);
        }
      }
    }
  };
  const isReturned = async ({ folderId, jobId }: JournalEntry): Promise<boolean> =>
    (await connected().client.hexists(keysOf(folderId).returned, jobId)) === 1;
  /** A job that was taken away is no outcome recorded: its outcome is a late one. */
  const settleOrReturn = async (entry: JournalEntry): Promise<void> => {
    const keys = keysOf(entry.folderId);
    const why = await connected().client.hget(keys.job(entry.queueName, entry.jobId), "recorded");
    if (why === "1") journal.settled(entry.jobId);
    else await giveBack(entry);
  };

  // Taking runs.

  const free = (): number => (phase === "running" ? concurrency - holds.size : 0);

  const take = async (folder: Folder, queueName: string): Promise<boolean> => {
    const place = placeOfQueue(queueName);
    const own = options.workflows().find(({ name }) => name === place?.workflowName);
    if (place === null || own === undefined) return false;
    if (!runtime.takes({ workflowName: own.name, queue: place.queue }, new Map()).ok) return false;
    const token = randomUUID();
    const fetched = await folder.fetchers.get(queueName).getNextJob(token, { block: false });
    const jobId = fetched?.id;
    if (fetched === undefined || jobId === undefined) return false;
    const words = (hold: Hold): Words =>
      createWords({
        say: (steps, items, keptMs) => {
          connected();
          return folder.scripts.say({ jobId, queueName, token, runId: hold.job.runId }, steps, items, keptMs);
        },
        seal: (said) => sealer.seal(said, contextOf(folder.id, "said", jobId)),
        sealStep: (step) => sealer.seal(step, contextOf(folder.id, "step", hold.job.runId)),
        lost: () => loseHold(hold),
      });
    let sent: ReturnType<typeof parseSent>;
    try {
      sent = parseSent(sealer.open(String(fetched.data), contextOf(folder.id, "job", jobId)));
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 500) : String(error);
      warn(`a run of ${folder.record.name} could not be taken: ${why}`);
      await fetched.moveToFailed(new Error(`the worker ${who} could not read the job`), token, false);
      return true;
    }
    const { job } = sent;
    const hold = {
      folder,
      queueName,
      jobId,
      token,
      fetched,
      job,
      startedAt: Date.now(),
      fenced: false,
      cancelGraceMs: null,
    } as Omit<Hold, "words"> as Hold;
    hold.words = words(hold);
    holds.set(jobId, hold);
    if (sent.version !== own.version && own.version !== null) {
      const text = `[this worker has another version of ${own.name} than the engine]\n`;
      hold.words.add({ kind: "log", at: Date.now(), stream: "system", text });
      warn(`${own.name}: this worker has another version of it than the engine of ${folder.record.name}`);
    }
    void host(hold, own);
    return true;
  };

  const host = async (hold: Hold, own: OwnWorkflow): Promise<void> => {
    const { job, folder } = hold;
    // An earlier hand-over of the same run that still goes on here makes way: nothing runs twice on one machine.
    const before = byRun.get(job.runId);
    if (before !== undefined) {
      const over = new Promise<void>((done) => ended.set(job.runId, done));
      // One of another folder that has the same id, a copy, is only waited for.
      if (before.folder === folder) runtime.cancel(job.runId, 0);
      await over;
      ended.delete(job.runId);
    }
    const steps = new Map(job.steps.map((step) => [step.key, step]));
    try {
      for (const [key, text] of Object.entries(await connected().client.hgetall(folder.keys.steps(job.runId)))) {
        const known = steps.get(key);
        if (known?.status === "completed") continue;
        steps.set(key, parseStep(sealer.open(text, contextOf(folder.id, "step", job.runId))));
      }
    } catch (error) {
      logger.warn(`kept steps of ${job.runId} were not read: ${(error as Error).message}`);
    }
    byRun.set(job.runId, hold);
    const { modulePath, module } = own;
    const ordered = [...steps.values()].sort((a, b) => a.sequence - b.sequence);
    runtime.dispatch({ ...job, modulePath, module, steps: ordered });
    if (hold.cancelGraceMs !== null) runtime.cancel(job.runId, hold.cancelGraceMs);
  };

  const loseHold = (hold: Hold): void => {
    if (hold.fenced) return;
    hold.fenced = true;
    logger.warn(
      `${hold.job.runId}: its engine has gone on without this worker; what it still brings is kept as a late result`,
    );
  };

  let pumping = false;
  let pumpAgain = false;
  const pump = (): void => {
    pumpAgain = true;
    if (pumping) return;
    pumping = true;
    void (async () => {
      while (pumpAgain && free() > 0 && link?.isReady === true) {
        pumpAgain = false;
        // One of each queue in turn, so that a long one holds up no other.
        const places = [...folders.values()].flatMap((folder) => folder.queueNames.map((name) => ({ folder, name })));
        let open = places;
        while (open.length > 0 && free() > 0) {
          const still: typeof open = [];
          for (const place of open) {
            if (free() <= 0) break;
            if (await take(place.folder, place.name)) still.push(place);
          }
          open = still;
        }
      }
    })()
      .catch((error: unknown) => {
        if (link?.isReady === true) warn(`runs could not be fetched: ${(error as Error).message}`);
      })
      .finally(() => {
        pumping = false;
      });
  };

  // Being there.

  const recordFor = (folder: Folder): WorkerRecord => ({
    workerId,
    host: hostname(),
    pid: process.pid,
    version,
    protocol: PROTOCOL,
    concurrency,
    queues: [...queues],
    workflows: options.workflows().map(({ name, version: own }) => ({ name, version: own })),
    running: [...holds.values()]
      .filter((hold) => hold.folder === folder)
      .map(({ jobId, job, startedAt: began }) => ({ jobId, workflowName: job.workflowName, startedAt: began })),
    startedAt,
    draining: phase !== "running",
    now: Date.now(),
    key: sealer.keyName,
  });

  let renewing = false;
  const renew = async (): Promise<void> => {
    if (renewing || link?.isReady !== true || phase === "new") return;
    renewing = true;
    try {
      for (const folder of folders.values()) {
        const held = [...holds.values()].filter((hold) => hold.folder === folder && !hold.fenced);
        const { lost, cancels } = await folder.scripts.renew(
          workerId,
          JSON.stringify(recordFor(folder)),
          timings.lockMs,
          held,
        );
        for (const jobId of lost) {
          const hold = holds.get(jobId);
          // One that is just being completed has no lock any more, and is not lost.
          if (hold !== undefined && byRun.get(hold.job.runId) === hold) loseHold(hold);
        }
        for (const [jobId, graceMs] of cancels) cancel(holds.get(jobId), graceMs);
      }
      await lookAtOwed();
    } catch (error) {
      if (link?.isReady === true) warn(`what this worker holds was not renewed: ${(error as Error).message}`);
    } finally {
      renewing = false;
    }
  };

  const cancel = (hold: Hold | undefined, graceMs: number): void => {
    if (hold === undefined || (hold.cancelGraceMs !== null && hold.cancelGraceMs <= graceMs)) return;
    hold.cancelGraceMs = graceMs;
    if (byRun.get(hold.job.runId) === hold) runtime.cancel(hold.job.runId, graceMs);
  };

  const lookAtFolders = async (): Promise<void> => {
    if (link?.isReady !== true) return;
    const { client } = link;
    for (const [id, text] of Object.entries(await client.hgetall(FOLDERS_KEY))) {
      const parsed = folderRecord.safeParse(jsonOf(text));
      if (!parsed.success) continue;
      const record = parsed.data;
      let folder = folders.get(id);
      if (folder === undefined) {
        const keys = keysOf(id);
        const fetchers = createFetchers(client, keys.prefix, { lockMs: timings.lockMs, workerId, failed: () => {} });
        folder = { id, record, keys, scripts: createScripts(client, keys), fetchers, queueNames: [] };
        folders.set(id, folder);
        bells?.listen(keys.workerBell);
      }
      folder.record = record;
      if (record.protocol !== PROTOCOL) {
        warn(
          `${record.name}: its engine speaks protocol ${record.protocol} and this worker ${PROTOCOL}; run the same version of Almanac on both`,
        );
        folder.queueNames = [];
        continue;
      }
      if (record.key !== sealer.keyName) {
        warn(
          `${record.name}: ${record.key === null ? "its engine has no shared key" : "its engine has another shared key"}; set the same ALMANAC_SHARED_KEY on both`,
        );
        folder.queueNames = [];
        continue;
      }
      for (const own of options.workflows()) {
        const there = record.workflows.find(({ name }) => name === own.name);
        if (there !== undefined && there.version !== own.version)
          warn(`${own.name}: this worker has another version of it than the engine of ${record.name}`);
      }
      const having = new Set(options.workflows().map(({ name }) => name));
      folder.queueNames = (await client.smembers(folder.keys.queues)).filter((name) => {
        const place = placeOfQueue(name);
        return place !== null && queues.includes(place.queue) && having.has(place.workflowName);
      });
    }
  };

  const every = (ms: number, work: () => void): void => void timers.add(setInterval(work, ms));

  let lookingAtFolders = false;
  const look = async (): Promise<void> => {
    if (lookingAtFolders) return;
    lookingAtFolders = true;
    try {
      await lookAtFolders();
      await renew();
    } catch {
      // Redis is away, and is looked at again.
    } finally {
      lookingAtFolders = false;
    }
    pump();
  };

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= shut();
    return closing;
  };
  const shut = async (): Promise<void> => {
    phase = "stopped";
    for (const timer of timers) clearInterval(timer);
    const { client } = link?.isReady === true ? link : { client: null };
    const leave = async (): Promise<void> => {
      for (const { keys } of folders.values()) {
        await client?.hdel(keys.workers, workerId);
        await client?.hdel(keys.seen, workerId);
        await client?.publish(keys.engineBell, "W");
      }
    };
    await within(timings.answerMs, leave());
    const closing = Promise.all([...folders.values()].map(({ fetchers }) => fetchers.close()));
    bells?.close();
    // What still waits for an answer fails with the connection.
    link?.close();
    await within(timings.answerMs, closing);
    await journal.close();
  };

  return {
    workerId,
    get running() {
      return holds.size;
    },
    async start() {
      await runtime.start(listener);
      phase = "running";
      let first = (): void => {};
      const tried = new Promise<void>((done) => {
        first = done;
      });
      link = openConnection(redisUrl, {
        answerMs: timings.answerMs,
        onChange() {
          if (link?.isReady === true) {
            warned.clear();
            void look().then(first);
          } else
            logger.warn(
              `Redis at ${redactRedisUrl(redisUrl)} is away: ${link?.problem?.message ?? ""}; what runs goes on`,
            );
        },
      });
      link.client.once("error", first);
      bells = openBells(redisUrl, timings.answerMs, (_channel, text) => {
        if (text === "cancel") void renew();
        else if (
          text.split(" ").every((name) => [...folders.values()].some(({ queueNames }) => queueNames.includes(name)))
        )
          pump();
        else void look();
      });
      every(timings.renewMs, () => void renew());
      every(timings.pollMs, pump);
      every(Math.min(foldersMs, timings.pollMs * 5), () => void look());
      await tried;
    },
    async drain() {
      if (phase === "stopped") return;
      phase = "draining";
      await renew();
      if (holds.size > 0 || ending > 0) await new Promise<void>((done) => whenEmpty.push(done));
      await runtime.stop(0);
      await close();
    },
    async stop() {
      if (phase === "stopped") return;
      phase = "draining";
      forced = true;
      await runtime.stop(0);
      if ((holds.size > 0 || ending > 0) && link?.isReady === true)
        await within(timings.answerMs, new Promise<void>((done) => whenEmpty.push(done)));
      await close();
    },
  };
}

class SecretRefused extends Error {}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
