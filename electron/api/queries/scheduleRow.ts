import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { describeSpec, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { ReadModel, ScheduleReading } from "../../storage/reads/readModel.ts";

const textsKept = 5000;
const texts = new Map<string, string>();

/** A spec in words; a list asks for the same ones again and again. */
function specText(spec: ScheduleSpec): string {
  const key = JSON.stringify(spec);
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size >= textsKept) texts.clear();
  const text = describeSpec(spec);
  texts.set(key, text);
  return text;
}

export function scheduleRow({ schedule, ...shown }: ScheduleReading): ScheduleRow {
  return { ...schedule, specText: specText(schedule.spec), ...shown };
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
