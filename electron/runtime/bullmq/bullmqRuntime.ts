import type { RuntimeState } from "../runtime.ts";
import { type Bells, openBells } from "./bells.ts";
import type { Parts, RuntimeCore } from "./core.ts";
import { createHandOvers } from "./handOvers.ts";
import { createHearing } from "./hearing.ts";
import { createInbox } from "./inbox.ts";
import { type BullmqRuntime, type BullmqRuntimeOptions, usualTimings } from "./options.ts";
import { jobIdOf, keysOf } from "./protocol.ts";
import { createQueues } from "./queues.ts";
import { redactRedisUrl } from "./redis/address.ts";
import { type Connection, openConnection } from "./redis/connection.ts";
import { problemOf } from "./redis/gate.ts";
import { createRoster } from "./roster.ts";
import { createScripts } from "./scripts.ts";
import { createSealer } from "./sealing.ts";
import { answerAsks } from "./secretAnswers.ts";
import { createSending } from "./sending.ts";
import { createWatching } from "./watching.ts";
import { within } from "./within.ts";

/**
 * Runs go to workers over Redis. Whatever this process has missed is found by looking (`watchMs`); a bell only makes it
 * sooner. Nothing is done before `adopt`, and nothing after `release`: another engine may own the folder.
 */
export function createBullmqRuntime(options: BullmqRuntimeOptions): BullmqRuntime {
  const { redisUrl, folderId, logger = console } = options;
  const timings = { ...usualTimings, ...options.timings };
  const keys = keysOf(folderId);
  const sealer = createSealer(options.sharedKey);
  const versionOf = options.versionOf ?? (() => undefined);
  const roster = createRoster({ lateMs: timings.lateMs, lockMs: timings.lockMs, keyName: sealer.keyName, versionOf });

  let phase: "new" | "running" | "stopped" = "new";
  let link: Connection | null = null;
  let bells: Bells | null = null;
  let watch: NodeJS.Timeout | null = null;
  /** Rung for: jobs with their queues, and requests for secrets. */
  const belled = new Map<string, string>();
  let asksWait = false;
  let sweepDue = true;
  /** New runs go elsewhere: what nobody has begun is given back. */
  let withdrawing = false;

  const warned = new Set<string>();
  const core: RuntimeCore = {
    options,
    folderId,
    timings,
    keys,
    sealer,
    roster,
    handOvers: createHandOvers(roster.count),
    warn(message) {
      if (warned.size > 1_000) warned.clear();
      if (warned.has(message)) return;
      warned.add(message);
      logger.warn(message);
    },
    listener: null,
    owning: false,
    parts: null,
    gate: { refused: null, notes: [] },
  };
  const { handOvers } = core;
  const sending = createSending(core);
  const hearing = createHearing(core);
  const watching = createWatching(core, hearing);

  const connectParts = ({ client }: Connection): Parts => {
    const scripts = createScripts(client, keys);
    return {
      client,
      scripts,
      queues: createQueues(client, keys.prefix, () => {}),
      inbox: createInbox({ client, scripts, keys, folderId, sealer }, core.warn),
    };
  };

  const sweep = async (): Promise<void> => {
    await watching.lookAtGate();
    await watching.lookAtWorkers();
    await hearing.readFinished();
    await watching.inspect();
    await sending.sayCancelsAgain();
    await answerAsks(core);
    if (withdrawing) await sending.withdraw();
  };

  /**
   * All that there is to do, a matter at a time: none waits for ever because another one always has more, as a look at
   * everything has that takes longer than the time until the next.
   */
  const matters: readonly { isDue: () => boolean; see: () => Promise<void> }[] = [
    {
      isDue: () => sweepDue,
      async see() {
        sweepDue = false;
        await sweep();
        tellState();
        core.listener?.roomFreed();
      },
    },
    { isDue: () => hearing.hasAcknowledged, see: () => hearing.letGo() },
    { isDue: () => hearing.mustTrim, see: () => hearing.trim() },
    {
      isDue: () => belled.size > 0,
      async see() {
        const jobs = [...belled].map(([jobId, queueName]) => ({ jobId, queueName }));
        belled.clear();
        await hearing.read(jobs);
      },
    },
    {
      isDue: () => asksWait,
      async see() {
        asksWait = false;
        await answerAsks(core);
      },
    },
    { isDue: () => sending.hasCancels, see: () => sending.passOnCancels() },
    { isDue: () => sending.hasUnsent, see: () => sending.send() },
  ];
  const mayWork = (): boolean => core.owning && core.parts !== null && link?.isReady === true && phase === "running";

  let working = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (let due = matters; mayWork() && due.length > 0; due = matters.filter(({ isDue }) => isDue()))
        for (const { isDue, see } of due) if (isDue() && mayWork()) await see();
    } catch (error) {
      // Away, full or restarting: the next look tries again.
      if (link?.isReady === true) core.warn(`Redis did not do what was asked: ${(error as Error).message}`);
      watching.lookAtGateSoon();
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

  /** Nothing is wrong yet: the first try goes on. */
  const isConnecting = (): boolean => link?.isReady === false && link.problem === null;
  const message = (): string | null => {
    if (phase !== "running") return null;
    if (isConnecting()) return `Redis is being reached (${redactRedisUrl(redisUrl)})`;
    if (link?.isReady !== true) {
      const { message: why, remedy } = problemOf(link?.problem ?? new Error("not connected"));
      return `${why} (${redactRedisUrl(redisUrl)}). ${remedy}. Schedules go on; their runs wait here until it is back`;
    }
    return core.gate.refused === null ? null : `Redis is not used: ${core.gate.refused}`;
  };
  const stateWord = (): RuntimeState["state"] => {
    if (phase === "stopped") return "stopped";
    if (phase === "new" || isConnecting() || (link?.isReady === true && !watching.heardOfWorkers)) return "starting";
    if (message() !== null) return "degraded";
    return roster.paused === null ? "ready" : "paused";
  };
  const state = (): RuntimeState => ({
    kind: "bullmq",
    state: stateWord(),
    message: message() ?? (phase === "running" ? roster.paused : null),
    workers: roster.online,
    busy: roster.busy,
  });
  let lastState = "";
  const tellState = (): void => {
    const now = JSON.stringify([state(), roster.view(null)]);
    if (now === lastState) return;
    lastState = now;
    core.listener?.stateChanged();
  };

  const hearBells = (text: string): void => {
    for (const line of text.split("\n")) {
      const [what, queueName = "", jobId = ""] = line.split(" ");
      if (what === "S") belled.set(jobId, queueName);
      else if (what === "A") asksWait = true;
      else sweepDue = true;
    }
    wake();
  };

  return {
    kind: "bullmq",
    keepsRuns: true,
    keptAt: options.keptAt,
    async start(heardBy) {
      if (phase !== "new") throw new Error("a runtime starts once");
      core.listener = heardBy;
      phase = "running";
      const { answerMs } = timings;
      link = openConnection(redisUrl, {
        answerMs,
        onChange() {
          watching.startAnew();
          sweepDue = true;
          if (link?.isReady !== true) roster.clear();
          tellState();
          wake();
        },
      });
      core.parts = connectParts(link);
      bells = openBells(redisUrl, answerMs, (_channel, text) => hearBells(text));
      bells.listen(keys.engineBell);
      watch = setInterval(() => {
        sweepDue = true;
        wake();
      }, timings.watchMs);
      watch.unref();
    },
    takes({ workflowName, queue }, claimed) {
      const refused = (why: string) => ({ ok: false, waitingFor: "runtime", message: why }) as const;
      if (phase !== "running" || !core.owning) return refused("It is not started");
      const why = message();
      if (why !== null) return refused(why);
      if (!watching.heardOfWorkers) return refused("It is being asked which workers are there");
      return roster.takes(workflowName, queue, claimed);
    },
    dispatch(job) {
      const jobId = jobIdOf(job);
      const known = handOvers.get(jobId);
      const one = known ?? handOvers.add({ ...job, phase: "unsent", started: false });
      if (one.phase === "reported") return;
      // One of before that was not sent yet is no sign that runs come here again.
      if (known === undefined) withdrawing = false;
      one.phase = "unsent";
      sending.add(job, jobId);
      wake();
    },
    cancel(runId, graceMs) {
      const one = handOvers.get(handOvers.lastOf(runId) ?? "");
      if (one === undefined || one.phase === "reported") return;
      if (one.cancel !== null && one.cancel.graceMs <= graceMs) return;
      one.cancel = { graceMs, passedOn: false };
      sending.cancel(one.jobId);
      wake();
    },
    adopt(kept) {
      core.owning = true;
      for (const run of kept) if (!handOvers.has(jobIdOf(run))) handOvers.add({ ...run, phase: "sent" });
      sweepDue = true;
      wake();
    },
    withdraw() {
      withdrawing = true;
      sweepDue = true;
      wake();
    },
    recorded(all) {
      for (const { runId, epoch } of all) hearing.recorded({ runId, jobId: jobIdOf({ runId, epoch }) });
      wake();
    },
    written() {
      if (hearing.written()) wake();
    },
    release() {
      core.owning = false;
      handOvers.clear();
      sending.clear();
      hearing.clear();
      belled.clear();
    },
    workers() {
      const why = message();
      const { notes } = core.gate;
      return isConnecting() && why !== null ? roster.view(null, [why, ...notes]) : roster.view(why, notes);
    },
    state,
    async stop() {
      if (phase === "stopped") return;
      if (phase === "running" && core.owning && link?.isReady === true) await within(timings.answerMs, hearing.letGo());
      phase = "stopped";
      core.owning = false;
      if (watch !== null) clearInterval(watch);
      const closing = core.parts?.queues.close();
      bells?.close();
      // What still waits for an answer fails with the connection.
      link?.close();
      if (closing !== undefined) await within(timings.answerMs, closing);
      core.parts = null;
    },
  };
}
