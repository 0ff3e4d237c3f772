import { randomBytes } from "node:crypto";
import { contextOf } from "../runtime/bullmq/inbox.ts";
import { answered } from "../runtime/bullmq/protocol.ts";
import { pause, type WorkerCore } from "./core.ts";

const askEveryMs = 100;
const askAgainMs = 5_000;
const askWithinMs = 60_000;

class SecretRefused extends Error {}

/** Asks the engine of a run for a secret that the run wants; rejects with a sentence for the run's own error. */
export async function requestSecret(core: WorkerCore, name: string, runId: string): Promise<string | null> {
  const { sealer } = core;
  const hold = core.byRun.get(runId);
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
      const { client } = core.connected();
      if (performance.now() - askAt > askAgainMs) {
        await client.rpush(folder.keys.asks, text);
        await client.publish(folder.keys.engineBell, "A");
        askAt = performance.now();
      }
      const found = await client.get(folder.keys.answer(nonce));
      if (found !== null) {
        await client.del(folder.keys.answer(nonce));
        const context = contextOf(folder.id, "answer", `${jobId}/${nonce}`);
        const { value, problem } = answered.parse(sealer.open(found, context));
        if (problem !== undefined) throw new SecretRefused(problem);
        return value;
      }
    } catch (error) {
      if (error instanceof SecretRefused) throw error;
    }
    await pause(askEveryMs);
  }
  throw new Error(`The engine did not answer within ${askWithinMs / 1000} s when asked for the secret ${name}`);
}
