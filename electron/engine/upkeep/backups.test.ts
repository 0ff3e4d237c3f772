import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../storage/opening/database.ts";
import { createHarness, type Harness } from "../testing/harness.ts";

const MINUTE = 60_000;

const names = (h: Harness): string[] => {
  const dir = join(h.dir, "backups");
  return existsSync(dir) && statSync(dir).isDirectory()
    ? readdirSync(dir)
        .filter((name) => name.endsWith(".db"))
        .sort()
    : [];
};
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Lets time pass a second at a time, and waits for each copy as it is made or looked at. */
async function pass(h: Harness, ms: number): Promise<void> {
  const { database } = h;
  const { backup, newestBackup } = database;
  let waiting: Promise<unknown> = Promise.resolve();
  const followed = <T>(work: Promise<T>): Promise<T> => {
    waiting = work.catch(() => undefined);
    return work;
  };
  database.backup = (...args) => followed(backup(...args));
  database.newestBackup = (now) => followed(newestBackup(now));
  for (let left = ms; left > 0; left -= 1000) {
    h.clock.advance(Math.min(1000, left));
    await turn();
    await waiting;
    await turn();
  }
  Object.assign(database, { backup, newestBackup });
}
const madeWithin = (h: Harness, count: number): Promise<void> =>
  expect.poll(() => names(h).length, { timeout: 20_000 }).toBe(count);
const yearly = { cron: "0 0 1 1 *" };

test("the first schedule is copied at once; edits that rest are, 15 minutes after; and nothing while nothing changes", async () => {
  await using h = await createHarness();
  await pass(h, 5 * MINUTE);
  expect(names(h)).toEqual([]);
  h.schedule("first", yearly);
  h.clock.advance(10);
  await madeWithin(h, 1);
  h.clock.advance(MINUTE);
  h.schedule("second", yearly);
  await pass(h, 13 * MINUTE);
  expect(names(h)).toHaveLength(1);
  await pass(h, 2 * MINUTE);
  await madeWithin(h, 2);
  const holds = (await h.database.backups()).map((backup) => backup.holds?.schedules);
  expect(holds).toEqual([2, 1]);
  await pass(h, 90 * MINUTE);
  expect(names(h)).toHaveLength(2);
});

test("runs alone are copied within the hour, also those of before a restart", async () => {
  await using h = await createHarness();
  h.schedule("first", yearly);
  h.clock.advance(10);
  await madeWithin(h, 1);
  h.engine.triggerSchedule({ scheduleId: "first" }, "user");
  await pass(h, MINUTE);
  await h.off(MINUTE);
  await pass(h, 50 * MINUTE);
  expect(names(h)).toHaveLength(1);
  await pass(h, 15 * MINUTE);
  await madeWithin(h, 2);
  expect((await h.database.backups())[0]?.holds).toMatchObject({ schedules: 1, runs: 1 });
});

test("what takes much away begins a copy of what no copy has, and waits for no more than its beginning", async () => {
  await using h = await createHarness();
  const other = await h.second({ runtime: false });
  await other.engine.backUpBefore("import");
  expect(names(h)).toEqual([]);
  h.schedule("first", yearly);
  h.clock.advance(10);
  await madeWithin(h, 1);
  h.clock.advance(MINUTE);
  h.schedule("second", yearly);
  await other.engine.backUpBefore("import");
  h.engine.deleteSchedule("second", "user");
  await other.engine.stop(0);
  expect(names(h)).toHaveLength(2);
  const [copy] = await h.database.backups();
  expect(copy).toMatchObject({ reason: "import", holds: { schedules: 2 } });
  h.engine.restoreSchedule("second", "user");
});

test("a folder that is gone, and a copy that fails, are told once and end nothing", async () => {
  await using h = await createHarness();
  h.schedule("first", { interval: "1m" });
  h.clock.advance(10);
  await madeWithin(h, 1);
  const away = join(h.dir, "backups");
  rmSync(away, { recursive: true });
  // Something else of that name.
  copyFileSync(h.database.path, away);
  h.schedule("second", yearly);
  await pass(h, 40 * MINUTE);
  await expect.poll(() => h.errors.length).toBe(1);
  expect(h.errors[0]?.[0]).toContain("could not be copied");
  expect(h.engine.status().problem).toBeNull();
  rmSync(away);
  mkdirSync(away);
  await pass(h, 10 * MINUTE);
  await madeWithin(h, 1);
  const copied = openDatabase({ path: join(away, names(h)[0] ?? ""), readOnly: true });
  expect(copied.sql.prepare("select count(*) from schedules").pluck().get()).toBe(2);
  copied.close();
});
