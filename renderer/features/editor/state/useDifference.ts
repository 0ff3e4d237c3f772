import { useMemo } from "react";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { type CompiledSpec, compileSpec } from "../../../../shared/schedule/matcher/compile.ts";
import type { ExclusionCalendar, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { type Difference, differenceOf } from "../model/difference.ts";

/** What the edit changes in the runs to come; null where nothing is edited or either side has no times. */
export function useDifference(
  savedSpec: ScheduleSpec | null,
  savedAnchorAt: number,
  edited: CompiledSpec | null,
  calendars: ReadonlyMap<string, ExclusionCalendar>,
  now: number,
): Difference | null {
  const before = useMemo(() => {
    if (savedSpec === null) return null;
    try {
      return compileSpec(savedSpec, { anchorAt: savedAnchorAt, calendars });
    } catch (error) {
      if (error instanceof SpecError) return null;
      throw error;
    }
  }, [savedSpec, savedAnchorAt, calendars]);
  return useMemo(
    () => (before === null || edited === null ? null : differenceOf(before, edited, now)),
    [before, edited, now],
  );
}
