import { z } from "zod";
import { calendarNameSchema } from "../../../shared/api/calendars.ts";
import {
  activitySchema,
  bulkSchema,
  createScheduleSchema,
  heatmapSchema,
  listSchedulesSchema,
  omissionsSchema,
  pauseScheduleSchema,
  type ScheduleListPage,
  type ScheduleRow,
  type ScheduleSummary,
  scheduleIdSchema,
  skipNextSchema,
  specsSchema,
  trendSchema,
  triggerScheduleSchema,
  upcomingOfAllSchema,
  upcomingSchema,
  updateScheduleSchema,
} from "../../../shared/api/schedules.ts";
import { needScope } from "../access/caller.ts";
import { heatmap } from "../queries/heatmap.ts";
import { scheduleRow, scheduleRowOf } from "../queries/scheduleRow.ts";
import { editing, procedure, router, running } from "./trpc.ts";

export const schedules = router({
  list: procedure.input(listSchedulesSchema).query(({ ctx, input }): ScheduleListPage => {
    const { rows, ...counts } = ctx.app.reads.listSchedules(input);
    return { rows: rows.map(scheduleRow), ...counts };
  }),
  summary: procedure.query(
    async ({ ctx }): Promise<ScheduleSummary> => ({
      ...ctx.app.reads.counts(),
      next24h: await ctx.app.planner.next24h(),
    }),
  ),
  get: procedure
    .input(scheduleIdSchema)
    .query(({ ctx, input }): ScheduleRow => scheduleRowOf(ctx.app, input.scheduleId)),
  create: editing.input(createScheduleSchema).mutation(({ ctx, input }) => {
    const made = ctx.app.engine.createSchedule(input, ctx.actor);
    // When it will fire, and by which clock, so that a wrong one is seen at once.
    const nextRunTimes = ctx.app.planner.upcoming(made.scheduleId, 3);
    return { ...made, nextRunTimes, timezone: input.spec.timezone ?? "UTC" };
  }),
  update: editing
    .input(updateScheduleSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.updateSchedule(input, ctx.actor)),
  pause: editing
    .input(pauseScheduleSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.pauseSchedule(input, ctx.actor)),
  resume: editing
    .input(scheduleIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.resumeSchedule(input.scheduleId, ctx.actor)),
  delete: editing
    .input(scheduleIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.deleteSchedule(input.scheduleId, ctx.actor)),
  restore: editing
    .input(scheduleIdSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.restoreSchedule(input.scheduleId, ctx.actor)),
  purge: editing.input(scheduleIdSchema).mutation(async ({ ctx, input }) => {
    await ctx.app.engine.backUpBefore("delete");
    await ctx.app.engine.purgeSchedule(input.scheduleId);
    return { purged: input.scheduleId };
  }),
  trigger: running.input(triggerScheduleSchema).mutation(({ ctx, input }) => {
    // With another input it runs what the caller says, not what is set up.
    if (input.input !== undefined) needScope(ctx.caller, "edit", "an input of one's own");
    return ctx.app.engine.triggerSchedule(input, ctx.actor);
  }),
  skipNext: editing
    .input(skipNextSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.skipNext(input.scheduleId, input.scheduledTime, ctx.actor)),
  bulk: editing.input(bulkSchema).mutation(async ({ ctx, input }) => {
    if (input.action === "delete" && input.scheduleIds.length > 1) await ctx.app.engine.backUpBefore("delete");
    return ctx.app.engine.bulk(input, ctx.actor);
  }),
  upcoming: procedure
    .input(upcomingSchema)
    .query(({ ctx, input }) => ({ times: ctx.app.planner.upcoming(input.scheduleId, input.count) })),
  upcomingOfAll: procedure.input(upcomingOfAllSchema).query(async ({ ctx, input }) => {
    const fromAt = Date.now();
    const found = await ctx.app.planner.firings(fromAt, fromAt + input.hours * 3_600_000, input.limit + 1);
    const upcoming = found
      .slice(0, input.limit)
      .map(({ scheduleId, name, at }) => ({ at: new Date(at).toISOString(), scheduleId, name }));
    return { upcoming, more: found.length > input.limit };
  }),
  activity: procedure.input(activitySchema).query(({ ctx, input }) => {
    const limit = input.limit ?? 100;
    const rows = ctx.app.reads.activity(input.scheduleId, limit, input.before, input.kinds);
    return { rows, nextBefore: rows.length === limit ? (rows.at(-1)?.activityId ?? null) : null };
  }),
  omissions: procedure
    .input(omissionsSchema)
    .query(({ ctx, input }) => ctx.app.reads.omissions(input.scheduleId, input.limit ?? 200)),
  heatmap: procedure.input(heatmapSchema).query(({ ctx, input }) => heatmap(ctx.app, input.scheduleId, input.year)),
  trend: procedure
    .input(trendSchema)
    .query(({ ctx, input }) => ctx.app.reads.trend(input.scheduleId, input.limit ?? 100)),
  specs: procedure.input(specsSchema).query(({ ctx, input }) => ctx.app.reads.specs(input.exclude)),
  usingCalendar: procedure
    .input(z.strictObject({ name: calendarNameSchema }))
    .query(({ ctx, input }) => ctx.app.reads.schedulesUsing(input.name)),
});
