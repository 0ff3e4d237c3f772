import type { CalendarSearch } from "../../app/search.ts";
import { localDate } from "../../format/time.ts";
import { timeFormat } from "../../format/useTimeFormat.ts";
import { chosenFirstDay } from "../../format/week.ts";
import { readMonthAhead } from "../timeline/useCalendarRange.ts";
import { datesOf } from "./calendarModel.ts";
import { monthInput } from "./readInput.ts";

/** Begins to read the month that an address leads to, while the page that draws it is still on its way. */
export async function readAhead(search: CalendarSearch): Promise<void> {
  if ((search.view ?? "month") !== "month") return;
  const { zone } = timeFormat();
  const dates = datesOf("month", search.date ?? localDate(Date.now(), zone), chosenFirstDay());
  await readMonthAhead(monthInput(dates, zone, search));
}
