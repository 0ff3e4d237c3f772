import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateScheduleInput } from "../../../shared/api/schedules.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Omission } from "../../../shared/domain/schedule.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type Database, openDatabase } from "../../storage/opening/database.ts";
import { omissionView } from "../../storage/reads/views.ts";
import { createStores, type Stores } from "../../storage/tables/stores.ts";
import type { Engine } from "../contract.ts";
import { createEngine } from "../engine.ts";
import { createTestCatalogue } from "./testCatalogue.ts";
import { createCuttableClock, createTestClock, type TestClock } from "./testClock.ts";
import { createTestRuntime, type TestInput, type TestRuntime } from "./testRuntime.ts";

export const START = Date.UTC(2026, 2, 2, 9, 0, 0);
// In memory where there is such a folder: nothing here is about how fast a disk syncs.
const shm = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** An engine on a database of its own, under a clock that stands still until it is told to move. */
export interface Harness extends AsyncDisposable {
  readonly clock: TestClock;
  readonly engine: Engine;
  readonly database: Database;
  readonly stores: Stores;
  readonly runtime: TestRuntime;
  readonly dir: string;
  readonly errors: unknown[][];
  readonly catalogue: ReturnType<typeof createTestCatalogue>;
  /** Makes a schedule of the test workflow. */
  schedule(
    id: string,
    spec: CreateScheduleInput["spec"],
    input?: TestInput,
    rules?: Partial<CreateScheduleInput>,
  ): void;
  runs(scheduleId: string): Run[];
  omissions(scheduleId: string): Omission[];
  activity(scheduleId: string | null): { kind: string; details: Record<string, unknown> }[];
  /** Time passes and nothing runs: the program is ended (as by a crash where `crash`), and started again. */
  off(ms: number, options?: { crash?: boolean }): Promise<void>;
  /** The program hangs: what it was about to do never happens, and its process is still there. */
  kill(): void;
  /** Another process on the same folder. */
  second(options?: { runtime?: boolean }): Promise<{ engine: Engine; runtime: TestRuntime; database: Database }>;
}

export async function createHarness(
  options: {
    size?: number;
    started?: boolean;
    pollIntervalMs?: number;
    parent?: string;
    tellsOfRoom?: boolean;
    /** Puts another runtime around the one that executes. */
    around?: (runtime: Runtime) => Runtime;
    /** Handed each engine of the folder before it starts. */
    whenOpened?: (engine: Engine, database: Database, clock: TestClock) => void;
  } = {},
): Promise<Harness> {
  const dir = mkdtempSync(join(options.parent ?? shm, "almanac-engine-"));
  const clock = createTestClock(START);
  const errors: unknown[][] = [];
  const opened: Database[] = [];
  const engines: Engine[] = [];
  const catalogue = createTestCatalogue(
    ["job", "other", "renders", "hungry", "transient", "shell.command"],
    { renders: "office" },
    { hungry: "700MiB" },
    ["transient"],
  );

  const open = (withRuntime: boolean) => {
    const database = openDatabase({ dataDir: dir });
    opened.push(database);
    const own = createCuttableClock(clock);
    const runtime = createTestRuntime(own, options.size, { tellsOfRoom: options.tellsOfRoom ?? true });
    const engine = createEngine({
      database,
      clock: own,
      runtime: withRuntime ? (options.around ?? ((same) => same))(runtime.runtime) : null,
      catalogue,
      programName: "test",
      pollIntervalMs: options.pollIntervalMs ?? 5000,
      logger: { ...quiet, error: (...args: unknown[]) => void errors.push(args) },
    });
    engines.push(engine);
    options.whenOpened?.(engine, database, clock);
    const kill = (): void => {
      own.cut();
      engines.splice(engines.indexOf(engine), 1);
    };
    return { engine, runtime, database, kill };
  };

  let current = open(true);
  let stores = createStores(current.database.sql);
  if (options.started !== false) await current.engine.start();

  return {
    clock,
    dir,
    errors,
    catalogue,
    get engine() {
      return current.engine;
    },
    get database() {
      return current.database;
    },
    get stores() {
      return stores;
    },
    get runtime() {
      return current.runtime;
    },
    schedule(id, spec, input = {}, rules = {}) {
      current.engine.createSchedule(
        { scheduleId: id, workflowName: "job", spec, input: input as never, ...rules },
        "user",
      );
    },
    runs: (scheduleId) =>
      (
        current.database.sql.prepare("select id from runs where schedule_id = ? order by seq").all(scheduleId) as {
          id: string;
        }[]
      ).map(({ id }) => current.engine.getRun(id)),
    omissions: (scheduleId) =>
      stores.omissions
        .after(scheduleId, Number.NEGATIVE_INFINITY)
        .map(omissionView)
        .concat(
          (
            current.database.sql
              .prepare(
                "select id, schedule_id as scheduleId, kind, reason, first_at as firstAt, last_at as lastAt, count, created_at as createdAt from omissions where schedule_id = ? and reason = 'by_hand'",
              )
              .all(scheduleId) as never[]
          ).map(omissionView),
        ),
    activity: (scheduleId) =>
      (
        current.database.sql
          .prepare("select kind, details from activity where schedule_id is ? order by id")
          .all(scheduleId) as { kind: string; details: string }[]
      ).map(({ kind, details }) => ({ kind, details: JSON.parse(details) as Record<string, unknown> })),
    async off(ms, { crash = false } = {}) {
      // A crashed program does nothing more; its process is taken to be gone, as a new one finds out.
      if (crash) {
        const token = stores.leases.get();
        if (token !== undefined) stores.leases.put({ ...token, pid: 2 ** 22 + 1, processStarted: "0" });
        current.kill();
      } else await current.engine.stop(0);
      current.database.close();
      clock.freeze(ms);
      current = open(true);
      stores = createStores(current.database.sql);
      await current.engine.start();
      clock.settle();
    },
    kill: () => current.kill(),
    async second({ runtime = true } = {}) {
      const other = open(runtime);
      await other.engine.start();
      return other;
    },
    async [Symbol.asyncDispose]() {
      for (const engine of engines) await engine.stop(0);
      for (const database of opened) database.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
