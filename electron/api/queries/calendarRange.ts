import type { CalendarCount, CalendarRange, CalendarRun } from "../../../shared/api/calendars.ts";
import { addDays, startOfLocalDay, toLocal } from "../../../shared/schedule/index.ts";
import type { RunCount } from "../../storage/reads/readModel.ts";
import type { AlmanacApp } from "../context.ts";

/** The longest stretch of work between two turns of the event loop; a statement aims at half of it. */
const sliceMs = 8;
/** Schedules whose runs are listed, and counted, by one statement. */
const listedAtOnce = 200;
const countedAtOnce = 500;
/** More runs of one schedule than these, or planned times, are counted and not listed. */
const listedPerSchedule = 300;
const omissionsRead = 20_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface Range {
  fromAt: number;
  toAt: number;
  /** IANA zone of the reader, by whose days long ranges are counted. */
  zone: string;
  limit: number;
  /** Of one schedule, or of those that match; of all where left out. */
  scheduleId?: string | undefined;
  workflowName?: string | undefined;
  tag?: string | undefined;
  search?: string | undefined;
}

/** Which schedules a range is of, and which runs without one. */
export interface Among {
  /** Undefined where it is of all. */
  ids: ReadonlySet<string> | undefined;
  names: ReadonlyMap<string, string>;
  takesRun(run: CalendarRun): boolean;
}

export function amongOf({ reads }: AlmanacApp, { scheduleId, workflowName, tag, search }: Range): Among {
  const names = reads.scheduleNames();
  if ([scheduleId, workflowName, tag, search].every((value) => value === undefined)) {
    return { ids: undefined, names, takesRun: () => true };
  }
  const matching = new Set(scheduleId !== undefined ? [scheduleId] : reads.matchingIds({ workflowName, tag, search }));
  const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return {
    ids: matching,
    names: new Map([...names].filter(([id]) => matching.has(id))),
    // A run by hand is called by its workflow, and has no tags.
    takesRun: ({ name }) =>
      scheduleId === undefined &&
      tag === undefined &&
      (workflowName === undefined || workflowName === name) &&
      words.every((word) => name.toLowerCase().includes(word)),
  };
}

const stretchMinutes = (lengthMs: number): number =>
  lengthMs <= 3 * hourMs ? 1 : lengthMs <= 1.5 * dayMs ? 15 : lengthMs <= 8 * dayMs ? 60 : 1440;

/** Where the stretches begin that a range is counted by, and where the last ends: days, hours, quarters of an hour or minutes. */
export function stretchesOf(
  { fromAt, toAt, zone }: Range,
  minutes = stretchMinutes(toAt - fromAt),
): { edges: number[]; minutes: number } {
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

/** Lets other work have its turn where it is time for that. */
export type Turn = (done: number) => Promise<void>;

/** All schedules together. */
const all = { scheduleId: null, name: null };

/** The stretch that an instant lies in. */
export function stretchOf(edges: readonly number[], at: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Gathers counts by schedule, outcome and stretch; what goes beyond `limit` of them is added up over all schedules. */
function createCounts(edges: readonly number[], limit: number) {
  interface Gathered {
    scheduleId: string | null;
    name: string | null;
    byOutcome: Map<CalendarCount["outcome"], Uint32Array>;
  }
  const together: Gathered = { ...all, byOutcome: new Map() };
  const bySchedule = new Map<string, Gathered>();
  /** Of these something has been added to that of all. */
  const addedTogether = new Set<string>();
  let own = 0;
  const isFull = (): boolean => own >= limit;

  /** Where it is added: a schedule's own count goes on once it has begun. */
  function gatheredFor(
    { scheduleId, name }: { scheduleId: string; name: string } | typeof all,
    index: number,
    outcome: CalendarCount["outcome"],
  ): Gathered {
    if (scheduleId === null) return together;
    const known = bySchedule.get(scheduleId);
    if (known !== undefined && (known.byOutcome.get(outcome)?.[index] ?? 0) > 0) return known;
    if (isFull()) {
      addedTogether.add(scheduleId);
      return together;
    }
    own++;
    if (known !== undefined) return known;
    const fresh: Gathered = { scheduleId, name, byOutcome: new Map() };
    bySchedule.set(scheduleId, fresh);
    return fresh;
  }

  function add(
    schedule: { scheduleId: string; name: string } | typeof all,
    index: number,
    outcome: CalendarCount["outcome"],
    count: number,
  ): void {
    if (count === 0) return;
    const { byOutcome } = gatheredFor(schedule, index, outcome);
    const counts = byOutcome.get(outcome) ?? new Uint32Array(edges.length - 1);
    counts[index] = (counts[index] as number) + count;
    byOutcome.set(outcome, counts);
  }

  return {
    isFull,
    add,
    /** The same for each stretch of one schedule at once. */
    addEach(
      schedule: { scheduleId: string; name: string },
      outcome: CalendarCount["outcome"],
      counts: ArrayLike<number>,
    ): void {
      for (let index = 0; index < counts.length; index++) add(schedule, index, outcome, counts[index] as number);
    },
    /** How many of these, and of those that are counted by themselves, are counted among all, too. */
    partly: (listed: ReadonlySet<string>): number =>
      [...addedTogether].filter((id) => listed.has(id) || bySchedule.has(id)).length,
    rows(): CalendarCount[] {
      const rows: CalendarCount[] = [];
      for (const { scheduleId, name, byOutcome } of [...bySchedule.values(), together]) {
        for (const [outcome, counts] of byOutcome) {
          counts.forEach((count, index) => {
            if (count === 0) return;
            rows.push({ scheduleId, name, at: new Date(edges[index] as number).toISOString(), outcome, count });
          });
        }
      }
      return rows;
    },
  };
}

/** Where what is not listed is counted; all schedules together where it has no room to keep them apart. */
export type Counts = Pick<ReturnType<typeof createCounts>, "isFull" | "add" | "addEach">;

/** Windows of equal stretches: a day on which the clock changes stands alone. */
function windowsOf(edges: readonly number[]): { index: number; fromAt: number; toAt: number; widthMs: number }[] {
  const windows: { index: number; fromAt: number; toAt: number; widthMs: number }[] = [];
  edges.slice(1).forEach((toAt, index) => {
    const fromAt = edges[index] as number;
    const last = windows.at(-1);
    if (last?.widthMs === toAt - fromAt) last.toAt = toAt;
    else windows.push({ index, fromAt, toAt, widthMs: toAt - fromAt });
  });
  return windows;
}

/** Goes through so many in portions that take about as long as a turn may: neighbours have about as many runs. */
async function inPortions(
  length: number,
  turn: Turn,
  from: number,
  to: number,
  work: (first: number, end: number) => void,
): Promise<void> {
  let atOnce = 1;
  for (let first = 0; first < length; ) {
    const end = Math.min(length, first + atOnce);
    const startedAt = performance.now();
    work(first, end);
    const tookMs = performance.now() - startedAt;
    first = end;
    if (tookMs > sliceMs) atOnce = Math.max(1, atOnce >> 1);
    else if (tookMs < sliceMs / 2) atOnce = Math.min(countedAtOnce, atOnce * 2);
    await turn(from + ((to - from) * first) / length);
  }
}

/**
 * Runs one by one of the schedules that have fewest, up to the limit; of the others, how many. A million runs are never
 * gone through here: what is listed is chosen by totals, and the rest is added up by the database.
 */
async function readRuns(
  { reads }: AlmanacApp,
  { fromAt, toAt, limit }: Range,
  { names, takesRun }: Among,
  edges: readonly number[],
  counts: Counts,
  turn: Turn,
): Promise<CalendarRun[]> {
  const ids = [...names.keys()];
  const windows = windowsOf(edges);
  /** Of each of `ids`, by window: stretches and counts of runs with a nominal time, two numbers after each other. */
  const cells = ids.map((): (readonly number[])[] => []);
  const byHand: RunCount[] = [];
  const totals = new Map<string, number>();
  const addTotal = (scheduleId: string, count: number): void => {
    totals.set(scheduleId, (totals.get(scheduleId) ?? 0) + count);
  };
  await inPortions(ids.length, turn, 0, 0.4, (first, end) => {
    const some = ids.slice(first, end);
    for (const { index, ...window } of windows) {
      reads.runTotals(some, window).forEach(({ nominal, byHand: own }, place) => {
        cells[first + place]?.push(nominal);
        let sum = 0;
        for (let i = 1; i < nominal.length; i += 2) sum += nominal[i] as number;
        for (const each of own) {
          byHand.push({ ...each, stretch: index + each.stretch });
          sum += each.count;
        }
        if (sum > 0) addTotal(some[place] as string, sum);
      });
    }
  });

  const runs = reads.runsBetween(null, fromAt, toAt, limit).filter(takesRun);
  const rest = new Set<string>();
  let chosen: string[] = [];
  let [sum, rows] = [runs.length, 0];
  const list = async (): Promise<void> => {
    if (chosen.length > 0) runs.push(...reads.runsBetween(chosen, fromAt, toAt, limit));
    [chosen, rows] = [[], 0];
    await turn(0.4);
  };
  for (const [scheduleId, count] of [...totals].sort(([, a], [, b]) => a - b)) {
    sum += count;
    if (count > listedPerSchedule || sum > limit) {
      rest.add(scheduleId);
      continue;
    }
    rows += count;
    if (chosen.push(scheduleId) === listedAtOnce || rows > listedPerSchedule) await list();
  }
  await list();

  const scheduleOf = (scheduleId: string | null): typeof all | { scheduleId: string; name: string } =>
    scheduleId === null ? all : { scheduleId, name: names.get(scheduleId) ?? scheduleId };
  // What went wrong first: where there is no room to keep schedules apart, it is what one looks for.
  const exceptions = new Map<number, number>();
  const places = new Map(ids.map((id, place) => [id, place]));
  const keyOf = (scheduleId: string | null, stretch: number): number =>
    stretch + edges.length * (scheduleId === null ? ids.length : (places.get(scheduleId) as number));
  const counted = [...rest];
  await inPortions(counted.length, turn, 0.4, 0.6, (first, end) => {
    const apart = !counts.isFull();
    for (const { index, ...window } of windows) {
      for (const { scheduleId, stretch, status, count } of reads.runExceptions(
        counted.slice(first, end),
        window,
        apart,
      )) {
        const key = keyOf(scheduleId, index + stretch);
        exceptions.set(key, (exceptions.get(key) ?? 0) + count);
        counts.add(scheduleOf(scheduleId), index + stretch, status, count);
      }
    }
  });
  for (const { scheduleId, stretch, status, count } of byHand) {
    if (rest.has(scheduleId as string)) counts.add(scheduleOf(scheduleId), stretch, status, count);
  }
  // All others have completed.
  const completed = new Uint32Array(edges.length - 1);
  for (const [place, scheduleId] of ids.entries()) {
    if (!rest.has(scheduleId)) continue;
    completed.fill(0);
    windows.forEach(({ index }, window) => {
      const nominal = cells[place]?.[window] ?? [];
      for (let i = 0; i < nominal.length; i += 2) {
        const stretch = index + (nominal[i] as number);
        const others = exceptions.get(stretch + edges.length * place) ?? 0;
        completed[stretch] = (completed[stretch] as number) + (nominal[i + 1] as number) - others;
      }
    });
    counts.addEach({ scheduleId, name: names.get(scheduleId) ?? scheduleId }, "completed", completed);
    if (place % 100 === 0) await turn(0.6);
  }
  edges.forEach((_, stretch) => {
    counts.add(all, stretch, "completed", -(exceptions.get(keyOf(null, stretch)) ?? 0));
  });
  return runs.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Single occurrences as they are; of ranges, how many fell into each stretch. */
async function readOmissions(
  app: AlmanacApp,
  { fromAt, toAt, limit, scheduleId: ofOne }: Range,
  { ids, names }: Among,
  edges: readonly number[],
  counts: Counts,
  turn: Turn,
): Promise<CalendarRange["omissions"]> {
  const single: CalendarRange["omissions"] = [];
  for (const omission of app.reads.omissionsBetween(fromAt, toAt, omissionsRead, ofOne)) {
    await turn(0.6);
    const { scheduleId, kind, count } = omission;
    if (ids?.has(scheduleId) === false) continue;
    const [firstAt, lastAt] = [Date.parse(omission.firstTime), Date.parse(omission.lastTime)];
    if (count === 1 && single.length < limit) {
      single.push({ ...omission, name: names.get(scheduleId) ?? scheduleId });
      continue;
    }
    const schedule = { scheduleId, name: names.get(scheduleId) ?? scheduleId };
    const spread = app.planner.spread(scheduleId, firstAt, lastAt, edges);
    // A spec that was edited since may know nothing of them; then they stand where they began.
    if (firstAt >= fromAt && lastAt < toAt && spread.reduce((sum, each) => sum + each, 0) !== count) {
      counts.add(schedule, stretchOf(edges, firstAt), kind, count);
      continue;
    }
    spread.forEach((each, index) => {
      counts.add(schedule, index, kind, each);
    });
  }
  return single;
}

/** What of a range is listed; the rest of it has been counted. */
interface Listed {
  runs: CalendarRun[];
  omissions: CalendarRange["omissions"];
  planned: { scheduleId: string; name: string; at: number }[];
}

/** Lists what ran, what did not and what is planned, up to `limit` of each, and has the rest counted. */
export async function gather(
  app: AlmanacApp,
  range: Range,
  among: Among,
  edges: readonly number[],
  counts: Counts,
  turn: Turn,
  onTurn: (done: number) => void,
): Promise<Listed> {
  const runs = await readRuns(app, range, among, edges, counts, turn);
  const omissions = await readOmissions(app, range, among, edges, counts, turn);
  const planned = await app.planner.between(edges, {
    perSchedule: listedPerSchedule,
    limit: range.limit,
    only: among.ids,
    count: (schedule, each) => counts.addEach(schedule, "planned", each),
    onTurn: (done) => onTurn(0.7 + 0.3 * done),
  });
  return { runs, omissions, planned };
}

/** Gives other work its turn once a slice of time is used up, and tells `onTurn` how much is done. */
export function createTurn(app: AlmanacApp, onTurn: (done: number) => void): Turn {
  let since = performance.now();
  return async (done) => {
    if (performance.now() - since < sliceMs) return;
    await app.breathe();
    onTurn(done);
    since = performance.now();
  };
}

/**
 * What ran, what did not and what is planned over all schedules: all of it, listed up to `limit` and counted beyond.
 * `onTurn` is told between slices how much is done, from 0 to 1; what it throws ends the reading.
 */
export async function calendarRange(
  app: AlmanacApp,
  range: Range,
  onTurn: (done: number) => void = () => {},
): Promise<CalendarRange> {
  const { edges, minutes } = stretchesOf(range);
  const counts = createCounts(edges, range.limit);
  const turn = createTurn(app, onTurn);
  const { runs, omissions, planned } = await gather(app, range, amongOf(app, range), edges, counts, turn, onTurn);
  const listed = new Set([...runs, ...omissions, ...planned].flatMap(({ scheduleId }) => scheduleId ?? []));
  return {
    runs,
    planned: planned.map(({ at, ...firing }) => ({ ...firing, at: new Date(at).toISOString() })),
    omissions,
    counts: counts.rows(),
    partly: counts.partly(listed),
    stretchMinutes: minutes,
  };
}
