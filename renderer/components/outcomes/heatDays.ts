import type { HeatDay } from "../../../shared/api/schedules.ts";
import { count } from "../../format/numbers.ts";

const dayMs = 86_400_000;

/** The days of a year laid out in weeks that begin on `firstDay`, 1 is Monday. */
export function yearGrid(
  year: number,
  firstDay: number,
): {
  /** Every date, `YYYY-MM-DD`. */
  dates: string[];
  /** How far the 1 January is from the day a week begins with. */
  firstWeekday: number;
  weeks: number;
  /** Where each month's first day is among the dates, and in which column it stands. */
  months: { month: number; first: number; week: number }[];
} {
  const start = Date.UTC(year, 0, 1);
  const length = Math.round((Date.UTC(year + 1, 0, 1) - start) / dayMs);
  const firstWeekday = (new Date(start).getUTCDay() - firstDay + 7) % 7;
  return {
    dates: Array.from({ length }, (_, index) => new Date(start + index * dayMs).toISOString().slice(0, 10)),
    firstWeekday,
    weeks: Math.ceil((firstWeekday + length) / 7),
    months: Array.from({ length: 12 }, (_, month) => {
      const first = Math.round((Date.UTC(year, month, 1) - start) / dayMs);
      return { month, first, week: Math.floor((firstWeekday + first) / 7) };
    }),
  };
}

export type DayKind = "failed" | "missed" | "running" | "completed" | "skipped" | "cancelled" | "planned" | "empty";

/** What a day is coloured by: the worst that happened, then the best, then what is planned. */
export function dayKind(day: HeatDay | undefined): DayKind {
  if (day === undefined) return "empty";
  const order = ["failed", "missed", "running", "completed", "skipped", "cancelled", "planned"] as const;
  return order.find((kind) => day[kind] > 0) ?? "empty";
}

/** Shades by count on a logarithmic scale, so that one run a day and one a second both say something. */
function shade(value: number, most: number): number {
  return most <= 1 ? 1 : 0.35 + 0.65 * (Math.log1p(value) / Math.log1p(most));
}

const mix = (color: string, amount: number): string =>
  `color-mix(in srgb, ${color} ${Math.round(amount * 100)}%, var(--surface))`;

/** Fill and outline of a day's cell. */
export function dayColors(day: HeatDay | undefined, most: number): { fill: string; stroke: string } {
  const kind = dayKind(day);
  if (day === undefined || kind === "empty") return { fill: "var(--surface-sunken)", stroke: "var(--line)" };
  // Trouble on a day that also went well is drawn over the day's own colour.
  if (day.completed > 0 && (kind === "failed" || kind === "missed")) {
    return { fill: mix("var(--outcome-completed)", shade(day.completed, most)), stroke: "none" };
  }
  switch (kind) {
    case "missed":
      return { fill: "url(#hatch-missed)", stroke: "var(--outcome-missed)" };
    case "skipped":
      return { fill: "var(--surface)", stroke: "var(--outcome-skipped)" };
    case "cancelled":
      return { fill: "var(--outcome-cancelled)", stroke: "none" };
    case "planned":
      return { fill: mix("var(--outcome-planned)", 0.35 * shade(day.planned, most)), stroke: "var(--outcome-planned)" };
    default:
      return { fill: mix(`var(--outcome-${kind})`, shade(day.completed + day.failed, most)), stroke: "none" };
  }
}

/** Runs that wait for their turn count among those that run: of a paused backfill none may be running. */
export const kindWord = (kind: Exclude<DayKind, "empty">): string => (kind === "running" ? "on the way" : kind);

// Making a formatter takes longer than all that it formats, and a year asks for one 365 times.
const dayNames = new Map<string | undefined, Intl.DateTimeFormat>();

function dayName(date: string, locale: string | undefined): string {
  let format = dayNames.get(locale);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, {
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
      timeZone: "UTC",
    });
    dayNames.set(locale, format);
  }
  return format.format(Date.parse(date));
}

/** `Mon 23 Nov 2026: 20 completed, 2 failed, 4 planned`. */
export function dayText(date: string, day: HeatDay | undefined, note: string | undefined, locale?: string): string {
  const name = dayName(date, locale);
  const kinds = ["completed", "failed", "running", "missed", "skipped", "cancelled", "planned"] as const;
  const parts =
    day === undefined
      ? []
      : kinds.filter((kind) => day[kind] > 0).map((kind) => `${count(day[kind])} ${kindWord(kind)}`);
  if (day !== undefined && day.backfilled > 0) parts.push(`${count(day.backfilled)} backfilled`);
  const text = `${name}: ${parts.length === 0 ? "nothing" : parts.join(", ")}`;
  return note === undefined ? text : `${text}\n${note}`;
}
