import { access } from "./routers/access.ts";
import { backfills } from "./routers/backfills.ts";
import { calendars, calendarView } from "./routers/calendars.ts";
import { exchange } from "./routers/exchange.ts";
import { folders } from "./routers/folders.ts";
import { hooks } from "./routers/hooks.ts";
import { listening } from "./routers/listening.ts";
import { notifications } from "./routers/notifications.ts";
import { pools } from "./routers/pools.ts";
import { runs } from "./routers/runs.ts";
import { runtime } from "./routers/runtime.ts";
import { schedules } from "./routers/schedules.ts";
import { system } from "./routers/system.ts";
import { createCallerFactory, router } from "./routers/trpc.ts";
import { updates } from "./routers/updates.ts";
import { workflows } from "./routers/workflows.ts";

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
  access,
  folders,
  pools,
  runtime,
  notifications,
  hooks,
  listening,
  updates,
});
export type AppRouter = typeof appRouter;

/** Calls the router in this process. */
export const createCaller = createCallerFactory(appRouter);
