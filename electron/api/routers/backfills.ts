import {
  backfillDaysSchema,
  backfillIdSchema,
  cancelBackfillSchema,
  createBackfillSchema,
  listBackfillsSchema,
  planBackfillSchema,
  setBackfillSchema,
} from "../../../shared/api/backfills.ts";
import { scheduleIdSchema } from "../../../shared/api/schedules.ts";
import { needScope } from "../access/caller.ts";
import { procedure, router, running } from "./trpc.ts";

export const backfills = router({
  plan: procedure.input(planBackfillSchema).query(({ ctx, input }) => ctx.app.engine.backfills.plan(input)),
  planItems: procedure.input(planBackfillSchema).query(({ ctx, input }) => ctx.app.engine.backfills.planItems(input)),
  days: procedure.input(backfillDaysSchema).query(({ ctx, input }) => ctx.app.engine.backfills.days(input)),
  presets: procedure
    .input(scheduleIdSchema)
    .query(({ ctx, input }) => ctx.app.engine.backfills.presets(input.scheduleId)),
  create: running.input(createBackfillSchema).mutation(({ ctx, input }) => {
    // With another input it runs what the caller says, not what is set up.
    if (input.input !== undefined) needScope(ctx.caller, "edit", "an input of one's own");
    return ctx.app.engine.backfills.create(input, ctx.actor);
  }),
  get: procedure.input(backfillIdSchema).query(({ ctx, input }) => ctx.app.engine.backfills.get(input.backfillId)),
  list: procedure.input(listBackfillsSchema).query(({ ctx, input }) => ctx.app.engine.backfills.list(input)),
  pause: running
    .input(backfillIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.backfills.pause(input.backfillId, ctx.actor)),
  resume: running
    .input(backfillIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.backfills.resume(input.backfillId, ctx.actor)),
  cancel: running
    .input(cancelBackfillSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.backfills.cancel(input.backfillId, input.running, ctx.actor)),
  set: running.input(setBackfillSchema).mutation(({ ctx, input }) => ctx.app.engine.backfills.set(input, ctx.actor)),
  rerun: running
    .input(backfillIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.backfills.rerun(input.backfillId, ctx.actor)),
});
