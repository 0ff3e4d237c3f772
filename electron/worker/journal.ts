import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from "node:fs";
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

/**
 * A worker's outcomes on its own disk: written before Redis hears of them, kept until the engine has recorded them. What a
 * crash left half written is no entry. Each process has a file of its own; what dead ones left is taken over.
 *
 *   a line   is                when
 *   entry    an outcome        before the job is completed
 *   job id   settled           once the engine has recorded it
 */
export interface Journal {
  /** Resolves once it is on the disk; several share one write. */
  append(entry: JournalEntry): Promise<void>;
  settled(jobId: string): void;
  entries(): JournalEntry[];
  close(): Promise<void>;
}

/** Above this a file is begun anew where more than half of it is settled: each byte that is owed is written again so rarely. */
const longestFile = 8 * 1024 * 1024;
/** Of a file so much is read, bytes, and written, characters, at once: all that is owed may be longer than any text. */
const readAtOnce = 1024 * 1024;
const writeAtOnce = 1024 * 1024;
/** Where the system has it a write returns once it is on the disk: one call in place of two. */
const { O_DSYNC = 0, O_WRONLY, O_APPEND, O_CREAT } = constants as Partial<typeof constants> & typeof constants;
const appending = O_WRONLY | O_APPEND | O_CREAT | O_DSYNC;

export async function openJournal(
  folder: string,
  /** Whether the process that wrote a file of this name lives. */
  { own, isAlive }: { own: string; isAlive: (name: string) => boolean },
): Promise<Journal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = new Map<string, { entry: JournalEntry; line: number }>();
  /** Of the lines of what is held. */
  let owedBytes = 0;
  const textOf = (value: JournalEntry | string): string => `${JSON.stringify(value)}\n`;
  const hold = (entry: JournalEntry, line: number): void => {
    owedBytes += line - (held.get(entry.jobId)?.line ?? 0);
    held.set(entry.jobId, { entry, line });
  };
  const path = join(folder, `${own}.jsonl`);
  const inherited: string[] = [];
  for (const file of readdirSync(folder)) {
    const name = file.endsWith(".jsonl") ? file.slice(0, -".jsonl".length) : null;
    if (name === null || (name !== own && isAlive(name))) continue;
    for (const entry of readEntries(join(folder, file))) hold(entry, Buffer.byteLength(textOf(entry)));
    if (name !== own) inherited.push(join(folder, file));
  }
  let file: FileHandle = await open(path, appending, 0o600);
  let bytes = 0;
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | null = null;

  const put = async (text: string): Promise<void> => {
    await file.appendFile(text);
    if (O_DSYNC === 0) await file.datasync();
    bytes += Buffer.byteLength(text);
  };
  const rewrite = async (): Promise<void> => {
    // Nothing is lost in between: the whole text goes to a new file, which takes the place of the old one at once.
    const fresh = await open(`${path}.new`, "w", 0o600);
    let [text, written] = ["", 0];
    for (const { entry, line } of [...held.values()]) {
      text += textOf(entry);
      written += line;
      if (text.length < writeAtOnce) continue;
      await fresh.appendFile(text);
      text = "";
    }
    await fresh.appendFile(text);
    await fresh.datasync();
    await fresh.close();
    await file.close();
    await rename(`${path}.new`, path);
    file = await open(path, appending, 0o600);
    bytes = written;
  };
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (bytes > longestFile && bytes > 2 * owedBytes) await rewrite();
        await put(batch.map(({ text }) => text).join(""));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    writing = null;
  };
  const add = (text: string): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ text, done, failed });
      writing ??= write();
    });

  await rewrite();
  for (const left of inherited) rmSync(left, { force: true });

  return {
    append(entry) {
      const text = textOf(entry);
      hold(entry, Buffer.byteLength(text));
      return add(text);
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
    entries: () => [...held.values()].map(({ entry }) => entry),
    async close() {
      while (writing !== null) await writing;
      await file.close();
      if (held.size === 0) rmSync(path, { force: true });
    },
  };
}

function emptyFile(path: string): void {
  const file = openSync(path, "r+");
  ftruncateSync(file, 0);
  closeSync(file);
}

/** What a file still owes; a line that was cut off by a crash, or is none of ours, is left out. */
function readEntries(path: string): JournalEntry[] {
  const held = new Map<string, JournalEntry>();
  if (!existsSync(path)) return [];
  for (const line of linesOf(path)) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    if (typeof value === "string") held.delete(value);
    else {
      const parsed = entrySchema.safeParse(value);
      if (parsed.success) held.set(parsed.data.jobId, parsed.data);
    }
  }
  return [...held.values()];
}

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(readAtOnce);
    let parts: Buffer[] = [];
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0 && end < read; end = chunk.indexOf(10, from)) {
        yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString("utf8");
        parts = [];
        from = end + 1;
      }
      if (from < read) parts.push(Buffer.from(chunk.subarray(from, read)));
    }
    if (parts.length > 0) yield Buffer.concat(parts).toString("utf8");
  } finally {
    closeSync(file);
  }
}
