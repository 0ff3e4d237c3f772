import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";

/** A spec to begin from. The zone stays the editor's own. */
export interface Template {
  label: string;
  spec: ScheduleSpec;
}

export const templates: readonly Template[] = [
  { label: "Every weekday morning", spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["09:00"] }] } },
  { label: "1st and 15th at midnight", spec: { calendar: [{ dayOfMonth: [1, 15], times: ["00:00"] }] } },
  { label: "Last business day of the month", spec: { calendar: [{ dayOfMonth: "LW", times: ["17:00"] }] } },
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
