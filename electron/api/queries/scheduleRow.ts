import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { describeSpec } from "../../../shared/schedule/index.ts";
import type { ReadModel, ScheduleReading } from "../../storage/readModel.ts";

export function scheduleRow({ schedule, ratio, outcomes, holes }: ScheduleReading): ScheduleRow {
  return { ...schedule, specText: describeSpec(schedule.spec), ratio, outcomes, holes };
}

export const noSchedule = (scheduleId: string): AppError =>
  new AppError("NOT_FOUND", `there is no schedule "${scheduleId}"`, {
    issues: [{ path: "scheduleId", given: scheduleId, message: "the id of a schedule that exists" }],
  });

/** A schedule as a row of the list shows it. Throws NOT_FOUND. */
export function scheduleRowOf(app: { reads: ReadModel }, scheduleId: string): ScheduleRow {
  const reading = app.reads.readSchedule(scheduleId);
  if (reading === undefined) throw noSchedule(scheduleId);
  return scheduleRow(reading);
}
