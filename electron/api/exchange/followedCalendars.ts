import type { CalendarFileReading } from "../../../shared/api/calendars.ts";
import { MAX_IMPORT_BYTES } from "../../../shared/api/exchange.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import type { CalendarSourceStore } from "../../storage/tables/calendarSources.ts";
import { toAppError } from "../errors.ts";
import type { ReadOptions } from "./reading/reader.ts";

/** Exclusion calendars that are read again each day from where they are published. */
export interface FollowedCalendars {
  /** Reads a calendar from an address, saves it, and reads it again each day. Throws AppError; then nothing is changed. */
  follow(name: string, url: string, actor: Actor, options?: ReadOptions): Promise<CalendarFileReading>;
  /** From then on it stays as it is. False where it was not read from anywhere. */
  unfollow(name: string): boolean;
  /** Reads what is due: once a day, or an hour after it failed. What fails stays as it was. */
  readDue(): Promise<void>;
  /** Reads what is due now and each hour from then on, where `isOwner` says so; returns the way to end that. */
  start(isOwner: () => boolean): () => void;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const timeoutMs = 30_000;

/** The address of a calendar: `webcal` is `https` by another name. Throws AppError. */
function addressOf(url: string): URL {
  const taken = "an address such as https://example.org/holidays.ics is expected";
  try {
    const address = new URL(url.trim().replace(/^webcals?:\/\//i, "https://"));
    if (address.protocol === "https:" || address.protocol === "http:") return address;
  } catch {
    // Said below.
  }
  throw invalidField("url", url.slice(0, 200), taken);
}

/** The text at an address, of at most as much as an import takes. Throws AppError. */
async function fetchText(address: URL, signal: AbortSignal | undefined): Promise<string> {
  const refuse = (why: string) => invalidField("url", address.href, why);
  try {
    const response = await fetch(address, {
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
      headers: { accept: "text/calendar, text/plain;q=0.5, */*;q=0.1" },
      credentials: "omit",
    });
    if (!response.ok) throw refuse(`it answers ${response.status} ${response.statusText}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.byteLength;
      if (size > MAX_IMPORT_BYTES) throw refuse(`at most ${MAX_IMPORT_BYTES / 1_000_000} MB are allowed`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString("utf8");
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Error) || error.name === "AppError") throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    throw refuse(
      error.name === "TimeoutError" ? `it does not answer within ${timeoutMs / 1000} s` : `it cannot be read: ${why}`,
    );
  }
}

export function createFollowedCalendars(parts: {
  engine: Engine;
  sources: CalendarSourceStore;
  read: (name: string, text: string, options: ReadOptions) => Promise<CalendarFileReading>;
  now: () => number;
  logger: Pick<Console, "warn" | "error">;
}): FollowedCalendars {
  const { engine, sources, read, now, logger } = parts;

  let ended = false;

  async function readFrom(
    name: string,
    url: string,
    actor: Actor,
    options: ReadOptions = {},
  ): Promise<CalendarFileReading> {
    const reading = await read(name, await fetchText(addressOf(url), options.signal), options);
    options.signal?.throwIfAborted();
    if (ended) throw new AppError("CONFLICT", "the program is ending: nothing is changed");
    engine.write("calendars", () => {
      engine.saveExclusionCalendar({ name, entries: reading.entries }, actor);
      sources.read(name, url, now());
    });
    return reading;
  }

  async function readDue(): Promise<void> {
    for (const { name, url, readAt, triedAt, problem } of sources.all()) {
      const dueAt = problem === null ? (readAt ?? 0) + dayMs : (triedAt ?? 0) + hourMs;
      if (now() < dueAt) continue;
      try {
        await readFrom(name, url, "engine");
      } catch (error) {
        if (ended) return;
        const { message } = toAppError(error);
        engine.write("calendars", () => sources.failed(name, message.slice(0, 500), now()));
        logger.warn(`the calendar ${name} could not be read again, and stays as it was: ${message}`);
      }
    }
  }

  return {
    follow: readFrom,
    unfollow: (name) => engine.write("calendars", () => sources.remove(name)),
    readDue,
    start(isOwner) {
      const look = (): void => {
        if (isOwner()) readDue().catch((error: unknown) => logger.error("calendars could not be read again:", error));
      };
      const timer = setInterval(look, hourMs);
      timer.unref();
      look();
      return () => {
        ended = true;
        clearInterval(timer);
      };
    },
  };
}
