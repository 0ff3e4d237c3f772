import type { z } from "zod";
import { pauseScheduleSchema } from "../../../shared/api/schedules.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { resumeAt } from "../firing/pauseEnds.ts";
import { planAgain } from "../firing/planning.ts";
import { cancelWaiting } from "../runs/ends.ts";
import { illegal, type ScheduleLookup } from "./scheduleLookup.ts";

/** Rows removed in one transaction: a few ms of the process's time. */
const PURGED_AT_ONCE = 200;

/** What plans nothing: a schedule that is paused or deleted. */
const unplanned = { nextRunAt: null, nextFireAt: null, catchupUntilAt: null } as const;

/** Stops it firing, also one that is paused already: the note and the end are then the new ones. */
export function pauseSchedule(
  core: Core,
  lookup: ScheduleLookup,
  raw: z.input<typeof pauseScheduleSchema>,
  actor: Actor,
): Schedule {
  const input = parseWith(pauseScheduleSchema, raw);
  return core.write(() => {
    const before = lookup.settled(input.scheduleId);
    if (before.status === "deleted" || before.status === "ended") throw illegal(before, "paused");
    const now = core.clock.now();
    const untilAt = input.until === undefined ? null : Date.parse(input.until);
    if (untilAt !== null && untilAt <= now) throw invalidField("until", input.until, "an instant in the future");
    const record: ScheduleRecord = {
      ...before,
      status: "paused",
      pausedAt: before.pausedAt ?? now,
      pausedUntilAt: untilAt,
      pausedBy: actor,
      pauseNote: input.note ?? null,
      ...unplanned,
      updatedAt: now,
    };
    core.stores.schedules.update(record);
    const details: Record<string, unknown> = {};
    if (input.note !== undefined) details["note"] = input.note;
    if (untilAt !== null) details["until"] = new Date(untilAt).toISOString();
    core.stores.activity.add({ scheduleId: record.id, at: now, kind: "paused", actor, details });
    core.touch("schedules", record.id);
    return lookup.view(record);
  });
}

/** Lets it fire again from now on; what fell into the pause is not caught up. */
export function resumeSchedule(core: Core, lookup: ScheduleLookup, scheduleId: string, actor: Actor): Schedule {
  return core.write(() => {
    const record = lookup.existing(scheduleId);
    if (record.status !== "paused") throw illegal(record, "resumed", " Only a paused schedule can.");
    resumeAt(core, record, core.clock.now(), actor);
    return lookup.view(lookup.existing(scheduleId));
  });
}

/** Deletes it softly: what waits is called off, the record and its runs stay. */
export function deleteSchedule(core: Core, lookup: ScheduleLookup, scheduleId: string, actor: Actor): Schedule {
  return core.write(() => {
    const before = lookup.settled(scheduleId);
    if (before.status === "deleted") throw illegal(before, "deleted");
    const now = core.clock.now();
    const gone: ScheduleRecord = {
      ...before,
      status: "deleted",
      deletedAt: now,
      ...unplanned,
      updatedAt: now,
    };
    core.stores.schedules.update(gone);
    core.hooks?.scheduleDeleted(scheduleId, actor);
    for (const run of core.stores.runs.waiting(scheduleId)) cancelWaiting(core, run, actor, "deleted");
    core.stores.activity.add({ scheduleId, at: now, kind: "deleted", actor });
    core.touch("schedules", scheduleId);
    return lookup.view(lookup.existing(scheduleId));
  });
}

/** Takes a deletion back: it is what it was before, from now on. */
export function restoreSchedule(core: Core, lookup: ScheduleLookup, scheduleId: string, actor: Actor): Schedule {
  return core.write(() => {
    const before = lookup.existing(scheduleId);
    if (before.status !== "deleted") throw illegal(before, "restored", " Only a deleted schedule can.");
    const now = core.clock.now();
    const record: ScheduleRecord = {
      ...before,
      deletedAt: null,
      status: before.pausedAt === null ? "active" : "paused",
      updatedAt: now,
    };
    if (record.status === "active") {
      const next = planAgain(core, record, now);
      Object.assign(record, {
        nextRunAt: next.nextRunAt,
        nextFireAt: next.nextFireAt,
        status: next.endedBy === null ? "active" : "ended",
      });
    }
    core.stores.schedules.update(record);
    core.stores.activity.add({ scheduleId, at: now, kind: "restored", actor });
    core.touch("schedules", scheduleId);
    return lookup.view(record);
  });
}

/** Removes a deleted schedule with all that is kept of it. Whatever stops it, the rest is purged by asking again. */
export async function purgeSchedule(core: Core, lookup: ScheduleLookup, scheduleId: string): Promise<void> {
  const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));
  while (purgeSome(core, lookup, scheduleId)) await (core.checkpointIfLong() ?? nextTurn());
}

/** One step of a purge; false when nothing of the schedule is left. */
function purgeSome(core: Core, lookup: ScheduleLookup, scheduleId: string): boolean {
  return core.write(() => {
    const record = lookup.existing(scheduleId);
    if (record.status !== "deleted") throw illegal(record, "purged", " Delete it first.");
    const active = core.stores.runs.active(scheduleId).filter((run) => run.status !== "interrupted");
    if (active.length > 0) {
      throw new AppError(
        "CONFLICT",
        `Schedule ${scheduleId} cannot be purged while ${active.length} of its runs have not ended (${active[0]?.id}).`,
      );
    }
    core.touch("runs");
    if (core.stores.retention.removeSome(scheduleId, PURGED_AT_ONCE)) return true;
    core.stores.schedules.remove(scheduleId);
    core.touch("schedules");
    return false;
  });
}
