import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../storage/opening/database.ts";
import { systemClock } from "../clock.ts";
import { createEngine } from "../engine.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import { createTestRuntime } from "../testing/testRuntime.ts";

const program = fileURLToPath(new URL("../../../dist/cli/cli.js", import.meta.url));
const MINUTE = 60_000;
const FROM = Date.UTC(2024, 0, 1);
const MINUTES = 60_000;

let dataDir: string;
let running: ChildProcess | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "almanac-kill-"));
});
afterEach(() => {
  running?.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once("exit", done));
const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

test("killed while its rows are written, and started again: each occurrence once, and a second request finds nothing", async () => {
  // Asked for while no engine runs: the rows wait for whoever owns the folder.
  const database = openDatabase({ dataDir });
  const catalogue = createTestCatalogue(["shell.command"]);
  const engine = createEngine({ database, runtime: null, catalogue, programName: "test" });
  const spec = { cron: "* * * * *" };
  engine.createSchedule(
    { scheduleId: "m", workflowName: "shell.command", spec, input: { command: "true" }, paused: true },
    "user",
  );
  const range = {
    scheduleId: "m",
    from: new Date(FROM).toISOString(),
    to: new Date(FROM + MINUTES * MINUTE).toISOString(),
  };
  const { backfillId } = await engine.backfills.create({ ...range, confirmed: true }, "user");
  expect(engine.backfills.get(backfillId)).toMatchObject({ status: "planning", total: MINUTES });
  const rows = database.sql.prepare("select count(*) from runs").pluck();
  expect(rows.get()).toBe(0);

  let kills = 0;
  for (const share of [0.01, 0.2, 0.6]) {
    const child = spawn(process.execPath, [program, "scheduler", "run", "--data-dir", dataDir], { stdio: "ignore" });
    running = child;
    while ((rows.get() as number) < MINUTES * share && child.exitCode === null) await nextTurn();
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await ended(child);
    if (engine.backfills.get(backfillId).status === "planning") kills += 1;
  }
  expect(kills).toBeGreaterThan(0);

  const own = createEngine({
    database,
    runtime: createTestRuntime(systemClock, 0).runtime,
    catalogue,
    programName: "test",
    logger: { info: () => {}, warn: () => {}, error: () => {} },
  });
  await own.start();
  while (own.backfills.get(backfillId).status === "planning") await nextTurn();
  expect(own.backfills.get(backfillId).total).toBe(MINUTES);
  const all = database.sql
    .prepare("select count(*), count(distinct scheduled_at), min(scheduled_at), max(scheduled_at) from runs")
    .raw()
    .get();
  expect(all).toEqual([MINUTES, MINUTES, FROM, FROM + (MINUTES - 1) * MINUTE]);
  expect(await own.recount()).toEqual([]);

  const { backfillId: again } = await own.backfills.create({ ...range, confirmed: true }, "user");
  while (own.backfills.get(again).status === "planning") await nextTurn();
  expect(own.backfills.get(again)).toMatchObject({ status: "completed", total: 0 });
  expect(rows.get()).toBe(MINUTES);
  await own.stop(0);
  database.close();
}, 120_000);
