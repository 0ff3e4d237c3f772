import { randomUUID } from "node:crypto";
import { placeOf } from "../../shared/domain/queue.ts";
import { contextOf } from "../runtime/bullmq/inbox.ts";
import { parseSent, parseStep, placeOfQueue } from "../runtime/bullmq/protocol.ts";
import type { OwnWorkflow } from "../workflows/loading/ownWorkflows.ts";
import { type Folder, type Hold, loseHold, type WorkerCore } from "./core.ts";
import { shareOut } from "./sharing.ts";
import { createWords, type Words } from "./words.ts";

/** A queue of a folder. */
interface Place {
  folder: Folder;
  queueName: string;
}

/** What this worker takes from it: its own version of the queue's workflow. */
interface OpenPlace extends Place {
  own: OwnWorkflow;
  queue: string;
}

/** Fetches runs as there is room for them, and gives them to the local runtime. */
export function createTaking(core: WorkerCore) {
  const { runtime, sealer, logger, concurrency } = core;
  /** Waiting for an earlier hand-over of the same run to end here. */
  const ended = new Map<string, () => void>();
  /** Fetched and not with the local runtime yet, by place: it has not counted them. */
  const claimed = new Map<string, number>();
  const claim = (place: string, by: 1 | -1): void => {
    const now = (claimed.get(place) ?? 0) + by;
    if (now > 0) claimed.set(place, now);
    else claimed.delete(place);
  };

  const free = (): number => (core.phase === "running" ? concurrency - core.holds.size : 0);

  const ownOf = (place: Place): OpenPlace[] => {
    const known = placeOfQueue(place.queueName);
    const own = core.workflows().find(({ name }) => name === known?.workflowName);
    return known === null || own === undefined ? [] : [{ ...place, own, queue: known.queue }];
  };

  const wordsOf = (hold: Hold): Words => {
    const { folder, jobId, queueName, token } = hold;
    return createWords({
      say: (steps, items, keptMs) => {
        core.connected();
        return folder.scripts.say({ jobId, queueName, token, runId: hold.job.runId }, steps, items, keptMs);
      },
      seal: (said) => sealer.seal(said, contextOf(folder.id, "said", jobId)),
      sealStep: (step) => sealer.seal(step, contextOf(folder.id, "step", hold.job.runId)),
      lost: () => loseHold(core, hold),
      logBytes: hold.job.logBytes,
    });
  };

  /** Since when runs wait that this worker has room for and does not get; null where there are none. */
  let vainSince: number | null = null;
  /**
   * Of what was asked for nothing came. Where that goes on although there is nothing else to do, the connection may lead to
   * what is not Redis's first server any more, and answer all the same: it is made anew.
   */
  const noteVain = (): void => {
    const now = performance.now();
    vainSince ??= now;
    if (!core.isConnected || core.holds.size > 0 || now - vainSince < core.timings.idleMs) return;
    vainSince = null;
    const seconds = core.timings.idleMs / 1000;
    logger.warn(`runs wait and none of them came for ${seconds} s: the connection to Redis is made anew`);
    core.connected().renew(`it gave none of the runs that wait for ${seconds} s`);
  };

  /** Takes one; nothing happens where none waits there any more. */
  const take = async ({ folder, queueName, own }: OpenPlace): Promise<void> => {
    const token = randomUUID();
    const fetched = await folder.fetchers.get(queueName).getNextJob(token, { block: false });
    const jobId = fetched?.id;
    if (fetched === undefined || jobId === undefined) return;
    vainSince = null;
    if (typeof fetched.data !== "string") {
      // Redis has lost all but its id. Its engine hears that it was taken away, and sends it again.
      core.warn(`a run of ${folder.record.name} could not be taken: Redis does not have it any more`);
      await core.connected().client.del(`${folder.keys.job(queueName, jobId)}:lock`);
      await folder.scripts.takeAway(queueName, jobId, "unheld");
      return;
    }
    let sent: ReturnType<typeof parseSent>;
    try {
      sent = parseSent(sealer.open(fetched.data, contextOf(folder.id, "job", jobId)));
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 500) : String(error);
      core.warn(`a run of ${folder.record.name} could not be taken: ${why}`);
      await fetched.moveToFailed(new Error(`the worker ${core.who} could not read the job`), token, false);
      return;
    }
    const { job } = sent;
    const held: Omit<Hold, "words"> = {
      folder,
      queueName,
      jobId,
      token,
      fetched,
      job,
      startedAt: Date.now(),
      fenced: false,
      cancelGraceMs: null,
    };
    const hold = held as Hold;
    hold.words = wordsOf(hold);
    core.holds.set(jobId, hold);
    if (sent.version !== own.version && own.version !== null) {
      const text = `[this worker has another version of ${own.name} than the engine]\n`;
      hold.words.add({ kind: "log", at: Date.now(), stream: "system", text });
      core.warn(`${own.name}: this worker has another version of it than the engine of ${folder.record.name}`);
    }
    void host(hold, own);
  };

  const host = async (hold: Hold, own: OwnWorkflow): Promise<void> => {
    const { job, folder } = hold;
    const place = placeOf(job.queue, job.workflowName);
    claim(place, 1);
    // An earlier hand-over of the same run that still goes on here makes way: nothing runs twice on one machine.
    const before = core.byRun.get(job.runId);
    if (before !== undefined) {
      const over = new Promise<void>((done) => ended.set(job.runId, done));
      // One of another folder that has the same id, a copy, is only waited for.
      if (before.folder === folder) runtime.cancel(job.runId, 0);
      await over;
      ended.delete(job.runId);
    }
    const steps = new Map(job.steps.map((step) => [step.key, step]));
    try {
      // Of a run that was never handed over before nobody has kept any.
      const kept = job.epoch === 1 ? {} : await core.connected().client.hgetall(folder.keys.steps(job.runId));
      for (const [key, text] of Object.entries(kept)) {
        const known = steps.get(key);
        if (known?.status === "completed") continue;
        steps.set(key, parseStep(sealer.open(text, contextOf(folder.id, "step", job.runId))));
      }
    } catch (error) {
      logger.warn(`kept steps of ${job.runId} were not read: ${(error as Error).message}`);
    }
    core.byRun.set(job.runId, hold);
    const { modulePath, module } = own;
    const ordered = [...steps.values()].sort((a, b) => a.sequence - b.sequence);
    claim(place, -1);
    runtime.dispatch({ ...job, modulePath, module, steps: ordered });
    if (hold.cancelGraceMs !== null) runtime.cancel(job.runId, hold.cancelGraceMs);
  };

  /** Takes of each queue in turn, so that a long one holds up no other, and all of it with two answers of Redis. */
  const takeRound = async (open: readonly OpenPlace[]): Promise<OpenPlace[]> => {
    const { client } = core.connected();
    const waiting = await Promise.all(
      open.map(({ folder, queueName }) => client.llen(folder.keys.list(queueName, "wait"))),
    );
    // Those of this round count as well: the local runtime says of each one more whether memory bears it.
    const asked = new Map(claimed);
    const shares = shareOut(free(), waiting, (i) => {
      const { queue = "", own } = open[i] ?? {};
      if (own === undefined || !runtime.takes({ workflowName: own.name, queue }, asked).ok) return false;
      const place = placeOf(queue, own.name);
      asked.set(place, (asked.get(place) ?? 0) + 1);
      return true;
    });
    const asksFor = shares.reduce((sum, share) => sum + share, 0);
    const holdsBefore = core.holds.size;
    const took = await Promise.allSettled(
      open.flatMap((place, i) => Array.from({ length: shares[i] ?? 0 }, () => take(place))),
    );
    for (const one of took) if (one.status === "rejected") throw one.reason;
    if (asksFor === 0) vainSince = null;
    else if (core.holds.size === 0 && holdsBefore === 0) noteVain();
    return open.filter((_, i) => (shares[i] ?? 0) > 0 && (waiting[i] ?? 0) > (shares[i] ?? 0));
  };

  let pumping = false;
  let pumpAgain = false;
  /** Fetches what there is room for. */
  const pump = (): void => {
    pumpAgain = true;
    if (pumping) return;
    pumping = true;
    void (async () => {
      // All that ends in one turn makes room together.
      await new Promise((done) => setImmediate(done));
      while (pumpAgain && free() > 0 && core.isConnected) {
        pumpAgain = false;
        let open = [...core.folders.values()].flatMap((folder) =>
          folder.queueNames.flatMap((queueName) => ownOf({ folder, queueName })),
        );
        while (open.length > 0 && free() > 0) open = await takeRound(open);
      }
    })()
      .catch((error: unknown) => {
        if (core.isConnected) core.warn(`runs could not be fetched: ${(error as Error).message}`);
        noteVain();
      })
      .finally(() => {
        pumping = false;
      });
  };

  return {
    pump,
    /** A hand-over of the run is over here: another one of it may begin. */
    over: (runId: string): void => ended.get(runId)?.(),
  };
}
