import { SpecError } from "../../../../shared/schedule/errors.ts";
import { type CompiledSpec, compileSpec } from "../../../../shared/schedule/matcher/compile.ts";
import { nextOccurrence } from "../../../../shared/schedule/matcher/occurrences.ts";
import type { ExclusionCalendar, ScheduleSpec } from "../../../../shared/schedule/types.ts";

/** Another schedule, to be held against this one's next runs. */
export interface OtherSchedule {
  scheduleId: string;
  name: string;
  spec: ScheduleSpec;
  anchorAt: number;
}

export interface Collision {
  /** Epoch ms of one of the next runs. */
  at: number;
  /** Names of the other schedules that fire at that instant. */
  names: readonly string[];
}

/** Finds what else fires at given instants; see `createCollisionSearch`. */
export type CollisionSearch = (times: readonly number[]) => Generator<void, Collision[]>;

/**
 * A search among other schedules, each of them compiled when it is first looked at. It yields after every few, so that
 * thousands of schedules never hold the page up. One that does not compile here (an unknown zone) is left out.
 */
export function createCollisionSearch(
  others: readonly OtherSchedule[],
  calendars: ReadonlyMap<string, ExclusionCalendar>,
): CollisionSearch {
  const compiled: (CompiledSpec | null)[] = [];
  return function* find(times) {
    const names = new Map<number, string[]>();
    for (let i = 0; i < others.length && times.length > 0; i++) {
      const other = others[i] as OtherSchedule;
      if (compiled[i] === undefined) compiled[i] = compileOther(other, calendars);
      const spec = compiled[i];
      for (const at of spec ? times : []) {
        if (spec && nextOccurrence(spec, at - 1) === at) names.set(at, [...(names.get(at) ?? []), other.name]);
      }
      if (i % SLICE === SLICE - 1) yield;
    }
    return times.flatMap((at) => {
      const found = names.get(at);
      return found ? [{ at, names: found }] : [];
    });
  };
}

const SLICE = 16;

function compileOther(other: OtherSchedule, calendars: ReadonlyMap<string, ExclusionCalendar>): CompiledSpec | null {
  try {
    return compileSpec(other.spec, { anchorAt: other.anchorAt, calendars });
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}
