import { hostname } from "node:os";
import {
  FOLDERS_KEY,
  folderRecord,
  keysOf,
  PROTOCOL,
  placeOfQueue,
  type WorkerRecord,
} from "../runtime/bullmq/protocol.ts";
import { createFetchers, pausedQueues } from "../runtime/bullmq/queues.ts";
import { jsonOf } from "../runtime/bullmq/roster.ts";
import { createScripts } from "../runtime/bullmq/scripts.ts";
import { type Folder, type Hold, loseHold, type WorkerCore } from "./core.ts";

interface PresenceOptions {
  /** Of Almanac. */
  version: string;
  /** A folder was found: its bell for workers. */
  found(bell: string): void;
  /** After each renewal. */
  renewed(): Promise<void>;
}

/** Being there: which folders there are, what this worker says of itself to each, and the locks of what it holds. */
export function createPresence(core: WorkerCore, { version, found, renewed }: PresenceOptions) {
  const { workerId, sealer, timings, workflows, queues, concurrency } = core;
  const startedAt = Date.now();

  const recordFor = (folder: Folder): WorkerRecord => ({
    workerId,
    host: hostname(),
    pid: process.pid,
    version,
    protocol: PROTOCOL,
    concurrency,
    queues: [...queues],
    workflows: workflows().map(({ name, version: own }) => ({ name, version: own })),
    running: [...core.holds.values()]
      .filter((hold) => hold.folder === folder)
      .map(({ jobId, job, startedAt: began }) => ({ jobId, workflowName: job.workflowName, startedAt: began })),
    startedAt,
    draining: core.phase !== "running",
    now: Date.now(),
    key: sealer.keyName,
  });

  const cancel = (hold: Hold | undefined, graceMs: number): void => {
    if (hold === undefined || (hold.cancelGraceMs !== null && hold.cancelGraceMs <= graceMs)) return;
    hold.cancelGraceMs = graceMs;
    if (core.byRun.get(hold.job.runId) === hold) core.runtime.cancel(hold.job.runId, graceMs);
  };

  let renewing = false;
  const renew = async (): Promise<void> => {
    if (renewing || !core.isConnected || core.phase === "new") return;
    renewing = true;
    try {
      for (const folder of core.folders.values()) {
        const held = [...core.holds.values()].filter((hold) => hold.folder === folder && !hold.fenced);
        const record = JSON.stringify(recordFor(folder));
        const { lost, cancels } = await folder.scripts.renew(workerId, record, timings.lockMs, held);
        for (const jobId of lost) {
          const hold = core.holds.get(jobId);
          // One that is just being completed has no lock any more, and is not lost.
          if (hold !== undefined && core.byRun.get(hold.job.runId) === hold) loseHold(core, hold);
        }
        for (const [jobId, graceMs] of cancels) cancel(core.holds.get(jobId), graceMs);
      }
      await renewed();
    } catch (error) {
      if (core.isConnected) core.warn(`what this worker holds was not renewed: ${(error as Error).message}`);
    } finally {
      renewing = false;
    }
  };

  const add = (id: string, record: Folder["record"]): Folder => {
    const { client } = core.connected();
    const keys = keysOf(id);
    const fetchers = createFetchers(client, keys.prefix, { lockMs: timings.lockMs, workerId, failed: () => {} });
    const ring = createBellRope((text) => void client.publish(keys.engineBell, text).catch(() => {}));
    const folder = { id, record, keys, scripts: createScripts(client, keys), fetchers, queueNames: [], ring };
    core.folders.set(id, folder);
    found(keys.workerBell);
    return folder;
  };

  /** Why nothing of a folder is taken here; null where it is. */
  const unfit = ({ name, protocol, key }: Folder["record"]): string | null => {
    if (protocol !== PROTOCOL)
      return `${name}: its engine speaks protocol ${protocol} and this worker ${PROTOCOL}; run the same version of Almanac on both`;
    if (key === sealer.keyName) return null;
    const whose = key === null ? "its engine has no shared key" : "its engine has another shared key";
    return `${name}: ${whose}; set the same ALMANAC_SHARED_KEY on both`;
  };

  /** What was paused when it was last looked at, by folder. */
  const pausedBefore = new Map<string, ReadonlySet<string>>();
  const tellPaused = ({ id, record }: Folder, paused: ReadonlySet<string>): void => {
    const before = pausedBefore.get(id) ?? new Set();
    pausedBefore.set(id, paused);
    const nameOf = (name: string): string => {
      const { queue = "", workflowName = "" } = placeOfQueue(name) ?? {};
      return `the queue ${queue} of ${workflowName} (${record.name})`;
    };
    for (const name of paused)
      if (!before.has(name))
        core.logger.warn(`${nameOf(name)} is paused in Redis: nothing is taken from it until almanac workers resume`);
    for (const name of before) if (!paused.has(name)) core.logger.warn(`${nameOf(name)} goes on`);
  };

  const lookAtFolders = async (): Promise<void> => {
    if (!core.isConnected) return;
    const { client } = core.connected();
    for (const [id, text] of Object.entries(await client.hgetall(FOLDERS_KEY))) {
      const parsed = folderRecord.safeParse(jsonOf(text));
      if (!parsed.success) continue;
      const record = parsed.data;
      const folder = core.folders.get(id) ?? add(id, record);
      folder.record = record;
      const why = unfit(record);
      if (why !== null) {
        core.warn(why);
        folder.queueNames = [];
        continue;
      }
      for (const own of workflows()) {
        const there = record.workflows.find(({ name }) => name === own.name);
        if (there !== undefined && there.version !== own.version)
          core.warn(`${own.name}: this worker has another version of it than the engine of ${record.name}`);
      }
      const having = new Set(workflows().map(({ name }) => name));
      const names = (await client.smembers(folder.keys.queues)).filter((name) => {
        const place = placeOfQueue(name);
        return place !== null && queues.includes(place.queue) && having.has(place.workflowName);
      });
      // Of one that is paused nothing is asked: it would give nothing, as a connection does that leads nowhere.
      const paused = await pausedQueues(client, folder.keys, names);
      folder.queueNames = names.filter((name) => !paused.has(name));
      tellPaused(folder, paused);
    }
  };

  let looking = false;
  return {
    renew,
    /** Looks which folders and queues there are, and says to each that this worker is there. */
    async look(): Promise<void> {
      if (looking) return;
      looking = true;
      try {
        await lookAtFolders();
        await renew();
      } catch {
        // Redis is away, and is looked at again.
      } finally {
        looking = false;
      }
    },
    /** Says that it goes. */
    async leave(): Promise<void> {
      if (!core.isConnected) return;
      const { client } = core.connected();
      for (const { keys } of core.folders.values()) {
        await client.hdel(keys.workers, workerId);
        await client.hdel(keys.seen, workerId);
        await client.publish(keys.engineBell, "W");
      }
    },
  };
}

/** Gathers the jobs of one turn into one message to the engine. */
function createBellRope(send: (text: string) => void): (queueName: string, jobId: string) => void {
  let waiting: string[] = [];
  return (queueName, jobId) => {
    waiting.push(`S ${queueName} ${jobId}`);
    if (waiting.length > 1) return;
    setImmediate(() => {
      const text = waiting.join("\n");
      waiting = [];
      send(text);
    });
  };
}
