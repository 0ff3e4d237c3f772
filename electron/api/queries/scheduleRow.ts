import type { FollowedSchedule, ListedSchedule, ScheduleRow } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { describeSpec, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { ListedReading, ReadModel, ScheduleReading } from "../../storage/reads/readModel.ts";

/** What rows tell of a spec. */
type SpecFacts = Pick<ListedSchedule, "specText" | "timezone" | "onEvents">;

const factsKept = 5000;
const kept = new Map<string, SpecFacts>();

/** Of a spec as JSON; a list asks for the same ones again and again. */
function specFacts(json: string, follows: readonly FollowedSchedule[]): SpecFacts {
  const key = follows.length === 0 ? json : json + JSON.stringify(follows);
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= factsKept) kept.clear();
  const spec = JSON.parse(json) as ScheduleSpec;
  const nameOf = (id: string) => follows.find(({ scheduleId }) => scheduleId === id)?.name;
  const facts: SpecFacts = {
    specText: describeSpec(spec, { nameOf }),
    timezone: spec.timezone ?? "UTC",
    onEvents: spec.on !== undefined,
  };
  kept.set(key, facts);
  return facts;
}

export function scheduleRow({ schedule, ...shown }: ScheduleReading): ScheduleRow {
  const { specText, timezone } = specFacts(JSON.stringify(schedule.spec), shown.follows);
  return { ...schedule, specText, timezone, ...shown };
}

export const listedSchedule = ({ spec, ...shown }: ListedReading): ListedSchedule => ({
  ...shown,
  ...specFacts(spec, shown.follows),
});

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
