import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import {
  type CalendarContents,
  type CalendarReading,
  calendarContentsSchema,
  calendarNameSchema,
  followCalendarSchema,
  importICalSchema,
  type ListedExclusionCalendar,
} from "../../../shared/api/calendars.ts";
import type { ImportProgress } from "../../../shared/api/exchange.ts";
import { inParts } from "../../../shared/api/parts.ts";
import { calendarMonthSchema, calendarRangeSchema } from "../../../shared/api/system.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { exclusionCalendarSchema } from "../../../shared/schedule/index.ts";
import { calendarContents } from "../exchange/calendarContents.ts";
import { calendarMonth } from "../queries/calendarMonth.ts";
import { calendarRange, type Range } from "../queries/calendarRange.ts";
import { editing, procedure, router } from "./trpc.ts";

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const calendars = router({
  list: procedure.query(({ ctx }): ListedExclusionCalendar[] => {
    const sources = new Map(ctx.app.calendarSources.all().map((source) => [source.name, source]));
    return ctx.app.reads.exclusionCalendars().map((calendar) => {
      const source = sources.get(calendar.name);
      if (source === undefined) return { ...calendar, source: null };
      const { url, readAt, triedAt, problem } = source;
      return { ...calendar, source: { url, readAt: isoOrNull(readAt), triedAt: isoOrNull(triedAt), problem } };
    });
  }),
  /** Reads a calendar from an address, keeps it, and reads it again each day. */
  follow: editing
    .input(followCalendarSchema)
    .mutation(({ ctx, input }) =>
      ctx.app.calendarReading.during((options) =>
        ctx.app.followedCalendars.follow(input.name, input.url, ctx.actor, options),
      ),
    ),
  /** It is not read again, and stays as it is. */
  unfollow: editing
    .input(z.strictObject({ name: calendarNameSchema }))
    .mutation(({ ctx, input }) => ({ unfollowed: ctx.app.followedCalendars.unfollow(input.name) })),
  save: editing.input(exclusionCalendarSchema).mutation(({ ctx, input }) => {
    ctx.app.engine.saveExclusionCalendar(input, ctx.actor);
    return input;
  }),
  show: procedure.input(calendarContentsSchema).query(({ ctx, input }): CalendarContents => {
    const found = ctx.app.reads.exclusionCalendars().find(({ name }) => name === input.name);
    if (found === undefined) throw new AppError("NOT_FOUND", `there is no exclusion calendar "${input.name}"`);
    return calendarContents(found.entries, input);
  }),
  delete: editing.input(z.strictObject({ name: calendarNameSchema })).mutation(({ ctx, input }) => {
    ctx.app.engine.deleteExclusionCalendar(input.name, ctx.actor);
    return { deleted: input.name };
  }),
  importICal: editing
    .input(importICalSchema)
    .mutation(({ ctx, input }) =>
      ctx.app.calendarReading.during((options) => ctx.app.exchange.importICal(input.name, input.text, options)),
    ),
  readingProgress: procedure.query(({ ctx }): ImportProgress | null => ctx.app.calendarReading.progress()),
  /** Ends the reading of a file or an address that goes on; nothing of it is kept. */
  stopReading: editing.mutation(({ ctx }) => ctx.app.calendarReading.stop()),
});

/** How often a page hears how far its calendar is. */
const progressMs = 200;

async function* telling<T extends object>(
  read: (onTurn: (done: number) => void) => Promise<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CalendarReading<T>> {
  let done = 0;
  const work = read((part) => {
    signal?.throwIfAborted();
    done = part;
  });
  // A page that has left hears nothing of what ends then.
  work.catch(() => {});
  for (;;) {
    const range = await Promise.race([work, delay(progressMs, undefined, { ref: false })]);
    if (range !== undefined) {
      yield* inParts(range);
      return;
    }
    yield { done };
  }
}

function rangeOf({ from, to, zone = "UTC", limit = 2000, ...among }: z.infer<typeof calendarRangeSchema>): Range {
  const [fromAt, toAt] = [Date.parse(from), Date.parse(to)];
  if (toAt <= fromAt) throw invalidField("to", to, `an instant after ${from}`);
  if (toAt - fromAt > 400 * 86_400_000) throw invalidField("to", to, "at most 400 days after from");
  return { fromAt, toAt, zone, limit, ...among };
}

export const calendarView = router({
  /** How much of it is read, now and then, and at last the range; whoever leaves ends the reading. */
  between: procedure.input(calendarRangeSchema).subscription(({ ctx, input, signal }) => {
    const range = rangeOf(input);
    return telling(async (onTurn) => {
      await ctx.app.reads.prepareLists();
      return await calendarRange(ctx.app, range, onTurn);
    }, signal);
  }),
  /** The same by days: how many there were of each outcome, and the schedules that come first. */
  month: procedure.input(calendarMonthSchema).subscription(({ ctx, input, signal }) => {
    const { outcome, ...among } = input;
    const range = { ...rangeOf(among), outcome };
    return telling(async (onTurn) => {
      await ctx.app.reads.prepareLists();
      return await calendarMonth(ctx.app, range, onTurn);
    }, signal);
  }),
});
