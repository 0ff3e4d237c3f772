import { giveUp, type RuntimeCore } from "./core.ts";
import type { HandOver } from "./handOvers.ts";
import type { Hearing } from "./hearing.ts";
import { FOLDERS_KEY, type FolderRecord, PROTOCOL } from "./protocol.ts";
import { type PausedSince, readQueues } from "./queues.ts";
import { parseRedisUrl } from "./redis/address.ts";
import { FULL_SHARE, infoOf, memoryShare, problemsOf, readInfo, timeOf } from "./redis/gate.ts";
import type { JobState } from "./scripts.ts";

const inspectAtOnce = 500;
const gateMs = 5_000;
/** From this share of its memory on it is looked at each time: what is on its way may fill it soon. */
const CLOSE_SHARE = FULL_SHARE / 2;
const folderMs = 10_000;

/** Looks at Redis itself, at the workers, and at what has become of each hand-over. */
export function createWatching(core: RuntimeCore, hearing: Pick<Hearing, "read">) {
  const { keys, roster, sealer, timings, options, folderId } = core;
  let gateAt = Number.NEGATIVE_INFINITY;
  let folderAt = Number.NEGATIVE_INFINITY;
  let listsAt = Number.NEGATIVE_INFINITY;
  let heardOfWorkers = false;
  const pausedSince: PausedSince = new Map();

  /** What this engine says of itself to workers. */
  const sayFolder = async (): Promise<void> => {
    const record: FolderRecord = {
      name: options.folderName,
      protocol: PROTOCOL,
      version: options.version,
      key: sealer.keyName,
      workflows: options.workflows?.() ?? [],
      seenAt: Date.now(),
    };
    // A full Redis does not take it, and must be read all the same: that is what empties it.
    await core.parts?.client.hset(FOLDERS_KEY, folderId, JSON.stringify(record)).then(
      () => {
        folderAt = performance.now();
      },
      (error: Error) => core.warn(`Redis did not take what this engine says of itself: ${error.message}`),
    );
  };

  const settleState = async (one: HandOver, state: JobState): Promise<void> => {
    if (core.parts === null || one.phase !== "sent") return;
    const lost = (reason: string): void => giveUp(core, one, { kind: "lost", at: Date.now(), reason });
    if (state === "waiting" || state === "held" || state === "unheld") one.missingSince = null;
    switch (state) {
      case "waiting":
      case "held":
      case "finished":
      case "returned":
        return;
      case "lockAlone":
        // While a worker renews it, it brings an outcome; from now on it is missing where none does.
        one.missingSince ??= performance.now();
        return;
      case "unheld":
        await hearing.read([one]);
        if (await core.parts.scripts.takeAway(one.queueName, one.jobId, "unheld"))
          lost(`${one.worker ?? "its worker"} did not renew it for ${timings.lockMs / 1000} s`);
        return;
      case "gone":
      case "taken":
      case "recorded": {
        // A worker that has ended it meanwhile brings its outcome back first.
        const now = performance.now();
        one.missingSince ??= now;
        if (now - one.missingSince < timings.lockMs) return;
        // What was said of it may still be there.
        await hearing.read([one]);
        if (one.phase === "sent") lost("Redis does not have it any more");
      }
    }
  };

  /** Of those that wait, which no list has: no worker would ever take them. They go out again. */
  const lookAtLists = async (waiting: readonly HandOver[]): Promise<void> => {
    if (waiting.length === 0 || performance.now() - listsAt < timings.lockMs) return;
    listsAt = performance.now();
    for (const queueName of new Set(waiting.map((one) => one.queueName))) {
      if (core.parts === null || !core.owning) return;
      const { client, scripts } = core.parts;
      const lists = (["wait", "paused"] as const).map((name) => client.lrange(keys.list(queueName, name), 0, -1));
      const listed = new Set((await Promise.all(lists)).flat());
      for (const one of waiting) {
        if (
          one.queueName !== queueName ||
          listed.has(one.jobId) ||
          !(await scripts.takeAway(queueName, one.jobId, "unlisted"))
        )
          continue;
        giveUp(core, one, { kind: "lost", at: Date.now(), reason: "Redis does not have it in its queue any more" });
      }
    }
  };

  /** Where something was sent to: without it workers look nowhere. */
  const sayQueues = async (known: readonly string[]): Promise<void> => {
    const lost = new Set(
      [...core.handOvers.all()].flatMap(({ phase, queueName }) => (phase === "sent" ? queueName : [])),
    );
    for (const name of known) lost.delete(name);
    if (lost.size === 0 || core.parts === null) return;
    await core.parts.client.sadd(keys.queues, ...lost);
    await core.parts.client.publish(keys.workerBell, "queues");
  };

  return {
    /** Whether it is known which workers are there. */
    get heardOfWorkers() {
      return heardOfWorkers;
    },
    /** The connection has come or gone: all is looked at anew. */
    startAnew(): void {
      gateAt = folderAt = listsAt = Number.NEGATIVE_INFINITY;
      heardOfWorkers = false;
    },
    lookAtGateSoon(): void {
      gateAt = Number.NEGATIVE_INFINITY;
    },
    async lookAtGate(): Promise<void> {
      if (core.parts === null || performance.now() - gateAt < gateMs) return;
      const facts = readInfo(await infoOf(core.parts.client, keys.workers));
      gateAt = performance.now();
      const problems = problemsOf(facts, parseRedisUrl(options.redisUrl).kind);
      const refused = problems.find((problem) => problem.refused);
      const share = memoryShare(facts);
      if (share !== null && share > CLOSE_SHARE) gateAt = Number.NEGATIVE_INFINITY;
      const full =
        share !== null && share > FULL_SHARE ? problems.find(({ code }) => code === "NEARLY_FULL") : undefined;
      const stop = refused ?? full;
      core.gate = {
        refused: stop === undefined ? null : `${stop.message}. ${stop.remedy}`,
        notes: facts.aof
          ? []
          : [
              "Redis keeps no append-only file: what waits there is sent again, and may run again, after Redis restarts",
            ],
      };
    },
    async lookAtWorkers(): Promise<void> {
      if (core.parts === null) return;
      const { client, scripts } = core.parts;
      const [records, seen, time] = await Promise.all([
        client.hgetall(keys.workers),
        client.hgetall(keys.seen),
        timeOf(client, keys.workers),
      ]);
      roster.read(records, seen, time);
      if (performance.now() - folderAt > folderMs) await sayFolder();
      const names = await client.smembers(keys.queues);
      await sayQueues(names);
      roster.setQueues(await readQueues({ client, scripts, keys }, names, pausedSince));
      heardOfWorkers = true;
    },
    /** What has become of all that was sent. */
    async inspect(): Promise<void> {
      const all = [...core.handOvers.all()].filter(({ phase }) => phase === "sent");
      const waiting: HandOver[] = [];
      for (let at = 0; at < all.length && core.parts !== null && core.owning; at += inspectAtOnce) {
        const page = all.slice(at, at + inspectAtOnce);
        const states = await core.parts.scripts.inspect(page);
        for (const [i, one] of page.entries()) await settleState(one, states[i] ?? "gone");
        // What its worker says although no bell was heard, and an end that is in no list of such.
        const heard: JobState[] = ["held", "lockAlone", "finished"];
        await hearing.read(page.filter((_, i) => heard.includes(states[i] ?? "gone")));
        waiting.push(...page.filter((_, i) => states[i] === "waiting"));
      }
      await lookAtLists(waiting);
    },
  };
}
