import { SpecError } from "../../../../shared/schedule/errors.ts";
import { compileSpec } from "../../../../shared/schedule/matcher/compile.ts";
import { compileDays } from "../../../../shared/schedule/matcher/compileDays.ts";
import { countBetween } from "../../../../shared/schedule/matcher/occurrences.ts";
import { FieldProblem } from "../../../../shared/schedule/texts/fields.ts";
import { hasTimeFields } from "../../../../shared/schedule/texts/timesOfDay.ts";
import type { Exclusion, ExclusionCalendar, ScheduleSpec, SpecContext } from "../../../../shared/schedule/types.ts";
import { dateOf, parseDate } from "../../../../shared/schedule/zone/civil.ts";

type Calendars = ReadonlyMap<string, ExclusionCalendar>;

/** How many runs each exclusion, by itself, takes out of [from, to); null where the spec or the exclusion is refused. */
export function removedBy(
  spec: ScheduleSpec,
  exclusions: readonly Exclusion[],
  context: SpecContext,
  from: number,
  to: number,
): (number | null)[] {
  const { exclude: _exclude, ...everything } = spec;
  const count = (exclude?: readonly Exclusion[]): number | null => {
    try {
      return countBetween(compileSpec(exclude ? { ...everything, exclude } : everything, context), from, to);
    } catch (error) {
      if (error instanceof SpecError || error instanceof FieldProblem) return null;
      throw error;
    }
  };
  const all = count();
  return exclusions.map((exclusion) => {
    const left = all === null ? null : count([exclusion]);
    return all === null || left === null ? null : all - left;
  });
}

/** Whether an exclusion excludes a whole local date. */
export function coversDate(exclusion: Exclusion, date: string, calendars: Calendars): boolean {
  if (typeof exclusion === "string") return exclusion === date;
  if ("calendar" in exclusion) {
    const entries = calendars.get(exclusion.calendar)?.entries ?? [];
    return entries.some((entry) => coversDate(entry, date, calendars));
  }
  if ("to" in exclusion) return exclusion.from <= date && date <= exclusion.to;
  if (hasTimeFields(exclusion)) return false;
  const day = parseDate(date);
  if (day === null) return false;
  const { year, month, dayOfMonth } = dateOf(day);
  try {
    return ((compileDays(exclusion, { calendars }).maskOf(year * 12 + month - 1) >>> (dayOfMonth - 1)) & 1) === 1;
  } catch (error) {
    if (error instanceof FieldProblem || error instanceof SpecError) return false;
    throw error;
  }
}
