import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const entrySchema = z.object({
  folderId: z.string().min(1).max(500),
  queueName: z.string().min(1).max(2_000),
  jobId: z.string().min(1).max(500),
  /** Sealed as it goes to the engine. */
  finished: z.string(),
});
/** An outcome that a worker owes an engine. */
export type JournalEntry = z.infer<typeof entrySchema>;

/** An outcome without what it says. */
export interface Owed extends Omit<JournalEntry, "finished"> {
  /** How long `finished` is, characters. */
  readonly size: number;
}

/**
 * A worker's outcomes on its own disk: written before Redis hears of them, kept until the engine has recorded them. What a
 * crash left half written is no entry. Each process has a file of its own; what dead ones left is taken over.
 *
 *   a line   is                when
 *   entry    an outcome        before the job is completed
 *   job id   settled           once the engine has recorded it
 *
 * In memory lies where each one stands in the file: an engine may be away for long, and the outcomes be large. Only what the
 * disk does not take is kept here itself.
 */
export interface Journal {
  /** Resolves once it is on the disk; several share one write. */
  append(entry: JournalEntry): Promise<void>;
  settled(jobId: string): void;
  /** All that is owed, the longest owed first. */
  owed(): Owed[];
  /** What it says, from the disk; null once it is settled. Rejects where the disk cannot be read. */
  read(jobId: string): Promise<JournalEntry | null>;
  close(): Promise<void>;
}

/** Above this a file is begun anew where more than half of it is settled: each byte that is owed is written again so rarely. */
const longestFile = 8 * 1024 * 1024;
/** Of a file so much is read and written at once, bytes: all that is owed may be longer than memory. */
const atOnce = 1024 * 1024;
/** Where the system has it a write returns once it is on the disk: one call in place of two. */
const { O_DSYNC = 0, O_RDWR, O_APPEND, O_CREAT } = constants as Partial<typeof constants> & typeof constants;
const appending = O_RDWR | O_APPEND | O_CREAT | O_DSYNC;

/** Where a line is in its file, bytes, without its end. */
interface Place {
  at: number;
  length: number;
}
interface Held {
  owed: Owed;
  /** Of its line with its end, bytes. */
  line: number;
  /** Where the disk has it; null while it does not, and then `entry` has it. */
  place: Place | null;
  entry: JournalEntry | null;
}

export async function openJournal(
  folder: string,
  /** Whether the process that wrote a file of this name lives. */
  { own, isAlive }: { own: string; isAlive: (name: string) => boolean },
): Promise<Journal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = new Map<string, Held>();
  /** Of the lines of what is held. */
  let owedBytes = 0;
  const textOf = (value: JournalEntry | string): string => `${JSON.stringify(value)}\n`;
  const hold = (one: Held): void => {
    owedBytes += one.line - (held.get(one.owed.jobId)?.line ?? 0);
    held.set(one.owed.jobId, one);
  };
  const path = join(folder, `${own}.jsonl`);

  const inherited: string[] = [];
  /** Found at the start, by file: they go to one of our own. */
  const found = new Map<string, Map<string, Place & { owed: Owed }>>();
  for (const file of readdirSync(folder)) {
    const name = file.endsWith(".jsonl") ? file.slice(0, -".jsonl".length) : null;
    if (name === null || (name !== own && isAlive(name))) continue;
    found.set(join(folder, file), readPlaces(join(folder, file)));
    if (name !== own) inherited.push(join(folder, file));
  }

  let file: FileHandle;
  let bytes = 0;
  /** A write has failed half way and could not be taken back: what comes next begins a line of its own. */
  let torn = false;
  const reading = new Set<Promise<unknown>>();
  /** One file takes the place of another: nobody reads. */
  let swapping: Promise<void> | null = null;
  /** What the disk did not take; it is tried again with what comes next. */
  const unsaved = new Set<Held>();
  let waiting: { text: string; held: Held | null; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | null = null;

  /** Takes a file's lines, in order, to the end of another. */
  const copy = async (from: FileHandle, places: Iterable<Place>, to: FileHandle, end: number): Promise<Place[]> => {
    const copied: Place[] = [];
    let parts: Buffer[] = [];
    let [gathered, at] = [0, end];
    const flush = async (): Promise<void> => {
      if (gathered > 0) await to.appendFile(Buffer.concat(parts));
      [parts, gathered] = [[], 0];
    };
    for (const { at: start, length } of places) {
      const line = Buffer.alloc(length + 1, "\n");
      await readWhole(from, line.subarray(0, length), start);
      parts.push(line);
      gathered += line.length;
      copied.push({ at, length });
      at += line.length;
      if (gathered >= atOnce) await flush();
    }
    await flush();
    return copied;
  };
  /** A new file, on the disk before it takes the place of the old one at once: nothing is lost in between. */
  const fresh = `${path}.new`;
  const fillFresh = async (fill: (to: FileHandle) => Promise<void>): Promise<void> => {
    const to = await open(fresh, "w", 0o600);
    try {
      await fill(to);
      await to.datasync();
    } finally {
      await to.close();
    }
  };

  await fillFresh(async (to) => {
    for (const [source, places] of found) {
      const from = await open(source, "r");
      try {
        // Of one that stands in two files, as after a crash in the middle of this, the last is kept.
        const all = [...places.values()];
        const copied = await copy(from, all, to, bytes);
        for (const [i, place] of copied.entries()) {
          const line = place.length + 1;
          bytes += line;
          hold({ owed: (all[i] as { owed: Owed }).owed, line, place, entry: null });
        }
      } finally {
        await from.close();
      }
    }
  });
  await rename(fresh, path);
  file = await open(path, appending, 0o600);
  for (const left of inherited) rmSync(left, { force: true });

  const rewrite = async (): Promise<void> => {
    const kept = [...held.values()].flatMap((one) => (one.place === null ? [] : [{ one, place: one.place }]));
    let copied: Place[] = [];
    await fillFresh(async (to) => {
      copied = await copy(
        file,
        kept.map(({ place }) => place),
        to,
        0,
      );
    });
    const swap = async (): Promise<void> => {
      await Promise.allSettled(reading);
      await file.close();
      try {
        await rename(fresh, path);
        for (const [i, { one }] of kept.entries()) one.place = copied[i] as Place;
        const last = copied.at(-1);
        bytes = last === undefined ? 0 : last.at + last.length + 1;
        torn = false;
      } finally {
        file = await open(path, appending, 0o600);
      }
    };
    swapping = swap();
    try {
      await swapping;
    } finally {
      swapping = null;
    }
  };
  const put = async (batch: typeof waiting): Promise<void> => {
    const texts = batch.map(({ text }) => Buffer.from(text));
    const start = torn ? Buffer.from("\n") : Buffer.alloc(0);
    try {
      await file.appendFile(Buffer.concat([start, ...texts]));
      if (O_DSYNC === 0) await file.datasync();
    } catch (error) {
      // Half of it may be there: the next line must not become a part of it.
      await file.truncate(bytes).catch(async () => {
        torn = true;
        bytes = (await file.stat().catch(() => ({ size: bytes }))).size;
      });
      throw error;
    }
    torn = false;
    let at = bytes + start.length;
    for (const [i, { held: one }] of batch.entries()) {
      const length = texts[i]?.length ?? 0;
      if (one !== null) {
        Object.assign(one, { place: { at, length: length - 1 }, entry: null });
        unsaved.delete(one);
      }
      at += length;
    }
    bytes = at;
  };
  /** Some of what the disk did not take before, to go along. */
  const again = (): typeof waiting => {
    const some: typeof waiting = [];
    let size = 0;
    for (const one of unsaved) {
      if (size >= atOnce) break;
      if (one.entry === null || held.get(one.owed.jobId) !== one) unsaved.delete(one);
      else some.push({ text: textOf(one.entry), held: one, done: () => {}, failed: () => {} });
      size += one.line;
    }
    return some;
  };
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (bytes > longestFile && bytes > 2 * owedBytes) await rewrite();
        await put([...again(), ...batch]);
        for (const { done } of batch) done();
      } catch (error) {
        for (const { held: one, failed } of batch) {
          if (one !== null) unsaved.add(one);
          failed(error);
        }
      }
    }
    writing = null;
  };
  const add = (text: string, one: Held | null = null): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ text, held: one, done, failed });
      writing ??= write();
    });
  return {
    append(entry) {
      const { finished, ...rest } = entry;
      const text = textOf(entry);
      const one: Held = {
        owed: { ...rest, size: finished.length },
        line: Buffer.byteLength(text),
        place: null,
        entry,
      };
      hold(one);
      return add(text, one);
    },
    settled(jobId) {
      const known = held.get(jobId);
      if (known === undefined) return;
      held.delete(jobId);
      owedBytes -= known.line;
      if (held.size === 0 && waiting.length === 0 && writing === null) {
        // Nothing is owed: the file need not be read line by line by whoever comes next.
        emptyFile(path);
        bytes = 0;
      } else add(textOf(jobId)).catch(() => {});
    },
    owed: () => [...held.values()].map(({ owed }) => owed),
    async read(jobId) {
      while (swapping !== null) await swapping.catch(() => {});
      const known = held.get(jobId);
      if (known === undefined) return null;
      if (known.place === null) return known.entry;
      const { at, length } = known.place;
      const line = Buffer.alloc(length);
      const read = readWhole(file, line, at);
      reading.add(read);
      try {
        await read;
      } catch (error) {
        // It was settled meanwhile, and the file is empty.
        if (!held.has(jobId)) return null;
        throw error;
      } finally {
        reading.delete(read);
      }
      return entrySchema.parse(JSON.parse(line.toString("utf8")));
    },
    async close() {
      while (writing !== null) await writing;
      await Promise.allSettled(reading);
      await file.close();
      if (held.size === 0) rmSync(path, { force: true });
    },
  };
}

async function readWhole(file: FileHandle, into: Buffer, at: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, at + done);
    if (bytesRead === 0) throw new Error("the journal of outcomes is shorter than it was");
    done += bytesRead;
  }
}

function emptyFile(path: string): void {
  const file = openSync(path, "r+");
  ftruncateSync(file, 0);
  closeSync(file);
}

/** Where what a file still owes stands in it; a line that was cut off by a crash, or is none of ours, is left out. */
function readPlaces(path: string): Map<string, Place & { owed: Owed }> {
  const places = new Map<string, Place & { owed: Owed }>();
  // Of few folders and queues: each name is kept once.
  const names = new Map<string, string>();
  const once = (name: string): string => {
    const known = names.get(name) ?? name;
    names.set(known, known);
    return known;
  };
  for (const { text, at, length } of linesOf(path)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      continue;
    }
    if (typeof value === "string") {
      places.delete(value);
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) continue;
    const { jobId, folderId, queueName, finished } = parsed.data;
    const owed = { folderId: once(folderId), queueName: once(queueName), jobId, size: finished.length };
    places.set(jobId, { owed, at, length });
  }
  return places;
}

function* linesOf(path: string): Generator<Place & { text: string }> {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(atOnce);
    let parts: Buffer[] = [];
    let at = 0;
    const line = (last: Buffer): Place & { text: string } => {
      const whole = Buffer.concat([...parts, last]);
      return { text: whole.toString("utf8"), at, length: whole.length };
    };
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0 && end < read; end = chunk.indexOf(10, from)) {
        const one = line(chunk.subarray(from, end));
        yield one;
        at += one.length + 1;
        parts = [];
        from = end + 1;
      }
      if (from < read) parts.push(Buffer.from(chunk.subarray(from, read)));
    }
    if (parts.length > 0) yield line(Buffer.alloc(0));
  } finally {
    closeSync(file);
  }
}
