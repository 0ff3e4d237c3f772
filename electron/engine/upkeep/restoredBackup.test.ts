import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../storage/opening/database.ts";
import { readHealth } from "../../storage/opening/health.ts";
import { createEngine } from "../engine.ts";
import { count } from "../faults/world.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import { createTestClock } from "../testing/testClock.ts";
import { createTestRuntime } from "../testing/testRuntime.ts";

const START = Date.UTC(2026, 2, 2, 9);
const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

test("copies made while it fires are whole; one that is put back fires nothing again and accounts for what is missing", async () => {
  const dir = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "almanac-restored-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const clock = createTestClock(START);
  const open = (dataDir: string) => {
    const database = openDatabase({ dataDir });
    // Its thread ends with the test, however that ends.
    onTestFinished(() => database.close());
    const runtime = createTestRuntime(clock);
    const logger = { info: () => {}, warn: () => {}, error: console.error };
    const parts = { database, clock, runtime: runtime.runtime, logger, programName: "test" };
    return { database, runtime, engine: createEngine({ ...parts, catalogue: createTestCatalogue() }) };
  };
  const first = open(join(dir, "first"));
  await first.engine.start();
  for (let i = 0; i < 20; i += 1) {
    const rules = { scheduleId: `s${i}`, workflowName: "job", spec: { interval: "1s" }, input: {} };
    first.engine.createSchedule(rules, "user");
  }
  let copy = "";
  let copiedAt = 0;
  for (let n = count(3, 60); n > 0; n -= 1) {
    copiedAt = clock.now();
    let made = false;
    const end = (): void => {
      made = true;
    };
    const copying = first.database.backup(copiedAt);
    copying.then(end, end);
    while (!made) {
      clock.advance(500);
      await nextTurn();
    }
    copy = (await copying) ?? "";
    clock.advance(1000);
  }
  // The two newest, which are of one hour.
  expect(readdirSync(join(dir, "first", "backups"))).toHaveLength(2);
  const fired = first.runtime.executions.map(({ job }) => `${job.scheduleId} ${job.scheduledAt}`);
  clock.advance(5000);
  await first.engine.stop(0);
  clock.freeze(200_000);

  mkdirSync(join(dir, "second"));
  copyFileSync(copy, join(dir, "second", "almanac.db"));
  const second = open(join(dir, "second"));
  const { database, countersOff } = readHealth(second.database, true);
  expect([database.integrity, database.foreignKeyViolations, countersOff]).toEqual([["ok"], 0, []]);
  const kept = second.database.sql.prepare("select schedule_id || ' ' || scheduled_at from runs").pluck().all();
  expect(kept.length).toBeGreaterThanOrEqual(20);
  await second.engine.start();
  // The copy names an owner that is not heard any more.
  clock.advance(8000);
  await nextTurn();
  clock.advance(2000);
  const again = second.runtime.executions
    .filter(({ job }) => kept.includes(`${job.scheduleId} ${job.scheduledAt}`))
    .filter(({ job }) => job.attempt === 1);
  expect(again).toEqual([]);
  expect(fired).toEqual(expect.arrayContaining(kept));
  for (let i = 0; i < 20; i += 1) {
    const { totalRuns, missedRuns, skippedRuns } = second.engine.getSchedule(`s${i}`);
    expect(totalRuns + missedRuns + skippedRuns).toBe(Math.floor((clock.now() - START) / 1000) + 1);
    expect(missedRuns).toBeGreaterThanOrEqual(200);
  }
  await second.engine.stop(0);
});
