import { toLocal } from "../../../shared/schedule/zone/zone.ts";
import { type Outcome, worstFirst as outcomeOrder } from "../../components/outcomes/outcomes.ts";
import { localDate } from "../../format/time.ts";
import { type CalendarItem, sourceOf } from "../timeline/rangeItems.ts";

/** What a day holds, by outcome. */
export interface CalendarDay {
  date: string;
  items: CalendarItem[];
  /** Occurrences by outcome, those too many to list included. */
  counts: Map<Outcome, number>;
  /** Times at which several schedules are due, most first. */
  collisions: { at: number; schedules: string[] }[];
}

/** From so many schedules at one instant on, it is worth a word. */
const collisionOf = 3;

/** Puts items into the local days they belong to. */
export function calendarDays(dates: readonly string[], items: readonly CalendarItem[], zone: string): CalendarDay[] {
  const days = new Map<string, CalendarDay>(
    dates.map((date) => [date, { date, items: [], counts: new Map(), collisions: [] }]),
  );
  for (const item of items) {
    const day = days.get(localDate(item.at, zone));
    if (day === undefined) continue;
    day.items.push(item);
  }
  for (const day of days.values()) {
    day.counts = countsOf(day.items);
    day.collisions = collisionsOf(day.items);
  }
  return [...days.values()];
}

/** Occurrences by outcome. */
export function countsOf(items: readonly CalendarItem[]): Map<Outcome, number> {
  const counts = new Map<Outcome, number>();
  for (const { outcome, count } of items) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  return counts;
}

/** Instants at which at least three schedules are due, most first. */
export function collisionsOf(items: readonly CalendarItem[]): { at: number; schedules: string[] }[] {
  const at = new Map<number, Set<string>>();
  for (const item of items) {
    if (item.stretchMinutes !== null) continue;
    const names = at.get(item.at) ?? new Set();
    at.set(item.at, names.add(item.name));
  }
  return [...at]
    .filter(([, names]) => names.size >= collisionOf)
    .map(([instant, names]) => ({ at: instant, schedules: [...names] }))
    .sort((a, b) => b.schedules.length - a.schedules.length || a.at - b.at);
}

/** What asks for a look. */
const loud = new Set<Outcome>(["failed", "missed", "running"]);

/** What one schedule does in a day. */
export interface CalendarGroup {
  key: string;
  name: string;
  scheduleId: string | null;
  /** The only one there is; null where there are several. */
  only: CalendarItem | null;
  /** Its worst outcome, and how many had it. */
  outcome: Outcome;
  worst: number;
  /** How many occurrences there are in all. */
  count: number;
  /** Epoch ms of the first. */
  at: number;
}

/** One group a schedule: what asks for a look, then what happens at a time of its own, then what happens all the time. */
export function groupsOf(items: readonly CalendarItem[]): CalendarGroup[] {
  const groups = new Map<string, CalendarGroup>();
  for (const item of items) {
    const { scheduleId, name, outcome, count, at } = item;
    const key = sourceOf(item);
    const group = groups.get(key);
    if (group === undefined) {
      const only = count === 1 ? item : null;
      groups.set(key, { key, name, scheduleId, only, outcome, worst: count, count, at });
      continue;
    }
    group.only = null;
    group.count += count;
    group.at = Math.min(group.at, at);
    const order = outcomeOrder.indexOf(outcome) - outcomeOrder.indexOf(group.outcome);
    if (order === 0) group.worst += count;
    if (order < 0) Object.assign(group, { outcome, worst: count });
  }
  const rank = (group: CalendarGroup) => (loud.has(group.outcome) ? outcomeOrder.indexOf(group.outcome) : loud.size);
  return [...groups.values()].sort(
    (a, b) => rank(a) - rank(b) || Number(a.count > 1) - Number(b.count > 1) || a.at - b.at || a.count - b.count,
  );
}

/** A row of the day and week: one schedule and what it does. */
export interface Lane {
  key: string;
  scheduleId: string | null;
  name: string;
  items: CalendarItem[];
}

const wentWrong = (item: CalendarItem): boolean => item.outcome === "failed" || item.outcome === "missed";
const natural = new Intl.Collator(undefined, { numeric: true });

/**
 * One lane a schedule: those in which something went wrong, then the others, by name. Schedules that were shown `before`
 * keep their places, so that neither a zoom nor an outcome moves a lane; the others follow. Those that `stay` have a lane
 * also where they do nothing.
 */
export function lanesOf(
  items: readonly CalendarItem[],
  before: readonly string[] = [],
  stay: readonly Lane[] = [],
): Lane[] {
  const lanes = new Map<string, Lane>(stay.map((lane) => [lane.key, { ...lane, items: [] }]));
  for (const item of items) {
    const key = sourceOf(item);
    const lane = lanes.get(key) ?? { key, scheduleId: item.scheduleId, name: item.name, items: [] };
    lane.items.push(item);
    lanes.set(key, lane);
  }
  const places = new Map(before.map((key, place) => [key, place]));
  const place = (lane: Lane): number => places.get(lane.key) ?? before.length;
  const rank = (lane: Lane): number => (lane.items.some(wentWrong) ? 0 : 1);
  return [...lanes.values()].sort(
    (a, b) => place(a) - place(b) || rank(a) - rank(b) || natural.compare(a.name, b.name) || (a.key < b.key ? -1 : 1),
  );
}

/** The first of a day's entries, which the rarest lead, as they are drawn: what asks for a look, single ones by time, the others. */
export function drawnEntries<E extends { outcome: Outcome; count: number; at: string }>(
  entries: readonly E[],
  most: number,
): E[] {
  const part = ({ outcome, count }: E): number => (loud.has(outcome) ? 0 : count > 1 ? 2 : 1);
  return entries
    .slice(0, most)
    .sort((a, b) => part(a) - part(b) || (part(a) === 1 ? Date.parse(a.at) - Date.parse(b.at) : 0));
}

const cellPadding = 8;
const lineHeight = 24;

/**
 * How many schedules a month's cell of this height lists. Where not all are, or several fall together, its last line says
 * so: how many at once, and how many more there are.
 */
export function entriesThatFit(height: number, schedules: number, collides: boolean): number {
  const room = Math.max(1, Math.floor((height - cellPadding) / lineHeight) - 1);
  return Math.min(schedules, collides || schedules > room ? room - 1 : room);
}

export type CalendarView = "month" | "week" | "day" | "agenda";

const parse = (date: string): [number, number, number] => {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  return [year, month - 1, day];
};
const print = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A date so many days later. */
export function addDays(date: string, days: number): string {
  const [year, month, day] = parse(date);
  return print(Date.UTC(year, month, day + days));
}

/** The same day so many months later, or that month's last. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = parse(date);
  const last = new Date(Date.UTC(year, month + months + 1, 0)).getUTCDate();
  return print(Date.UTC(year, month + months, Math.min(day, last)));
}

/** The dates a view shows: whole weeks for a month, one week, or one day. `firstDay` begins a week, 1 is Monday. */
export function datesOf(view: CalendarView, date: string, firstDay: number): string[] {
  const weekStart = (of: string) => addDays(of, -((new Date(of).getUTCDay() - firstDay + 7) % 7));
  if (view === "day" || view === "agenda") return [date];
  if (view === "week") return Array.from({ length: 7 }, (_, index) => addDays(weekStart(date), index));
  const first = `${date.slice(0, 7)}-01`;
  const start = weekStart(first);
  const end = addDays(weekStart(addDays(addMonths(first, 1), -1)), 7);
  const length = Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000);
  return Array.from({ length }, (_, index) => addDays(start, index));
}

/** The date that one step forward or back leads to. */
export function stepDate(view: CalendarView, date: string, by: 1 | -1): string {
  return view === "month" ? addMonths(date, by) : addDays(date, by * (view === "week" ? 7 : 1));
}

/** The local date and time of an instant, `YYYY-MM-DDTHH:MM`, at the last whole step of so many minutes. */
export function slotAt(at: number, zone: string, stepMinutes: number): string {
  const local = toLocal(zone, at);
  const minutes = Math.floor((local.hour * 60 + local.minute) / stepMinutes) * stepMinutes;
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${local.year}-${two(local.month)}-${two(local.day)}`;
  return `${date}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Midnight of a date in the reader's own zone. */
export function startOfDay(date: string): Date {
  const [year, month, day] = parse(date);
  return new Date(year, month, day);
}
