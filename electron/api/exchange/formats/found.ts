import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import type { InvalidLine } from "../../../../shared/api/exchange.ts";
import { type CreateScheduleInput, createScheduleSchema } from "../../../../shared/api/schedules.ts";
import { AppError } from "../../../../shared/domain/errors.ts";
import { parseWith } from "../../../../shared/domain/fieldIssues.ts";
import { type ScheduleSpec, SpecError } from "../../../../shared/schedule/index.ts";

/** A file of others, as text or as bytes where it is none. */
export interface ImportFile {
  /** Empty where it is not known: what was pasted, or standard input. */
  name: string;
  text: string;
  bytes: Uint8Array | null;
}

/** What is made of a job: as the API takes it, its spec known. */
export type FoundInput = Omit<CreateScheduleInput, "spec"> & { scheduleId: string; spec: ScheduleSpec };

/** A schedule as it was read, with what could not be carried over. */
export interface FoundSchedule {
  input: FoundInput;
  notes: string[];
  /** By which a second import knows it again, whatever it is called here by then; null of our own documents, which have ids. */
  origin: string | null;
  /** Whom its program mails what it prints, as it is said there. */
  mailTo: string | null;
  file: string;
  line: number | null;
  text: string;
}

const maxText = 200;

/** What a person would call it, as an id. */
export function slugOf(text: string, otherwise: string): string {
  const slug = text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return slug === "" ? otherwise : slug.slice(0, 60).replace(/-+$/, "");
}

/** What is wrong, in words, without what was given: the line stands beside it. */
export function reasonOf(error: unknown): string {
  if (error instanceof SpecError)
    return error.issues.map(({ message }) => message.replace(/; given: .*$/s, "")).join("; ");
  if (error instanceof AppError && error.issues.length > 0)
    return error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path}: ${message}`)
      .join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** Something in a file that cannot be taken, in words. */
export class NotTaken extends Error {}

/** Collects what the files of an import hold. */
export class Found {
  readonly schedules: FoundSchedule[] = [];
  readonly skipped: string[] = [];
  readonly invalid: InvalidLine[] = [];
  readonly #ids = new Map<string, number>();

  /** A schedule's id in this import: the second of a name is the second each time. */
  idOf(slug: string): string {
    const count = (this.#ids.get(slug) ?? 0) + 1;
    this.#ids.set(slug, count);
    return count === 1 ? slug : `${slug}-${count}`;
  }

  /** Adds what `make` reads, or says why it cannot be taken. What is refused counts too: put right, the others keep their ids. */
  add(
    at: { file: string; line: number | null; text: string; slug: string; format: string },
    make: () => { input: Omit<FoundInput, "scheduleId">; notes: readonly string[]; mailTo?: string | undefined },
  ): void {
    const { file, line, slug, format } = at;
    const text = at.text.slice(0, maxText);
    const scheduleId = this.idOf(slug);
    try {
      const { input, notes, mailTo = "" } = make();
      const checked = parseWith(createScheduleSchema.required({ scheduleId: true }), { scheduleId, ...input });
      const source = file === "" ? "" : (file.split(/[\\/]/).at(-1) ?? "");
      this.schedules.push({
        input: checked as FoundInput,
        notes: [...new Set(notes)].map((note) => note.slice(0, 2000)),
        origin: `${format}:${source}:${scheduleId}`.slice(0, 500),
        mailTo: mailTo === "" ? null : mailTo.slice(0, 200),
        file,
        line,
        text,
      });
    } catch (error) {
      if (!(error instanceof NotTaken || error instanceof SpecError || error instanceof AppError)) throw error;
      this.refuse(at, reasonOf(error));
    }
  }

  refuse({ file, line, text }: { file: string; line: number | null; text: string }, reason: string): void {
    this.invalid.push({ file, line: line ?? 0, text: text.slice(0, maxText), reason: reason.slice(0, 2000) });
  }

  skip({ file, line }: { file: string; line: number | null }, what: string): void {
    const place = [file === "" ? "" : (file.split(/[\\/]/).at(-1) ?? ""), line === null ? "" : `line ${line}`];
    const where = place.filter((part) => part !== "").join(", ");
    this.skipped.push(`${where === "" ? "" : `${where}: `}${what}`.slice(0, 2000));
  }
}

/** Several specs as one: their union. Throws NotTaken where they do not agree on what holds for all of it. */
export function unionOf(specs: readonly ScheduleSpec[]): ScheduleSpec {
  const [first, ...others] = specs;
  if (first === undefined) throw new NotTaken("a time is needed");
  const shared = ({ cron: _c, interval: _i, calendar: _e, at: _a, ...rest }: ScheduleSpec): string =>
    JSON.stringify(rest);
  for (const other of others) {
    if (shared(other) !== shared(first))
      throw new NotTaken("its times are in several zones, or have different bounds: import them one by one");
  }
  const union: Record<string, unknown> = { ...first };
  for (const kind of ["cron", "interval", "calendar", "at"] as const) {
    const list: unknown[] = specs.flatMap((spec): unknown[] => [spec[kind] ?? []].flat());
    if (list.length > 0) union[kind] = list.length === 1 ? list[0] : list;
  }
  return union as ScheduleSpec;
}

/** Whom this program runs as. */
export const ownUser = (): string => userInfo().username;

/** Names of the machine's users; where they cannot be had, those that every system has. */
export function usersOfMachine(): ReadonlySet<string> {
  const usual = ["root", "daemon", "nobody", "www-data", "backup", "man", "mail", "postgres", "mysql", ownUser()];
  try {
    const names = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":")[0] ?? "");
    return new Set([...usual, ...names.filter((name) => name !== "")]);
  } catch {
    return new Set(usual);
  }
}

/** Throws NotTaken for a job that runs as somebody else: what it may read and write, and where, would be another's. */
export function checkUser(user: string): string {
  const own = ownUser();
  if (user !== own)
    throw new NotTaken(`it runs as ${user}, and Almanac here as ${own}: import it as ${user}, or take the user out`);
  return `it runs as ${user}, as you do`;
}

/** One argument of a shell command, as it is. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
