import type { SchedulesSearch } from "../../../app/search.ts";

/** What a list can be narrowed to, besides its fields. */
export const conditionNames: Record<NonNullable<SchedulesSearch["condition"]>, string> = {
  attention: "Needs attention",
  running: "Running now",
  failing: "Last run failed",
  missed: "Has missed runs",
};
