import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setRuleSchema } from "../../../shared/api/notifications.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { noticeEvents } from "../../../shared/domain/notifications.ts";
import { connect, refuseOldNode } from "../sqlite.ts";
import { createHookStore } from "../tables/hooks.ts";
import { createNotificationStore } from "../tables/notifications.ts";
import { createRunMeasureStore } from "../tables/runMeasures.ts";
import { createStores } from "../tables/stores.ts";
import { type Database, type OpenDatabaseOptions, openDatabase as open } from "./database.ts";
import { APPLICATION_ID, migrations, runMigration, schemaText } from "./migrate.ts";
import { chooseBackup, lossOf, putBack } from "./restore.ts";

let dir: string;
const opened: Database[] = [];
/** One that is closed with its test, however that ends. */
function openDatabase(options: OpenDatabaseOptions): Database {
  const database = open(options);
  opened.push(database);
  return database;
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "almanac-storage-"));
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(dir, { recursive: true, force: true });
});

const file = (): string => join(dir, "almanac.db");
const sha = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error("it was not refused");
}

async function withBackup(): Promise<void> {
  const database = openDatabase({ dataDir: dir });
  createStores(database.sql).settings.set("colour", "green");
  await database.backup(Date.UTC(2026, 0, 2));
  createStores(database.sql).settings.set("colour", "blue");
  database.close();
}

test("the migrated schema is the checked-in one", () => {
  const database = openDatabase({ dataDir: dir });
  const text = schemaText(database.sql);
  database.close();
  const path = fileURLToPath(new URL("schema.sql", import.meta.url));
  if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
  // SQLite makes a table of each longer list of words whenever a row is written.
  expect(text).not.toMatch(/ in \('[^']*', '[^']*', /);
});

test("every connection is durable and strict", () => {
  for (const readOnly of [false, true]) {
    const { sql, close } = openDatabase({ dataDir: dir, readOnly });
    const pragma = (name: string): unknown => sql.pragma(name, { simple: true });
    expect([pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys"), pragma("trusted_schema")]).toEqual([
      "wal",
      2,
      1,
      0,
    ]);
    expect(pragma("busy_timeout")).toBe(5000);
    close();
  }
});

test("a Node that the native part would end with a fault is told so; Electron's is not judged by its number", () => {
  expect(() => refuseOldNode({ node: "20.20.2", napi: "9" })).toThrow(
    "needs Node 22.14 or later; this is Node 20.20.2",
  );
  refuseOldNode({ node: "22.14.0", napi: "10" });
  refuseOldNode({ node: "20.18.3", napi: "9", electron: "33.4.0" });
});

test("folder and file are the user's alone", () => {
  const dataDir = join(dir, "new");
  const mask = process.umask(0);
  try {
    openDatabase({ dataDir }).close();
  } finally {
    process.umask(mask);
  }
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, "almanac.db")).mode & 0o777).toBe(0o600);
});

test("a newer database is refused and left as it was", () => {
  const database = openDatabase({ dataDir: dir });
  database.sql.pragma("user_version = 99");
  database.close();
  const before = [sha(file()), statSync(file()).mtimeMs];
  const error = refusal(() => openDatabase({ dataDir: dir }));
  expect(error.code).toBe("DATABASE_NEWER");
  expect(error.message).toContain(file());
  expect([sha(file()), statSync(file()).mtimeMs]).toEqual(before);
});

test("a database of each older version comes up to date with its rows", () => {
  for (const [version] of migrations.entries()) {
    if (version === 0) continue;
    rmSync(dir, { recursive: true, force: true });
    const current = openDatabase({ dataDir: dir });
    const wanted = schemaText(current.sql);
    current.close();
    rmSync(file());
    const old = connect(file());
    for (const migration of migrations.slice(0, version)) runMigration(old, migration);
    old.pragma(`application_id = ${APPLICATION_ID}`);
    old.pragma(`user_version = ${version}`);
    old.exec(`insert into runs (id, workflow_name, trigger, status, input, created_at)
      values ('kept', 'w', 'manual', 'completed', '{}', 1)`);
    old.close();
    const database = openDatabase({ dataDir: dir });
    expect(schemaText(database.sql)).toBe(wanted);
    expect(database.sql.prepare("select id, status from runs").all()).toEqual([{ id: "kept", status: "completed" }]);
    database.close();
  }
});

test("commands of an older database keep all of the environment, and their streams apart", () => {
  const before = migrations.findIndex(({ name }) => name.endsWith("-command-surroundings"));
  const old = connect(file());
  for (const migration of migrations.slice(0, before)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${before}`);
  const run = (id: string, workflow: string, status: string, input: string): string =>
    `insert into runs (id, workflow_name, trigger, status, input, created_at) values ('${id}', '${workflow}', 'manual', '${status}', '${input}', 1);`;
  const schedule = (id: string, workflow: string, input: string): string =>
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
     values ('${id}', '${id}', '${workflow}', '{}', 1, '${input}', 'active', 'skip', 'none', 1, 1, 1, 1, 1);`;
  const backfill = (id: string, scheduleId: string, input: string, snapshot: string): string =>
    `insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy, input, snapshot, created_by, created_at)
     values ('${id}', '${scheduleId}', 'paused', 1, 2, 'none', 'oldest', 1, 'skip', ${input}, '${snapshot}', 'user', 1);`;
  old.exec(
    [
      schedule("shell", "shell.command", '{"command":"true"}'),
      schedule("script", "script.run", '{"file":"/a.py"}'),
      schedule("request", "http.request", '{"url":"http://x"}'),
      run("waits", "shell.command", "pending", '{"command":"true"}'),
      run("failed", "script.run", "failed", '{"file":"/a.py"}'),
      run("done", "shell.command", "completed", '{"command":"true"}'),
      run("mine", "report", "pending", '{"command":"true"}'),
      run("odd", "shell.command", "failed", "null"),
      backfill("b1", "shell", "null", '{"workflowName":"shell.command","input":{"command":"true"}}'),
      backfill("b2", "script", `'{"file":"/b.py"}'`, '{"workflowName":"script.run","input":{"file":"/b.py"}}'),
      backfill("b3", "request", "null", '{"workflowName":"http.request","input":{"url":"http://x"}}'),
    ].join("\n"),
  );
  old.close();
  const { sql, close } = openDatabase({ dataDir: dir });
  const all = (text: string): Record<string, unknown> =>
    Object.fromEntries(
      (sql.prepare(text).raw().all() as [string, string][]).map(([id, json]) => [id, JSON.parse(json) as unknown]),
    );
  const kept = { passEnvironment: ["*"], output: "separate" };
  expect(all("select id, input from schedules")).toEqual({
    shell: { command: "true", ...kept },
    script: { file: "/a.py", ...kept },
    request: { url: "http://x" },
  });
  expect(all("select id, input from runs")).toEqual({
    waits: { command: "true", ...kept },
    failed: { file: "/a.py", ...kept },
    done: { command: "true" },
    mine: { command: "true" },
    odd: null,
  });
  expect(all("select id, coalesce(input, 'null') from backfills")).toEqual({
    b1: null,
    b2: { file: "/b.py", ...kept },
    b3: null,
  });
  expect(all("select id, snapshot -> '$.input' from backfills")).toEqual({
    b1: { command: "true", ...kept },
    b2: { file: "/b.py", ...kept },
    b3: { url: "http://x" },
  });
  close();
});

test("schedules of an older database are taken up again, or not, as they were, commands too, and have no limits that came later", () => {
  const before = migrations.findIndex(({ name }) => name.endsWith("-run-limits"));
  const old = connect(file());
  for (const migration of migrations.slice(0, before)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${before}`);
  const schedule = (id: string, workflow: string, recovers: string): string =>
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at${recovers === "" ? "" : ", recover_on_worker_loss"})
     values ('${id}', '${id}', '${workflow}', '{"cron":"0 9 * * *"}', 1, '{}', 'active', 'skip', 'none', 1, 1, 1, 1, 1${recovers === "" ? "" : `, ${recovers}`});`;
  old.exec(
    [
      schedule("command", "shell.command", "1"),
      schedule("left", "shell.command", "0"),
      // It was written when the table's own default held.
      schedule("unsaid", "http.request", ""),
      schedule("code", "report", "0"),
    ].join("\n"),
  );
  old.close();
  const { sql, close } = openDatabase({ dataDir: dir });
  const { schedules } = createStores(sql);
  const limitsOf = (id: string) => {
    const row = schedules.get(id);
    return row && [row.recoverOnWorkerLoss, row.memoryLimitMb, row.slowAfterMs, row.dueBy];
  };
  expect(["command", "left", "unsaid", "code"].map(limitsOf)).toEqual([
    [1, null, null, null],
    [0, null, null, null],
    [1, null, null, null],
    [0, null, null, null],
  ]);
  close();
});

test("an older database tells on the desktop what it always told, and what rules told goes with its schedule", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("notifications"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec(`insert into settings (key, value) values ('desktop.notifications', 'false');
    insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
      catchup_window_ms, max_attempts, retry_delay_ms, consecutive_failures, created_at, updated_at)
    values ('nightly', 'Nightly', 'w', '{}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, 7, 1, 1)`);
  old.close();
  const { sql } = openDatabase({ dataDir: dir });
  expect(createStores(sql).settings.all()["desktop.notifications"]).toBe(false);
  expect(createStores(sql).schedules.get("nightly")?.consecutiveFailures).toBe(7);
  const store = createNotificationStore(sql);
  expect(store.channels()).toEqual([{ name: "desktop", enabled: true, config: { kind: "desktop" } }]);
  const [{ queued, ...rule } = { queued: null }] = store.rules();
  expect(queued).toBe(false);
  expect(setRuleSchema.parse(rule)).toEqual(rule);
  expect(rule).toMatchObject({ name: "desktop", channels: ["desktop"], events: noticeEvents });
  store.putState("nightly", "desktop", "{}");
  const notice = { ruleName: "desktop", scheduleId: "nightly", runId: null, details: "{}", at: 1 };
  store.addNotice({ ...notice, event: "failed" });
  sql.exec("delete from schedules");
  expect([store.states("nightly"), store.noticesOf("desktop")]).toEqual([[], []]);
});

test("what events start in an older database they start without a delay", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("event-delays"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
      catchup_window_ms, max_attempts, retry_delay_ms, consecutive_failures, created_at, updated_at)
    values ('next', 'Next', 'w', '{}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, 0, 1, 1);
    insert into event_triggers values ('next', 'after', 'backup', 'failed'), ('next', 'boot', '', '')`);
  old.close();
  const { sql } = openDatabase({ dataDir: dir });
  const { eventTriggers } = createStores(sql);
  expect(eventTriggers.startedAfter("backup", "failed")).toEqual([{ scheduleId: "next", delayMs: 0 }]);
  expect(eventTriggers.startedBy("boot")).toEqual([{ scheduleId: "next", delayMs: 0 }]);
  expect(eventTriggers.nextWaitAt()).toBeNull();
  // They have been so always; what is added is so from then on.
  const boot = { kind: "boot" as const, sourceId: "", outcome: "", delayMs: 0 };
  eventTriggers.set("next", [boot, { ...boot, kind: "wake" }], 7);
  expect(sql.prepare("select kind, since_at from event_triggers order by kind").raw().all()).toEqual([
    ["boot", 0],
    ["wake", 7],
  ]);
});

test("what the history of an older database tells belongs to no import", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("lines-of-imports"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec("insert into activity (schedule_id, at, kind, actor) values ('nightly', 1, 'deleted', 'user')");
  old.close();
  const { sql } = openDatabase({ dataDir: dir });
  const { activity } = createStores(sql);
  expect(activity.wasTakenBack("nightly")).toBe(false);
  expect(activity.ofImport("one")).toEqual([]);
  activity.add({ scheduleId: "nightly", at: 2, kind: "deleted", actor: "user", importId: "one" });
  expect(activity.wasTakenBack("nightly")).toBe(true);
  expect(activity.ofImport("one")).toMatchObject([{ scheduleId: "nightly", at: 2, kind: "deleted" }]);
});

test("an older database takes the run states that came later, and no others", () => {
  const old = connect(file());
  for (const migration of migrations.slice(0, 3)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma("user_version = 3");
  const insert = (id: string, trigger: string, status: string): string =>
    `insert into runs (id, workflow_name, trigger, status, input, created_at) values ('${id}', 'w', '${trigger}', '${status}', '{}', 1)`;
  old.exec(insert("kept", "manual", "cancelled"));
  expect(() => old.exec(insert("early", "manual", "skipped"))).toThrow(/CHECK/);
  old.close();
  const database = openDatabase({ dataDir: dir });
  database.sql.exec(insert("later", "event", "skipped"));
  expect(() => database.sql.exec(insert("none", "manual", "done"))).toThrow(/CHECK/);
  expect(() => database.sql.exec(insert("none", "whim", "pending"))).toThrow(/CHECK/);
  expect(() => database.sql.exec("update sqlite_schema set sql = sql")).toThrow(/may not be modified/);
  expect(database.sql.prepare("select id, status, warning from runs order by id").all()).toEqual([
    { id: "kept", status: "cancelled", warning: null },
    { id: "later", status: "skipped", warning: null },
  ]);
  database.close();
});

test("runs of an older database were handed to nobody that keeps them: what waited is ready, what ran is here", () => {
  const old = connect(file());
  for (const migration of migrations.slice(0, 13)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma("user_version = 13");
  const insert = (id: string, status: string): string =>
    `insert into runs (id, workflow_name, trigger, status, input, created_at) values ('${id}', 'w', 'manual', '${status}', '{}', 1)`;
  for (const status of ["pending", "running", "completed"]) old.exec(insert(status, status));
  old.exec("insert into runtime_waits values ('w', 'room', 'full')");
  old.close();
  const database = openDatabase({ dataDir: dir });
  const { runs, queue } = createStores(database.sql);
  expect(queue.next(false, [], 10, { within: 10 }).map(({ id, epoch, sentTo }) => [id, epoch, sentTo])).toEqual([
    ["pending", 0, null],
  ]);
  expect(runs.running().map(({ id }) => id)).toEqual(["running"]);
  expect(runs.sent()).toEqual([]);
  expect(queue.runtimeWaits()).toEqual([]);
  expect(runs.claim("pending", 5)).toBe(true);
  expect(runs.get("pending")?.epoch).toBe(1);
  database.close();
});

test("hooks of an older database have been called as often as nobody has counted", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("hook-answers"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec(`insert into hooks values ('h', 'ci', null, 'w', 1, x'00', 1, 5);
    insert into hook_calls values ('h', 'key', 'run', 5)`);
  old.close();
  const store = createHookStore(openDatabase({ dataDir: dir }).sql);
  expect(store.get("h")).toMatchObject({ name: "ci", lastUsedAt: 5, lastStatus: null, lastRunId: null, started: 0 });
  const counts = { refused: 1, limited: 0, wrongSecrets: 0, wrongSecretAt: null };
  store.tally("h", { ...counts, started: 1, last: { at: 9, status: 202, said: null, runId: "run" } });
  store.tally("h", { ...counts, started: 0, wrongSecrets: 2, wrongSecretAt: 10, last: null });
  expect(store.get("h")).toMatchObject({ lastUsedAt: 9, lastStatus: 202, started: 1, refused: 2, wrongSecrets: 2 });
  expect([store.called("h", "key"), store.setSecret("none", Buffer.alloc(1))]).toEqual(["run", false]);
});

test("runs that an older database called off with their backfill leave the schedule's history and its counters", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("called-off-runs"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  const error = (message: string) => `'{"code":"CANCELLED","name":"Cancelled","message":"${message}"}'`;
  const calledOff = error("the backfill was cancelled before this run began");
  const stopped = error("the backfill stopped after too many failures, before this run began");
  old.exec(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
      catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at, total_runs)
      values ('s', 's', 'w', '{"cron":"* * * * *"}', 1, '{}', 'active', 'skip', 'none', 1, 1, 1, 1, 1, 5),
        ('t', 't', 'w', '{"cron":"* * * * *"}', 1, '{}', 'active', 'skip', 'none', 1, 1, 1, 1, 1, 1);
    insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy, snapshot,
      total, written, completed, cancelled, created_by, created_at)
      values ('b', 's', 'cancelled', 1, 9, 'none', 'oldest', 1, 'buffer_all', '{}', 4, 4, 1, 3, 'user', 1);
    insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, backfill_id, created_at, started_at, error)
      values ('b.1', 's', 'w', 'backfill', 'completed', 1, '{}', 'b', 1, 2, null),
        ('b.2', 's', 'w', 'backfill', 'cancelled', 2, '{}', 'b', 1, 2, ${error("cancelled")}),
        ('b.3', 's', 'w', 'backfill', 'cancelled', 3, '{}', 'b', 1, null, ${calledOff}),
        ('b.4', 's', 'w', 'backfill', 'cancelled', 4, '{}', 'b', 1, null, ${stopped}),
        ('c', 's', 'w', 'schedule', 'cancelled', 5, '{}', null, 1, null, ${error("cancelled")}),
        ('d', 't', 'w', 'schedule', 'completed', 5, '{}', null, 1, 1, null)`);
  old.close();
  const { sql } = openDatabase({ dataDir: dir });
  const rows = sql.prepare("select id, schedule_id as of from runs order by id").all();
  expect(rows).toEqual([
    { id: "b.1", of: "s" },
    { id: "b.2", of: "s" },
    { id: "b.3", of: null },
    { id: "b.4", of: null },
    { id: "c", of: "s" },
    { id: "d", of: "t" },
  ]);
  expect(sql.prepare("select id, total_runs as total from schedules order by id").all()).toEqual([
    { id: "s", total: 3 },
    { id: "t", total: 1 },
  ]);
  expect(sql.prepare("select cancelled, called_off as off from backfills").get()).toEqual({ cancelled: 3, off: 2 });
  // They go where their schedule goes.
  const { retention } = createStores(sql);
  while (retention.removeSome("s", 2));
  expect(sql.prepare("select id from runs").pluck().all()).toEqual(["d"]);
});

test("runs of an older database have not been measured, and those that come are added up by bucket", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("run-measures"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec(
    "insert into runs (id, workflow_name, trigger, status, input, created_at) values ('r', 'w', 'manual', 'completed', '{}', 1)",
  );
  old.close();
  const store = createRunMeasureStore(openDatabase({ dataDir: dir }).sql);
  expect(store.all()).toEqual([]);
  const row = { measure: "duration" as const, workflowName: "w", result: "failed", leMs: 250, count: 2, sumMs: 300 };
  for (const one of [row, { ...row, leMs: -1, count: 1 }, row]) store.add(one);
  expect(store.all()).toEqual([
    { ...row, count: 4, sumMs: 600 },
    { ...row, leMs: -1, count: 1 },
  ]);
});

test("an older database takes hooks, which go with their schedule, and calls with their hook", () => {
  const version = migrations.findIndex(({ name }) => name.endsWith("-hooks"));
  const old = connect(file());
  for (const migration of migrations.slice(0, version)) runMigration(old, migration);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.exec(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
      catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
    values ('kept', 'Kept', 'w', '{}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, 1, 1)`);
  old.close();
  const { sql, close } = openDatabase({ dataDir: dir });
  const hook = { id: "h", name: "h", takesInput: 0, secretHash: Buffer.alloc(32), createdAt: 1 };
  const store = createHookStore(sql);
  expect(() => store.add({ ...hook, scheduleId: null, workflowName: null })).toThrow(/CHECK/);
  store.add({ ...hook, scheduleId: "kept", workflowName: null });
  store.addCall("h", "key", "run", 5);
  expect([store.called("h", "key"), store.called("h", "other")]).toEqual(["run", undefined]);
  expect(() =>
    sql.exec(
      "insert into hooks (id, name, schedule_id, secret_hash, created_at) select 'i', name, schedule_id, secret_hash, 1 from hooks",
    ),
  ).toThrow(/UNIQUE/);
  sql.exec("delete from schedules");
  expect([store.all(), store.called("h", "key")]).toEqual([[], undefined]);
  close();
});

test("ended at each statement of each migration: the old schema with its rows, and the next start makes it the new one", {
  timeout: 240_000,
}, () => {
  const statementsOf = (text: string): string[] =>
    text
      .replace(/--.*$/gm, "")
      .split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");
  for (const [version, migration] of migrations.entries()) {
    if (version === 0) continue;
    const statements = statementsOf(migration.sql);
    const base = join(dir, `v${version}.db`);
    const made = connect(base);
    for (const earlier of migrations.slice(0, version)) runMigration(made, earlier);
    made.pragma(`application_id = ${APPLICATION_ID}`);
    made.pragma(`user_version = ${version}`);
    made.pragma("journal_mode = WAL");
    made.exec(`insert into runs (id, workflow_name, trigger, status, input, created_at)
      values ('kept', 'w', 'manual', 'completed', '{}', 1)`);
    made.close();
    for (let ran = 0; ran <= statements.length; ran += 1) {
      const at = mkdtempSync(join(dir, `v${version}-${ran}-`));
      copyFileSync(base, join(at, "old.db"));
      const old = connect(join(at, "old.db"));
      const before = schemaText(old);
      old.unsafeMode(migration.editsSchema ?? false);
      old.exec("begin immediate");
      for (const statement of statements.slice(0, ran)) old.exec(statement);
      // What a killed process leaves: the files as they are at that moment.
      for (const suffix of ["", "-wal"]) copyFileSync(join(at, `old.db${suffix}`), join(at, `almanac.db${suffix}`));
      old.exec("rollback");
      old.close();
      const left = connect(join(at, "almanac.db"));
      expect([schemaText(left), left.pragma("user_version", { simple: true })]).toEqual([before, version]);
      left.close();
      const database = openDatabase({ dataDir: at });
      expect(database.sql.pragma("user_version", { simple: true })).toBe(migrations.length);
      expect(database.sql.prepare("select id from runs").pluck().all()).toEqual(["kept"]);
      expect(database.sql.pragma("integrity_check", { simple: true })).toBe("ok");
      expect(readdirSync(join(at, "backups"))).toEqual([expect.stringContaining(`before-migration-${version}-to-`)]);
      database.close();
    }
  }
});

test("the log that grew while something read is short again afterwards", () => {
  const most = 64 * 1024 * 1024;
  const bytes = (): number => statSync(`${file()}-wal`).size;
  const database = openDatabase({ dataDir: dir });
  const reader = openDatabase({ dataDir: dir, readOnly: true });
  reader.sql.exec("begin");
  reader.sql.prepare("select count(*) from settings").get();
  const { settings } = createStores(database.sql);
  for (let i = 0; bytes() <= most; i += 1) settings.set("text", String(i % 10).repeat(4 * 1024 * 1024));
  reader.sql.exec("commit");
  for (let i = 0; i < 3; i += 1) settings.set("more", i);
  expect(bytes()).toBeLessThanOrEqual(most);
  reader.close();
  database.close();
});

test("another program's database is refused", () => {
  const database = openDatabase({ dataDir: dir });
  database.sql.pragma("application_id = 7");
  database.close();
  expect(refusal(() => openDatabase({ dataDir: dir })).code).toBe("DATABASE_DAMAGED");
});

describe("damage", () => {
  const kinds: [string, () => void][] = [
    ["an empty file", () => truncateSync(file(), 0)],
    ["text", () => writeFileSync(file(), "dear diary, ".repeat(1000))],
    [
      "a zeroed first page",
      () => writeFileSync(file(), Buffer.concat([Buffer.alloc(4096), readFileSync(file()).subarray(4096)])),
    ],
    ["a file cut short", () => truncateSync(file(), 8192)],
    [
      "pages overwritten",
      () => {
        const bytes = readFileSync(file());
        bytes.fill(0xa5, 4096, bytes.length);
        writeFileSync(file(), bytes);
      },
    ],
  ];
  test.each(kinds)("%s: refused, kept, and the backup put back on demand", async (_name, harm) => {
    await withBackup();
    harm();
    const before = sha(file());
    const error = refusal(() => openDatabase({ dataDir: dir }));
    expect(error.code).toBe("DATABASE_DAMAGED");
    expect(error.message).toContain(file());
    expect(error.message).toContain("last good backup");
    expect(error.message).toContain("2026-01-02T00:00:00.000Z");
    expect(sha(file())).toBe(before);
    const copies = readdirSync(join(dir, "damaged")).filter((name) => name.endsWith(".db"));
    expect(copies.map((name) => sha(join(dir, "damaged", name)))).toEqual([before]);
    refusal(() => openDatabase({ dataDir: dir }));
    expect(readdirSync(join(dir, "damaged")).filter((name) => name.endsWith(".db"))).toHaveLength(1);

    const { kept } = putBack(file(), chooseBackup(dir), Date.now(), { isDamaged: true });
    expect(sha(kept as string)).toBe(before);
    const database = openDatabase({ dataDir: dir });
    expect(createStores(database.sql).settings.all()).toEqual({ colour: "green" });
    database.close();
  });

  test("a folder in its place is refused", () => {
    mkdirSync(file());
    expect(refusal(() => openDatabase({ dataDir: dir })).code).toBe("DATABASE_DAMAGED");
  });

  test("a database that is gone although backups are there is not replaced by an empty one", async () => {
    await withBackup();
    rmSync(file());
    const error = refusal(() => openDatabase({ dataDir: dir }));
    expect(error.code).toBe("DATABASE_DAMAGED");
    expect(existsSync(file())).toBe(false);
  });

  test("without a backup the message says what is lost", () => {
    openDatabase({ dataDir: dir }).close();
    truncateSync(file(), 0);
    expect(refusal(() => openDatabase({ dataDir: dir })).message).toContain("are lost");
  });

  test("a damaged backup is not offered", async () => {
    await withBackup();
    const name = readdirSync(join(dir, "backups"))[0] as string;
    truncateSync(join(dir, "backups", name), 5000);
    truncateSync(file(), 0);
    expect(refusal(() => openDatabase({ dataDir: dir })).message).toContain("There is no backup");
  });
});

describe("going back", () => {
  const at = Date.UTC(2026, 0, 2);
  const schedule = (database: Database, id: string): void =>
    void database.sql.exec(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy,
        catchup, catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
      values ('${id}', 'Name of ${id}', 'w', '{}', 0, '{}', 'active', 'skip', 'skip', 0, 1, 0, ${at}, ${at})`);

  test("tells what it would lose, and can itself be undone", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    for (const id of ["same", "edited", "deleted"]) schedule(database, id);
    settings.set("kept", 1);
    settings.set("colour", "green");
    await database.backup(at);
    schedule(database, "new");
    database.sql.exec(`update schedules set revision = 2 where id = 'edited';
      update schedules set status = 'deleted', revision = 2 where id = 'deleted';
      update schedules set total_runs = 7 where id = 'same';
      insert into runs (id, workflow_name, trigger, status, input, created_at) values ('r', 'w', 'manual', 'completed', '{}', 1)`);
    settings.set("colour", "blue");
    database.close();
    const before = sha(file());
    const backup = chooseBackup(dir, "almanac-20260102T000000000Z.db");
    expect(lossOf(file(), backup.path)).toEqual({
      holds: { schedules: 3, runs: 0, newestChangeAt: at },
      isKnown: true,
      lost: [{ scheduleId: "new", name: "Name of new" }],
      changed: [{ scheduleId: "edited", name: "Name of edited" }],
      back: [{ scheduleId: "deleted", name: "Name of deleted" }],
      runs: 1,
      settings: ["colour"],
      calendars: [],
    });
    expect(sha(file())).toBe(before);
    putBack(file(), backup, at + 1, { isDamaged: false });
    const restored = openDatabase({ dataDir: dir });
    expect(createStores(restored.sql).settings.all()).toEqual({ kept: 1, colour: "green" });
    restored.close();
    const undo = chooseBackup(dir, "before-restore-20260102T000000001Z.db");
    putBack(file(), undo, at + 2, { isDamaged: false });
    const again = openDatabase({ dataDir: dir });
    expect(createStores(again.sql).settings.all()).toEqual({ kept: 1, colour: "blue" });
    again.close();
  });

  test("is refused while somebody has the database open, for a damaged copy and for a name that is not there", async () => {
    await withBackup();
    const backup = chooseBackup(dir);
    const open = openDatabase({ dataDir: dir });
    open.sql.prepare("select * from settings").all();
    const before = readdirSync(dir).sort();
    expect(refusal(() => putBack(file(), backup, at, { isDamaged: false })).code).toBe("CONFLICT");
    expect(readdirSync(dir).sort()).toEqual(before);
    expect(createStores(open.sql).settings.all()).toEqual({ colour: "blue" });
    open.close();
    expect(refusal(() => chooseBackup(dir, "../almanac.db"))).toMatchObject({ code: "INVALID_INPUT" });
    truncateSync(backup.path, 5000);
    expect(refusal(() => chooseBackup(dir, backup.name)).code).toBe("DATABASE_DAMAGED");
    expect(refusal(() => chooseBackup(dir)).code).toBe("NOT_FOUND");
  });

  test("from a damaged database says that nothing is known of what is lost", async () => {
    await withBackup();
    writeFileSync(file(), "text");
    expect(lossOf(file(), chooseBackup(dir).path)).toMatchObject({ isKnown: false, lost: [], runs: 0 });
  });
});

describe("backups", () => {
  test("are listed with what they hold, and thinned out by what the policy keeps", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    database.sql.exec(`insert into runs (id, workflow_name, trigger, status, input, created_at)
      values ('r', 'w', 'manual', 'completed', '{}', 5)`);
    const days = 40;
    for (let day = 1; day <= days; day += 1) {
      if (day === days) settings.set("colour", "green");
      await database.backup(Date.UTC(2026, 0, day), day === 2 ? { reason: "import" } : {});
    }
    writeFileSync(join(dir, "backups", "mine.db"), "of my own");
    const backups = await database.backups();
    // The newest of each of the last 24 hours that have one, which are those of the days and weeks as well.
    const rolling = backups.filter(({ reason }) => reason === "rolling");
    expect(rolling.map(({ createdAt }) => createdAt)).toEqual(
      Array.from({ length: 24 }, (_, i) => Date.UTC(2026, 0, days - i)),
    );
    expect(backups.find(({ reason }) => reason === "import")).toMatchObject({
      name: "before-import-20260102T000000000Z.db",
    });
    expect(backups.find(({ name }) => name === "mine.db")).toMatchObject({ reason: "other", holds: null });
    expect(rolling[0]?.holds).toMatchObject({ schedules: 0, runs: 1, newestChangeAt: 5, lastActivity: { id: 0 } });
    expect((await database.newestBackup(Date.UTC(2026, 0, 30, 1)))?.createdAt).toBe(Date.UTC(2026, 0, 30));
    database.close();
    for (const name of readdirSync(join(dir, "backups")).filter((name) => name !== "mine.db"))
      expect(statSync(join(dir, "backups", name)).mode & 0o777).toBe(0o600);
  });

  test("one made under writes is whole", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    for (let i = 0; i < 300; i += 1) settings.set(`k${i}`, "x".repeat(2000));
    const copying = database.backup(Date.UTC(2026, 0, 1));
    settings.set("late", 1);
    const copy = await copying;
    database.close();
    const target = join(dir, "restored");
    mkdirSync(target);
    copyFileSync(copy as string, join(target, "almanac.db"));
    chmodSync(join(target, "almanac.db"), 0o600);
    const restored = openDatabase({ dataDir: target });
    expect(Object.keys(createStores(restored.sql).settings.all()).length).toBeGreaterThanOrEqual(300);
    restored.close();
  });

  test("one is of one moment, however much is written while it is made", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    for (let i = 0; i < 20; i += 1) settings.set(`k${i}`, "x".repeat(1024 * 1024));
    const copying = database.backup(Date.UTC(2026, 0, 1));
    let over = false;
    const end = (): void => {
      over = true;
    };
    copying.then(end, end);
    // Two rows that always say the same, but in the middle of a transaction.
    for (let i = 0; !over; i += 1) {
      database.transaction(() => {
        settings.set("a", i);
        settings.set("b", i);
      });
      await new Promise((done) => setImmediate(done));
    }
    const copy = await copying;
    database.close();
    const copied = openDatabase({ path: copy ?? "", readOnly: true });
    const { a, b } = createStores(copied.sql).settings.all();
    copied.close();
    expect(a).toBe(b);
  });

  test("one that is being made when the database is closed is given up, and nothing of it stays", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    for (let i = 0; i < 20; i += 1) settings.set(`k${i}`, "x".repeat(1024 * 1024));
    const copying = database.backup(Date.UTC(2026, 0, 1));
    database.close();
    expect(existsSync(`${file()}-wal`)).toBe(false);
    expect(await copying).toBeNull();
    expect(readdirSync(join(dir, "backups"))).toEqual([]);
  });

  test.each(["begun", "copied and is being checked"])(
    "nothing is touched any more once the database is closed while one is %s",
    async (phase) => {
      const database = openDatabase({ dataDir: dir });
      const { settings } = createStores(database.sql);
      for (let i = 0; i < 40; i += 1) settings.set(`k${i}`, "x".repeat(1024 * 1024));
      database.sql.pragma("wal_checkpoint(TRUNCATE)");
      const copying = database.backup(Date.UTC(2026, 0, 1));
      const part = join(dir, "backups", "almanac-20260101T000000000Z.db.part");
      const wanted = phase === "begun" ? 1 : statSync(file()).size;
      while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < wanted)
        await new Promise((done) => setImmediate(done));
      database.close();
      const left = readdirSync(join(dir, "backups"));
      expect(left.filter((name) => name.includes(".part"))).toEqual([]);
      await copying;
      expect(readdirSync(join(dir, "backups"))).toEqual(left);
    },
  );

  test("a folder that goes while one is made fails that one alone", async () => {
    const database = openDatabase({ dataDir: join(dir, "gone") });
    const { settings } = createStores(database.sql);
    for (let i = 0; i < 20; i += 1) settings.set(`k${i}`, "x".repeat(1024 * 1024));
    const copying = database.backup(Date.UTC(2026, 0, 1));
    const part = join(dir, "gone", "backups", "almanac-20260101T000000000Z.db.part");
    while (!existsSync(part)) await new Promise((done) => setImmediate(done));
    rmSync(join(dir, "gone"), { recursive: true });
    await expect(copying).rejects.toThrow();
    await expect(database.backup(Date.UTC(2026, 0, 2))).rejects.toThrow();
    database.close();
  });

  test("one of a damaged database is refused, and neither it nor one that was cut short stays", async () => {
    const database = openDatabase({ dataDir: dir });
    const { settings } = createStores(database.sql);
    for (let i = 0; i < 300; i += 1) settings.set(`k${i}`, "x".repeat(2000));
    const good = await database.backup(Date.UTC(2026, 0, 1));
    writeFileSync(join(dir, "backups", "almanac-20260102T000000000Z.db.part"), "half");
    database.sql.pragma("wal_checkpoint(TRUNCATE)");
    database.sql.pragma("shrink_memory");
    const file = openSync(join(dir, "almanac.db"), "r+");
    writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, 40 * 4096);
    closeSync(file);
    await expect(database.backup(Date.UTC(2026, 0, 3))).rejects.toThrow("is not sound");
    database.close();
    expect(readdirSync(join(dir, "backups"))).toEqual([basename(good as string)]);
  });
});

describe("the log", () => {
  const write = (database: Database, bytes: number): void =>
    createStores(database.sql).settings.set("text", "x".repeat(bytes));

  test("is checkpointed beside the process, and begins anew", async () => {
    const database = openDatabase({ dataDir: dir });
    write(database, 1024 * 1024);
    expect(database.uncheckpointedPages()).toBeGreaterThan(256);
    expect(await database.checkpoint()).toBe(0);
    expect(database.uncheckpointedPages()).toBe(0);
    const pages = statSync(file()).size;
    expect(pages).toBeGreaterThan(1024 * 1024);
    const log = statSync(`${file()}-wal`).size;
    for (let i = 0; i < 3; i += 1) {
      write(database, 1024 * 1024);
      await database.checkpoint();
    }
    expect(statSync(`${file()}-wal`).size).toBeLessThan(2 * log);
    database.close();
    expect(existsSync(`${file()}-wal`)).toBe(false);
  });

  test("what somebody reads stays in it, and is counted", async () => {
    const database = openDatabase({ dataDir: dir });
    const reader = openDatabase({ dataDir: dir, readOnly: true });
    reader.sql.exec("begin");
    reader.sql.prepare("select count(*) from settings").get();
    write(database, 1024 * 1024);
    const left = database.uncheckpointedPages();
    expect(await database.checkpoint()).toBe(left);
    reader.close();
    expect(await database.checkpoint()).toBe(0);
    database.close();
  });

  test("of a file that is gone is not checkpointed into a new one", async () => {
    const database = openDatabase({ dataDir: dir });
    renameSync(file(), `${file()}.away`);
    await expect(database.checkpoint()).rejects.toMatchObject({ name: "SqliteError", code: "SQLITE_CANTOPEN" });
    expect(existsSync(file())).toBe(false);
    renameSync(`${file()}.away`, file());
    expect(await database.checkpoint()).toBe(0);
    database.close();
  });
});

test("a transaction that throws leaves nothing behind", () => {
  const database = openDatabase({ dataDir: dir });
  const { settings } = createStores(database.sql);
  expect(() =>
    database.transaction(() => {
      settings.set("a", 1);
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(settings.all()).toEqual({});
  database.close();
});
