import { compileSpec, countByLocalDay } from "../../../shared/schedule/index.ts";
import type { Exclusion } from "../../../shared/schedule/types.ts";

const DAY_MS = 86_400_000;

/** The local dates of a year that the entries exclude as a whole. */
export function excludedDays(entries: readonly Exclusion[], year: number): string[] {
  if (entries.length === 0) return [];
  const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
  // A day with any minute left is not excluded whole.
  const compiled = compileSpec({ calendar: { every: "1m" }, exclude: entries }, { anchorAt: 0 });
  const left = new Set(countByLocalDay(compiled, from, to).map((day) => day.date));
  const dates = Array.from({ length: (to - from) / DAY_MS }, (_, i) =>
    new Date(from + i * DAY_MS).toISOString().slice(0, 10),
  );
  return dates.filter((date) => !left.has(date));
}
