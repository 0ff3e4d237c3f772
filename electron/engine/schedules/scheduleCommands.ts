import type { z } from "zod";
import type { moveOccurrenceSchema, moveTimesSchema } from "../../../shared/api/moves.ts";
import type { CreateScheduleInput, pauseScheduleSchema, UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import type { Lease } from "../ownership/lease.ts";
import { createSchedule } from "./createSchedule.ts";
import { changeTags, updateSchedule } from "./editSchedule.ts";
import { moveOccurrence, plannedMoves } from "./moveOccurrence.ts";
import { createScheduleLookup } from "./scheduleLookup.ts";
import { deleteSchedule, pauseSchedule, purgeSchedule, restoreSchedule, resumeSchedule } from "./scheduleStates.ts";
import { skipNext, unskip } from "./skipNext.ts";

/** Commands on schedules. Each is one transaction; overdue occurrences are dealt with under the old rules first. */
export function createScheduleCommands(core: Core, lease: Lease) {
  const lookup = createScheduleLookup(core, lease);
  return {
    ...lookup,
    create: (input: CreateScheduleInput, actor: Actor, beside?: ReadonlySet<string>) =>
      createSchedule(core, lookup, input, actor, beside),
    update: (input: UpdateScheduleInput, actor: Actor, beside?: ReadonlySet<string>) =>
      updateSchedule(core, lookup, input, actor, beside),
    setTags: (scheduleId: string, change: (tags: string[]) => string[], actor: Actor) =>
      changeTags(core, lookup, scheduleId, change, actor),
    pause: (input: z.input<typeof pauseScheduleSchema>, actor: Actor) => pauseSchedule(core, lookup, input, actor),
    resume: (scheduleId: string, actor: Actor) => resumeSchedule(core, lookup, scheduleId, actor),
    remove: (scheduleId: string, actor: Actor) => deleteSchedule(core, lookup, scheduleId, actor),
    restore: (scheduleId: string, actor: Actor) => restoreSchedule(core, lookup, scheduleId, actor),
    purge: (scheduleId: string) => purgeSchedule(core, lookup, scheduleId),
    skipNext: (scheduleId: string, scheduledTime: string, actor: Actor) =>
      skipNext(core, lookup, scheduleId, scheduledTime, actor),
    unskip: (scheduleId: string, scheduledTime: string, actor: Actor) =>
      unskip(core, lookup, scheduleId, scheduledTime, actor),
    move: (input: z.input<typeof moveOccurrenceSchema>, actor: Actor) => moveOccurrence(core, lookup, input, actor),
    plannedMoves: (input: z.input<typeof moveTimesSchema>) => plannedMoves(core, lookup, input),
  };
}

export type ScheduleCommands = ReturnType<typeof createScheduleCommands>;
