import { AppError } from "../../../shared/domain/errors.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { scheduleView } from "../../storage/reads/views.ts";
import { createWaitingReads } from "../../storage/reads/waiting.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { settleOverdue } from "../firing/catchup.ts";
import type { Lease } from "../ownership/lease.ts";

/** What every command on schedules begins and ends with. */
export interface ScheduleLookup {
  /** As the API shows it. */
  view(record: ScheduleRecord): Schedule;
  /** Throws NOT_FOUND. */
  existing(scheduleId: string): ScheduleRecord;
  /** The same once what is overdue has been dealt with under the rules it came due under; inside a transaction. */
  settled(scheduleId: string): ScheduleRecord;
}

export function createScheduleLookup(core: Core, lease: Lease): ScheduleLookup {
  const { schedules, runs, omissions } = core.stores;

  const waiting = createWaitingReads(core.stores);

  const view = (record: ScheduleRecord): Schedule => {
    // One that never ran is not looked up: thousands are made in one import.
    const ahead = record.skippedRuns === 0 ? 0 : omissions.skippedAhead(record.id, core.clock.now());
    if (record.totalRuns === 0)
      return scheduleView(record, { runningRunIds: [], bufferedCount: 0, waitingFor: null }, ahead);
    const bufferedCount = runs.bufferedCount(record.id);
    const waitingFor = waiting.ofSchedule(record.id, bufferedCount);
    return scheduleView(record, { runningRunIds: runs.runningIds(record.id), bufferedCount, waitingFor }, ahead);
  };

  const existing = (scheduleId: string): ScheduleRecord => {
    const record = schedules.get(scheduleId);
    if (record !== undefined) return record;
    throw new AppError("NOT_FOUND", `There is no schedule ${JSON.stringify(scheduleId)}.`, {
      issues: [{ path: "scheduleId", given: scheduleId, message: "the id of a schedule; `schedules list` shows them" }],
    });
  };

  const settled = (scheduleId: string): ScheduleRecord => {
    existing(scheduleId);
    settleOverdue(core, scheduleId, lease.downSinceAt() ?? core.clock.now());
    return existing(scheduleId);
  };

  return { view, existing, settled };
}

/** A command that the schedule's state does not allow. */
export function illegal(record: ScheduleRecord, wanted: string, why = ""): AppError {
  return new AppError(
    "ILLEGAL_TRANSITION",
    `Schedule ${record.id} is ${record.status} and cannot be ${wanted}.${why}`,
    {
      issues: [{ path: "scheduleId", given: record.id, message: `a schedule that is not ${record.status}` }],
    },
  );
}

export const deletedHint = (id: string): string => ` Restore it first, or purge it to free the id ${id}.`;
