import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { canMove, type RunStatus, runStatuses } from "../../../shared/domain/run.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import { type Core, createCore } from "../core.ts";
import { createIds } from "../ids.ts";
import { createHarness, type Harness } from "../testing/harness.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import { finishRun } from "./ends.ts";

let h: Harness;
let core: Core;
beforeAll(async () => {
  h = await createHarness({ started: false });
  core = createCore({
    database: h.database,
    clock: h.clock,
    catalogue: createTestCatalogue(),
    runtime: null,
    ids: createIds(),
    logger: console,
    programName: "test",
    checkpointIfLong: () => null,
  });
  h.schedule("s", { cron: "0 0 1 1 *" });
});
afterAll(() => h[Symbol.asyncDispose]());

function runIn(status: RunStatus): RunRecord {
  const id = core.ids(h.clock.now());
  const at = h.clock.now();
  h.stores.runs.insert({
    id,
    scheduleId: "s",
    workflowName: "job",
    trigger: "manual",
    status,
    scheduledAt: null,
    maxAttempts: 1,
    timeoutMs: null,
    input: "{}",
    backfillId: null,
    retryOf: null,
    createdAt: at,
  });
  return h.stores.runs.get(id) as RunRecord;
}

/** The statement that makes each move; true where it changed the row. */
const movers: Partial<Record<RunStatus, (run: RunRecord) => boolean>> = {
  pending: (run) =>
    run.status === "buffered"
      ? h.stores.runs.promote(run.id, 1)
      : canMove(run.status, "pending") &&
        h.stores.runs.again({
          id: run.id,
          from: run.status,
          attempt: 2,
          recoveryCount: 0,
          notBeforeAt: null,
          error: null,
          at: 1,
        }),
  running: (run) => h.stores.runs.claim(run.id, 1),
  interrupted: (run) => h.stores.runs.interrupt(run.id),
};

describe("every pair of states, against the database", () => {
  const pairs = runStatuses.flatMap((from) => runStatuses.map((to): [RunStatus, RunStatus] => [from, to]));
  test.each(pairs)("%s → %s", (from, to) => {
    const run = runIn(from);
    const before = h.engine.getSchedule("s");
    const mover = movers[to];
    let moved: boolean;
    if (mover !== undefined) moved = mover(run);
    else if (to === "buffered") moved = false;
    else {
      try {
        core.write(() => finishRun(core, run, { status: to as "completed" | "failed" | "cancelled", at: 5 }));
        moved = true;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toBe("ILLEGAL_TRANSITION");
        moved = false;
      }
    }
    expect(moved).toBe(canMove(from, to));
    expect(h.stores.runs.status(run.id)).toBe(moved ? to : from);
    if (!moved) expect(h.engine.getSchedule("s")).toEqual(before);
  });
});

test("a move that was read in another state changes nothing", () => {
  const run = runIn("running");
  core.write(() => finishRun(core, run, { status: "completed", result: "1", at: 5 }));
  expect(() => core.write(() => finishRun(core, run, { status: "failed", at: 6 }))).toThrow(/cannot become failed/);
  expect(h.stores.runs.get(run.id)).toMatchObject({ status: "completed", result: "1", completedAt: 5 });
});
