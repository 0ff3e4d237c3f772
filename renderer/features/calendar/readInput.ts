import type { CalendarSearch } from "../../app/search.ts";
import type { RangeFilter } from "../timeline/rangeItems.ts";
import type { MonthInput } from "../timeline/useCalendarRange.ts";
import { addDays, startOfDay } from "./calendarModel.ts";

const limit = 5000;

/** What of the filters the engine applies. */
export function rangeFilter({ q, workflow, tag }: CalendarSearch): RangeFilter {
  return {
    ...(q === undefined ? {} : { search: q }),
    ...(workflow === undefined ? {} : { workflowName: workflow }),
    ...(tag === undefined ? {} : { tag }),
  };
}

/** What a month reads of these days, narrowed as the address says. */
export const monthInput = (dates: readonly string[], zone: string, search: CalendarSearch): MonthInput => ({
  from: startOfDay(dates[0] ?? "").toISOString(),
  to: startOfDay(addDays(dates.at(-1) ?? "", 1)).toISOString(),
  zone,
  limit,
  ...rangeFilter(search),
  ...(search.outcome === undefined ? {} : { outcome: search.outcome }),
});
