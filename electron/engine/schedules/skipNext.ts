import { skipNextSchema } from "../../../shared/api/schedules.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { fireTimeOf, occurrencesBetween } from "../../../shared/schedule/index.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { recordOmission } from "../firing/omissions.ts";
import { noteEnd, planAfter, planAgain } from "../firing/planning.ts";
import { deletedHint, illegal, type ScheduleLookup } from "./scheduleLookup.ts";

/** Drops one occurrence that is still to come. */
export function skipNext(
  core: Core,
  lookup: ScheduleLookup,
  scheduleId: string,
  scheduledTime: string,
  actor: Actor,
): Schedule {
  const input = parseWith(skipNextSchema, { scheduleId, scheduledTime });
  return core.write(() => {
    const record = lookup.settled(input.scheduleId);
    if (record.status !== "active") throw illegal(record, "told to skip a run");
    const at = Date.parse(input.scheduledTime);
    const compiled = core.specs.get(record);
    const occurs = compiled !== null && occurrencesBetween(compiled, at, at + 1, 1).length > 0;
    // One that its jitter still holds back is to come, too.
    const isPast = at <= core.clock.now() && at !== record.nextRunAt;
    if (isPast || !occurs || core.stores.runs.hasOccurrence(scheduleId, at)) {
      const next =
        record.nextRunAt === null ? "it has none" : `its next is ${new Date(record.nextRunAt).toISOString()}`;
      throw invalidField(
        "scheduledTime",
        scheduledTime,
        `an occurrence of ${scheduleId} that is still to come; ${next}`,
      );
    }
    if (core.stores.omissions.isSkippedByHand(scheduleId, at))
      throw invalidField("scheduledTime", scheduledTime, "an occurrence that is not skipped already");
    recordOmission(
      core,
      scheduleId,
      { kind: "skipped", reason: "by_hand", firstAt: at, lastAt: at, count: 1 },
      null,
      actor,
    );
    if (record.nextRunAt === at) {
      const { nextRunAt, nextFireAt, ended } = planAfter(core, record, at);
      core.stores.schedules.progress({ ...record, nextRunAt, nextFireAt, status: ended ? "ended" : "active" });
      if (ended) noteEnd(core, scheduleId, "endAt");
    }
    return lookup.view(lookup.existing(scheduleId));
  });
}

/** Takes a skip back whose time is still to come: the occurrence fires after all. */
export function unskip(
  core: Core,
  lookup: ScheduleLookup,
  scheduleId: string,
  scheduledTime: string,
  actor: Actor,
): Schedule {
  const input = parseWith(skipNextSchema, { scheduleId, scheduledTime });
  return core.write(() => {
    const record = lookup.settled(input.scheduleId);
    if (record.status === "deleted") throw illegal(record, "told to run after all", deletedHint(record.id));
    const { schedules, omissions, activity } = core.stores;
    const at = Date.parse(input.scheduledTime);
    if (!omissions.isSkippedByHand(scheduleId, at))
      throw invalidField("scheduledTime", scheduledTime, `an occurrence of ${scheduleId} that was skipped by hand`);
    const now = core.clock.now();
    const compiled = core.specs.get(record);
    if ((compiled === null ? at : fireTimeOf(compiled, scheduleId, at)) <= now)
      throw invalidField(
        "scheduledTime",
        scheduledTime,
        "a skipped run that is still to come: this one's time has passed",
      );
    omissions.removeByHand(scheduleId, at);
    schedules.addSkipped(scheduleId, -1);
    const details = { scheduledTime: new Date(at).toISOString() };
    activity.add({ scheduleId, at: now, kind: "unskipped", actor, details });
    const wasNext = record.nextRunAt === null || at < record.nextRunAt;
    // One that ended because its last occurrence was skipped has that again.
    if (wasNext && (record.status === "active" || record.status === "ended")) {
      const { nextRunAt, nextFireAt, endedBy } = planAgain(core, record, at - 1);
      if (nextRunAt === at && endedBy === null)
        schedules.progress({ ...record, nextRunAt, nextFireAt, status: "active" });
    }
    core.touch("schedules", scheduleId);
    return lookup.view(lookup.existing(scheduleId));
  });
}
