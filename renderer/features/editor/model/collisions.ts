import { type CompiledSpec, compileSpec } from "../../../../shared/schedule/compile.ts";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { nextOccurrence } from "../../../../shared/schedule/occurrences.ts";
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

export interface CompiledOther {
  name: string;
  compiled: CompiledSpec;
}

/** Compiles the other schedules once; one that does not compile here (an unknown zone) is left out. */
export function compileOthers(
  others: readonly OtherSchedule[],
  calendars: ReadonlyMap<string, ExclusionCalendar>,
): CompiledOther[] {
  return others.flatMap((other) => {
    try {
      return [{ name: other.name, compiled: compileSpec(other.spec, { anchorAt: other.anchorAt, calendars }) }];
    } catch (error) {
      if (error instanceof SpecError) return [];
      throw error;
    }
  });
}

const SLICE = 250;

/** Finds what else fires at these instants. Yields between slices, so that thousands of schedules never hold the page up. */
export function* findCollisions(
  times: readonly number[],
  others: readonly CompiledOther[],
): Generator<void, Collision[]> {
  const names = new Map<number, string[]>();
  for (let i = 0; i < others.length; i++) {
    const other = others[i] as CompiledOther;
    for (const at of times) {
      if (nextOccurrence(other.compiled, at - 1) === at) names.set(at, [...(names.get(at) ?? []), other.name]);
    }
    if (i % SLICE === SLICE - 1) yield;
  }
  return times.flatMap((at) => {
    const found = names.get(at);
    return found ? [{ at, names: found }] : [];
  });
}
