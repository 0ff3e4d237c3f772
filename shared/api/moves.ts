import { z } from "zod";
import { type MoveScope, moveScopes, type ScheduleSpec } from "../schedule/index.ts";
import { idSchema, instantSchema } from "./schedules.ts";

/** An occurrence that is still to come, and where it is to be. */
export const moveTimesSchema = z.strictObject({
  scheduleId: idSchema,
  scheduledTime: instantSchema,
  to: instantSchema,
});

export const moveOccurrenceSchema = moveTimesSchema.extend({ scope: z.enum(moveScopes) });

/** What a scope would make of a move: the schedule's spec then, or the field it is refused for and what would be taken. */
export interface MovePlan {
  scope: MoveScope;
  spec: ScheduleSpec | null;
  refused: { field: string; message: string } | null;
}
