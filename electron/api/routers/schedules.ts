import { z } from "zod";
import { calendarNameSchema } from "../../../shared/api/calendars.ts";
import { type Chain, chainSchema } from "../../../shared/api/chains.ts";
import { moveOccurrenceSchema, moveTimesSchema } from "../../../shared/api/moves.ts";
import {
  activitySchema,
  bulkSchema,
  createScheduleSchema,
  deleteScheduleSchema,
  heatmapSchema,
  idSchema,
  type ListedSchedule,
  listSchedulesSchema,
  omissionsSchema,
  pauseScheduleSchema,
  type ScheduleListPage,
  type ScheduleRow,
  type ScheduleSummary,
  scheduleFilterSchema,
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
import { chainAround } from "../queries/chain.ts";
import { checkFollowers } from "../queries/followers.ts";
import { heatmap } from "../queries/heatmap.ts";
import { listedSchedule, noSchedule, scheduleRow, scheduleRowOf } from "../queries/scheduleRow.ts";
import { editing, procedure, router, running } from "./trpc.ts";

export const schedules = router({
  list: procedure.input(listSchedulesSchema).query(async ({ ctx, input }): Promise<ScheduleListPage> => {
    await ctx.app.reads.prepareLists();
    const { rows, ...counts } = ctx.app.reads.listSchedules(input);
    return { rows: rows.map(scheduleRow), ...counts };
  }),
  /** The same list as `list`, of each schedule what a row of the page shows. */
  rows: procedure
    .input(listSchedulesSchema)
    .query(async ({ ctx, input }): Promise<ScheduleListPage<ListedSchedule>> => {
      await ctx.app.reads.prepareLists();
      const { rows, ...counts } = ctx.app.reads.listRows(input);
      return { rows: rows.map(listedSchedule), ...counts };
    }),
  /** Ids of all schedules of a list, in no order. */
  ids: procedure.input(scheduleFilterSchema).query(async ({ ctx, input }) => {
    await ctx.app.reads.prepareLists();
    return ctx.app.reads.matchingIds(input);
  }),
  summary: procedure.query(async ({ ctx }): Promise<ScheduleSummary> => {
    await ctx.app.reads.prepareLists();
    return { ...ctx.app.reads.counts(), next24h: await ctx.app.planner.next24h() };
  }),
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
  delete: editing.input(deleteScheduleSchema).mutation(({ ctx, input }) => {
    const { scheduleId, confirmed } = input;
    if (confirmed !== true) checkFollowers(ctx.app.reads, [scheduleId]);
    return ctx.app.engine.deleteSchedule(scheduleId, ctx.actor);
  }),
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
  unskip: editing
    .input(skipNextSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.unskip(input.scheduleId, input.scheduledTime, ctx.actor)),
  moves: procedure.input(moveTimesSchema).query(({ ctx, input }) => ctx.app.engine.plannedMoves(input)),
  move: editing
    .input(moveOccurrenceSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.moveOccurrence(input, ctx.actor)),
  bulk: editing.input(bulkSchema).mutation(async ({ ctx, input }) => {
    if (input.action === "delete" && input.confirmed !== true) checkFollowers(ctx.app.reads, input.scheduleIds);
    if (input.action === "delete" && input.scheduleIds.length > 1) await ctx.app.engine.backUpBefore("delete");
    return ctx.app.engine.bulk(input, ctx.actor);
  }),
  upcoming: procedure.input(upcomingSchema).query(({ ctx, input }) => ({
    times: ctx.app.planner.upcoming(input.scheduleId, input.count),
    // What has been skipped and is still to come.
    skipped: ctx.app.planner.skipped(input.scheduleId),
  })),
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
  names: procedure.query(({ ctx }) => ctx.app.reads.namedSchedules()),
  chain: procedure.input(chainSchema).query(({ ctx, input }): Chain => {
    if (ctx.app.reads.readSchedule(input.around) === undefined) throw noSchedule(input.around);
    return chainAround(ctx.app.reads, input.around);
  }),
  followers: procedure
    .input(z.strictObject({ scheduleIds: z.array(idSchema).max(10_000) }))
    .query(({ ctx, input }) => ctx.app.reads.followersOf(input.scheduleIds)),
  usingCalendar: procedure
    .input(z.strictObject({ name: calendarNameSchema }))
    .query(({ ctx, input }) => ctx.app.reads.schedulesUsing(input.name)),
});
