import type { LogStream } from "../../../shared/domain/run.ts";
import type { Core } from "../core.ts";

/** A run's log is kept up to 1 MiB: its first half and its last half. */
const HEAD_BYTES = 512 * 1024;
const TAIL_BYTES = 512 * 1024;
/** The oldest rows of the last half make way whole: no longer ones, or one short line would take all of it along. */
const TAIL_ROW_BYTES = 16 * 1024;

interface KeptLog {
  nextSequence: number;
  headBytes: number;
  /** Sequence of the line that marks the cut, once something was cut. */
  markSequence: number | null;
  tail: { sequence: number; bytes: number }[];
  tailBytes: number;
  droppedBytes: number;
}

export interface LogPiece {
  at: number;
  stream: LogStream;
  text: string;
  /** Where in the run's whole log it begins, bytes; undefined where it never comes twice. */
  offset?: number | undefined;
}
/** Once a log is cut, what is written of it is known to so many bytes: those of a character at the cut. */
const CUT_BYTES = 4;

/** The last `bytes` bytes of a text, whole characters only. */
function lastBytes(text: string, bytes: number): string {
  const all = Buffer.from(text, "utf8");
  let start = Math.max(0, all.length - bytes);
  while (start < all.length && ((all[start] as number) & 0xc0) === 0x80) start += 1;
  return all.subarray(start).toString("utf8");
}

function firstBytes(text: string, bytes: number): string {
  const all = Buffer.from(text, "utf8");
  let end = Math.min(all.length, bytes);
  while (end > 0 && end < all.length && ((all[end] as number) & 0xc0) === 0x80) end -= 1;
  return all.subarray(0, end).toString("utf8");
}

/** A text of so many bytes in rows of the tail, of whole characters each. */
function inRows(text: string, bytes: number): string[] {
  if (bytes <= TAIL_ROW_BYTES) return [text];
  const all = Buffer.from(text, "utf8");
  const rows: string[] = [];
  for (let start = 0; start < all.length; ) {
    let end = Math.min(all.length, start + TAIL_ROW_BYTES);
    while (end < all.length && ((all[end] as number) & 0xc0) === 0x80) end -= 1;
    rows.push(all.subarray(start, end).toString("utf8"));
    start = end;
  }
  return rows;
}

/** Keeps head and tail of each run's log in the database; what falls between is counted and the cut is marked. */
export function createRunLogs(core: Core) {
  const open = new Map<string, KeptLog>();

  const load = (runId: string): KeptLog => {
    const log: KeptLog = { nextSequence: 0, headBytes: 0, markSequence: null, tail: [], tailBytes: 0, droppedBytes: 0 };
    const run = core.stores.runs.get(runId);
    if (run === undefined || run.logBytes === 0) return log;
    log.droppedBytes = run.logDroppedBytes;
    for (const { sequence, bytes } of core.stores.logs.sizes(runId)) {
      log.nextSequence = sequence + 1;
      if (log.headBytes < HEAD_BYTES && log.tail.length === 0 && log.markSequence === null) log.headBytes += bytes;
      else if (log.droppedBytes > 0 && log.markSequence === null) log.markSequence = sequence;
      else {
        log.tail.push({ sequence, bytes });
        log.tailBytes += bytes;
      }
    }
    return log;
  };

  const put = (runId: string, log: KeptLog, piece: LogPiece, text: string): number => {
    const sequence = log.nextSequence;
    log.nextSequence += 1;
    core.stores.logs.put(runId, { sequence, at: piece.at, stream: piece.stream, text });
    return sequence;
  };

  const append = (runId: string, log: KeptLog, piece: LogPiece): void => {
    let { text } = piece;
    let bytes = Buffer.byteLength(text);
    const room = HEAD_BYTES - log.headBytes;
    if (room > 0) {
      const head = bytes <= room ? text : firstBytes(text, room);
      const headBytes = Buffer.byteLength(head);
      if (headBytes > 0) put(runId, log, piece, head);
      // A character that does not fit any more ends the head.
      log.headBytes = bytes <= room ? log.headBytes + headBytes : HEAD_BYTES;
      if (bytes <= room) return;
      text = text.slice(head.length);
      bytes -= headBytes;
    }
    if (log.markSequence === null) {
      // Kept free, so that the mark stands where the cut is.
      log.markSequence = log.nextSequence;
      log.nextSequence += 1;
    }
    if (bytes > TAIL_BYTES) {
      const kept = lastBytes(text, TAIL_BYTES);
      log.droppedBytes += bytes - Buffer.byteLength(kept);
      text = kept;
      bytes = Buffer.byteLength(kept);
    }
    for (const row of inRows(text, bytes)) {
      log.tail.push({ sequence: put(runId, log, piece, row), bytes: Buffer.byteLength(row) });
    }
    log.tailBytes += bytes;
    let gone = 0;
    while (log.tailBytes > TAIL_BYTES && gone < log.tail.length - 1) {
      const oldest = log.tail[gone] as { sequence: number; bytes: number };
      log.tailBytes -= oldest.bytes;
      log.droppedBytes += oldest.bytes;
      gone += 1;
    }
    if (gone > 0) {
      const removed = log.tail.splice(0, gone);
      core.stores.logs.remove(
        runId,
        (removed[0] as { sequence: number }).sequence,
        (removed[gone - 1] as { sequence: number }).sequence,
      );
    }
  };

  return {
    /** Writes pieces of one run, inside the caller's transaction. */
    write(runId: string, pieces: readonly LogPiece[]): void {
      let log = open.get(runId);
      if (log === undefined) {
        log = load(runId);
        open.set(runId, log);
      }
      const before = log.droppedBytes;
      let current: LogPiece | null = null;
      let written = log.headBytes + log.tailBytes + log.droppedBytes;
      for (const piece of pieces) {
        // What an engine had written when it ended, and Redis had not let go of, is told again to the next one.
        const known = log.markSequence === null ? written : written - CUT_BYTES;
        if (piece.offset !== undefined && piece.offset < known) continue;
        written += Buffer.byteLength(piece.text);
        // Neighbours of one stream share a row.
        if (current !== null && current.stream === piece.stream) current.text += piece.text;
        else {
          if (current !== null) append(runId, log, current);
          current = { ...piece };
        }
      }
      if (current !== null) append(runId, log, current);
      if (log.droppedBytes !== before && log.markSequence !== null) {
        const text = `\n[… ${log.droppedBytes} bytes cut …]\n`;
        core.stores.logs.put(runId, { sequence: log.markSequence, at: core.clock.now(), stream: "system", text });
      }
      core.stores.runs.setLogSize(runId, log.headBytes + log.tailBytes, log.droppedBytes);
      core.touch("logs", runId);
    },
    /** Nothing more is expected of a run. After a failed transaction: what was written is read again. */
    forget: (runId: string): void => void open.delete(runId),
    forgetAll: (): void => open.clear(),
  };
}
