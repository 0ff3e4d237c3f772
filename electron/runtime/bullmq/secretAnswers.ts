import type { RuntimeCore } from "./core.ts";
import { contextOf } from "./inbox.ts";
import { ask, asked } from "./protocol.ts";

const answersAtOnce = 20;

/** Answers workers that ask for a secret: sealed, and only for a run that a worker holds now and that has asked itself. */
export async function answerAsks(core: RuntimeCore): Promise<void> {
  const { keys, sealer, folderId, timings, options } = core;
  const secret = options.secret ?? (() => null);
  while (core.parts !== null) {
    const { client, scripts } = core.parts;
    const texts = await client.lpop(keys.asks, answersAtOnce);
    if (texts === null || texts.length === 0) return;
    for (const text of texts) {
      try {
        const { jobId, nonce, sealed } = ask.parse(JSON.parse(text));
        if (sealer.keyName === null) continue;
        const { name } = asked.parse(sealer.open(sealed, contextOf(folderId, "ask", `${jobId}/${nonce}`)));
        const one = core.handOvers.get(jobId);
        if (one === undefined || one.phase !== "sent" || (await scripts.inspect([one]))[0] !== "held") continue;
        const answer = await Promise.resolve(secret(name)).then(
          (value) => ({ value }),
          (error: unknown) => ({ value: null, problem: error instanceof Error ? error.message : String(error) }),
        );
        const sealedAnswer = sealer.seal(answer, contextOf(folderId, "answer", `${jobId}/${nonce}`));
        await client.set(keys.answer(nonce), sealedAnswer, "PX", timings.lockMs);
      } catch (error) {
        core.warn(
          `a request for a secret was not understood: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
}
