import type { RunJob } from "../../../shared/domain/workflow.ts";
import { giveUp, type RuntimeCore } from "./core.ts";
import type { HandOver } from "./handOvers.ts";
import { contextOf } from "./inbox.ts";
import { jobOptions } from "./queues.ts";

/** Of what is sent in one answer. */
const sendAtOnce = 100;
const sendBytes = 1024 * 1024;

/** What goes to workers: jobs, and that some are to end. */
export function createSending(core: RuntimeCore) {
  const { handOvers, keys, sealer, folderId, options } = core;
  const versionOf = options.versionOf ?? (() => undefined);
  const unsent: { job: RunJob; jobId: string }[] = [];
  /** Those whose cancel is not passed on yet. */
  const cancelling = new Set<string>();

  const passOn = async (one: HandOver, cancel: NonNullable<HandOver["cancel"]>): Promise<void> => {
    const { parts } = core;
    if (parts === null) return;
    if (one.phase === "unsent") {
      const at = unsent.findIndex(({ jobId }) => jobId === one.jobId);
      // It may have reached Redis although no answer came: then it is looked for there first.
      if (at >= 0 && (await parts.scripts.inspect([one]))[0] === "gone") {
        unsent.splice(at, 1);
        giveUp(core, one, { kind: "cancelled", at: Date.now() });
        return;
      }
    }
    if (await parts.scripts.takeAway(one.queueName, one.jobId, "waiting")) {
      giveUp(core, one, { kind: "cancelled", at: Date.now() });
      return;
    }
    await parts.client.hset(keys.cancels, one.jobId, String(cancel.graceMs));
    await parts.client.publish(keys.workerBell, "cancel");
    cancel.passedOn = true;
    cancelling.delete(one.jobId);
  };

  const giveBack = async (one: HandOver): Promise<void> => {
    const { parts } = core;
    if (parts === null) return;
    const wasUnsent = one.phase === "unsent";
    const isGone = wasUnsent && (await parts.scripts.inspect([one]))[0] === "gone";
    if (!isGone && !(await parts.scripts.takeAway(one.queueName, one.jobId, "waiting"))) return;
    const at = unsent.findIndex(({ jobId }) => jobId === one.jobId);
    if (at >= 0) unsent.splice(at, 1);
    giveUp(core, one, { kind: "lost", at: Date.now(), reason: "runs go elsewhere now" });
  };

  return {
    get hasUnsent() {
      return unsent.length > 0 && core.gate.refused === null;
    },
    get hasCancels() {
      return cancelling.size > 0;
    },
    /** Gives back what no worker has taken: it is told as lost, and goes out again where runs go now. */
    async withdraw(): Promise<void> {
      const mine = [...handOvers.all()].filter(({ phase, started }) => phase !== "reported" && !started);
      for (let at = 0; at < mine.length && core.parts !== null && core.owning; at += sendAtOnce) {
        await Promise.all(mine.slice(at, at + sendAtOnce).map(giveBack));
      }
    },
    add: (job: RunJob, jobId: string): void => void unsent.push({ job, jobId }),
    cancel: (jobId: string): void => void cancelling.add(jobId),
    clear(): void {
      unsent.length = 0;
      cancelling.clear();
    },
    async send(): Promise<void> {
      while (unsent.length > 0 && core.owning && core.parts !== null && core.gate.refused === null) {
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
        const { client, queues } = core.parts;
        if (byQueue.size > 0) {
          await Promise.all([
            client.sadd(keys.queues, ...byQueue.keys()),
            ...[...byQueue].map(([name, jobs]) => queues.get(name).addBulk(jobs)),
          ]);
        }
        unsent.splice(0, batch.length);
        for (const { jobId } of batch) {
          const one = handOvers.get(jobId);
          if (one?.phase !== "unsent") continue;
          one.phase = "sent";
          core.listener?.sent(one.runId, one.epoch);
        }
        // A bell that does not ring is nothing but a little time.
        if (byQueue.size > 0) client.publish(keys.workerBell, [...byQueue.keys()].join(" ")).catch(() => {});
      }
    },
    /** What Redis may have lost of it: workers look there. */
    async sayCancelsAgain(): Promise<void> {
      for (const { phase, cancel, jobId } of [...handOvers.all()])
        if (phase === "sent" && cancel?.passedOn === true)
          await core.parts?.client.hsetnx(keys.cancels, jobId, String(cancel.graceMs));
    },
    async passOnCancels(): Promise<void> {
      for (const jobId of cancelling) {
        if (core.parts === null) return;
        const one = handOvers.get(jobId);
        if (one === undefined || one.cancel === null || one.cancel.passedOn || one.phase === "reported")
          cancelling.delete(jobId);
        else await passOn(one, one.cancel);
      }
    },
  };
}
