import { rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../storage/opening/database.ts";
import { createStores } from "../../storage/tables/stores.ts";
import { createHarness } from "../testing/harness.ts";
import { createCheckpoint } from "../upkeep/checkpoint.ts";
import { broken } from "./invariants.ts";
import { smallDisk } from "./smallDisk.ts";
import { traceable } from "./strace.ts";
import { count, createRandom, createWorld } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const schedules = Array.from({ length: 10 }, (_, i) => ({
  scheduleId: `s${i}`,
  workflowName: "witness",
  spec: { interval: "1s" },
  input: {},
}));
const expected = schedules.map(({ scheduleId }) => ({ scheduleId, everyMs: 1000 }));

test("a full disk stops firing with its reason, and it goes on within five seconds of space coming back", async (context) => {
  using disk = smallDisk();
  if (disk === null) return context.skip("mounting is not allowed here");
  await using world = createWorld(join(disk.path, "data"));
  const program = await world.start({ schedules });
  await program.says((said) => said["ready"] === "owner");
  await sleep(1500);
  const filler = join(disk.path, "filler");
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize)));
  await program.says((said) => (said["problem"] as { code?: string } | null)?.code === "DISK_FULL", 30_000);
  await sleep(2000);
  rmSync(filler);
  const freedAt = Date.now();
  const { at } = await program.says((said) => said["problem"] === null && Number(said["at"]) >= freedAt, 10_000);
  expect(Number(at) - freedAt).toBeLessThanOrEqual(5000);
  await sleep(1500);
  const aliveAt = Date.now();
  await program.kill();
  // Nothing ran without its row, whatever could not be written.
  expect(broken(world, expected, { firedUntil: aliveAt - 5000 })).toEqual([]);
});

test("the log of a small database never fills a small disk, whether an owner checkpoints it or nobody does", async (context) => {
  using disk = smallDisk();
  if (disk === null) return context.skip("mounting is not allowed here");
  const database = openDatabase({ dataDir: join(disk.path, "data") });
  try {
    const { settings } = createStores(database.sql);
    const checkpointIfLong = createCheckpoint({ database, logger: console });
    const log = `${database.path}-wal`;
    // Five times as much as the disk holds, all of it over the same few rows.
    for (const isOwned of [true, false]) {
      for (let i = 0; i < 1000; i += 1) {
        settings.set(`k${i % 3}`, String(i % 10).repeat(20_000));
        if (isOwned) await checkpointIfLong();
      }
    }
    expect(statSync(log).size).toBeLessThan(3 * 1024 * 1024);
    expect(database.sql.pragma("quick_check", { simple: true })).toBe("ok");
    expect(await database.backup(Date.now())).not.toBeNull();
  } finally {
    database.close();
  }
});

test("on a disk that others have filled it goes on with the room that its own log has", async (context) => {
  using disk = smallDisk();
  if (disk === null) return context.skip("mounting is not allowed here");
  await using h = await createHarness({ parent: disk.path });
  h.clock.advance(10_000);
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(join(disk.path, "filler"), Buffer.alloc(bavail * bsize));
  const problem = (): string | undefined => h.engine.status().problem?.code;
  // The same page again and again.
  for (let i = 0; problem() === undefined && i < 2000; i += 1) h.clock.advance(2500);
  expect(problem()).toBe("DISK_FULL");
  await expect
    .poll(
      () => {
        h.clock.advance(1000);
        return problem();
      },
      { timeout: 20_000 },
    )
    .toBeUndefined();
});

describe.skipIf(!traceable)("calls that fail", () => {
  const kinds = [
    ["pwrite64", "ENOSPC"],
    ["pwrite64", "EIO"],
    ["fsync,fdatasync", "EIO"],
    ["ftruncate", "EIO"],
  ] as const;
  test("the n-th write or sync fails a few times: nothing starts without a committed claim, and it goes on", {
    timeout: 3_600_000,
  }, async () => {
    const random = createRandom();
    const tries = count(2, 100);
    console.log(`seed ${random.seed}, ${tries} failures`);
    // Everyday runs are too few for all kinds, so each begins with another.
    const firstKind = Math.floor(random.between(0, kinds.length));
    for (let i = 0; i < tries; i += 1) {
      const [call, error] = kinds[(firstKind + i) % kinds.length] ?? kinds[0];
      const n = Math.floor(random.between(5, 60));
      await using world = createWorld();
      const first = await world.start({ schedules });
      await first.says((said) => said["ready"] === "owner");
      await first.kill();
      const program = await world.start({}, [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        `trace=${call}`,
        "-e",
        `inject=${call}:error=${error}:when=${n}..${n + 6}`,
      ]);
      const isReady = await program
        .says((said) => "ready" in said, 60_000)
        .then(
          () => true,
          () => false,
        );
      // A start that cannot write is a failure that says so; from there on nothing ends the program.
      if (isReady) {
        await sleep(4000);
        expect([call, error, n, program.child.exitCode]).toEqual([call, error, n, null]);
      } else expect(program.stderr()).toMatch(/disk|database|DISK|SQLITE/);
      await program.kill();
      expect(broken(world, expected), `${call} ${error} ${n}`).toEqual([]);
    }
  });
});
