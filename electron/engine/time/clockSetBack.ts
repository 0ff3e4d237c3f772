import { countBetween, type IntervalEntry, parseDuration, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { DowntimeSpan } from "../../storage/tables/downtimes.ts";
import type { OmissionRecord } from "../../storage/tables/omissions.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { forSchedules } from "../firing/cannotFire.ts";
import { countKept } from "../firing/omissions.ts";
import { planAgain } from "../firing/planning.ts";

/**
 * The clock was set back: schedules have dealt with occurrences that lie ahead again. None of them fires twice (each
 * has its row). Records of ones that were missed or skipped ahead of now are taken back, since they are not over, and with
 * them their part in the accounts of downtimes; so is the end of a schedule that lies ahead again. Intervals that only have the phase of their creation get a new one, or
 * they would be silent until the clock has caught up.
 */
export function accountForSetBack(core: Core, ids: readonly string[], now: number): void {
  const { schedules, downtimes } = core.stores;
  const ahead = downtimes.reaching(now);
  forSchedules(core, ids, (id) => {
    const schedule = schedules.get(id);
    if (schedule === undefined) return;
    const { skipped, missed } = takeBack(core, schedule, now, ahead);
    const rest: ScheduleRecord = {
      ...schedule,
      skippedRuns: schedule.skippedRuns - skipped,
      missedRuns: schedule.missedRuns - missed,
      lastScheduledAt: now,
      catchupUntilAt: null,
    };
    rest.anchorAt = newPhase(core, rest, now);
    const { nextRunAt, nextFireAt, endedBy } = planAgain(core, rest, now);
    schedules.update({ ...rest, nextRunAt, nextFireAt, status: endedBy === null ? "active" : "ended" });
    core.touch("schedules", id);
  });
  if (ahead.length === 0) return;
  core.writeAsOwner(() => {
    for (const { id } of ahead) downtimes.cut(id, now);
    core.touch("system");
  });
}

function takeBack(
  core: Core,
  schedule: ScheduleRecord,
  now: number,
  ahead: readonly DowntimeSpan[],
): { skipped: number; missed: number } {
  const { omissions } = core.stores;
  const taken = { skipped: 0, missed: 0 };
  for (const omission of omissions.after(schedule.id, now)) {
    takeFromDowntimes(core, schedule, omission, now, ahead);
    if (omission.firstAt > now) {
      omissions.remove(omission.id);
      taken[omission.kind] += omission.count;
      continue;
    }
    const compiled = core.specs.get(schedule);
    const kept = compiled === null ? omission.count : Math.max(1, countBetween(compiled, omission.firstAt, now + 1));
    omissions.cut(omission.id, now, kept);
    taken[omission.kind] += omission.count - kept;
  }
  return taken;
}

/** Takes the part of an omission that lies ahead out of the accounts of the downtimes that it came due in. */
function takeFromDowntimes(
  core: Core,
  schedule: ScheduleRecord,
  omission: OmissionRecord,
  now: number,
  ahead: readonly DowntimeSpan[],
): void {
  for (const { id, fromAt, toAt } of ahead) {
    const firstAt = Math.max(omission.firstAt, fromAt, now + 1);
    const lastAt = Math.min(omission.lastAt, toAt);
    if (firstAt > lastAt) continue;
    const compiled = core.specs.get(schedule);
    const count = compiled === null ? omission.count : countKept(core, schedule.id, compiled, firstAt, lastAt);
    core.stores.downtimes.add(id, { due: -count, ran: 0, skipped: 0, missed: 0, [omission.kind]: -count });
  }
}

/** An anchor whose occurrences from now on none has run for yet; the old one where the spec fixes its phase. */
function newPhase(core: Core, schedule: ScheduleRecord, now: number): number {
  const spec = JSON.parse(schedule.spec) as ScheduleSpec;
  const list = (Array.isArray(spec.interval) ? spec.interval : [spec.interval]) as (
    | string
    | IntervalEntry
    | undefined
  )[];
  const free = list.flatMap((entry) => {
    if (entry === undefined || spec.startAt) return [];
    if (typeof entry === "string") return [parseDuration(entry)];
    return entry.anchor === undefined && entry.from !== "completion" ? [parseDuration(entry.every)] : [];
  });
  if (free.length === 0) return schedule.anchorAt;
  let anchorAt = now;
  while (
    anchorAt > now - 1000 &&
    free.some((everyMs) => core.stores.runs.anyOnLattice(schedule.id, now, anchorAt, everyMs))
  ) {
    anchorAt -= 1;
  }
  return anchorAt;
}
