import type { CalendarRange } from "../../../shared/api/calendars.ts";
import { type Outcome, outcomeOf } from "../../components/outcomes/outcomes.ts";
import { localDate } from "../../format/time.ts";

/** Something at a time in the calendar: a run, a planned occurrence, or occurrences that did not run. */
export interface CalendarItem {
  key: string;
  /** Epoch ms of the nominal instant. */
  at: number;
  /** Epoch ms between which it ran; null where it did not. */
  ran: { from: number; to: number | null } | null;
  scheduleId: string | null;
  name: string;
  outcome: Outcome;
  backfilled: boolean;
  runId: string | null;
  /** How many occurrences it stands for. */
  count: number;
  /** The range whose backfill fills it, where it did not run. */
  hole?: { from: string; to: string };
  /** Set where it stands for those of a stretch of so many minutes; `at` is where that begins. */
  stretchMinutes: number | null;
}

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

/** Everything in a range as one list in order of time. */
export function calendarItems(range: CalendarRange, nameOf: (scheduleId: string) => string): CalendarItem[] {
  const items: CalendarItem[] = range.runs.map((run) => ({
    key: run.runId,
    at: Date.parse(run.at),
    ran:
      run.startedAt === null
        ? null
        : { from: Date.parse(run.startedAt), to: run.completedAt === null ? null : Date.parse(run.completedAt) },
    scheduleId: run.scheduleId,
    name: run.name,
    outcome: outcomeOf(run.status),
    backfilled: run.trigger === "backfill",
    runId: run.runId,
    count: 1,
    stretchMinutes: null,
  }));
  for (const planned of range.planned) {
    items.push({
      key: `${planned.scheduleId} ${planned.at}`,
      at: Date.parse(planned.at),
      ran: null,
      scheduleId: planned.scheduleId,
      name: planned.name,
      outcome: "planned",
      backfilled: false,
      runId: null,
      count: 1,
      stretchMinutes: null,
    });
  }
  for (const omission of range.omissions) {
    items.push({
      key: `omission ${omission.omissionId}`,
      at: Date.parse(omission.firstTime),
      ran: null,
      scheduleId: omission.scheduleId,
      name: nameOf(omission.scheduleId),
      outcome: omission.kind,
      backfilled: false,
      runId: null,
      count: omission.count,
      // A range leaves its end out.
      hole: { from: omission.firstTime, to: new Date(Date.parse(omission.lastTime) + 1).toISOString() },
      stretchMinutes: null,
    });
  }
  for (const counted of range.counts) {
    const { outcome } = counted;
    items.push({
      key: `${counted.scheduleId} ${counted.at} ${outcome}`,
      at: Date.parse(counted.at),
      ran: null,
      scheduleId: counted.scheduleId,
      name: counted.name ?? "Other schedules",
      outcome: outcome === "planned" || outcome === "missed" || outcome === "skipped" ? outcome : outcomeOf(outcome),
      backfilled: false,
      runId: null,
      count: counted.count,
      ...(outcome === "missed" || outcome === "skipped" ? { hole: stretchOf(counted.at, range.stretchMinutes) } : {}),
      stretchMinutes: range.stretchMinutes,
    });
  }
  return items.sort((a, b) => a.at - b.at || a.name.localeCompare(b.name));
}

const stretchOf = (from: string, minutes: number) => ({
  from,
  to: new Date(Date.parse(from) + minutes * 60_000).toISOString(),
});

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

/** Outcomes as the eye should meet them. */
export const outcomeOrder: readonly Outcome[] = [
  "failed",
  "missed",
  "running",
  "interrupted",
  "warning",
  "completed",
  "cancelled",
  "skipped",
  "waiting",
  "planned",
];
/** What asks for a look. */
const loud = new Set<Outcome>(["failed", "missed", "running"]);

/** What one schedule does in a day or an hour. */
export interface CalendarGroup {
  name: string;
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
  for (const { scheduleId, name, outcome, count, at } of items) {
    const key = scheduleId ?? `workflow ${name}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { name, outcome, worst: count, count, at });
      continue;
    }
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

/** A row of the day view: one schedule and what it does that day. */
export interface Lane {
  scheduleId: string | null;
  name: string;
  items: CalendarItem[];
}

const wentWrong = (item: CalendarItem): boolean => item.outcome === "failed" || item.outcome === "missed";

/** One lane a schedule: those in which something went wrong, then the others, each in order of its first item. */
export function lanesOf(items: readonly CalendarItem[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const item of items) {
    const key = item.scheduleId ?? `workflow ${item.name}`;
    const lane = lanes.get(key) ?? { scheduleId: item.scheduleId, name: item.name, items: [] };
    lane.items.push(item);
    lanes.set(key, lane);
  }
  const rank = (lane: Lane): number => (lane.items.some(wentWrong) ? 0 : 1);
  return [...lanes.values()].sort((a, b) => rank(a) - rank(b));
}

export type CalendarView = "month" | "week" | "day";

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
  if (view === "day") return [date];
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

/** Midnight of a date in the reader's own zone. */
export function startOfDay(date: string): Date {
  const [year, month, day] = parse(date);
  return new Date(year, month, day);
}
