import type { CalendarDay, CalendarDayEntry, CalendarMonth } from "../../../shared/api/calendars.ts";
import { type Outcome, outcomeOf, worstFirst } from "../../../shared/api/outcomes.ts";
import { toLocal } from "../../../shared/schedule/index.ts";
import type { AlmanacApp } from "../context.ts";
import {
  type Among,
  amongOf,
  type Counts,
  createTurn,
  gather,
  type Range,
  stretchesOf,
  stretchOf,
  type Turn,
} from "./calendarRange.ts";

/** As many schedules of a day as the tallest cell has lines for. */
const entriesShown = 20;
const namesShown = 12;
/** From so many schedules at one instant on, it is worth a word. */
const collisionOf = 3;
const dayMinutes = 1440;

/** What asks for a look comes before everything else, in this order. */
const loud: readonly Outcome[] = ["failed", "missed", "running"];
const rankOf = worstFirst.map((outcome) => {
  const place = loud.indexOf(outcome);
  return place === -1 ? loud.length : place;
});
const single = rankOf.length;
const orderOf = new Map(worstFirst.map((outcome, order) => [outcome, order]));

type OutcomeOfCount = Parameters<Counts["add"]>[2];
const outcomeOfCount = (outcome: OutcomeOfCount): Outcome =>
  outcome === "planned" || outcome === "missed" || outcome === "skipped" ? outcome : outcomeOf(outcome);

/** Something with a time of its own. */
interface Listed {
  at: number;
  runId: string | null;
  hole: CalendarDayEntry["hole"];
}

/** One schedule's day: the place of its schedule, and when it begins as far as that is known. */
interface Candidate {
  place: number;
  rank: number;
  many: number;
  /** Of one that is alone in its day and asks for no look: how often it happens in the whole range. */
  often: number;
  at: number;
  count: number;
}

/**
 * In order of what asks for a look, then what has a time of its own, the rarest first, then what happens all the time:
 * what comes each day is known, and hides nothing that comes once a month.
 */
const before = (a: Candidate, b: Candidate): number =>
  a.rank - b.rank ||
  a.many - b.many ||
  a.often - b.often ||
  (a.at === b.at ? 0 : a.at - b.at) ||
  a.count - b.count ||
  a.place - b.place;

/**
 * What each of so many sources does in each of so many days: ten thousand schedules have some 400,000 such cells in a
 * month, so numbers alone are kept of them, and the first single one of those that are listed.
 */
function createCells(sources: number, days: number) {
  const counts = new Uint32Array(sources * days);
  const worst = new Uint8Array(sources * days).fill(single);
  const worstCounts = new Uint32Array(sources * days);
  const sums = new Uint32Array(sources);
  const listed = new Map<number, Listed>();

  return {
    /** `order`: the place of its outcome, worst first. */
    add(place: number, day: number, order: number, count: number, item?: Listed): void {
      const cell = day * sources + place;
      counts[cell] = (counts[cell] as number) + count;
      sums[place] = (sums[place] as number) + count;
      if (order === worst[cell]) worstCounts[cell] = (worstCounts[cell] as number) + count;
      if (order < (worst[cell] as number)) {
        worst[cell] = order;
        worstCounts[cell] = count;
      }
      if (item !== undefined && item.at < (listed.get(cell)?.at ?? Number.POSITIVE_INFINITY)) listed.set(cell, item);
    },
    /** How many sources have anything in a day, and the first of them in order. */
    of(day: number): { sources: number; first: Candidate[] } {
      const first: Candidate[] = [];
      let found = 0;
      for (let place = 0, cell = day * sources; place < sources; place++, cell++) {
        const count = counts[cell] as number;
        if (count === 0) continue;
        found++;
        const rank = rankOf[worst[cell] as number] as number;
        const last = first[entriesShown - 1];
        // Most are no match for what is there: nothing is made for those.
        const many = count > 1 ? 1 : 0;
        const often = many === 0 && rank === loud.length ? (sums[place] as number) : 0;
        if (last !== undefined) {
          const over = rank - last.rank || many - last.many || often - last.often;
          if (over > 0) continue;
        }
        const at = listed.get(cell)?.at ?? Number.POSITIVE_INFINITY;
        const candidate = { place, rank, many, often, at, count };
        if (last !== undefined && before(candidate, last) >= 0) continue;
        const to = first.findIndex((each) => before(candidate, each) < 0);
        first.splice(to === -1 ? first.length : to, 0, candidate);
        if (first.length > entriesShown) first.pop();
      }
      return { sources: found, first };
    },
    entry(place: number, day: number) {
      const cell = day * sources + place;
      return {
        outcome: worstFirst[worst[cell] as number] as Outcome,
        worst: worstCounts[cell] as number,
        count: counts[cell] as number,
        listed: listed.get(cell),
      };
    },
  };
}

/** The instants at which several schedules are due, by day the one with most. */
function createCollisions(days: number) {
  const instants = Array.from({ length: days }, () => new Map<number, Set<string>>());
  return {
    add(day: number, at: number, name: string): void {
      const own = instants[day] as Map<number, Set<string>>;
      const names = own.get(at);
      if (names === undefined) own.set(at, new Set([name]));
      else names.add(name);
    },
    of(day: number): CalendarDay["collision"] {
      let found: { at: number; names: Set<string> } | null = null;
      for (const [at, names] of instants[day] as Map<number, Set<string>>) {
        const most = found?.names.size ?? collisionOf - 1;
        if (names.size > most || (found !== null && names.size === most && at < found.at)) found = { at, names };
      }
      if (found === null) return null;
      const { at, names } = found;
      return { at: new Date(at).toISOString(), schedules: names.size, names: [...names].slice(0, namesShown) };
    },
  };
}

/** The first of a day's entries that were counted and not listed, as they are listed. */
async function listSingles(
  app: AlmanacApp,
  entries: readonly CalendarDayEntry[],
  [fromAt, toAt]: readonly [number, number],
  turn: Turn,
): Promise<void> {
  const planned = new Map<string, CalendarDayEntry>();
  for (const entry of entries) {
    const { scheduleId, outcome } = entry;
    if (entry.count !== 1 || entry.listed || scheduleId === null || outcome === "missed") continue;
    if (outcome === "planned") {
      planned.set(scheduleId, entry);
      continue;
    }
    const [run] = app.reads.runsBetween([scheduleId], fromAt, toAt, 1);
    if (run !== undefined) Object.assign(entry, { at: run.at, runId: run.runId, listed: true });
    await turn(0.98);
  }
  if (planned.size === 0) return;
  const firings = await app.planner.firings(fromAt, toAt, planned.size, new Set(planned.keys()));
  for (const { scheduleId, at } of firings) {
    Object.assign(planned.get(scheduleId) ?? {}, { at: new Date(at).toISOString(), listed: true });
  }
}

function localDate(zone: string, at: number): string {
  const { year, month, day } = toLocal(zone, at);
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/**
 * A range by the reader's days, as far as a month draws it: how many of each outcome, and the schedules that come first.
 * All of what there is has been counted, whatever `limit` leaves without a time of its own.
 */
export async function calendarMonth(
  app: AlmanacApp,
  range: Range & { outcome?: Outcome | undefined },
  onTurn: (done: number) => void = () => {},
): Promise<CalendarMonth> {
  const { edges } = stretchesOf(range, dayMinutes);
  const days = edges.length - 1;
  const among: Among = amongOf(app, range);
  const ids = [...among.names.keys()];
  const places = new Map(ids.map((id, place) => [id, place]));
  const cells = createCells(ids.length, days);
  const collisions = createCollisions(days);
  /** Of each day, by outcome, worst first. */
  const totals = new Float64Array(days * worstFirst.length);
  const isWanted = (outcome: Outcome): boolean => range.outcome === undefined || range.outcome === outcome;
  const addTo = (into: ReturnType<typeof createCells>, place: number, outcome: Outcome, listed?: Listed) => {
    const order = orderOf.get(outcome) as number;
    return (day: number, count: number): void => {
      const total = day * worstFirst.length + order;
      totals[total] = (totals[total] as number) + count;
      into.add(place, day, order, count, listed);
    };
  };

  const turn = createTurn(app, onTurn);
  const counts: Counts = {
    isFull: () => false,
    add({ scheduleId }, day, counted, count) {
      const outcome = outcomeOfCount(counted);
      const place = scheduleId === null ? undefined : places.get(scheduleId);
      if (count !== 0 && place !== undefined && isWanted(outcome)) addTo(cells, place, outcome)(day, count);
    },
    addEach({ scheduleId }, counted, each) {
      const outcome = outcomeOfCount(counted);
      const place = places.get(scheduleId);
      if (place === undefined || !isWanted(outcome)) return;
      const add = addTo(cells, place, outcome);
      for (let day = 0; day < days; day++) if (each[day] !== 0) add(day, each[day] as number);
    },
  };
  const found = await gather(app, range, among, edges, counts, turn, onTurn);

  // Runs by hand are of no schedule: of each workflow they stand together.
  const workflows = [...new Set(found.runs.flatMap(({ scheduleId, name }) => (scheduleId === null ? [name] : [])))];
  const workflowPlaces = new Map(workflows.map((name, place) => [name, place]));
  const byHand = createCells(workflows.length, days);
  const list = (schedule: { scheduleId: string | null; name: string }, outcome: Outcome, item: Listed): void => {
    const { scheduleId, name } = schedule;
    const [into, place] = scheduleId === null ? [byHand, workflowPlaces.get(name)] : [cells, places.get(scheduleId)];
    if (place === undefined || !isWanted(outcome)) return;
    const day = stretchOf(edges, item.at);
    collisions.add(day, item.at, name);
    addTo(into, place, outcome, item)(day, 1);
  };
  for (const run of found.runs) {
    list(run, outcomeOf(run.status), { at: Date.parse(run.at), runId: run.runId, hole: null });
    await turn(0.95);
  }
  for (const planned of found.planned) list(planned, "planned", { at: planned.at, runId: null, hole: null });
  await turn(0.96);
  const now = Date.now();
  for (const omission of found.omissions) {
    const at = Date.parse(omission.firstTime);
    // A range leaves its end out.
    const to = new Date(Date.parse(omission.lastTime) + 1).toISOString();
    // What is still to come is no hole yet.
    list(omission, omission.kind, { at, runId: null, hole: at > now ? null : { from: omission.firstTime, to } });
  }

  const read: CalendarDay[] = [];
  for (let day = 0; day < days; day++) {
    const [from, to] = [edges[day] as number, edges[day + 1] as number];
    const all = [
      { own: cells, of: cells.of(day), sourceOf: (place: number) => ({ scheduleId: ids[place] as string }) },
      { own: byHand, of: byHand.of(day), sourceOf: () => ({ scheduleId: null }) },
    ];
    const entries = all
      .flatMap(({ own, of, sourceOf }) => of.first.map((candidate) => ({ candidate, own, sourceOf })))
      .sort((a, b) => before(a.candidate, b.candidate))
      .slice(0, entriesShown)
      .map(({ candidate: { place }, own, sourceOf }): CalendarDayEntry => {
        const { scheduleId } = sourceOf(place);
        const { listed, ...counted } = own.entry(place, day);
        const stretch = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
        return {
          scheduleId,
          name: scheduleId === null ? (workflows[place] as string) : (among.names.get(scheduleId) as string),
          ...counted,
          at: listed === undefined ? stretch.from : new Date(listed.at).toISOString(),
          listed: listed !== undefined,
          runId: counted.count === 1 ? (listed?.runId ?? null) : null,
          hole: counted.count === 1 ? (listed?.hole ?? (counted.outcome === "missed" ? stretch : null)) : null,
        };
      });
    await listSingles(app, entries, [from, to], turn);
    read.push({
      date: localDate(range.zone, from),
      counts: Object.fromEntries(
        worstFirst.flatMap((outcome, order) => {
          const count = totals[day * worstFirst.length + order] as number;
          return count === 0 ? [] : [[outcome, count] as const];
        }),
      ),
      schedules: all.reduce((sum, { of }) => sum + of.sources, 0),
      entries,
      collision: collisions.of(day),
    });
    await turn(0.97);
  }
  return { days: read };
}
