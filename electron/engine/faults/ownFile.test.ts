import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../cli/testing/runCli.ts";
import { broken } from "./invariants.ts";
import { createWorld, type Program, soak, type World } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const schedules = Array.from({ length: soak ? 30 : 10 }, (_, i) => ({
  scheduleId: `s${i}`,
  workflowName: "witness",
  spec: { interval: "1s" },
  input: {},
}));
const expected = schedules.map(({ scheduleId }) => ({ scheduleId, everyMs: 1000 }));
const fires = (program: Program) => program.says((said) => said["ready"] === "owner");
const hasProblem = (text: string, after: number) => (said: Record<string, unknown>) =>
  Number(said["at"]) >= after && String((said["problem"] as { message?: string } | null)?.message).includes(text);

/** Moves the database with all its files. */
function move(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => file.startsWith("almanac.db")))
    renameSync(join(from, name), join(to, name));
}

/** Occurrences that the witness saw begin more than once. */
function startedTwice(world: World): string[] {
  const seen = new Set<string>();
  return world.lines().flatMap(({ word, scheduleId, scheduledAt }) => {
    const key = `${scheduleId} ${scheduledAt}`;
    if (word !== "START" || !seen.has(key)) {
      if (word === "START") seen.add(key);
      return [];
    }
    return [key];
  });
}

async function untilItStarts(world: World, program: Program, after: number): Promise<void> {
  const has = (): boolean => world.lines().some(({ pid, at }) => pid === program.pid && at > after);
  await expect.poll(has, { timeout: 30_000 }).toBe(true);
}

test("another file in the database's place: firing stops within two seconds and says so, nobody else begins beside it, and it goes on when its own is back", {
  timeout: 600_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "first" });
  await fires(owner);
  for (let round = 0; round < (soak ? 10 : 1); round += 1) {
    await sleep(1500);
    const away = join(world.dir, `away-${round}`);
    const replacedAt = Date.now();
    move(world.dataDir, away);
    await sleep(100);
    for (const name of readdirSync(away)) copyFileSync(join(away, name), join(world.dataDir, name));
    const said = await owner.says(hasProblem("Another file lies in the place", replacedAt));
    expect(Number(said["at"]) - replacedAt).toBeLessThanOrEqual(2000);
    const stoppedAt = Date.now();
    const other = await world.start({ name: "second" });
    await other.says(hasProblem("from another database file", replacedAt));
    const doctor = await runCli(["--data-dir", world.dataDir, "doctor", "--json"]);
    expect([doctor.code, doctor.json()["problems"]]).toEqual([1, [expect.stringContaining("Another file lies in")]]);
    await sleep(1500);
    expect(world.lines().filter(({ word, at }) => word === "START" && at > stoppedAt)).toEqual([]);
    await other.kill("SIGTERM");
    for (const name of readdirSync(world.dataDir)) {
      if (name.startsWith("almanac.db")) rmSync(join(world.dataDir, name));
    }
    const backAt = Date.now();
    move(away, world.dataDir);
    await untilItStarts(world, owner, backAt);
  }
  await owner.kill("SIGTERM");
  expect(startedTwice(world)).toEqual([]);
  expect(broken(world, expected, { ended: true })).toEqual([]);
});

test("a copy in the database's place is fired from once the owner of the old file has ended, and nothing twice", {
  timeout: 120_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "first" });
  await fires(owner);
  await sleep(1500);
  const away = join(world.dir, "away");
  move(world.dataDir, away);
  await sleep(100);
  for (const name of readdirSync(away)) copyFileSync(join(away, name), join(world.dataDir, name));
  const other = await world.start({ name: "second" });
  await other.says(hasProblem("from another database file", 0));
  await owner.kill();
  const killedAt = Date.now();
  await other.says((said) => said["role"] === "owner" && said["problem"] === null, 30_000);
  await untilItStarts(world, other, killedAt);
  await other.kill("SIGTERM");
  expect(startedTwice(world)).toEqual([]);
  expect(broken(world, expected, { ended: true })).toEqual([]);
});

test("the folder deleted under an owner: it stops and says so, and nothing makes a new database beside it", {
  timeout: 120_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "first" });
  await fires(owner);
  await sleep(1500);
  const deletedAt = Date.now();
  rmSync(world.dataDir, { recursive: true });
  const said = await owner.says(hasProblem("is gone", deletedAt));
  expect(Number(said["at"]) - deletedAt).toBeLessThanOrEqual(2000);
  const stoppedAt = Date.now();
  const other = await world.start({ name: "second" });
  expect(await other.ended).not.toBe(0);
  expect(other.stderr()).toContain(`first (pid ${owner.pid})`);
  const create = ["schedules", "create", "--id", "new", "--workflow", "shell.command", "--every", "1s"];
  const made = await runCli(["--data-dir", world.dataDir, ...create, "--input", '{"command":"true"}', "--json"]);
  expect([made.code, made.error().message]).toEqual([1, expect.stringContaining(`first (pid ${owner.pid})`)]);
  expect(existsSync(join(world.dataDir, "almanac.db"))).toBe(false);
  await sleep(1500);
  expect(world.lines().filter(({ word, at }) => word === "START" && at > stoppedAt)).toEqual([]);
  await owner.kill();
  const last = await world.start({ name: "third" });
  await fires(last);
});

test("a restore is refused while an owner lives, damaged database or not; an import and a purge are the owner's to see; nothing twice", {
  timeout: 120_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "first" });
  await fires(owner);
  await sleep(1000);
  world.client((engine) => {
    engine.createSchedule({ scheduleId: "old", workflowName: "witness", spec: { cron: "0 0 1 1 *" } }, "cli");
    engine.deleteSchedule("old", "cli");
  });
  const database = world.open();
  const backup = basename((await database.backup(Date.now())) ?? "");
  database.close();
  const cli = (...args: string[]) => runCli(["--data-dir", world.dataDir, ...args, "--json"]);
  const refused = await cli("doctor", "--restore", backup, "--yes");
  expect([refused.code, refused.error().code]).toEqual([1, "CONFLICT"]);
  expect(refused.error().message).toContain(`first (pid ${owner.pid})`);
  const crontab = join(world.dir, "crontab");
  writeFileSync(crontab, "0 0 1 1 * true\n");
  const imported = await cli("import", "crontab", crontab, "--yes");
  expect(imported.code, imported.err).toBe(0);
  const purged = await cli("schedules", "delete", "old", "--purge");
  expect(purged.code, purged.err).toBe(0);
  await sleep(1500);

  // The first page alone: what the owner has open it has read.
  const file = join(world.dataDir, "almanac.db");
  writeFileSync(file, Buffer.alloc(4096), { flag: "r+" });
  const again = await cli("doctor", "--restore", "--yes");
  expect([again.code, again.error().code]).toEqual([1, "CONFLICT"]);
  await owner.kill();
  const restored = await cli("doctor", "--restore", "--yes");
  expect(restored.json(), restored.err).toMatchObject({
    restored: { restored: expect.stringContaining("almanac-"), kept: expect.any(String) },
    // Its lease is in the copy, too.
    problems: [expect.stringContaining("has ended without giving it back")],
  });
  expect(startedTwice(world)).toEqual([]);
});

const unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const hasNamespaces = process.platform === "linux" && spawnSync("unshare", [...unshare.slice(1), "true"]).status === 0;
if (!hasNamespaces) console.log("process ids of their own need Linux and root (unshare --pid): this test is left out");

test.skipIf(!hasNamespaces)(
  "two engines with process ids of their own and one host name: one owns, and it alone; killed, the other takes over",
  { timeout: 300_000 },
  async () => {
    await using world = createWorld();
    const apart = (name: string): Record<string, string> => {
      // As in two containers: nothing is shared but the folder.
      const runtime = join(world.dir, name);
      mkdirSync(runtime, { mode: 0o700 });
      return { XDG_RUNTIME_DIR: runtime };
    };
    const longer = schedules.map((schedule) => ({ ...schedule, input: { ms: 700 } }));
    const first = await world.start({ schedules: longer, name: "first" }, unshare, apart("first"));
    await fires(first);
    const second = await world.start({ name: "second" }, unshare, apart("second"));
    await second.says((said) => said["ready"] === "client");
    await sleep(soak ? 60_000 : 12_000);
    expect(
      [first, second].map(({ said }) => said.filter(({ role }) => role !== undefined).map(({ role }) => role)),
    ).toEqual([["owner"], ["client"]]);
    const history = world.client((_, { sql }) => ({
      takenOver: sql.prepare("select count(*) from activity where kind = 'failed_over'").pluck().get(),
      recovered: sql.prepare("select count(*) from runs where recovery_count > 0 or attempt > 1").pluck().get(),
    }));
    expect(history).toEqual({ takenOver: 0, recovered: 0 });
    const killedAt = Date.now();
    await first.kill();
    const taken = await second.says((said) => said["role"] === "owner", 20_000);
    expect(Number(taken["at"]) - killedAt).toBeLessThanOrEqual(10_000);
    await sleep(1500);
    await second.kill();
    expect(broken(world, expected)).toEqual([]);
  },
);
