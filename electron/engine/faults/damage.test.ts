import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { runCli } from "../../cli/testing/runCli.ts";
import { openDatabase } from "../../storage/opening/database.ts";
import { chooseBackup, putBack } from "../../storage/opening/restore.ts";
import { count, createRandom, createWorld } from "./world.ts";

const sha = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

test("a mutated database never starts empty without a word, and is kept", { timeout: 3_600_000 }, async () => {
  await using world = createWorld();
  const random = createRandom();
  const mutations = count(60, 500);
  console.log(`seed ${random.seed}, ${mutations} mutations`);
  const pristine = join(world.dir, "pristine");
  mkdirSync(pristine);
  {
    const database = openDatabase({ dataDir: pristine });
    database.close();
  }
  const source = createWorld(pristine);
  source.client((engine) => {
    for (let i = 0; i < 50; i += 1)
      engine.createSchedule(
        { scheduleId: `s${i}`, workflowName: "witness", spec: { interval: "1h" }, note: "x".repeat(500), input: {} },
        "user",
      );
  });
  const made = openDatabase({ dataDir: pristine });
  await made.backup(Date.now());
  made.close();

  const outcomes = { refused: 0, opened: 0 };
  for (let i = 0; i < mutations; i += 1) {
    const dataDir = join(world.dir, `m${i}`);
    mkdirSync(join(dataDir, "backups"), { recursive: true });
    const file = join(dataDir, "almanac.db");
    copyFileSync(join(pristine, "almanac.db"), file);
    for (const name of readdirSync(join(pristine, "backups")))
      copyFileSync(join(pristine, "backups", name), join(dataDir, "backups", name));
    const backups = readdirSync(join(dataDir, "backups")).map((name) => sha(join(dataDir, "backups", name)));
    const kind = mutate(file, i, random);
    const before = existsSync(file) && kind !== "folder" ? sha(file) : null;
    try {
      const database = openDatabase({ dataDir });
      const schedules = database.sql.prepare("select count(*) from schedules").pluck().get();
      database.close();
      expect([kind, schedules]).toEqual([kind, 50]);
      outcomes.opened += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      outcomes.refused += 1;
      expect(["DATABASE_DAMAGED", "DATABASE_NEWER", "DATABASE_UNAVAILABLE"]).toContain(error.code);
      expect(error.message).toContain(file);
      if (before !== null) {
        expect([kind, sha(file)]).toEqual([kind, before]);
        if (error.code === "DATABASE_DAMAGED") {
          const copies = readdirSync(join(dataDir, "damaged")).filter((name) => name.endsWith(".db"));
          expect(copies.map((name) => sha(join(dataDir, "damaged", name)))).toEqual([before]);
        }
      }
      putBack(file, chooseBackup(dataDir), Date.now(), { isDamaged: true });
      const restored = openDatabase({ dataDir });
      expect(restored.sql.prepare("select count(*) from schedules").pluck().get()).toBe(50);
      restored.close();
    }
    expect(readdirSync(join(dataDir, "backups")).map((name) => sha(join(dataDir, "backups", name)))).toEqual(backups);
    rmSync(dataDir, { recursive: true });
  }
  console.log(JSON.stringify(outcomes));
  expect(outcomes.refused).toBeGreaterThan(0);
});

function mutate(file: string, i: number, random: ReturnType<typeof createRandom>): string {
  const bytes = readFileSync(file);
  const whole = (n: number): number => Math.floor(random.between(0, n));
  switch (i % 10) {
    case 0:
      writeFileSync(file, bytes.subarray(0, whole(bytes.length)));
      return "cut short";
    case 1:
      writeFileSync(file, bytes.fill(0, 0, 4096));
      return "zeroed page 1";
    case 2:
      writeFileSync(file, "");
      return "empty";
    case 3:
      rmSync(file);
      mkdirSync(file);
      return "folder";
    case 4:
      writeFileSync(file, "text\n".repeat(whole(5000)));
      return "text";
    case 5:
      writeFileSync(`${file}-wal`, Buffer.from(Array.from({ length: 9000 }, () => whole(256))));
      return "foreign wal";
    case 6:
      rmSync(file);
      return "gone";
    default: {
      for (let n = 1 + whole(64); n > 0; n -= 1) bytes[whole(bytes.length)] = whole(256);
      writeFileSync(file, bytes);
      return "bytes flipped";
    }
  }
}

test("the command line names the file and the backup, and exits with a failure", async () => {
  await using world = createWorld();
  const database = openDatabase({ dataDir: world.dataDir });
  await database.backup(Date.now());
  database.close();
  const file = join(world.dataDir, "almanac.db");
  writeFileSync(file, "not a database");
  const result = await runCli(["--data-dir", world.dataDir, "schedules", "list", "--json"]);
  expect(result.code).toBe(1);
  expect(result.error()).toMatchObject({ code: "DATABASE_DAMAGED" });
  expect(result.error().message).toContain(file);
  expect(result.error().message).toContain("last good backup");
  expect(readFileSync(file, "utf8")).toBe("not a database");
});
