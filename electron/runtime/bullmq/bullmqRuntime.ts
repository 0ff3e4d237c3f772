import type { QueueView } from "../../../shared/api/workers.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { RuntimeListener, RuntimeState } from "../runtime.ts";
import { redactRedisUrl } from "./address.ts";
import { type Bells, openBells } from "./bells.ts";
import { type Connection, openConnection } from "./connection.ts";
import { FULL_SHARE, memoryShare, problemOf, problemsOf, readInfo } from "./gate.ts";
import { contextOf, createInbox, type Heard, type JobPlace } from "./inbox.ts";
import { type BullmqRuntime, type BullmqRuntimeOptions, usualTimings } from "./options.ts";
import {
  ask,
  asked,
  type Finished,
  FOLDERS_KEY,
  type FolderRecord,
  handOverOf,
  jobIdOf,
  keysOf,
  PROTOCOL,
  queueNameOf,
} from "./protocol.ts";
import { createQueues, jobOptions } from "./queues.ts";
import { createRoster, queueView } from "./roster.ts";
import { createScripts, type JobState } from "./scripts.ts";
import { createSealer } from "./sealing.ts";
import { within } from "./within.ts";

/**
 * A hand-over that this runtime has:
 *
 *   is           becomes      when
 *   unsent       sent         Redis has the job (sending again is nothing: a job's id is taken once)
 *   sent         held         a worker took it; it is `started` for the engine once that was read
 *   held         sent         its lock ran out: whoever held it is dead or cut off; taken away, told as lost
 *   any          reported     its outcome was told to the listener, or that it is lost
 *   reported     (forgotten)  the engine has it written (`recorded`), and Redis has let it go
 *
 * Redis forgets nothing before `recorded`. Whatever this process has missed is found by looking (`watchMs`); a bell only
 * makes it sooner. Nothing is done before `adopt`, and nothing after `release`: another engine may own the folder.
 */
interface HandOver extends JobPlace {
  runId: string;
  epoch: number;
  workflowName: string;
  queue: string;
  phase: "unsent" | "sent" | "reported";
  started: boolean;
  worker: string | null;
  cancel: { graceMs: number; passedOn: boolean } | null;
  /** Monotonic: since when Redis does not have it. */
  missingSince: number | null;
}

/** Of what is sent in one answer. */
const sendAtOnce = 100;
const sendBytes = 1024 * 1024;
const inspectAtOnce = 500;
const finishedAtOnce = 500;
const gateMs = 5_000;
const folderMs = 10_000;

export function createBullmqRuntime(options: BullmqRuntimeOptions): BullmqRuntime {
  const { redisUrl, folderId, sharedKey, version, secret = () => null, logger = console } = options;
  const versionOf = options.versionOf ?? (() => undefined);
  const timings = { ...usualTimings, ...options.timings };
  const keys = keysOf(folderId);
  const sealer = createSealer(sharedKey);
  const roster = createRoster({ lateMs: timings.lateMs, lockMs: timings.lockMs, keyName: sealer.keyName, versionOf });

  let listener: RuntimeListener | null = null;
  let phase: "new" | "running" | "stopped" = "new";
  let owning = false;
  let link: Connection | null = null;
  let bells: Bells | null = null;
  let parts: ReturnType<typeof connectParts> | null = null;
  /** What the gate says: why nothing is sent, and what else a person should know. */
  let gate: { refused: string | null; notes: string[] } = { refused: null, notes: [] };
  let gateAt = Number.NEGATIVE_INFINITY;
  let folderAt = Number.NEGATIVE_INFINITY;
  let heardOfWorkers = false;

  const handOvers = new Map<string, HandOver>();
  const current = new Map<string, string>();
  const unsent: { job: RunJob; jobId: string }[] = [];
  const acknowledge: { jobId: string; queueName: string; stepsOf: string | null }[] = [];
  /** Reported ones that were nobody's here: which queue they lie in. */
  const foreign = new Map<string, string>();
  const belled = new Map<string, string>();
  /** Of each job's words, counted from the first: how many were told, how many of those are written, and how many are gone. */
  const words = new Map<string, { told: number; written: number; trimmed: number }>();
  let trimDue = false;
  let asksWait = false;
  let sweepDue = true;

  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (warned.size > 1_000) warned.clear();
    if (warned.has(message)) return;
    warned.add(message);
    logger.warn(message);
  };

  function connectParts(connection: Connection) {
    const { client } = connection;
    return {
      client,
      scripts: createScripts(client, keys),
      queues: createQueues(client, keys.prefix, () => {}),
      inbox: createInbox({ client, keys, folderId, sealer }, warn),
    };
  }

  const add = (one: Omit<HandOver, "jobId" | "queueName" | "worker" | "cancel" | "missingSince">): HandOver => {
    const jobId = jobIdOf(one);
    forget(jobId);
    const queueName = queueNameOf(one.queue, one.workflowName);
    const handOver = { ...one, jobId, queueName, worker: null, cancel: null, missingSince: null };
    handOvers.set(jobId, handOver);
    current.set(one.runId, jobId);
    roster.count(one.queue, one.workflowName, 1);
    return handOver;
  };

  const forget = (jobId: string): void => {
    const one = handOvers.get(jobId);
    if (one === undefined) return;
    handOvers.delete(jobId);
    if (current.get(one.runId) === jobId) current.delete(one.runId);
    roster.count(one.queue, one.workflowName, -1);
  };

  const wordsOf = (jobId: string): { told: number; written: number; trimmed: number } => {
    const known = words.get(jobId) ?? { told: 0, written: 0, trimmed: 0 };
    words.set(jobId, known);
    return known;
  };
  const unread = (jobId: string): number => {
    const known = words.get(jobId);
    return known === undefined ? 0 : known.told - known.trimmed;
  };

  const report = (one: HandOver, finished: Pick<Finished, "outcome"> & Partial<Finished>): void => {
    one.phase = "reported";
    listener?.ended(one.runId, one.epoch, finished.outcome, {
      attempt: finished.attempt ?? 1,
      worker: finished.worker ?? one.worker,
    });
  };
  const lost = (one: HandOver, reason: string): void =>
    report(one, { outcome: { kind: "lost", at: Date.now(), reason } });

  // What Redis says, told on.

  const heard = ({ jobId, queueName }: JobPlace, { said, items, finished }: Heard): void => {
    const id = handOverOf(jobId);
    if (id === null || listener === null || !owning) return;
    const one = handOvers.get(jobId);
    if (one?.phase === "reported" || foreign.has(jobId)) return;
    for (const what of said) {
      if (what.kind === "started") {
        if (one !== undefined) Object.assign(one, { started: true, worker: what.worker });
        listener.started(id.runId, id.epoch, what.at, what.worker);
      } else if (what.kind === "step") listener.step(id.runId, id.epoch, what.step);
      else listener.log(id.runId, id.epoch, what.at, what.stream, what.text);
    }
    if (items > 0) {
      wordsOf(jobId).told += items;
    }
    if (finished === null) return;
    if (one !== undefined) report(one, finished);
    else {
      foreign.set(jobId, queueName);
      listener.ended(id.runId, id.epoch, finished.outcome, finished);
    }
  };

  const read = async (jobs: readonly JobPlace[]): Promise<void> => {
    let waiting = jobs.filter(({ jobId }) => handOvers.get(jobId)?.phase !== "reported" && !foreign.has(jobId));
    while (waiting.length > 0 && owning && parts !== null) {
      const again: JobPlace[] = [];
      await parts.inbox.read(
        waiting.map((job) => ({ ...job, skip: unread(job.jobId) })),
        (job, what) => {
          heard(job, what);
          if (what.items >= 500) again.push(job);
        },
      );
      waiting = again;
    }
  };

  // Sending.

  const send = async (): Promise<void> => {
    while (unsent.length > 0 && owning && parts !== null && gate.refused === null) {
      const batch: typeof unsent = [];
      const byQueue = new Map<string, { name: string; data: string; opts: ReturnType<typeof jobOptions> }[]>();
      let bytes = 0;
      for (const entry of unsent) {
        if (batch.length >= sendAtOnce || bytes >= sendBytes) break;
        batch.push(entry);
        const one = handOvers.get(entry.jobId);
        if (one === undefined || one.phase === "reported") continue;
        const here = versionOf(entry.job.workflowName) ?? null;
        const data = sealer.seal({ job: entry.job, version: here }, contextOf(folderId, "job", entry.jobId));
        bytes += data.length;
        const jobs = byQueue.get(one.queueName) ?? [];
        if (jobs.length === 0) byQueue.set(one.queueName, jobs);
        jobs.push({ name: entry.job.workflowName, data, opts: jobOptions(entry.jobId) });
      }
      if (byQueue.size > 0) await parts.client.sadd(keys.queues, ...byQueue.keys());
      for (const [name, jobs] of byQueue) await parts.queues.get(name).addBulk(jobs);
      unsent.splice(0, batch.length);
      for (const { jobId } of batch) {
        const one = handOvers.get(jobId);
        if (one?.phase !== "unsent") continue;
        one.phase = "sent";
        listener?.sent(one.runId, one.epoch);
      }
      if (byQueue.size > 0) await parts.client.publish(keys.workerBell, [...byQueue.keys()].join(" "));
    }
  };

  const passOnCancels = async (): Promise<void> => {
    for (const one of handOvers.values()) {
      if (one.cancel === null || one.cancel.passedOn || one.phase === "reported" || parts === null) continue;
      if (one.phase === "unsent") {
        const at = unsent.findIndex(({ jobId }) => jobId === one.jobId);
        // It may have reached Redis although no answer came: then it is looked for there first.
        if (at >= 0 && (await parts.scripts.inspect([one]))[0] === "gone") {
          unsent.splice(at, 1);
          report(one, { outcome: { kind: "cancelled", at: Date.now() } });
          continue;
        }
      }
      if (await parts.scripts.takeAway(one.queueName, one.jobId, "waiting")) {
        report(one, { outcome: { kind: "cancelled", at: Date.now() } });
        continue;
      }
      await parts.client.hset(keys.cancels, one.jobId, String(one.cancel.graceMs));
      await parts.client.publish(keys.workerBell, "cancel");
      one.cancel.passedOn = true;
    }
  };

  const letGo = async (): Promise<void> => {
    while (acknowledge.length > 0 && parts !== null) {
      const batch = acknowledge.slice(0, sendAtOnce);
      const { scripts } = parts;
      await Promise.all(batch.map(({ jobId, queueName, stepsOf }) => scripts.recorded(queueName, jobId, stepsOf)));
      acknowledge.splice(0, batch.length);
      for (const { jobId } of batch) foreign.delete(jobId);
    }
  };

  /** What was written by the engine goes from Redis. */
  const trim = async (): Promise<void> => {
    trimDue = false;
    const due = [...words].filter(([, { written, trimmed }]) => written > trimmed);
    if (due.length === 0 || parts === null) return;
    const asked = parts.client.pipeline();
    const upTo = due.map(([jobId, { written, trimmed }]) => {
      asked.ltrim(keys.said(jobId), written - trimmed, -1);
      return written;
    });
    for (const [error] of (await asked.exec()) ?? []) if (error !== null) throw error;
    for (const [i, [, known]] of due.entries()) known.trimmed = upTo[i] ?? known.trimmed;
  };

  // Looking.

  const answerAsks = async (): Promise<void> => {
    if (parts === null) return;
    for (;;) {
      const texts = await parts.client.lpop(keys.asks, 20);
      if (texts === null || texts.length === 0) return;
      for (const text of texts) {
        try {
          const { jobId, nonce, sealed } = ask.parse(JSON.parse(text));
          if (sealer.keyName === null) continue;
          const { name } = asked.parse(sealer.open(sealed, contextOf(folderId, "ask", `${jobId}/${nonce}`)));
          const one = handOvers.get(jobId);
          // Only for a run that a worker holds now, and that has asked itself.
          if (one === undefined || one.phase !== "sent" || (await parts.scripts.inspect([one]))[0] !== "held") continue;
          const answer = await Promise.resolve(secret(name)).then(
            (value) => ({ value }),
            (error: unknown) => ({ value: null, problem: error instanceof Error ? error.message : String(error) }),
          );
          const sealedAnswer = sealer.seal(answer, contextOf(folderId, "answer", `${jobId}/${nonce}`));
          await parts.client.set(keys.answer(nonce), sealedAnswer, "PX", timings.lockMs);
        } catch (error) {
          warn(`a request for a secret was not understood: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
  };

  const lookAtGate = async (): Promise<void> => {
    if (parts === null || performance.now() - gateAt < gateMs) return;
    const facts = readInfo(await parts.client.info());
    gateAt = performance.now();
    const problems = problemsOf(facts);
    const refused = problems.find((problem) => problem.refused);
    const share = memoryShare(facts);
    const full = share !== null && share > FULL_SHARE ? problems.find(({ code }) => code === "NEARLY_FULL") : undefined;
    const stop = refused ?? full;
    gate = {
      refused: stop === undefined ? null : `${stop.message}. ${stop.remedy}`,
      notes: facts.aof
        ? []
        : ["Redis keeps no append-only file: what waits there is sent again, and may run again, after Redis restarts"],
    };
  };

  const lookAtWorkers = async (): Promise<void> => {
    if (parts === null) return;
    const { client } = parts;
    const [records, seen, time] = await Promise.all([
      client.hgetall(keys.workers),
      client.hgetall(keys.seen),
      client.time(),
    ]);
    roster.read(records, seen, Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000));
    if (performance.now() - folderAt > folderMs) {
      const record: FolderRecord = {
        name: options.folderName,
        protocol: PROTOCOL,
        version,
        key: sealer.keyName,
        workflows: options.workflows?.() ?? [],
        seenAt: Date.now(),
      };
      await client.hset(FOLDERS_KEY, folderId, JSON.stringify(record));
      folderAt = performance.now();
    }
    const names = await client.smembers(keys.queues);
    const asked = client.pipeline();
    for (const name of names) asked.llen(keys.list(name, "wait")).llen(keys.list(name, "active"));
    const counts = names.length === 0 ? [] : ((await asked.exec()) ?? []);
    roster.setQueues(
      names
        .map((name, i) => queueView(name, Number(counts[2 * i]?.[1] ?? 0), Number(counts[2 * i + 1]?.[1] ?? 0)))
        .filter((view): view is QueueView => view !== null),
    );
    heardOfWorkers = true;
  };

  const readFinished = async (): Promise<void> => {
    if (parts === null) return;
    const { client } = parts;
    for (const queueName of await client.smembers(keys.queues)) {
      for (const list of ["completed", "failed"] as const) {
        // What was read and is not recorded yet stands before what is new.
        for (let from = 0; owning; from += finishedAtOnce) {
          const ids = await client.zrange(keys.list(queueName, list), String(from), String(from + finishedAtOnce - 1));
          await read(ids.map((jobId) => ({ queueName, jobId })));
          if (ids.length < finishedAtOnce) break;
        }
      }
    }
    await parts.inbox.readReturned((job, finished) => heard(job, { said: [], items: 0, finished }));
  };

  const settleState = async (one: HandOver, state: JobState): Promise<void> => {
    if (parts === null || one.phase !== "sent") return;
    if (state !== "gone" && state !== "recorded") one.missingSince = null;
    switch (state) {
      case "waiting":
      case "held":
      case "finished":
        return;
      case "unheld":
        await read([one]);
        if (await parts.scripts.takeAway(one.queueName, one.jobId, "unheld")) {
          lost(one, `${one.worker ?? "its worker"} did not renew it for ${timings.lockMs / 1000} s`);
        }
        return;
      case "gone":
      case "recorded": {
        // A worker that has ended it meanwhile brings its outcome back first.
        const now = performance.now();
        one.missingSince ??= now;
        if (now - one.missingSince >= timings.lockMs) lost(one, "Redis does not have it any more");
      }
    }
  };

  const inspect = async (): Promise<void> => {
    const all = [...handOvers.values()].filter(({ phase: is }) => is === "sent");
    for (let at = 0; at < all.length && parts !== null && owning; at += inspectAtOnce) {
      const page = all.slice(at, at + inspectAtOnce);
      const states = await parts.scripts.inspect(page);
      for (const [i, one] of page.entries()) await settleState(one, states[i] ?? "gone");
      // What its worker says although no bell was heard.
      await read(page.filter((_, i) => states[i] === "held"));
    }
  };

  const sweep = async (): Promise<void> => {
    await lookAtGate();
    await lookAtWorkers();
    await readFinished();
    await inspect();
    await answerAsks();
  };

  // One thing at a time, again as long as there is something to do.

  let working = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      while (owning && parts !== null && link?.isReady === true && phase === "running") {
        if (sweepDue) {
          sweepDue = false;
          await sweep();
          tellState();
          listener?.roomFreed();
        } else if (acknowledge.length > 0) await letGo();
        else if (trimDue) await trim();
        else if (belled.size > 0) {
          const jobs = [...belled].map(([jobId, queueName]) => ({ jobId, queueName }));
          belled.clear();
          await read(jobs);
        } else if (asksWait) {
          asksWait = false;
          await answerAsks();
        } else if (
          [...handOvers.values()].some(({ cancel, phase: is }) => cancel?.passedOn === false && is !== "reported")
        )
          await passOnCancels();
        else if (unsent.length > 0 && gate.refused === null) await send();
        else break;
      }
    } catch (error) {
      // Away, full or restarting: the next look tries again.
      if (link?.isReady === true) warn(`Redis did not do what was asked: ${(error as Error).message}`);
      gateAt = Number.NEGATIVE_INFINITY;
    } finally {
      working = false;
    }
  };
  let queued = false;
  const wake = (): void => {
    if (queued) return;
    queued = true;
    setImmediate(() => {
      queued = false;
      void work();
    });
  };

  const message = (): string | null => {
    if (phase !== "running") return null;
    if (link?.isReady !== true) {
      const { message: why } = problemOf(link?.problem ?? new Error("not connected"));
      return `${why} (${redactRedisUrl(redisUrl)}). Schedules go on; their runs wait here until it is back`;
    }
    return gate.refused === null ? null : `Redis is not used: ${gate.refused}`;
  };
  let lastState = "";
  const tellState = (): void => {
    const now = JSON.stringify([state(), roster.view([])]);
    if (now === lastState) return;
    lastState = now;
    listener?.stateChanged();
  };
  const state = (): RuntimeState => ({
    kind: "bullmq",
    state:
      phase === "stopped"
        ? "stopped"
        : phase === "new" || (link?.isReady === true && !heardOfWorkers)
          ? "starting"
          : message() === null
            ? "ready"
            : "degraded",
    message: message(),
    workers: roster.online,
    busy: roster.busy,
  });

  let watch: NodeJS.Timeout | null = null;

  return {
    kind: "bullmq",
    keepsRuns: true,
    async start(heardBy) {
      if (phase !== "new") throw new Error("a runtime starts once");
      listener = heardBy;
      phase = "running";
      const { answerMs } = timings;
      link = openConnection(redisUrl, {
        answerMs,
        onChange() {
          gateAt = folderAt = Number.NEGATIVE_INFINITY;
          heardOfWorkers = false;
          sweepDue = true;
          if (link?.isReady !== true) roster.clear();
          tellState();
          wake();
        },
      });
      parts = connectParts(link);
      bells = openBells(redisUrl, answerMs, (_channel, text) => {
        const [what, queueName = "", jobId = ""] = text.split(" ");
        if (what === "S") belled.set(jobId, queueName);
        else if (what === "A") asksWait = true;
        else sweepDue = true;
        wake();
      });
      bells.listen(keys.engineBell);
      watch = setInterval(() => {
        sweepDue = true;
        wake();
      }, timings.watchMs);
      watch.unref();
    },
    takes({ workflowName, queue }, claimed) {
      if (phase !== "running" || !owning) return { ok: false, waitingFor: "runtime", message: "It is not started" };
      const why = message();
      if (why !== null) return { ok: false, waitingFor: "runtime", message: why };
      if (!heardOfWorkers)
        return { ok: false, waitingFor: "runtime", message: "It is being asked which workers are there" };
      return roster.takes(workflowName, queue, claimed);
    },
    dispatch(job) {
      const jobId = jobIdOf(job);
      const known = handOvers.get(jobId);
      const one = known ?? add({ ...job, phase: "unsent", started: false });
      if (one.phase === "reported") return;
      one.phase = "unsent";
      unsent.push({ job, jobId });
      wake();
    },
    cancel(runId, graceMs) {
      const one = handOvers.get(current.get(runId) ?? "");
      if (one === undefined || one.phase === "reported") return;
      if (one.cancel !== null && one.cancel.graceMs <= graceMs) return;
      one.cancel = { graceMs, passedOn: false };
      wake();
    },
    adopt(kept) {
      owning = true;
      for (const run of kept) {
        if (!handOvers.has(jobIdOf(run))) add({ ...run, phase: "sent" });
      }
      sweepDue = true;
      wake();
    },
    recorded(all) {
      for (const { runId, epoch } of all) {
        const jobId = jobIdOf({ runId, epoch });
        const one = handOvers.get(jobId);
        const queueName = one?.queueName ?? foreign.get(jobId);
        // Ended by the engine itself: its job goes on there, and its outcome will be late.
        if (one !== undefined && one.phase !== "reported") forget(jobId);
        else if (queueName !== undefined) {
          const isLast = current.get(runId) === jobId;
          words.delete(jobId);
          forget(jobId);
          // Until Redis has let it go it lies there still.
          foreign.set(jobId, queueName);
          acknowledge.push({ jobId, queueName, stepsOf: isLast ? runId : null });
        }
      }
      wake();
    },
    written() {
      for (const known of words.values()) {
        if (known.written === known.told) continue;
        known.written = known.told;
        trimDue = true;
      }
      if (trimDue) wake();
    },
    release() {
      owning = false;
      for (const jobId of [...handOvers.keys()]) forget(jobId);
      unsent.length = 0;
      acknowledge.length = 0;
      foreign.clear();
      belled.clear();
      words.clear();
    },
    workers: () => roster.view([...(message() === null ? [] : [message() ?? ""]), ...gate.notes]),
    state,
    async stop() {
      if (phase === "stopped") return;
      if (phase === "running" && owning && link?.isReady === true) await within(timings.answerMs, letGo());
      phase = "stopped";
      owning = false;
      if (watch !== null) clearInterval(watch);
      const closing = parts?.queues.close();
      bells?.close();
      // What still waits for an answer fails with the connection.
      link?.close();
      if (closing !== undefined) await within(timings.answerMs, closing);
      parts = null;
    },
  };
}
