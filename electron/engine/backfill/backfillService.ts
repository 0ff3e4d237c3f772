import { createBackfillStore } from "../../storage/tables/backfills.ts";
import { type InTurns, inTurns, TURN_MS } from "../turns.ts";
import type { BackfillEngine, BackfillServiceWithHooks } from "./backfillEngine.ts";
import { createBackfillCommands } from "./commands.ts";
import { createBackfillCreation } from "./creation.ts";
import { createBackfillHooks } from "./hooks.ts";
import { createBackfillDays } from "./planning/days.ts";
import { createBackfillPlanner } from "./planning/planner.ts";
import { createCallOff } from "./running/callOff.ts";
import { createBackfillRunner } from "./running/runner.ts";
import { createBackfillSlots } from "./running/slots.ts";
import { createBackfillWriter } from "./running/writer.ts";
import { createBackfillViews } from "./views.ts";
import { waitForEnd } from "./waitForEnd.ts";

/**
 * Backfills: plans them, keeps them, and moves their runs from waiting to pending as slots come free.
 *
 *   part        holds
 *   planner     what a backfill would do, and which requests make no sense (request: understood, plan: the rule)
 *   days        what a calendar shows of a schedule's past, and ranges worth filling
 *   creation    how a new one is stored
 *   commands    what a person does to one: pause, resume, cancel, set, rerun (moves: between which states)
 *   views       what others see of one (progress: its rate)
 *   runner      who carries open ones on: batches (by writer and callOff) and slots
 *   hooks       what the rest of the engine tells them
 */
export function createBackfillService(engine: BackfillEngine): BackfillServiceWithHooks {
  const now = (): number => engine.clock.now();
  const turns = <T>(work: InTurns<T>): Promise<T> => inTurns(work, TURN_MS, setImmediate);
  const store = createBackfillStore(engine.database);
  const views = createBackfillViews({ store, now });
  const planner = createBackfillPlanner({ store, engine, turns });
  const writer = createBackfillWriter({ store, engine });
  const create = createBackfillCreation({ store, engine, planner, writer, turns });
  const callOff = createCallOff({ store, engine });
  const slots = createBackfillSlots({ store, engine });
  const runner = createBackfillRunner({ store, writer, slots, callOff, engine });

  return {
    plan: planner.plan,
    planItems: planner.planItems,
    ...createBackfillDays({ store, now, turns }),
    create: async (input, actor) => views.get(await create(input, actor)),
    get: views.get,
    list: views.list,
    ...createBackfillCommands({ store, engine, views, writer, callOff }),
    waitFor: (backfillId, signal) => waitForEnd({ store, engine, views }, backfillId, signal),
    hooks: createBackfillHooks({ store, engine, runner, callOff }),
  };
}
