import type { CalendarCount, CalendarRange, CalendarRun } from "../../../shared/api/calendars.ts";
import type { Omission } from "../../../shared/domain/schedule.ts";
import { addDays, startOfLocalDay, toLocal } from "../../../shared/schedule/index.ts";
import type { AlmanacApp } from "../context.ts";

/** Schedules whose runs are read between two turns of the event loop. */
const schedulesPerTurn = 50;
/** More runs of one schedule than these, or planned times, are counted and not listed. */
const listedPerSchedule = 300;
const omissionsRead = 20_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;

interface Range {
  fromAt: number;
  toAt: number;
  /** IANA zone of the reader, by whose days long ranges are counted. */
  zone: string;
  limit: number;
}

/** Where the stretches begin that a range is counted by, and where the last ends: days, hours or quarters of an hour. */
function stretchesOf({ fromAt, toAt, zone }: Range): { edges: number[]; minutes: number } {
  const minutes = toAt - fromAt <= 1.5 * dayMs ? 15 : toAt - fromAt <= 8 * dayMs ? 60 : 1440;
  const edges = [fromAt];
  if (minutes === 1440) {
    const { year, month, day } = toLocal(zone, fromAt);
    let date = new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
    for (;;) {
      date = addDays(date, 1);
      const at = startOfLocalDay(zone, date);
      if (at >= toAt) break;
      if (at > fromAt) edges.push(at);
    }
  } else {
    for (let at = fromAt + minutes * 60_000; at < toAt; at += minutes * 60_000) edges.push(at);
  }
  edges.push(toAt);
  return { edges, minutes };
}

/** Gathers counts by schedule, stretch and outcome; what goes beyond `limit` rows is added up over all schedules. */
function createCounts(edges: readonly number[], limit: number) {
  const rows = new Map<string, CalendarCount>();
  const all = { scheduleId: null, name: null };
  /** The stretch that an instant lies in. */
  const indexOf = (at: number): number => {
    let [low, high] = [0, edges.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((edges[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const isFull = (): boolean => rows.size >= limit;
  return {
    indexOf,
    isFull,
    add(
      schedule: { scheduleId: string; name: string } | typeof all,
      index: number,
      outcome: CalendarCount["outcome"],
      count: number,
    ): void {
      if (count === 0) return;
      const own = `${schedule.scheduleId ?? "*"} ${index} ${outcome}`;
      const isOwn = rows.has(own) || !isFull();
      const key = isOwn ? own : `* ${index} ${outcome}`;
      const row = rows.get(key);
      if (row !== undefined) {
        row.count += count;
        return;
      }
      const { scheduleId, name } = isOwn ? schedule : all;
      rows.set(key, { scheduleId, name, at: new Date(edges[index] as number).toISOString(), outcome, count });
    },
    rows: (): CalendarCount[] => [...rows.values()],
  };
}
type Counts = ReturnType<typeof createCounts>;

async function readRuns(app: AlmanacApp, { fromAt, toAt, limit }: Range, counts: Counts): Promise<CalendarRun[]> {
  const runs = app.reads.runsBetween(null, fromAt, toAt, limit);
  const count = (ids: readonly string[], schedule: Parameters<Counts["add"]>[0]): void => {
    for (let at = fromAt; at < toAt; at += weekMs) {
      for (const run of app.reads.heatRuns(ids, at, Math.min(at + weekMs, toAt))) {
        counts.add(schedule, counts.indexOf(run.at), run.status, run.count);
      }
    }
  };
  let read = 0;
  let together: string[] = [];
  // Schedule by schedule, because that is how an index has them; a million runs are never gone through one by one.
  for (const [scheduleId, name] of app.reads.scheduleNames()) {
    if (++read % schedulesPerTurn === 0) await app.breathe();
    const room = Math.min(listedPerSchedule, limit - runs.length);
    if (room > 0) {
      const own = app.reads.runsBetween(scheduleId, fromAt, toAt, room + 1);
      if (own.length <= room) {
        runs.push(...own);
        continue;
      }
    }
    if (!counts.isFull()) count([scheduleId], { scheduleId, name });
    else if (together.push(scheduleId) === schedulesPerTurn) {
      count(together, { scheduleId: null, name: null });
      together = [];
    }
  }
  if (together.length > 0) count(together, { scheduleId: null, name: null });
  return runs.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Single occurrences as they are; of ranges, how many fell into each stretch. */
async function readOmissions(
  app: AlmanacApp,
  { fromAt, toAt, limit }: Range,
  edges: readonly number[],
  counts: Counts,
): Promise<Omission[]> {
  const names = app.reads.scheduleNames();
  const single: Omission[] = [];
  let read = 0;
  for (const omission of app.reads.omissionsBetween(fromAt, toAt, omissionsRead)) {
    if (++read % schedulesPerTurn === 0) await app.breathe();
    const { scheduleId, kind, count } = omission;
    const [firstAt, lastAt] = [Date.parse(omission.firstTime), Date.parse(omission.lastTime)];
    if (count === 1 && single.length < limit) {
      single.push(omission);
      continue;
    }
    const schedule = { scheduleId, name: names.get(scheduleId) ?? scheduleId };
    const spread = app.planner.spread(scheduleId, firstAt, lastAt, edges);
    // A spec that was edited since may know nothing of them; then they stand where they began.
    if (firstAt >= fromAt && lastAt < toAt && spread.reduce((sum, each) => sum + each, 0) !== count) {
      counts.add(schedule, counts.indexOf(firstAt), kind, count);
      continue;
    }
    spread.forEach((each, index) => {
      counts.add(schedule, index, kind, each);
    });
  }
  return single;
}

/** What ran, what did not and what is planned over all schedules: all of it, listed up to `limit` and counted beyond. */
export async function calendarRange(app: AlmanacApp, range: Range): Promise<CalendarRange> {
  const { edges, minutes } = stretchesOf(range);
  const counts = createCounts(edges, range.limit);
  const runs = await readRuns(app, range, counts);
  const omissions = await readOmissions(app, range, edges, counts);
  const planned = await app.planner.between(edges, {
    perSchedule: listedPerSchedule,
    limit: range.limit,
    count: (schedule, index, count) => counts.add(schedule, index, "planned", count),
  });
  return {
    runs,
    planned: planned.map(({ at, ...firing }) => ({ ...firing, at: new Date(at).toISOString() })),
    omissions,
    counts: counts.rows(),
    stretchMinutes: minutes,
  };
}
