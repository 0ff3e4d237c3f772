import * as z from "zod/mini";
import { ratioWindows, sortKeys } from "../../shared/api/scheduleOrders.ts";
import { scheduleGroups } from "../../shared/domain/health.ts";
import { runStatuses, runTriggers } from "../../shared/domain/run.ts";
import { scheduleStatuses } from "../../shared/domain/schedule.ts";

/** What pages keep in their address. A value that does not fit is dropped, so an old or mistyped address still opens. */
const optional = <T extends z.ZodMiniType>(schema: T) => z.catch(z.optional(schema), undefined);
const text = optional(z.coerce.string().check(z.maxLength(500)));

export const hideableColumns = ["tags", "workflow", "when", "next", "strip", "ratio"] as const;

export const schedulesSearch = z.object({
  q: text,
  status: optional(z.enum(scheduleStatuses)),
  workflow: text,
  tag: text,
  condition: optional(z.enum(["attention", "running", "failing", "missed"])),
  /** Groups of the list by need that are closed. */
  folded: optional(z.array(z.enum(scheduleGroups))),
  sort: optional(z.enum(sortKeys)),
  desc: optional(z.boolean()),
  window: optional(z.enum(ratioWindows)),
  /** Columns that are left out, and the height of rows: 32 px, or 40 where comfortable. */
  hidden: optional(z.array(z.enum(hideableColumns))),
  density: optional(z.enum(["comfortable"])),
});
export type SchedulesSearch = z.infer<typeof schedulesSearch>;

export const scheduleTabs = [
  "runs",
  "timeline",
  "year",
  "duration",
  "upcoming",
  "chain",
  "omissions",
  "activity",
  "policies",
] as const;
export type ScheduleTab = (typeof scheduleTabs)[number];

export const scheduleSearch = z.object({ tab: optional(z.enum(scheduleTabs)), from: text, to: text });

/**
 * `run`: a run that is to be scheduled. `at`: a local date and time, `YYYY-MM-DDTHH:MM`, to run at once. `after`: a schedule that
 * it runs after, where that has ended so, and so long after it.
 */
export const newScheduleSearch = z.object({
  duplicateOf: text,
  template: text,
  workflow: text,
  run: text,
  at: text,
  after: text,
  afterOutcome: optional(z.enum(["completed", "failed", "ended"])),
  delay: text,
});
export type NewScheduleSearch = z.infer<typeof newScheduleSearch>;

export const rangeSearch = z.object({ from: text, to: text });

export const runsSearch = z.object({
  schedule: text,
  workflow: text,
  backfill: text,
  status: optional(z.enum(runStatuses)),
  trigger: optional(z.enum(runTriggers)),
  from: text,
  to: text,
});
export type RunsSearch = z.infer<typeof runsSearch>;

export const compareSearch = z.object({ with: text });

/** Outcomes that the calendar can be narrowed to. */
export const calendarOutcomes = [
  "failed",
  "missed",
  "running",
  "completed",
  "skipped",
  "cancelled",
  "planned",
] as const;

export const calendarSearch = z.object({
  view: optional(z.enum(["month", "week", "day", "agenda"])),
  date: optional(z.iso.date()),
  q: text,
  workflow: text,
  tag: text,
  outcome: optional(z.enum(calendarOutcomes)),
});
export type CalendarSearch = z.infer<typeof calendarSearch>;
