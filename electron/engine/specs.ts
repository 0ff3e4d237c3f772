import { type CompiledSpec, compileSpec, type ScheduleSpec } from "../../shared/schedule/index.ts";
import type { CalendarStore } from "../storage/tables/calendars.ts";

const KEPT = 2000;

export interface SpecSource {
  /** JSON text of the spec. */
  spec: string;
  anchorAt: number;
  lastCompletedAt: number | null;
}

/** The spec without what waits for a run to end: what may fire while one is active. Null where nothing is left. */
function withoutCompletion(spec: ScheduleSpec): ScheduleSpec | null {
  const intervals = (Array.isArray(spec.interval) ? spec.interval : [spec.interval]).filter(
    (entry) => entry !== undefined && (typeof entry === "string" || entry.from !== "completion"),
  );
  const { interval: _, ...rest } = spec;
  if (intervals.length > 0) return { ...rest, interval: intervals };
  return rest.cron === undefined && rest.calendar === undefined && rest.at === undefined && rest.on === undefined
    ? null
    : rest;
}

/** Compiled specs, the last few thousand that were asked for; schedules with equal specs share one. */
export function createSpecs(calendars: CalendarStore) {
  const cache = new Map<string, CompiledSpec | null>();
  let known: ReturnType<CalendarStore["all"]> | null = null;

  const compile = (source: SpecSource, runIsActive: boolean): CompiledSpec | null => {
    known ??= calendars.all();
    let spec = JSON.parse(source.spec) as ScheduleSpec;
    if (runIsActive) {
      const rest = withoutCompletion(spec);
      if (rest === null) return null;
      spec = rest;
    }
    return compileSpec(spec, { anchorAt: source.anchorAt, lastCompletedAt: source.lastCompletedAt, calendars: known });
  };

  return {
    /**
     * The compiled spec; null where every entry waits for the active run to end (`runIsActive`).
     * Throws SpecError where it needs a zone or calendar that is gone.
     */
    get(source: SpecSource, runIsActive = false): CompiledSpec | null {
      const { spec } = source;
      let key = spec;
      if (spec.includes('"interval"')) {
        key += `|${source.anchorAt}`;
        if (spec.includes('"completion"')) key += `|${source.lastCompletedAt}|${runIsActive}`;
      }
      let compiled = cache.get(key);
      if (compiled !== undefined) {
        // Newest last: the first key is the one that was not asked for longest.
        cache.delete(key);
      } else {
        compiled = compile(source, runIsActive && spec.includes('"completion"'));
        if (cache.size >= KEPT) cache.delete(cache.keys().next().value as string);
      }
      cache.set(key, compiled);
      return compiled;
    },
    /** Exclusion calendars have changed. */
    clear(): void {
      cache.clear();
      known = null;
    },
    calendars: () => (known ??= calendars.all()),
  };
}
export type Specs = ReturnType<typeof createSpecs>;
