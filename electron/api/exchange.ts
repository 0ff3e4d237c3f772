import type { z } from "zod";
import type { ImportReport, importSchema } from "../../shared/api/exchange.ts";
import type { ExclusionCalendar } from "../../shared/schedule/index.ts";
import type { Actor } from "../engine/contract.ts";

/** Schedules and calendars in and out of other programs' formats. */
export interface Exchange {
  export(format: "json" | "yaml", scheduleIds?: readonly string[]): string;
  /** Checks everything first and writes all or nothing. Throws AppError naming every field that is refused. */
  import(input: z.output<typeof importSchema>, actor: Actor): ImportReport;
  /** Upcoming firings as an iCalendar file. */
  ical(scheduleIds: readonly string[] | undefined, days: number): string;
  /** The days and windows of an iCalendar file as an exclusion calendar, not saved. */
  importICal(name: string, text: string): ExclusionCalendar;
}
