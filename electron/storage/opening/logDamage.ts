import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";
import { keepCopy } from "./damage.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The log's first four bytes; the last bit says in which order the words of its checksums are read. */
const MAGIC = 0x377f0682;
const BLOCK_FRAMES = 256;

/** What of a write-ahead log SQLite will pass over, because it stands behind a damaged place. */
export interface LostLog {
  /** Of its present life; null: the log's head is damaged, and nothing of it can be told. */
  framesPresent: number | null;
  framesValid: number;
  /** At most so many; the last one may never have been confirmed. Null as above. */
  transactions: number | null;
}

/** SQLite's running checksum over whole pairs of words, from `from` to `to` in words. */
function checksum(words: Uint32Array, from: number, to: number, sum: [number, number]): [number, number] {
  let [s0, s1] = sum;
  for (let i = from; i < to; i += 2) {
    s0 = (s0 + (words[i] as number) + s1) >>> 0;
    s1 = (s1 + (words[i + 1] as number) + s0) >>> 0;
  }
  return [s0, s1];
}

/** The words of a buffer in the order that the log's checksums are made in. */
function wordsOf(bytes: Buffer, isBigEndian: boolean): Uint32Array {
  const own = Buffer.from(bytes);
  if (isBigEndian !== (endianness() === "BE")) own.swap32();
  return new Uint32Array(own.buffer, own.byteOffset, own.length / 4);
}

/**
 * Reads a log as recovery does, and what recovery does not: the frames of the same life of the log behind the first one
 * that is not right. Null where nothing is lost. A last frame that was cut short is an ordinary end of a process.
 * See https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
 */
function readLog(file: number): LostLog | null {
  const { size } = fstatSync(file);
  if (size < HEADER_BYTES + FRAME_HEADER_BYTES) return null;
  const header = Buffer.allocUnsafeSlow(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, 0);
  const magic = header.readUInt32BE(0);
  const isBigEndian = (magic & 1) === 1;
  let sum = checksum(wordsOf(header, isBigEndian), 0, 6, [0, 0]);
  const pageBytes = header.readUInt32BE(8);
  const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  const isRight =
    (magic & ~1) >>> 0 === MAGIC && sum[0] === header.readUInt32BE(24) && sum[1] === header.readUInt32BE(28);
  // One that was emptied may be all zeros.
  if (header.every((byte) => byte === 0)) return null;
  if (!isPage || !isRight) return { framesPresent: null, framesValid: 0, transactions: null };

  const salts = header.subarray(16, 24);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const frames = Math.floor((size - HEADER_BYTES) / frameBytes);
  const block = Buffer.allocUnsafeSlow(Math.min(frames, BLOCK_FRAMES) * frameBytes);
  let [valid, present, lost] = [0, 0, 0];
  /** What the first frame that is not right was the end of, if what follows shows that it was written whole. */
  let doubtful = 0;
  let isBroken = false;
  for (let from = 0; from < frames; from += BLOCK_FRAMES) {
    const count = Math.min(BLOCK_FRAMES, frames - from);
    const bytes = block.subarray(0, count * frameBytes);
    readSync(file, bytes, 0, bytes.length, HEADER_BYTES + from * frameBytes);
    const words = isBroken ? null : wordsOf(bytes, isBigEndian);
    for (let i = 0; i < count; i += 1) {
      const at = i * frameBytes;
      const isOurs = bytes.subarray(at + 8, at + 16).equals(salts);
      const commits = Number(bytes.readUInt32BE(at + 4) !== 0);
      if (!isBroken && words !== null) {
        const next = checksum(words, at / 4 + 6, (at + frameBytes) / 4, checksum(words, at / 4, at / 4 + 2, sum));
        if (isOurs && next[0] === bytes.readUInt32BE(at + 16) && next[1] === bytes.readUInt32BE(at + 20)) {
          sum = next;
          valid += 1;
          present += 1;
          continue;
        }
        isBroken = true;
        if (!isOurs) continue;
        present += 1;
        doubtful = commits;
        // Over an older log the last one may be half written; at the end of the file it is whole.
        const isLast = HEADER_BYTES + (from + i + 1) * frameBytes === size;
        if (isLast) lost += commits;
      } else if (isOurs) {
        present += 1;
        lost += commits + doubtful;
        doubtful = 0;
      }
    }
  }
  return lost === 0 ? null : { framesPresent: present, framesValid: valid, transactions: lost };
}

/** What of a log is lost; null where nothing is, there is no log, or another process is writing it, which then reads it by other means. */
export function lostOf(path: string): LostLog | null {
  for (let tries = 0; tries < 3; tries += 1) {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch {
      return null;
    }
    try {
      const before = fstatSync(file, { bigint: true });
      const lost = readLog(file);
      if (lost === null) return null;
      const after = fstatSync(file, { bigint: true });
      if (before.mtimeNs === after.mtimeNs && before.size === after.size) return lost;
    } finally {
      closeSync(file);
    }
  }
  return null;
}

const noteSchema = z.strictObject({
  at: z.number(),
  copy: z.string(),
  framesPresent: z.number().nullable(),
  framesValid: z.number(),
  transactions: z.number().nullable(),
});
/** A damaged log that was met: when (epoch ms), what was lost, and where it is kept. */
export type LogDamage = z.output<typeof noteSchema>;

const noteDir = (dataDir: string): string => join(dataDir, "damaged");

/** Keeps a damaged log with its database, and a note of it. Null where there is none, or where no copy can be made. */
export function keepDamagedLog(path: string, now: number): LogDamage | null {
  const lost = lostOf(`${path}-wal`);
  if (lost === null) return null;
  const copy = keepCopy(path, `${path}-wal`);
  if (copy === null) return null;
  const damage = { at: now, copy, ...lost };
  writeFileSync(`${copy}.json`, JSON.stringify(damage), { mode: 0o600 });
  return damage;
}

/** The notes of damaged logs, the newest first: each is told until its file is removed. */
export function damagedLogs(dataDir: string): LogDamage[] {
  const dir = noteDir(dataDir);
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(".db.json"))
    .flatMap((name) => {
      try {
        return [noteSchema.parse(JSON.parse(readFileSync(join(dir, name), "utf8")))];
      } catch {
        return [];
      }
    })
    .sort((a, b) => b.at - a.at);
}

/** What was lost with a damaged log, in a sentence for people. */
export function logDamageText({ at, copy, framesPresent, framesValid, transactions }: LogDamage): string {
  const what =
    transactions === null || framesPresent === null
      ? "its head, so that nothing of it could be read: what was not in the database file yet is lost"
      : `${framesPresent - framesValid} of its ${framesPresent} pages: the last ${transactions === 1 ? "change is lost, or was never confirmed" : `${transactions} changes are lost`}`;
  return `On ${new Date(at).toISOString()} the database's write-ahead log was damaged in ${what}. It is kept with its database as ${copy}; remove ${basename(copy)}.json there to be told no more.`;
}
