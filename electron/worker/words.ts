import type { StepRecord } from "../../shared/domain/run.ts";
import { KEPT_MS, type Said } from "../runtime/bullmq/protocol.ts";

/** Log text is gathered for so long. */
const gatherMs = 50;
/** That a run has begun may wait so long for its end, which then takes it along: a short run says all at once. */
const startMs = 10;
/** So much goes along with an outcome, characters as they are sealed. */
const mostAlong = 16 * 1024;
/**
 * Of one run's log so much waits for Redis, characters: its beginning, and as much of its end. That is what an engine keeps of
 * it, and all that a run can print at once.
 */
const mostOfBeginning = 512 * 1024;
const mostOfEnd = 512 * 1024;
/** A piece counts as so many more: many small ones are no less to keep. */
const perPiece = 64;
const pieceChars = 32 * 1024;
/** Pieces of one message. */
const mostAtOnce = 200;

/** How words reach Redis: false where the job is not this worker's any more. */
export type Say = (steps: readonly [string, string][], items: readonly string[], keptMs: number) => Promise<boolean>;

type LogPiece = Extract<Said, { kind: "log" }>;
const sizeOf = (said: Said): number => (said.kind === "log" ? said.text.length + perPiece : 0);

/**
 * What is said of one job, in order. Steps go at once, output is gathered, and what is little goes along with the outcome.
 * While Redis is away it waits here: all steps, and of the log its beginning and end.
 *
 *   waiting, tried     Redis may have it, although no answer came: it is sent again as it was, with the same places in the log
 *   waiting            goes next
 *   afterwards         came when too much waited: of its log the oldest makes way, and a line says how much did
 */
export function createWords(options: {
  say: Say;
  seal: (said: Said) => string;
  /** Of a finished step, for the next hand-over of its run. */
  sealStep: (step: StepRecord) => string;
  /** The job is another's: nothing more is taken. */
  lost: () => void;
  /** How long the run's log was before; undefined where that was not told. */
  logBytes?: number | undefined;
}) {
  const { say, seal, sealStep, lost } = options;
  let waiting: Said[] = [];
  let waitingSize = 0;
  let tried = 0;
  let afterwards: Said[] = [];
  let afterwardsSize = 0;
  let cut: { bytes: number; at: number } | null = null;
  let timer: NodeJS.Timeout | null = null;
  let dueAt = Number.POSITIVE_INFINITY;
  let sending: Promise<void> | null = null;
  let over = false;
  let logBytes = options.logBytes;

  /** With its place in the log where it has one: from now on it changes no more. */
  const placed = (said: Said): Said => {
    if (said.kind !== "log" || logBytes === undefined) return said;
    const offset = logBytes;
    logBytes += Buffer.byteLength(said.text);
    return { ...said, offset };
  };
  const place = (upTo: number): void => {
    for (; tried < upTo; tried++) waiting[tried] = placed(waiting[tried] as Said);
  };

  /** Puts a piece at the end, or to the last one there; returns by how much that has grown. */
  const grow = (list: Said[], piece: LogPiece, from: number): number => {
    const last = list.length > from ? list.at(-1) : undefined;
    if (last?.kind === "log" && last.stream === piece.stream && last.text.length < pieceChars) {
      list[list.length - 1] = { ...last, text: last.text + piece.text };
      return piece.text.length;
    }
    list.push(piece);
    return sizeOf(piece);
  };

  const addLater = (piece: LogPiece): void => {
    afterwardsSize += grow(afterwards, piece, 0);
    let gone = 0;
    while (afterwardsSize > mostOfEnd && gone < afterwards.length - 1) {
      const oldest = afterwards[gone++] as Said;
      if (oldest.kind !== "log") {
        waiting.push(oldest);
        continue;
      }
      afterwardsSize -= sizeOf(oldest);
      cut = { bytes: (cut?.bytes ?? 0) + Buffer.byteLength(oldest.text), at: oldest.at };
    }
    if (gone > 0) afterwards = afterwards.slice(gone);
  };

  /** What came afterwards is next. */
  const goOn = (): void => {
    if (cut !== null) {
      const text = `[${cut.bytes} bytes were left out: Redis did not take them in time]\n`;
      waiting.push({ kind: "log", at: cut.at, stream: "system", text });
      cut = null;
    }
    waiting.push(...afterwards.splice(0));
    waitingSize = waiting.reduce((sum, said) => sum + sizeOf(said), 0);
    afterwardsSize = 0;
  };

  const send = async (): Promise<void> => {
    for (;;) {
      if (waiting.length === 0) goOn();
      if (waiting.length === 0 || over) return;
      const most = Math.min(mostAtOnce, waiting.length);
      place(most);
      const batch = waiting.slice(0, most);
      const steps = batch.flatMap((said): [string, string][] =>
        said.kind === "step" && said.step.status === "completed" ? [[said.step.key, sealStep(said.step)]] : [],
      );
      const mine = await say(steps, batch.map(seal), KEPT_MS);
      waiting = waiting.slice(most);
      tried -= most;
      waitingSize -= batch.reduce((sum, said) => sum + sizeOf(said), 0);
      if (!mine) {
        over = true;
        waiting = [];
        afterwards = [];
        lost();
      }
    }
  };
  const wait = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    dueAt = Number.POSITIVE_INFINITY;
  };
  /** Resolves when all is said or it is refused; rejects while Redis is away, and nothing is lost by that. */
  const flush = (): Promise<void> => {
    wait();
    sending ??= send().finally(() => {
      sending = null;
    });
    return sending;
  };
  const later = (ms: number): void => {
    const at = performance.now() + ms;
    if (timer !== null && dueAt <= at) return;
    wait();
    dueAt = at;
    timer = setTimeout(() => {
      timer = null;
      flush().catch(() => later(1_000));
    }, ms);
  };

  return {
    add(said: Said): void {
      if (over) return;
      if (said.kind === "log") {
        const isFull = cut !== null || afterwards.length > 0 || waitingSize + sizeOf(said) > mostOfBeginning;
        if (isFull) addLater(said);
        else waitingSize += grow(waiting, said, tried);
        later(gatherMs);
        return;
      }
      (afterwards.length > 0 ? afterwards : waiting).push(said);
      if (sending === null) later(said.kind === "started" ? startMs : 0);
    },
    flush,
    /** What is not on its way yet, to go along with the outcome; nothing where that is much: then it is to be flushed. */
    takeLast(): Said[] {
      if (over || sending !== null || afterwards.length > 0) return [];
      const length = waiting.reduce((sum, said) => sum + JSON.stringify(said).length, 0);
      if (length > mostAlong) return [];
      wait();
      place(waiting.length);
      const last = waiting;
      waiting = [];
      waitingSize = tried = 0;
      return last;
    },
    close(): void {
      over = true;
      wait();
    },
  };
}
export type Words = ReturnType<typeof createWords>;
