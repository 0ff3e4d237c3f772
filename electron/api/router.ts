import { backfills } from "./backfills.ts";
import { calendars, calendarView } from "./calendars.ts";
import { exchange } from "./exchangeRoutes.ts";
import { runs } from "./runs.ts";
import { schedules } from "./schedules.ts";
import { system } from "./system.ts";
import { createCallerFactory, router } from "./trpc.ts";
import { workflows } from "./workflows.ts";

/** Everything that pages and other programs may ask of an opened data folder. */
export const appRouter = router({
  schedules,
  calendarView,
  runs,
  backfills,
  workflows,
  calendars,
  system,
  exchange,
});
export type AppRouter = typeof appRouter;

/** Calls the router in this process. */
export const createCaller = createCallerFactory(appRouter);
