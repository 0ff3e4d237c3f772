import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import pidusage from "pidusage";
import type { z } from "zod";
import type { ImportFileInput, ImportFormat, InvalidLine } from "../../../../shared/api/exchange.ts";
import { AppError, type FieldIssue, invalidField } from "../../../../shared/domain/errors.ts";
import type { ExclusionCalendar } from "../../../../shared/schedule/index.ts";
import {
  fromReaderSchema,
  type ReadRequest,
  type ReadSchedule,
  readCalendarSchema,
  readScheduleSchema,
} from "./readerProtocol.ts";
import type { ReaderProcess, ReaderSpawner } from "./readerSpawner.ts";

/** What a process that reads an import may take; beyond it, it is killed. */
export interface ReaderLimits {
  processorMs: number;
  /** Resident. */
  memoryBytes: number;
  /** Of the clock: whatever waits for nothing takes no processor. */
  elapsedMs: number;
}

const readerLimits: ReaderLimits = { processorMs: 10_000, memoryBytes: 512 * 1024 * 1024, elapsedMs: 300_000 };
/** How often it is looked at. */
const watchMs = 100;
/** Sent at once, in characters: all of a big file would hold the program while it is put into the channel. */
const partLength = 128 * 1024;
/** A process that has read something waits so long for more: starting one takes longer than reading most texts. */
const keptMs = 10_000;
/** One that has become larger is not kept. */
const keptBytes = 160 * 1024 * 1024;
const maxWaiting = 20;

/** What an import holds. */
export interface Reading {
  schedules: ReadSchedule[];
  calendars: ExclusionCalendar[];
  /** What has no counterpart here, in words. */
  skipped: string[];
  /** What cannot be taken. */
  invalid: InvalidLine[];
  /** Whose the files are. */
  formats: ImportFormat[];
}

export interface ReadOptions {
  /** Steps of a number that grows no more; both 0 until it is known. */
  onProgress?: (done: number, total: number) => void;
  /** Kills the process that reads. */
  signal?: AbortSignal;
}

type WithoutFiles<T> = T extends { files: unknown } ? Omit<T, "files"> : never;

/** Reads texts of others in a process of its own, one after the other. */
export interface Reader {
  /** Throws AppError where the files cannot be read, or not within the limits; the signal's reason where it is aborted. */
  read(request: WithoutFiles<ReadRequest>, files: readonly ImportFileInput[], options?: ReadOptions): Promise<Reading>;
  /** Ends the process that is kept. */
  close(): void;
}

const seconds = (ms: number): string => `${ms / 1000} s`;

function beyond(what: string): AppError {
  const message = `a text that is read within ${what} is expected; reading this one was stopped`;
  return new AppError("INVALID_INPUT", `text: ${message}`, { issues: [{ path: "text", message }] });
}

export function createReader(spawn: ReaderSpawner, limits: ReaderLimits = readerLimits): Reader {
  const processes = keepOne(spawn);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function readOne(request: ReadRequest, text: string, { onProgress, signal }: ReadOptions): Promise<Reading> {
    signal?.throwIfAborted();
    const reading: Reading = { schedules: [], calendars: [], skipped: [], invalid: [], formats: [] };
    const child = processes.take();
    const ended = new AbortController();
    let whole = false;
    try {
      return await new Promise<Reading>((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        child.listen(
          (raw) => {
            try {
              whole = take(reading, raw, onProgress);
              if (whole) resolve(reading);
            } catch (error) {
              whole = error instanceof Refused;
              reject(error instanceof Refused ? error.why : error);
            }
          },
          (exit) => reject(endError(exit, text, limits)),
        );
        watch(child.process, limits, ended.signal).then((error) => error !== null && reject(error), reject);
        send(child.process, request, text, ended.signal).catch(reject);
      });
    } finally {
      ended.abort();
      if (whole) await processes.keep(child);
      else child.process.kill();
    }
  }

  return {
    async read(request, files, options = {}) {
      const sent = files.map((file) =>
        "text" in file
          ? { name: file.name, encoding: "text" as const, data: file.text }
          : { name: file.name, encoding: "base64" as const, data: file.base64 },
      );
      const text = sent.map(({ data }) => data).join("");
      const described = sent.map(({ name, encoding, data }) => ({ name, encoding, length: data.length }));
      if (waiting >= maxWaiting)
        throw new AppError("CONFLICT", "other imports are being read: try again when they are done");
      waiting++;
      const mine = last.then(() => readOne({ ...request, files: described } as ReadRequest, text, options));
      last = mine.catch(() => undefined);
      try {
        return await mine;
      } finally {
        waiting--;
      }
    },
    close: () => processes.close(),
  };
}

type Exit = Parameters<Parameters<ReaderProcess["onExit"]>[0]>[0];

/** A process whose listeners are those of the text that it reads. */
interface Listened {
  process: ReaderProcess;
  listen(onMessage: (raw: unknown) => void, onExit: (exit: Exit) => void): void;
}

/** Starts processes, and keeps the last one that is whole for a while. */
function keepOne(spawn: ReaderSpawner) {
  let kept: Listened | null = null;
  let timer: NodeJS.Timeout | undefined;

  function start(): Listened {
    const child = spawn();
    let [onMessage, onExit]: [(raw: unknown) => void, (exit: Exit) => void] = [() => {}, () => {}];
    const started: Listened = {
      process: child,
      listen(message, exit) {
        onMessage = message;
        onExit = exit;
      },
    };
    child.onMessage((raw) => onMessage(raw));
    child.onExit((exit) => {
      if (kept === started) kept = null;
      onExit(exit);
    });
    return started;
  }

  function close(): void {
    clearTimeout(timer);
    kept?.process.kill();
    kept = null;
  }

  return {
    take(): Listened {
      clearTimeout(timer);
      const taken = kept ?? start();
      kept = null;
      taken.process.hold(true);
      return taken;
    },
    async keep(child: Listened): Promise<void> {
      child.listen(
        () => {},
        () => {},
      );
      child.process.hold(false);
      const usage = await usageOf(child.process);
      if (usage === null || usage.memory > keptBytes) {
        child.process.kill();
        return;
      }
      kept = child;
      timer = setTimeout(close, keptMs);
      timer.unref();
    },
    close,
  };
}

/** Null where the process is not there yet, or any more. */
async function usageOf(child: ReaderProcess): Promise<{ ctime: number; memory: number } | null> {
  return child.pid === undefined ? null : pidusage(child.pid).catch(() => null);
}

/** Ends with what the process is to be stopped for; looks on until it is told that the text is read. */
async function watch(child: ReaderProcess, limits: ReaderLimits, ended: AbortSignal): Promise<AppError | null> {
  const startedAt = performance.now();
  let before: number | null = null;
  while (!ended.aborted) {
    if (performance.now() - startedAt > limits.elapsedMs) return beyond(seconds(limits.elapsedMs));
    const usage = await usageOf(child);
    before ??= usage?.ctime ?? null;
    if (usage !== null && usage.ctime - (before ?? 0) > limits.processorMs)
      return beyond(`${seconds(limits.processorMs)} of processor time`);
    if (usage !== null && usage.memory > limits.memoryBytes) return beyond(memoryText(limits));
    await delay(watchMs, undefined, { signal: ended }).catch(() => undefined);
  }
  return null;
}

async function send(child: ReaderProcess, request: ReadRequest, text: string, ended: AbortSignal): Promise<void> {
  child.send({ type: "request", request });
  for (let from = 0; from < text.length && !ended.aborted; from += partLength) {
    child.send({ type: "part", text: text.slice(from, from + partLength) });
    await nextTurn();
  }
  child.send({ type: "end" });
}

const memoryText = ({ memoryBytes }: ReaderLimits): string => `${Math.round(memoryBytes / 1024 / 1024)} MiB of memory`;

function endError({ code, signal, error }: Exit, text: string, limits: ReaderLimits): AppError {
  if (error !== undefined)
    return new AppError("RUNTIME_UNAVAILABLE", `the text could not be read: ${error.message}; try again`);
  // V8 ends a process whose heap is full by itself.
  if (isOutOfMemory(code, signal)) return beyond(memoryText(limits));
  return invalidField(
    "text",
    text.slice(0, 80),
    `a text that can be read is expected: what reads it ended (${signal ?? code})`,
  );
}

/** SIGABRT or SIGTRAP by name, by a shell's number, or by Electron's own code for it. */
const isOutOfMemory = (code: number | null, signal: string | null): boolean =>
  signal === "SIGABRT" || signal === "SIGTRAP" || signal === "SIGKILL" || [5, 6, 9, 133, 134, 137].includes(code ?? 0);

/** The reader's own answer that the text cannot be taken: the process is whole. */
class Refused extends Error {
  readonly why: AppError;

  constructor(why: AppError) {
    super(why.message);
    this.why = why;
  }
}

/** What the reader sends, or an error that blames it and not a field: only text of others can have led to it. */
function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidField(
    "text",
    undefined,
    `a text that can be read is expected: what reads it answered nonsense (${issue?.path.join(".")}: ${issue?.message})`,
  );
}

/** Takes one message into a reading; true with the last one. Throws Refused where it refuses, AppError where it is none. */
function take(reading: Reading, raw: unknown, onProgress: ReadOptions["onProgress"]): boolean {
  const message = checked(fromReaderSchema, raw);
  switch (message.type) {
    case "progress":
      onProgress?.(message.done, message.total);
      return false;
    case "schedules":
      for (const schedule of message.schedules) reading.schedules.push(checked(readScheduleSchema, schedule));
      return false;
    case "calendar": {
      const { name, entries } = checked(readCalendarSchema, message.calendar);
      const last = reading.calendars.at(-1);
      if (last?.name === name)
        reading.calendars[reading.calendars.length - 1] = { name, entries: [...last.entries, ...entries] };
      else reading.calendars.push({ name, entries });
      return false;
    }
    case "result":
      reading.skipped = message.skipped;
      reading.invalid = message.invalid;
      reading.formats = message.formats;
      return true;
    case "refused":
      throw new Refused(new AppError(message.code, message.message, { issues: message.issues as FieldIssue[] }));
  }
}
