import type { z } from "zod";
import type { CalendarFileReading } from "../../../shared/api/calendars.ts";
import type { ImportItem, ImportProgress, ImportReport, importSchema } from "../../../shared/api/exchange.ts";
import type { CreateScheduleInput, UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError, type FieldIssue, invalidField } from "../../../shared/domain/errors.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import {
  calendarNames,
  describeSpec,
  type ExclusionCalendar,
  isKnownZone,
  parseDuration,
  type ScheduleSpec,
} from "../../../shared/schedule/index.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import { createBatchSize, type InTurns, inTurns, TURN_MS } from "../../engine/turns.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";
import { sameJson } from "../canonicalJson.ts";
import { toAppError } from "../errors.ts";
import type { Planner } from "../queries/planner.ts";
import { noSchedule } from "../queries/scheduleRow.ts";
import { type ExchangeDocument, exchangedSchedule, writeDocument } from "./formats/document.ts";
import { writeICalendar } from "./formats/ical/writeICalendar.ts";
import type { Reader, Reading } from "./reading/reader.ts";

/** Schedules and calendars in and out of other programs' formats. */
export interface Exchange {
  export(format: "json" | "yaml", scheduleIds?: readonly string[]): string;
  /**
   * Checks everything before it writes anything, in turns with whatever else the process does. What is written is one
   * transaction, or of more than `BATCH` several. Throws AppError naming every field that is refused.
   */
  import(input: z.output<typeof importSchema>, actor: Actor): Promise<ImportReport>;
  /** How far the import that goes on is; null where none does. */
  importProgress(): ImportProgress | null;
  /** Ends the import that goes on after the part that it is at. What is written stays, and a second import goes on from there. */
  stopImport(): void;
  /** Upcoming firings as an iCalendar file. */
  ical(scheduleIds: readonly string[] | undefined, days: number): Promise<string>;
  /** The days and windows of an iCalendar file as an exclusion calendar, not saved. */
  importICal(name: string, text: string): Promise<CalendarFileReading>;
}

/** The import that goes on. */
type ImportJob = ImportProgress & { stopped: boolean; stop: AbortController };

type ExchangedSchedule = CreateScheduleInput & { scheduleId: string };

/** So many schedules at least are one transaction; of more a part would hold the process too long, as far as is known yet. */
const BATCH = 25;
/** How long one transaction may hold the process, its commit not counted. */
const BATCH_MS = 16;
const maxICalEvents = 10_000;
const pageSize = 1000;
const durationFields = new Set(["catchupWindow", "timeout", "retryDelay"]);

const nothingWritten: ImportReport = {
  items: [],
  skipped: [],
  invalid: [],
  created: 0,
  updated: 0,
  unchanged: 0,
  written: false,
  stopped: true,
};

/** Ends the transaction of a dry run without a trace. */
class DryRun extends Error {}

function sameValue(field: string, a: unknown, b: unknown): boolean {
  if (durationFields.has(field) && typeof a === "string" && typeof b === "string")
    return parseDuration(a) === parseDuration(b);
  return sameJson(a, b);
}

function changesTo(schedule: Schedule, wanted: ExchangedSchedule): ImportItem["changes"] {
  const current: Record<string, unknown> = { ...schedule, note: schedule.ownNote };
  return Object.entries(wanted)
    .filter(([field, value]) => !["scheduleId", "paused"].includes(field) && !sameValue(field, value, current[field]))
    .map(([field, to]) => ({ field, from: current[field], to }));
}

export function createExchange(parts: {
  engine: Engine;
  reads: ReadModel;
  planner: Planner;
  transaction: <T>(work: () => T) => T;
  now: () => number;
  /** Reads what comes from outside, in a process of its own. */
  reader: Reader;
}): Exchange {
  const { engine, reads, planner, transaction, now, reader } = parts;

  function allSchedules(): Schedule[] {
    const found: Schedule[] = [];
    for (let offset = 0; ; offset += pageSize) {
      const { rows } = reads.listSchedules({ limit: pageSize, offset });
      found.push(...rows.map(({ schedule }) => schedule));
      if (rows.length < pageSize) return found;
    }
  }

  function find(scheduleId: string): Schedule | undefined {
    return reads.readSchedule(scheduleId)?.schedule;
  }

  function chosen(scheduleIds: readonly string[] | undefined): Schedule[] {
    if (scheduleIds === undefined) return allSchedules();
    return scheduleIds.map((id) => {
      const schedule = find(id);
      if (schedule === undefined) throw noSchedule(id);
      return schedule;
    });
  }

  function importCalendar(calendar: ExclusionCalendar, actor: Actor): ImportItem {
    const stored = reads.exclusionCalendars().find(({ name }) => name === calendar.name);
    const base = { kind: "calendar", id: calendar.name, name: calendar.name, notes: [] } as const;
    if (stored !== undefined && sameJson(stored.entries, calendar.entries)) {
      return { ...base, notes: [], action: "unchanged", changes: [] };
    }
    engine.saveExclusionCalendar(calendar, actor);
    const changes = [{ field: "entries", from: stored?.entries ?? null, to: calendar.entries }];
    return { ...base, notes: [], action: stored === undefined ? "create" : "update", changes };
  }

  function importSchedule(wanted: ExchangedSchedule, notes: string[], actor: Actor): ImportItem {
    const current = find(wanted.scheduleId);
    const base = { kind: "schedule", id: wanted.scheduleId, name: wanted.name ?? wanted.scheduleId, notes } as const;
    if (current === undefined) {
      engine.createSchedule(wanted, actor);
      return { ...base, action: "create", changes: [] };
    }
    if (current.status === "deleted") {
      throw new AppError(
        "ALREADY_EXISTS",
        `the id "${wanted.scheduleId}" is that of a deleted schedule; purge it first, or take another`,
      );
    }
    const changes = changesTo(current, wanted);
    if (wanted.paused === true && current.status === "active") {
      engine.pauseSchedule({ scheduleId: wanted.scheduleId }, actor);
      changes.push({ field: "status", from: "active", to: "paused" });
    }
    const { paused: _, ...update } = wanted;
    if (changes.some(({ field }) => field !== "status")) engine.updateSchedule(update as UpdateScheduleInput, actor);
    return { ...base, action: changes.length === 0 ? "unchanged" : "update", changes };
  }

  type Refusal = { index: number | null; error: AppError; issues: FieldIssue[] };

  /** Tries every item of a document, so that an error tells of all that is wrong and not of the first. */
  function importPart(document: ExchangeDocument, from: number, notesOf: (index: number) => string[], actor: Actor) {
    const items: ImportItem[] = [];
    const refusals: Refusal[] = [];
    const attempt = (path: string, index: number | null, work: () => ImportItem): void => {
      try {
        items.push(work());
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "INTERNAL") throw error;
        const issues = error.issues.length > 0 ? error.issues : [{ path: "", message: error.message }];
        refusals.push({
          index,
          error,
          issues: issues.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })),
        });
      }
    };
    for (const [i, calendar] of document.calendars.entries()) {
      attempt(`calendars[${i}]`, null, () => importCalendar(calendar, actor));
    }
    for (const [i, schedule] of document.schedules.entries()) {
      const index = from + i;
      attempt(`schedules[${index}]`, index, () => importSchedule(schedule, notesOf(index), actor));
    }
    return { items, refusals };
  }

  /** All of a document in parts, each a transaction; a check ends each without a trace. */
  function* inParts(
    document: ExchangeDocument,
    notesOf: (index: number) => string[],
    actor: Actor,
    check: boolean,
    job: ImportJob,
  ): InTurns<ReturnType<typeof importPart>> {
    const all: ReturnType<typeof importPart> = { items: [], refusals: [] };
    const batch = createBatchSize({ first: BATCH, smallest: BATCH, largest: 40 * BATCH, ms: BATCH_MS });
    // Once also for a document without schedules, which may have calendars.
    let from = 0;
    do {
      const schedules = document.schedules.slice(from, from + batch.size());
      // Schedules name calendars, so a check, which leaves nothing, begins with them every time.
      const calendars = from === 0 || check ? document.calendars : [];
      let part: ReturnType<typeof importPart> | undefined;
      try {
        transaction(() => {
          const since = performance.now();
          part = importPart({ ...document, schedules, calendars }, from, notesOf, actor);
          batch.took(performance.now() - since);
          if (check) throw new DryRun();
          const [first] = part.refusals;
          if (first !== undefined) throw first.error;
        });
      } catch (error) {
        if (!(error instanceof DryRun)) throw error;
      }
      // What is begun with again is told once.
      for (const item of part?.items ?? []) if (from === 0 || item.kind === "schedule") all.items.push(item);
      for (const refusal of part?.refusals ?? []) if (from === 0 || refusal.index !== null) all.refusals.push(refusal);
      from += schedules.length;
      job.done += schedules.length;
      yield;
    } while (from < document.schedules.length && !job.stopped);
    return all;
  }

  function refuseAll(refusals: readonly { code: AppError["code"]; issues: readonly FieldIssue[] }[]): never {
    const issues = refusals.flatMap((refusal) => refusal.issues);
    const shown = issues.slice(0, 3).map((issue) => `${issue.path}: ${issue.message}`);
    if (issues.length > 3) shown.push(`and ${issues.length - 3} more`);
    throw new AppError(refusals[0]?.code ?? "INVALID_INPUT", shown.join("; "), { issues });
  }

  /** What an import's text holds; null where it is stopped before that is known. */
  async function read(input: z.output<typeof importSchema>, job: ImportJob): Promise<Reading | null> {
    const { text, format = "auto", timezone = "UTC" } = input;
    if (!isKnownZone(timezone))
      throw invalidField("timezone", timezone, "an IANA time zone such as Europe/Berlin is taken");
    try {
      return await reader.read({ kind: "schedules", format, timezone }, text, { signal: job.stop.signal });
    } catch (error) {
      if (job.stopped) return null;
      throw error;
    }
  }

  let running: ImportJob | null = null;

  function* importInTurns(
    input: z.output<typeof importSchema>,
    reading: Reading,
    actor: Actor,
    job: ImportJob,
  ): InTurns<ImportReport> {
    const dryRun = input.dryRun === true;
    const { schedules, calendars, skipped } = reading;
    const document: ExchangeDocument = { almanac: 1, schedules: schedules.map((entry) => entry.input), calendars };
    const notesOf = (index: number): string[] => schedules[index]?.notes ?? [];
    const invalid = [...reading.invalid];
    const byLine = input.format === "crontab";
    job.total = document.schedules.length * (dryRun ? 1 : 2);
    const { items, refusals } = yield* inParts(document, notesOf, actor, true, job);
    const refused = new Set(refusals.map(({ index }) => index));
    if (!byLine) {
      if (refusals.length > 0) refuseAll(refusals.map(({ error, issues }) => ({ code: error.code, issues })));
    } else {
      for (const { index, error } of refusals) {
        const { line, text } = schedules[index ?? 0] ?? {};
        invalid.push({ line: line ?? 0, text: text ?? "", reason: error.message });
      }
      invalid.sort((a, b) => a.line - b.line);
      if (invalid.length > 0 && !dryRun && input.skipInvalid !== true) {
        const issues = invalid.map(({ line, text, reason }) => ({
          path: `line ${line}`,
          given: text,
          message: reason,
        }));
        refuseAll([{ code: "INVALID_INPUT", issues }]);
      }
    }
    const written: ImportItem[] = [];
    if (!dryRun && !job.stopped) {
      const wanted = document.schedules.flatMap((schedule, i) => (refused.has(i) ? [] : [schedule]));
      written.push(...(yield* inParts({ ...document, schedules: wanted }, () => [], actor, false, job)).items);
    }
    const told = job.stopped ? written : items;
    const count = (action: ImportItem["action"]): number => told.filter((item) => item.action === action).length;
    return {
      items: told,
      skipped,
      invalid,
      created: count("create"),
      updated: count("update"),
      unchanged: count("unchanged"),
      written: !dryRun,
      stopped: job.stopped,
    };
  }

  return {
    export(format, scheduleIds) {
      const schedules = chosen(scheduleIds).map(exchangedSchedule);
      const named = new Set((schedules as { spec: ScheduleSpec }[]).flatMap(({ spec }) => calendarNames(spec)));
      const calendars = reads
        .exclusionCalendars()
        .filter(({ name }) => scheduleIds === undefined || named.has(name))
        .map(({ name, entries }) => ({ name, entries }));
      return writeDocument({ almanac: 1, schedules, calendars }, format);
    },

    async import(input, actor) {
      const job: ImportJob = { done: 0, total: 0, stopped: false, stop: new AbortController() };
      running = job;
      try {
        const reading = await read(input, job);
        if (reading === null) return nothingWritten;
        return await inTurns(importInTurns(input, reading, actor, job), TURN_MS, setImmediate);
      } finally {
        if (running === job) running = null;
      }
    },

    importProgress: () => running && { done: running.done, total: running.total },
    stopImport() {
      if (running === null) return;
      running.stopped = true;
      running.stop.abort();
    },

    async ical(scheduleIds, days) {
      const wanted =
        scheduleIds === undefined ? undefined : new Set(chosen(scheduleIds).map(({ scheduleId }) => scheduleId));
      const from = now();
      const firings = await planner.firings(from, from + days * 86_400_000, maxICalEvents, wanted);
      const texts = new Map(reads.specs(undefined).map(({ scheduleId, spec }) => [scheduleId, describeSpec(spec)]));
      return writeICalendar(firings, texts, from);
    },

    async importICal(name, text) {
      const { calendars, skipped } = await reader.read({ kind: "calendar", name, nowAt: now() }, text);
      return { name, entries: calendars[0]?.entries ?? [], notes: skipped };
    },
  };
}
