import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { addDays } from "../../../../shared/schedule/zone/civil.ts";

/** A spec to begin from. The zone stays the editor's own. */
export interface Template {
  label: string;
  spec: ScheduleSpec;
}

/** The first date from `today` on that is a weekday (0 is Sunday). */
function nextWeekday(today: string, weekday: number): string {
  let date = today;
  while (new Date(`${date}T00:00:00Z`).getUTCDay() !== weekday) date = addDays(date, 1);
  return date;
}

/** The templates on a day (a date to count from), with the name of a calendar of holidays where there is one. */
export function templatesOf(today: string, holidays: string | undefined): readonly Template[] {
  const off = holidays === undefined ? {} : { holidays };
  return [
    { label: "Every weekday morning", spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["09:00"] }] } },
    { label: "1st and 15th at midnight", spec: { calendar: [{ dayOfMonth: [1, 15], times: ["00:00"] }] } },
    {
      label: "First Sunday of the month",
      spec: { calendar: [{ dayOfWeek: "sun", weekOfMonth: 1, times: ["06:00"] }] },
    },
    {
      label: "Every second Thursday",
      spec: { calendar: [{ dayOfWeek: "thu", everyWeeks: 2, from: nextWeekday(today, 4), times: ["09:00"] }] },
    },
    { label: "The 31st or the month's last day", spec: { calendar: [{ dayOfMonth: "L", times: ["23:00"] }] } },
    { label: "Last business day of the month", spec: { calendar: [{ businessDay: -1, ...off, times: ["17:00"] }] } },
    {
      label: "The 25th, or the last business day before where it is a holiday",
      spec: {
        calendar: [
          { dayOfMonth: 25, ...off, ...(holidays === undefined ? {} : { onHoliday: "before" }), times: ["09:00"] },
        ],
      },
    },
    {
      label: "Each quarter's second working day",
      spec: { calendar: [{ month: [1, 4, 7, 10], businessDay: 2, ...off, times: ["09:00"] }] },
    },
    {
      label: "Every quarter hour in office hours",
      spec: { calendar: [{ dayOfWeek: "mon-fri", every: "15m", between: ["09:00", "17:00"] }] },
    },
    {
      label: "Second Tuesday of the month",
      spec: { calendar: [{ dayOfWeek: "tue", weekOfMonth: 2, times: ["10:00"] }] },
    },
    { label: "Every night at 02:30", spec: { calendar: [{ times: ["02:30"] }] } },
    { label: "Every hour, as an interval", spec: { interval: "1h" } },
    {
      label: "First day of each quarter",
      spec: { calendar: [{ month: [1, 4, 7, 10], dayOfMonth: 1, times: ["06:00"] }] },
    },
  ];
}
