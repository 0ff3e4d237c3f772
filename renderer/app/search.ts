import * as z from "zod/mini";
import { ratioWindows, sortKeys } from "../../shared/api/scheduleOrders.ts";
import { agents } from "../../shared/domain/agents.ts";
import { scheduleGroups } from "../../shared/domain/health.ts";
import { runStatuses, runTriggers } from "../../shared/domain/run.ts";
import { scheduleStatuses } from "../../shared/domain/schedule.ts";

/** What a parameter takes, in words, and how it is read. */
const known = new WeakMap<object, { schema: z.ZodMiniType; takes: string }>();

/** What pages keep in their address. A value that does not fit is left out, so an old or mistyped address still opens; {@link unreadIn} says so. */
function optional<T extends z.ZodMiniType>(schema: T, takes: string) {
  const parameter = z.catch(z.optional(schema), undefined);
  known.set(parameter, { schema: z.optional(schema), takes });
  return parameter;
}
const oneOf = <const T extends readonly string[]>(values: T) => optional(z.enum(values), listed(values));
const someOf = <const T extends readonly string[]>(values: T) =>
  optional(z.array(z.enum(values)), `a list of ${listed(values)}`);
const listed = (values: readonly string[]) =>
  values.length === 1 ? `“${values[0]}”` : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;

const text = optional(z.coerce.string().check(z.maxLength(500)), "a text of at most 500 characters");
const isTime = (value: string) => !Number.isNaN(Date.parse(value));
/** What the calendar shows: around each of these dates there is room for all that it reads. */
export const [firstCalendarDate, lastCalendarDate] = ["1900-01-01", "9998-12-31"] as const;
export const isCalendarDate = (value: string): boolean => value >= firstCalendarDate && value <= lastCalendarDate;
const calendarDate = optional(
  z.iso.date().check(z.refine(isCalendarDate)),
  `a date such as 2026-11-30, from ${firstCalendarDate} to ${lastCalendarDate}`,
);
const instant = optional(
  z.string().check(z.maxLength(100), z.refine(isTime)),
  "a date or a time such as 2026-11-30T09:00:00Z",
);
const localMinute = optional(
  z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/), z.refine(isTime)),
  "a local time such as 2026-11-30T09:00",
);

export const hideableColumns = ["tags", "workflow", "when", "next", "strip", "ratio"] as const;

export const schedulesSearch = z.object({
  q: text,
  status: oneOf(scheduleStatuses),
  workflow: text,
  tag: text,
  condition: oneOf(["attention", "running", "failing", "missed"]),
  /** Groups of the list by need that are closed. */
  folded: someOf(scheduleGroups),
  sort: oneOf(sortKeys),
  desc: optional(z.boolean(), "true or false"),
  window: oneOf(ratioWindows),
  /** Columns that are left out, and the height of rows: 32 px, or 40 where comfortable. */
  hidden: someOf(hideableColumns),
  density: oneOf(["comfortable"]),
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

export const scheduleSearch = z.object({ tab: oneOf(scheduleTabs), from: instant, to: instant });

export const templateKeys = [
  "daily-backup",
  "site-check",
  "weekday-report",
  ...agents.map(({ command }) => `ai-${command}` as const),
] as const;

/**
 * `run`: a run that is to be scheduled. `at`: a local date and time, `YYYY-MM-DDTHH:MM`, to run at once. `after`: a schedule that
 * it runs after, where that has ended so, and so long after it.
 */
export const newScheduleSearch = z.object({
  duplicateOf: text,
  template: oneOf(templateKeys),
  workflow: text,
  run: text,
  at: localMinute,
  after: text,
  afterOutcome: oneOf(["completed", "failed", "ended"]),
  delay: text,
});
export type NewScheduleSearch = z.infer<typeof newScheduleSearch>;

export const rangeSearch = z.object({ from: instant, to: instant });

export const runsSearch = z.object({
  schedule: text,
  workflow: text,
  backfill: text,
  status: oneOf(runStatuses),
  trigger: oneOf(runTriggers),
  from: instant,
  to: instant,
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
  view: oneOf(["month", "week", "day", "agenda"]),
  date: calendarDate,
  q: text,
  workflow: text,
  tag: text,
  outcome: oneOf(calendarOutcomes),
});
export type CalendarSearch = z.infer<typeof calendarSearch>;

/** A parameter of an address that a page does not take as it is. */
export interface UnreadParameter {
  name: string;
  given: string;
  /** In words; null where the page takes no parameter of this name. */
  takes: string | null;
}

const givenAtMost = 60;

function givenText(value: unknown): string {
  const given = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return given.length > givenAtMost ? `${given.slice(0, givenAtMost)}…` : given;
}

/** What of an address' parameters is left out by a page that takes those of `schema`; null is one that takes none. */
export function unreadIn(
  schema: { shape: object } | null,
  search: Readonly<Record<string, unknown>>,
): UnreadParameter[] {
  const shape = new Map<string, object>(schema === null ? [] : Object.entries(schema.shape));
  return Object.entries(search).flatMap(([name, value]) => {
    const parameter = known.get(shape.get(name) ?? {});
    if (value === undefined || parameter?.schema.safeParse(value).success === true) return [];
    return [{ name: givenText(name), given: givenText(value), takes: parameter?.takes ?? null }];
  });
}
