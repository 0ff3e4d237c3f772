import type { z } from "zod";
import type { CalendarFileReading } from "../../../shared/api/calendars.ts";
import type {
  ImportedBefore,
  ImportListed,
  ImportProgress,
  ImportReport,
  ImportUndone,
  importSchema,
} from "../../../shared/api/exchange.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { calendarNames, describeSpec, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";
import type { ActivityStore } from "../../storage/tables/activity.ts";
import type { ImportOriginStore } from "../../storage/tables/importOrigins.ts";
import type { Planner } from "../queries/planner.ts";
import { noSchedule } from "../queries/scheduleRow.ts";
import { exchangedSchedule, writeDocument } from "./formats/document.ts";
import { writeICalendar } from "./formats/ical/writeICalendar.ts";
import { createImporter } from "./importing.ts";
import type { Rules } from "./mailRules.ts";
import type { Reader, ReadOptions } from "./reading/reader.ts";

/** Schedules and calendars in and out of other programs' formats. */
export interface Exchange {
  export(format: "json" | "yaml", scheduleIds?: readonly string[]): string;
  /** Takes schedules and calendars in, or says what that would do. Throws AppError naming every field that is refused. */
  import(input: z.output<typeof importSchema>, actor: Actor): Promise<ImportReport>;
  /** The newest imports that can be undone, the newest first. */
  imports(limit: number): ImportListed[];
  /** What an import with this `undoId` has written. Throws NOT_FOUND where it wrote nothing, or is undone. */
  imported(undoId: string): ImportedBefore;
  /** Takes that back. Throws NOT_FOUND as well. */
  undoImport(undoId: string, actor: Actor): Promise<ImportUndone>;
  /** How far the import that goes on is; null where none does. */
  importProgress(): ImportProgress | null;
  /** Ends the import that goes on after the part that it is at. What is written stays, and a second import goes on from there. */
  stopImport(): void;
  /** Upcoming firings as an iCalendar file. */
  ical(scheduleIds: readonly string[] | undefined, days: number): Promise<string>;
  /** The days and windows of an iCalendar file as an exclusion calendar, not saved. */
  importICal(name: string, text: string, options?: ReadOptions): Promise<CalendarFileReading>;
}

const maxICalEvents = 10_000;
const pageSize = 1000;

export function createExchange(parts: {
  engine: Engine;
  reads: ReadModel;
  planner: Planner;
  origins: ImportOriginStore;
  /** The history, which tells what an import wrote. */
  lines: ActivityStore;
  transaction: <T>(work: () => T) => T;
  now: () => number;
  /** Reads what comes from outside, in a process of its own. */
  reader: Reader;
  notifications: Rules;
}): Exchange {
  const { reads, planner, now, reader } = parts;
  const importer = createImporter(parts);

  function allSchedules(): Schedule[] {
    const found: Schedule[] = [];
    for (let offset = 0; ; offset += pageSize) {
      const { rows } = reads.listSchedules({ limit: pageSize, offset });
      found.push(...rows.map(({ schedule }) => schedule));
      if (rows.length < pageSize) return found;
    }
  }

  function chosen(scheduleIds: readonly string[] | undefined): Schedule[] {
    if (scheduleIds === undefined) return allSchedules();
    return scheduleIds.map((id) => {
      const schedule = reads.readSchedule(id)?.schedule;
      if (schedule === undefined) throw noSchedule(id);
      return schedule;
    });
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

    import: importer.import,
    imported: importer.imported,
    imports: importer.imports,
    undoImport: importer.undo,
    importProgress: importer.progress,
    stopImport: importer.stop,

    async ical(scheduleIds, days) {
      const wanted =
        scheduleIds === undefined ? undefined : new Set(chosen(scheduleIds).map(({ scheduleId }) => scheduleId));
      const from = now();
      const firings = await planner.firings(from, from + days * 86_400_000, maxICalEvents, wanted);
      const texts = new Map(reads.specs(undefined).map(({ scheduleId, spec }) => [scheduleId, describeSpec(spec)]));
      return writeICalendar(firings, texts, from);
    },

    async importICal(name, text, options) {
      const request = { kind: "calendar" as const, name, nowAt: now() };
      const { calendars, skipped } = await reader.read(request, [{ name: "", text }], options);
      return { name, entries: calendars[0]?.entries ?? [], notes: skipped };
    },
  };
}
