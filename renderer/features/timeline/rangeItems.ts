import type { CalendarRange } from "../../../shared/api/calendars.ts";
import type { RunTrigger } from "../../../shared/domain/run.ts";
import { type Outcome, outcomeOf } from "../../components/outcomes/outcomes.ts";
import type { TimelineItem } from "../../components/timeline/layout.ts";
import type { RangeInput } from "./useCalendarRange.ts";

/** Something at a time in the calendar: a run, a planned occurrence, or occurrences that did not run. */
export interface CalendarItem {
  key: string;
  /** Epoch ms of the nominal instant. */
  at: number;
  /** Epoch ms between which it ran; null where it did not. */
  ran: { from: number; to: number | null } | null;
  /** It ran for a time that was over: it stands at that time, whenever it was that it ran. */
  belated?: boolean;
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

/** Which schedules a range is of. */
export type RangeFilter = Pick<RangeInput, "search" | "workflowName" | "tag" | "scheduleId">;

const belated: readonly RunTrigger[] = ["backfill", "catchup", "retry"];

/** Everything in a range as one list in order of time. */
export function calendarItems(range: CalendarRange): CalendarItem[] {
  const now = Date.now();
  const items: CalendarItem[] = range.runs.map((run) => ({
    key: run.runId,
    at: Date.parse(run.at),
    ran:
      run.startedAt === null
        ? null
        : { from: Date.parse(run.startedAt), to: run.completedAt === null ? null : Date.parse(run.completedAt) },
    ...(belated.includes(run.trigger) ? { belated: true } : {}),
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
    const at = Date.parse(omission.firstTime);
    items.push({
      key: `omission ${omission.omissionId}`,
      at,
      ran: null,
      scheduleId: omission.scheduleId,
      name: omission.name,
      outcome: omission.kind,
      backfilled: false,
      runId: null,
      count: omission.count,
      // A range leaves its end out. What is still to come is no hole yet.
      ...(at > now
        ? {}
        : { hole: { from: omission.firstTime, to: new Date(Date.parse(omission.lastTime) + 1).toISOString() } }),
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

/** An occurrence of a schedule that is still to come, and that a person has skipped. */
export const isSkippedAhead = (item: CalendarItem): boolean =>
  item.outcome === "skipped" &&
  item.scheduleId !== null &&
  item.runId === null &&
  item.hole === undefined &&
  item.count === 1;

/** What an item belongs to: its schedule, or the workflow that was run by hand. */
export const sourceOf = ({ scheduleId, name }: CalendarItem): string => scheduleId ?? `workflow ${name}`;

/** The address of the page about an item: its run, the backfill of what did not run, or the schedule of what is to come. */
export function addressOf({ runId, scheduleId, hole }: CalendarItem): string | undefined {
  if (runId !== null) return `/runs/${encodeURIComponent(runId)}`;
  if (scheduleId === null) return undefined;
  const schedule = `/schedules/${encodeURIComponent(scheduleId)}`;
  return hole === undefined ? schedule : `${schedule}/backfill?${new URLSearchParams(hole)}`;
}

/** As a timeline draws it: a run from its start to its end, which is `now` while it goes on; one for a time that was over from that. */
export function timelineItem(item: CalendarItem, now: number): TimelineItem {
  const { ran } = item;
  const at = ran === null || item.belated ? item.at : ran.from;
  const href = addressOf(item);
  return {
    key: item.key,
    source: sourceOf(item),
    at,
    to: ran === null ? at : at + Math.max(0, (ran.to ?? now) - ran.from),
    outcome: item.outcome,
    count: item.count,
    stretchMs: (item.stretchMinutes ?? 0) * 60_000,
    label: item.name,
    ...(href === undefined ? {} : { href }),
    ...(item.backfilled ? { backfilled: true } : {}),
    ...(isSkippedAhead(item) ? { hasMenu: true } : {}),
  };
}
