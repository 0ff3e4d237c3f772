import type { z } from "zod";
import type { ImportItem, ImportReport, importSchema } from "../../shared/api/exchange.ts";
import type { CreateScheduleInput, UpdateScheduleInput } from "../../shared/api/schedules.ts";
import { AppError, type FieldIssue, invalidField } from "../../shared/domain/errors.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import {
  describeSpec,
  type ExclusionCalendar,
  isKnownZone,
  parseDuration,
  type ScheduleSpec,
} from "../../shared/schedule/index.ts";
import type { Actor, Engine } from "../engine/contract.ts";
import type { ReadModel } from "../storage/readModel.ts";
import { sameJson } from "./canonicalJson.ts";
import { toAppError } from "./errors.ts";
import { readCrontab } from "./exchangeFormats/crontab.ts";
import { type ExchangeDocument, exchangedSchedule, readDocument, writeDocument } from "./exchangeFormats/document.ts";
import { readICalendar, writeICalendar } from "./exchangeFormats/icalendar.ts";
import type { Planner } from "./planner.ts";
import { noSchedule } from "./queries/scheduleRow.ts";

/** Schedules and calendars in and out of other programs' formats. */
export interface Exchange {
  export(format: "json" | "yaml", scheduleIds?: readonly string[]): string;
  /** Checks everything first and writes all or nothing. Throws AppError naming every field that is refused. */
  import(input: z.output<typeof importSchema>, actor: Actor): ImportReport;
  /** Upcoming firings as an iCalendar file. */
  ical(scheduleIds: readonly string[] | undefined, days: number): Promise<string>;
  /** The days and windows of an iCalendar file as an exclusion calendar, not saved. */
  importICal(name: string, text: string): ExclusionCalendar;
}

type ExchangedSchedule = CreateScheduleInput & { scheduleId: string };

const maxICalEvents = 10_000;
const pageSize = 1000;
const durationFields = new Set(["catchupWindow", "timeout", "retryDelay"]);

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
}): Exchange {
  const { engine, reads, planner, transaction, now } = parts;

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

  /** Tries every item, so that an error tells of all that is wrong and not of the first. */
  function importAll(document: ExchangeDocument, notesOf: (index: number) => string[], actor: Actor): ImportItem[] {
    const items: ImportItem[] = [];
    const errors: { error: AppError; issues: FieldIssue[] }[] = [];
    const attempt = (path: string, work: () => ImportItem): void => {
      try {
        items.push(work());
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "INTERNAL") throw error;
        const issues = error.issues.length > 0 ? error.issues : [{ path: "", message: error.message }];
        errors.push({
          error,
          issues: issues.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })),
        });
      }
    };
    for (const [i, calendar] of document.calendars.entries()) {
      attempt(`calendars[${i}]`, () => importCalendar(calendar, actor));
    }
    for (const [i, schedule] of document.schedules.entries()) {
      attempt(`schedules[${i}]`, () => importSchedule(schedule, notesOf(i), actor));
    }
    const [first] = errors;
    if (first !== undefined) {
      const issues = errors.flatMap((entry) => entry.issues);
      const text = issues
        .slice(0, 3)
        .map((issue) => `${issue.path}: ${issue.message}`)
        .join("; ");
      throw new AppError(first.error.code, issues.length > 3 ? `${text}; and ${issues.length - 3} more` : text, {
        issues,
      });
    }
    return items;
  }

  function read(input: z.output<typeof importSchema>): {
    document: ExchangeDocument;
    notesOf: (index: number) => string[];
    skipped: string[];
  } {
    const { text, format = "auto", timezone = "UTC" } = input;
    if (!isKnownZone(timezone))
      throw invalidField("timezone", timezone, "an IANA time zone such as Europe/Berlin is taken");
    if (format !== "crontab") return { document: readDocument(text, format), notesOf: () => [], skipped: [] };
    const { schedules, skipped } = readCrontab(text, timezone);
    return {
      document: { almanac: 1, schedules: schedules.map((entry) => entry.input), calendars: [] },
      notesOf: (index) => schedules[index]?.notes ?? [],
      skipped,
    };
  }

  return {
    export(format, scheduleIds) {
      const schedules = chosen(scheduleIds).map(exchangedSchedule);
      const named = new Set(
        (schedules as { spec: ScheduleSpec }[]).flatMap(({ spec }) =>
          [spec.exclude ?? []]
            .flat()
            .flatMap((entry) => (typeof entry === "object" && "calendar" in entry ? [entry.calendar] : [])),
        ),
      );
      const calendars = reads
        .exclusionCalendars()
        .filter(({ name }) => scheduleIds === undefined || named.has(name))
        .map(({ name, entries }) => ({ name, entries }));
      return writeDocument({ almanac: 1, schedules, calendars }, format);
    },

    import(input, actor) {
      const { document, notesOf, skipped } = read(input);
      const dryRun = input.dryRun === true;
      let items: ImportItem[] = [];
      try {
        transaction(() => {
          items = importAll(document, notesOf, actor);
          if (dryRun) throw new DryRun();
        });
      } catch (error) {
        if (!(error instanceof DryRun)) throw error;
      }
      const count = (action: ImportItem["action"]): number => items.filter((item) => item.action === action).length;
      return {
        items,
        skipped,
        created: count("create"),
        updated: count("update"),
        unchanged: count("unchanged"),
        written: !dryRun,
      };
    },

    async ical(scheduleIds, days) {
      const wanted =
        scheduleIds === undefined ? undefined : new Set(chosen(scheduleIds).map(({ scheduleId }) => scheduleId));
      const from = now();
      const firings = await planner.firings(from, from + days * 86_400_000, maxICalEvents, wanted);
      const texts = new Map(reads.specs(undefined).map(({ scheduleId, spec }) => [scheduleId, describeSpec(spec)]));
      return writeICalendar(firings, texts, from);
    },

    importICal: (name, text) => readICalendar(name, text, now()),
  };
}
