import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../electron/engine/clock.ts";
import type { Engine } from "../electron/engine/contract.ts";
import { createCore } from "../electron/engine/core.ts";
import { createEngine } from "../electron/engine/engine.ts";
import { createIds } from "../electron/engine/ids.ts";
import { createTestCatalogue } from "../electron/engine/testing/testCatalogue.ts";
import { createCheckpoint } from "../electron/engine/upkeep/checkpoint.ts";
import { createRetention } from "../electron/engine/upkeep/retention.ts";
import type { Runtime } from "../electron/runtime/runtime.ts";
import { type Database, openDatabase } from "../electron/storage/opening/database.ts";
import { APPLICATION_ID, migrations, runMigration } from "../electron/storage/opening/migrate.ts";
import { connect } from "../electron/storage/sqlite.ts";
import { type Bench, type BenchTable, runAsProgram } from "./lib/report.ts";

const MINUTE = 60_000;
/** A year of minutes that has no 29 February. */
const YEAR = 525_600;
const FROM = Date.UTC(2023, 0, 1, 5);
const CHILD = "--write-until-killed";
const spec = { cron: "* * * * *", timezone: "America/New_York" };

const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits));
const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));
const iso = (at: number): string => new Date(at).toISOString();
const rangeOf = (minutes: number) => ({ scheduleId: "minutely", from: iso(FROM), to: iso(FROM + minutes * MINUTE) });

/** Takes no run: what is measured is the writing, not the running. */
const fullRuntime: Runtime = {
  kind: "local",
  keepsRuns: false,
  start: async () => {},
  takes: () => ({ ok: false, waitingFor: "room", message: "it takes nothing" }),
  dispatch: () => {},
  cancel: () => {},
  state: () => ({ kind: "local", state: "ready", message: null, workers: 0, busy: 0 }),
  stop: async () => {},
};

async function openEngine(dataDir: string): Promise<{ engine: Engine; database: Database; close(): Promise<void> }> {
  const database = openDatabase({ dataDir });
  const engine = createEngine({
    database,
    runtime: fullRuntime,
    catalogue: createTestCatalogue(["noop"]),
    programName: "bench",
    logger: { info: () => {}, warn: console.warn, error: console.error },
  });
  await engine.start();
  const close = async (): Promise<void> => {
    await engine.stop(0);
    database.close();
  };
  return { engine, database, close };
}

/** The same rows in a database as that earlier version left it: new tables and columns are gone, all others stay. */
function asOlderVersion(dataDir: string, version: number): void {
  const path = join(dataDir, "almanac.db");
  const current = `${path}.current`;
  renameSync(path, current);
  const old = connect(path);
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.pragma("foreign_keys = off");
  old.prepare("attach database ? as current").run(current);
  const tables = old
    .prepare("select name from main.sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all() as string[];
  const columnsOf = (schema: string, table: string): string[] =>
    (old.pragma(`${schema}.table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  for (const table of tables) {
    const there = new Set(columnsOf("current", table));
    const columns = columnsOf("main", table)
      .filter((column) => there.has(column))
      .join(", ");
    if (columns === "") continue;
    // A trigger or a row that a migration wrote must not meet the same row twice.
    old.exec(
      `delete from main.${table}; insert into main.${table} (${columns}) select ${columns} from current.${table}`,
    );
  }
  old.exec("detach database current");
  old.close();
  rmSync(current);
}

function addSchedule(engine: Engine): void {
  engine.createSchedule({ scheduleId: "minutely", workflowName: "noop", spec, input: {}, paused: true }, "code");
}

/** The floor: the same rows into the same table, one statement each, in one transaction. */
function rawInserts(dataDir: string, minutes: number): number {
  const database = openDatabase({ dataDir });
  const sql = database.sql;
  sql.exec(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
      catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
    values ('s', 's', 'noop', '{}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, 0, 0);
    insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy,
      snapshot, created_by, created_at)
    values ('b', 's', 'running', 0, 0, 'none', 'oldest', 1, 'buffer_all', '{}', 'user', 0)`);
  const insert =
    sql.prepare(`insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, max_attempts,
      input, backfill_id, created_at) values (?, 's', 'noop', 'backfill', 'buffered', ?, 1, '{}', 'b', ?)`);
  const beganAt = performance.now();
  database.transaction(() => {
    for (let n = 0; n < minutes; n += 1) {
      const at = FROM + n * MINUTE;
      insert.run(`01ARZ3NDEKTSV4RRFFQ69G5FAV.${String(at).padStart(14, "0")}`, at, beganAt | 0);
    }
  });
  const tookMs = performance.now() - beganAt;
  database.close();
  return tookMs;
}

interface Watched<T> {
  value: T;
  tookMs: number;
  longestMs: number;
  /** The longest time that the processor worked for one turn of this thread: what others on the machine and its disk do is not in it. */
  longestCpuMs: number;
  grewMb: number;
}

/** Does `work` while watching how long the event loop is held, and how far memory goes up. */
async function watched<T>(work: () => Promise<T>): Promise<Watched<T>> {
  global.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  let longestMs = 0;
  let longestCpuMs = 0;
  let watching = true;
  let turnAt = performance.now();
  let cpu = process.threadCpuUsage();
  const watch = (): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - turnAt);
    turnAt = now;
    const { user, system } = process.threadCpuUsage(cpu);
    longestCpuMs = Math.max(longestCpuMs, (user + system) / 1000);
    cpu = process.threadCpuUsage();
    peak = Math.max(peak, process.memoryUsage.rss());
    if (watching) setImmediate(watch);
  };
  setImmediate(watch);
  await nextTurn();
  const beganAt = performance.now();
  const value = await work();
  const tookMs = performance.now() - beganAt;
  watching = false;
  await nextTurn();
  return { value, tookMs, longestMs, longestCpuMs, grewMb: (peak - before) / 1024 / 1024 };
}

/** A pass of retention without its rests, by a clock that is ahead by `aheadMs`; ten seconds of it at most. */
async function pruned(database: Database, aheadMs: number): Promise<void> {
  let over = (): void => {};
  const ended = new Promise<void>((done) => {
    over = done;
  });
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + aheadMs,
    timer: (ms, callback) => {
      if (ms > 3_000_000) over();
      return systemClock.timer(0, callback);
    },
  };
  const quiet = { info: () => {}, warn: console.warn, error: console.error };
  const parts = { database, clock, ids: createIds(), runtime: null, logger: quiet, programName: "bench" };
  const checkpointIfLong = createCheckpoint({ database, logger: quiet });
  const core = createCore({ ...parts, catalogue: createTestCatalogue(["noop"]), checkpointIfLong });
  core.lease.token = core.stores.leases.token() ?? null;
  const retention = createRetention(core, () => true);
  retention.start();
  await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000))]);
  retention.stop();
}

async function untilNot(engine: Engine, backfillId: string, status: string): Promise<void> {
  while (engine.backfills.get(backfillId).status === status) await new Promise((done) => setTimeout(done, 5));
}

async function writing(folder: string, minutes: number): Promise<BenchTable[]> {
  const rawMs = rawInserts(join(folder, "raw"), minutes);
  const { engine, database, close } = await openEngine(join(folder, "engine"));
  addSchedule(engine);
  const range = rangeOf(minutes);

  const idle = await watched(() => new Promise((done) => setTimeout(done, rawMs / 2)));
  const empty = await watched(() => engine.backfills.plan({ ...range, limit: 100 }));
  const emptyAgain = await watched(() => engine.backfills.plan({ ...range, limit: 100 }));
  const days = await watched(() => engine.backfills.days(range));

  const written = await watched(async () => {
    const { backfillId } = await engine.backfills.create({ ...range, confirmed: true }, "code");
    await untilNot(engine, backfillId, "planning");
    return backfillId;
  });
  const count = database.sql.prepare("select count(distinct scheduled_at) from runs").pluck().get() as number;
  const full = await watched(() => engine.backfills.plan({ ...range, limit: 100 }));
  const fullDays = await watched(() => engine.backfills.days(range));
  const again = await watched(() => engine.backfills.create({ ...range, confirmed: true }, "code"));
  await untilNot(engine, again.value.backfillId, "planning");
  const cancelling = await watched(async () => engine.backfills.cancel(written.value, "cancel", "code"));
  const cancelled = await watched(() => untilNot(engine, written.value, "cancelling"));
  const second = engine.backfills.get(again.value.backfillId).total;
  const rerun = await watched(async () => {
    engine.backfills.rerun(written.value, "code");
    await untilNot(engine, written.value, "planning");
  });
  const rest = (): Promise<void> => new Promise((done) => setTimeout(done, 1000));
  const paused = await watched(async () => {
    engine.backfills.pause(written.value, "code");
    await rest();
  });
  const resumed = await watched(async () => {
    engine.backfills.resume(written.value, "code");
    await rest();
  });
  const recounted = await watched(async () => engine.recount());
  const history = database.sql.prepare("select count(*) from runs").pluck().get() as number;
  await close();
  asOlderVersion(join(folder, "engine"), 11);
  const migrated = await watched(async () => openDatabase({ dataDir: join(folder, "engine") }).close());
  const started = await watched(() => openEngine(join(folder, "engine")));
  const restarted = started.value;
  const young = await watched(() => pruned(restarted.database, 0));
  const old = await watched(() => pruned(restarted.database, 400 * 86_400_000));
  const deleted = await watched(async () => {
    restarted.engine.deleteSchedule("minutely", "code");
    await untilNot(restarted.engine, written.value, "cancelling");
  });
  const purged = await watched(async () => restarted.engine.purgeSchedule("minutely"));
  await restarted.close();

  const row = (what: string, watched: Watched<unknown>, atLeast = "") => [
    what,
    rounded(watched.tookMs, 1),
    rounded(watched.longestMs, 1),
    rounded(watched.longestCpuMs, 1),
    rounded(watched.grewMb),
    atLeast,
  ];
  return [
    {
      title: `A backfill of ${minutes.toLocaleString("en")} runs, written`,
      columns: ["what", "ms", "rows/s", "longest pause ms", "of it working", "memory up by MiB", "at least"],
      rows: [
        ["raw inserts, one transaction", rounded(rawMs), rounded((minutes / rawMs) * 1000), "(blocks)", "", "", ""],
        [
          "backfill, asked for to written",
          rounded(written.tookMs),
          rounded((count / written.tookMs) * 1000),
          rounded(written.longestMs, 1),
          rounded(written.longestCpuMs, 1),
          rounded(written.grewMb),
          "2.5 × raw; pause 50 ms; memory flat",
        ],
      ],
      notes: [
        `the machine itself held this process, idle, for ${rounded(idle.longestMs, 1)} ms at most`,
        `${rounded(written.tookMs / rawMs, 2)} × the time of raw inserts; ${count.toLocaleString("en")} occurrences, each once`,
        `the same asked for a second time created ${second}`,
      ],
    },
    {
      title: "Its plan, calendar and end",
      columns: ["what", "ms", "longest pause ms", "of it working", "memory up by MiB", "at least"],
      rows: [
        row("plan of the year, nothing ran yet (first)", empty, "50 ms"),
        row("plan of the year, nothing ran yet", emptyAgain, "50 ms"),
        row("calendar of the year, nothing ran yet", days, "50 ms"),
        row("plan of the year, all of it has runs", full, "1,000 ms, in turns"),
        row("calendar of the year, all of it has runs", fullDays, ""),
        row("asked for again", again, ""),
        row("cancel, until nothing more starts", cancelling, "1,000 ms"),
        row("cancel, until every waiting run is called off", cancelled, ""),
      ],
      notes: ["what looks at a long history does so in turns of 8 ms, so that nothing else waits for it"],
    },
    {
      title: `What touches many rows: ${history.toLocaleString("en")} runs, ${minutes.toLocaleString("en")} of them waiting`,
      columns: ["what", "ms", "longest pause ms", "of it working", "memory up by MiB", "at least"],
      rows: [
        row("failed and cancelled ones again, until written", rerun, "pause 50 ms"),
        row("pause, and a second after it", paused, "pause 50 ms"),
        row("resume, and a second after it", resumed, "pause 50 ms"),
        row("counters rebuilt", recounted, "pause 50 ms"),
        row("opened by a newer program: copied, checked, migrated", migrated, "60,000 ms"),
        row("the program started again", started, ""),
        row("pruning for 10 s at most, nothing is old", young, "pause 50 ms"),
        row("pruning for 10 s at most, all is old", old, "pause 50 ms"),
        row("the schedule deleted, until all is called off", deleted, "pause 50 ms"),
        row("the schedule purged", purged, "pause 50 ms"),
      ],
      notes: ["what of a pause is not working is waiting: for the disk, or for a processor that others use"],
    },
  ];
}

/** Kills a process that writes, starts another, and looks whether each occurrence is there once. */
async function killed(folder: string, minutes: number): Promise<BenchTable> {
  const dataDir = join(folder, "killed");
  const rows: (string | number)[][] = [];
  for (const share of [0.1, 0.5, 0.9]) {
    rmSync(dataDir, { recursive: true, force: true });
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), CHILD, dataDir, String(minutes)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((done) => child.stdout.once("data", done));
    const counting = openDatabase({ dataDir, readOnly: true });
    const countRows = counting.sql.prepare("select count(*) from runs").pluck();
    while ((countRows.get() as number) < minutes * share) await nextTurn();
    child.kill("SIGKILL");
    await new Promise((done) => child.once("exit", done));
    const atKill = countRows.get() as number;
    counting.close();

    const beganAt = performance.now();
    const { engine, database, close } = await openEngine(dataDir);
    const [backfill] = engine.backfills.list({}).rows;
    while (engine.status().role !== "owner") await nextTurn();
    await untilNot(engine, backfill?.backfillId ?? "", "planning");
    const tookMs = performance.now() - beganAt;
    const [all, distinct] = database.sql
      .prepare("select count(*), count(distinct scheduled_at) from runs")
      .raw()
      .get() as [number, number];
    rows.push([`killed at ${Math.round(share * 100)} %`, atKill, all, distinct, rounded(tookMs)]);
    await close();
  }
  return {
    title: "Killed (SIGKILL) while it writes, and started again",
    columns: ["when", "rows at the kill", "rows in the end", "different occurrences", "ms to the end"],
    rows,
    notes: [`${minutes.toLocaleString("en")} is every occurrence once`],
  };
}

async function writeUntilKilled(dataDir: string, minutes: number): Promise<void> {
  const { engine } = await openEngine(dataDir);
  addSchedule(engine);
  await engine.backfills.create({ ...rangeOf(minutes), confirmed: true }, "code");
  process.stdout.write("writing\n");
}

export const bench: Bench = {
  name: "backfill",
  async run({ quick }) {
    const minutes = quick ? YEAR / 10 : YEAR;
    const folder = mkdtempSync(join(tmpdir(), "almanac-bench-"));
    try {
      return [...(await writing(folder, minutes)), await killed(folder, minutes)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const child = process.argv.indexOf(CHILD);
if (child > 0) await writeUntilKilled(process.argv[child + 1] as string, Number(process.argv[child + 2]));
else await runAsProgram(bench);
