import { AppError } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import { type ExclusionCalendar, exclusionCalendarSchema, SpecError } from "../../../shared/schedule/index.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { settleOverdue } from "../firing/catchup.ts";
import { noteEnd, planChanged } from "../firing/planning.ts";
import type { Lease } from "../ownership/lease.ts";

/** Schedules whose spec names an exclusion calendar. */
function schedulesUsing(core: Core, name: string): ScheduleRecord[] {
  const naming = JSON.stringify({ calendar: name }).slice(1, -1);
  return core.stores.schedules.withSpecText(naming);
}

/** Saves a calendar; the schedules that name it get the next occurrence that follows from it. */
export function saveCalendar(core: Core, lease: Lease, raw: ExclusionCalendar): void {
  const calendar = parseWith(exclusionCalendarSchema, raw) as ExclusionCalendar;
  core.write(() => {
    const now = core.clock.now();
    const using = schedulesUsing(core, calendar.name);
    // What came due before this change came due under the old calendar.
    for (const { id } of using) settleOverdue(core, id, lease.downSinceAt() ?? now);
    core.stores.calendars.save(calendar, now);
    core.specs.clear();
    for (const { id } of using) {
      const schedule = core.stores.schedules.get(id);
      // One that had nothing left to run may have again.
      if (schedule?.status !== "active" && schedule?.status !== "ended") continue;
      try {
        const { nextRunAt, nextFireAt, endedBy } = planChanged(core, schedule, now);
        const status = endedBy === null ? "active" : "ended";
        core.stores.schedules.progress({ ...schedule, nextRunAt, nextFireAt, status });
        if (endedBy !== null && schedule.status === "active") noteEnd(core, id, endedBy);
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        core.logger.error(`schedule ${id} cannot use the calendar ${calendar.name}`, error);
      }
      core.touch("schedules", id);
    }
    core.touch("calendars");
  });
}

/** Removes a calendar that no schedule names; throws CONFLICT with those that do. */
export function deleteCalendar(core: Core, name: string): void {
  core.write(() => {
    const using = schedulesUsing(core, name);
    if (using.length > 0) {
      const ids = using.map((schedule) => schedule.id);
      throw new AppError(
        "CONFLICT",
        `The calendar ${JSON.stringify(name)} is used by ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}. Remove it from them first.`,
        {
          issues: [{ path: "name", given: name, message: "a calendar that no schedule names" }],
        },
      );
    }
    if (!core.stores.calendars.remove(name))
      throw new AppError("NOT_FOUND", `There is no calendar ${JSON.stringify(name)}.`);
    core.specs.clear();
    core.touch("calendars");
  });
}
