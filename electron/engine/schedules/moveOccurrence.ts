import type { z } from "zod";
import { type MovePlan, moveOccurrenceSchema, moveTimesSchema } from "../../../shared/api/moves.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import {
  MoveProblem,
  type MoveScope,
  moveOccurrence as movedSpec,
  moveScopes,
  withPhases,
} from "../../../shared/schedule/index.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { updateSchedule } from "./editSchedule.ts";
import { illegal, type ScheduleLookup } from "./scheduleLookup.ts";

type Times = z.output<typeof moveTimesSchema>;

/**
 * Moves an occurrence that is still to come; what has come due is dealt with first, so that none fires at both of its
 * times and none at neither. Throws INVALID_INPUT with the field where it cannot be moved so.
 */
export function moveOccurrence(
  core: Core,
  lookup: ScheduleLookup,
  raw: z.input<typeof moveOccurrenceSchema>,
  actor: Actor,
): { schedule: Schedule; before: ScheduleSpec } {
  const input = parseWith(moveOccurrenceSchema, raw);
  return core.write(() => {
    const record = lookup.settled(input.scheduleId);
    if (record.status !== "active" && record.status !== "paused") throw illegal(record, "told to move a run");
    // Saved again it would begin a new phase.
    const before = withPhases(JSON.parse(record.spec) as ScheduleSpec, record.anchorAt);
    const spec = specAfter(core, record, input, input.scope);
    return { schedule: updateSchedule(core, lookup, { scheduleId: record.id, spec }, actor), before };
  });
}

/** What each scope would make of a move; changes nothing. */
export function plannedMoves(core: Core, lookup: ScheduleLookup, raw: z.input<typeof moveTimesSchema>): MovePlan[] {
  const input = parseWith(moveTimesSchema, raw);
  const record = lookup.existing(input.scheduleId);
  return moveScopes.map((scope): MovePlan => {
    try {
      return { scope, spec: specAfter(core, record, input, scope), refused: null };
    } catch (error) {
      const [issue] =
        error instanceof Error && "issues" in error ? (error.issues as { message: string; path: string }[]) : [];
      if (issue === undefined) throw error;
      return { scope, spec: null, refused: { field: issue.path, message: issue.message } };
    }
  });
}

function specAfter(core: Core, record: ScheduleRecord, input: Times, scope: MoveScope): ScheduleSpec {
  const [scheduledTime, to] = [Date.parse(input.scheduledTime), Date.parse(input.to)];
  const isTaken = (at: number) =>
    core.stores.runs.hasOccurrence(record.id, at) || core.stores.omissions.isSkippedByHand(record.id, at);
  if (isTaken(scheduledTime))
    throw invalidField("scheduledTime", input.scheduledTime, "an occurrence that is still to come and not skipped");
  if (isTaken(to)) throw invalidField("to", input.to, "a time that has no run and is not skipped");
  const context = {
    anchorAt: record.anchorAt,
    lastCompletedAt: record.lastCompletedAt,
    calendars: core.specs.calendars(),
  };
  try {
    const spec = JSON.parse(record.spec) as ScheduleSpec;
    const now = core.clock.now();
    const { nextRunAt } = record;
    const doneAt = nextRunAt !== null && nextRunAt <= now ? nextRunAt - 1 : now;
    return movedSpec(spec, context, { scheduledTime, to, scope }, now, doneAt);
  } catch (error) {
    if (!(error instanceof MoveProblem)) throw error;
    const given = { scheduledTime: input.scheduledTime, to: input.to, scope }[error.field];
    throw invalidField(error.field, given, error.message);
  }
}
