import type { StepRecord } from "../../shared/domain/run.ts";
import { KEPT_MS, type Said } from "../runtime/bullmq/protocol.ts";

/** Log text is gathered for so long. */
const gatherMs = 50;
/** Of one run's log so much waits for Redis; what comes then is left out in the middle. */
const mostWaiting = 512 * 1024;
/** Pieces of one message. */
const mostAtOnce = 200;

/** How words reach Redis: false where the job is not this worker's any more. */
export type Say = (steps: readonly [string, string][], items: readonly string[], keptMs: number) => Promise<boolean>;

/**
 * What is said of one job, in order. Steps go at once, output is gathered. While Redis is away it waits here: all steps,
 * and of the log its beginning and end.
 */
export function createWords(options: {
  say: Say;
  seal: (said: Said) => string;
  /** Of a finished step, for the next hand-over of its run. */
  sealStep: (step: StepRecord) => string;
  /** The job is another's: nothing more is taken. */
  lost: () => void;
}) {
  const { say, seal, sealStep, lost } = options;
  let waiting: Said[] = [];
  let waitingText = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let over = false;

  const send = async (): Promise<void> => {
    while (waiting.length > 0 && !over) {
      const batch = waiting.slice(0, mostAtOnce);
      const steps = batch.flatMap((said): [string, string][] =>
        said.kind === "step" && said.step.status === "completed" ? [[said.step.key, sealStep(said.step)]] : [],
      );
      const mine = await say(steps, batch.map(seal), KEPT_MS);
      waiting = waiting.slice(batch.length);
      waitingText = waiting.reduce((sum, said) => sum + (said.kind === "log" ? said.text.length : 0), 0);
      if (!mine) {
        over = true;
        waiting = [];
        lost();
      }
    }
  };
  /** Resolves when all is said or it is refused; rejects while Redis is away, and nothing is lost by that. */
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    sending ??= send().finally(() => {
      sending = null;
    });
    return sending;
  };
  const later = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = null;
      flush().catch(() => later(1_000));
    }, ms);
  };

  return {
    add(said: Said): void {
      if (over) return;
      if (said.kind === "log") {
        if (waitingText > mostWaiting) {
          dropped += said.text.length;
          return;
        }
        if (dropped > 0) {
          const text = `[${dropped} characters were left out: Redis was away]\n`;
          waiting.push({ kind: "log", at: said.at, stream: "system", text });
          dropped = 0;
        }
        waitingText += said.text.length;
        const last = waiting.at(-1);
        if (last?.kind === "log" && last.stream === said.stream && sending === null && last.text.length < 32_768) {
          waiting[waiting.length - 1] = { ...last, text: last.text + said.text };
        } else waiting.push(said);
        later(gatherMs);
        return;
      }
      waiting.push(said);
      if (sending === null) later(0);
    },
    flush,
    close(): void {
      over = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
export type Words = ReturnType<typeof createWords>;
