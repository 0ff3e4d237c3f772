import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
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

/** A file of settled entries is begun anew above this. */
const longestFile = 8 * 1024 * 1024;
/** Where the system has it a write returns once it is on the disk: one call in place of two. */
const { O_DSYNC = 0, O_WRONLY, O_APPEND, O_CREAT } = constants as Partial<typeof constants> & typeof constants;
const appending = O_WRONLY | O_APPEND | O_CREAT | O_DSYNC;

export async function openJournal(
  folder: string,
  /** Whether the process that wrote a file of this name lives. */
  { own, isAlive }: { own: string; isAlive: (name: string) => boolean },
): Promise<Journal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = new Map<string, JournalEntry>();
  const path = join(folder, `${own}.jsonl`);
  const inherited: string[] = [];
  for (const file of readdirSync(folder)) {
    const name = file.endsWith(".jsonl") ? file.slice(0, -".jsonl".length) : null;
    if (name === null || (name !== own && isAlive(name))) continue;
    for (const entry of readEntries(join(folder, file))) held.set(entry.jobId, entry);
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
    const text = [...held.values()].map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await fresh.writeFile(text);
    await fresh.datasync();
    await fresh.close();
    await file.close();
    await rename(`${path}.new`, path);
    file = await open(path, appending, 0o600);
    bytes = Buffer.byteLength(text);
  };
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (bytes > longestFile) await rewrite();
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
      held.set(entry.jobId, entry);
      return add(`${JSON.stringify(entry)}\n`);
    },
    settled(jobId) {
      if (!held.delete(jobId)) return;
      if (held.size === 0 && waiting.length === 0 && writing === null) {
        // Nothing is owed: the file need not be read line by line by whoever comes next.
        emptyFile(path);
        bytes = 0;
      } else add(`${JSON.stringify(jobId)}\n`).catch(() => {});
    },
    entries: () => [...held.values()],
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
  for (const line of readFileSync(path, "utf8").split("\n")) {
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
