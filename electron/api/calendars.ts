import { z } from "zod";
import {
  type CalendarRange,
  calendarNameSchema,
  importICalSchema,
  type StoredExclusionCalendar,
} from "../../shared/api/calendars.ts";
import { calendarRangeSchema } from "../../shared/api/system.ts";
import { invalidField } from "../../shared/domain/errors.ts";
import { exclusionCalendarSchema } from "../../shared/schedule/index.ts";
import { calendarRange } from "./queries/calendarRange.ts";
import { procedure, router } from "./trpc.ts";

export const calendars = router({
  list: procedure.query(({ ctx }): StoredExclusionCalendar[] => ctx.app.reads.exclusionCalendars()),
  save: procedure.input(exclusionCalendarSchema).mutation(({ ctx, input }) => {
    ctx.app.engine.saveExclusionCalendar(input, ctx.actor);
    return input;
  }),
  delete: procedure.input(z.strictObject({ name: calendarNameSchema })).mutation(({ ctx, input }) => {
    ctx.app.engine.deleteExclusionCalendar(input.name, ctx.actor);
    return { deleted: input.name };
  }),
  importICal: procedure
    .input(importICalSchema)
    .mutation(({ ctx, input }) => ctx.app.exchange.importICal(input.name, input.text)),
});

export const calendarView = router({
  between: procedure.input(calendarRangeSchema).query(async ({ ctx, input }): Promise<CalendarRange> => {
    const [fromAt, toAt] = [Date.parse(input.from), Date.parse(input.to)];
    if (toAt <= fromAt) throw invalidField("to", input.to, `an instant after ${input.from}`);
    if (toAt - fromAt > 400 * 86_400_000) throw invalidField("to", input.to, "at most 400 days after from");
    return calendarRange(ctx.app, { fromAt, toAt, zone: input.zone ?? "UTC", limit: input.limit ?? 2000 });
  }),
});
