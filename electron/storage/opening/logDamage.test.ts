import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../sqlite.ts";
import { createStores } from "../tables/stores.ts";
import { type Database, openDatabase } from "./database.ts";
import { damagedLogs, logDamageText, lostOf } from "./logDamage.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "almanac-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const sha = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const set = (database: Database, i: number, bytes: number): void =>
  createStores(database.sql).settings.set(`k${i}`, "x".repeat(bytes));
/** What a killed process leaves: the files as they are. */
function left(database: Database, name: string): string {
  const dataDir = join(dir, name);
  mkdirSync(dataDir);
  for (const suffix of ["", "-wal"]) {
    if (existsSync(database.path + suffix)) copyFileSync(database.path + suffix, join(dataDir, `almanac.db${suffix}`));
  }
  return dataDir;
}
const settingsIn = (path: string): number => {
  const sql = connect(path);
  const count = sql.prepare("select count(*) from settings").pluck().get() as number;
  sql.close();
  return count;
};

/** A log of 30 transactions of a few pages each. */
function made(): Database {
  const database = openDatabase({ dataDir: join(dir, "source") });
  database.sql.pragma("wal_checkpoint(TRUNCATE)");
  for (let i = 0; i < 30; i += 1) set(database, i, 100 + (i % 5) * 4000);
  return database;
}

test("a flipped bit is told with how many transactions are gone, its log kept as it was, and told once", () => {
  const database = made();
  const source = left(database, "killed");
  database.close();
  const log = readFileSync(join(source, "almanac.db-wal"));
  const frames = (log.length - 32) / 4120;
  let n = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: log.length * 8 - 1 }).filter((bit) => {
        // What stands in for nothing: a frame's salts and its commit mark tell whether the frame itself counts.
        const inFrame = (Math.floor(bit / 8) - 32) % 4120;
        return Math.floor(bit / 8) >= 32 && (inFrame >= 16 || inFrame < 4);
      }),
      (bit) => {
        n += 1;
        const dataDir = join(dir, `n${n}`);
        const reference = join(dir, `r${n}`);
        const bytes = Buffer.from(log);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        for (const at of [dataDir, reference]) {
          mkdirSync(at);
          copyFileSync(join(source, "almanac.db"), join(at, "almanac.db"));
          writeFileSync(join(at, "almanac.db-wal"), bytes);
        }
        // SQLite's own recovery says how much is gone.
        const gone = 30 - settingsIn(join(reference, "almanac.db"));
        expect(gone).toBeGreaterThan(0);
        const damaged = sha(join(dataDir, "almanac.db-wal"));
        const opened = openDatabase({ dataDir });
        expect(opened.logDamage).toMatchObject({ transactions: gone, framesPresent: frames });
        expect(sha(`${opened.logDamage?.copy}-wal`)).toBe(damaged);
        set(opened, 100, 10);
        const killed = left(opened, `k${n}`);
        opened.close();
        expect(damagedLogs(dataDir).map(logDamageText)).toEqual([
          expect.stringContaining(gone === 1 ? "the last change is" : `last ${gone} changes`),
        ]);
        const again = openDatabase({ dataDir: killed });
        expect(again.logDamage).toBeNull();
        again.close();
        for (const at of [dataDir, reference, killed]) rmSync(at, { recursive: true });
      },
    ),
    { numRuns: process.env["ALMANAC_SOAK"] === "1" ? 500 : 15 },
  );
});

test("a log whose head is damaged is kept, and said to be lost as a whole", () => {
  const database = made();
  const dataDir = left(database, "killed");
  database.close();
  const path = join(dataDir, "almanac.db-wal");
  const bytes = readFileSync(path);
  bytes[17] = (bytes[17] as number) ^ 4;
  writeFileSync(path, bytes);
  const before = sha(path);
  const opened = openDatabase({ dataDir });
  expect(opened.logDamage).toMatchObject({ transactions: null });
  expect(sha(`${opened.logDamage?.copy}-wal`)).toBe(before);
  opened.close();
  expect(damagedLogs(dataDir).map(logDamageText)).toEqual([expect.stringContaining("nothing of it could be read")]);
});

test("an ordinary end leaves nothing to tell, wherever it cuts the log", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("write"), bytes: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({
      kind: fc.constantFrom("checkpoint", "reset", "roll back", "cut"),
      bytes: fc.integer({ min: 1, max: 9000 }),
    }),
  );
  let n = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      n += 1;
      const database = openDatabase({ dataDir: join(dir, `d${n}`) });
      const log = `${database.path}-wal`;
      for (const [i, { kind, bytes }] of steps.entries()) {
        if (kind === "write") set(database, i % 7, bytes);
        else if (kind === "checkpoint") database.sql.pragma("wal_checkpoint(PASSIVE)");
        else if (kind === "reset") database.sql.pragma("wal_checkpoint(RESTART)");
        else if (kind === "roll back") {
          // More than the cache holds goes to the log before it is known how it ends.
          database.sql.pragma("cache_size = 2");
          database.sql.exec("begin");
          for (let k = 0; k < 10; k += 1) set(database, k, bytes);
          database.sql.exec("rollback");
        } else if (existsSync(log)) {
          const killed = left(database, `c${n}-${i}`);
          const whole = readFileSync(join(killed, "almanac.db-wal"));
          const cut = join(killed, "cut-wal");
          writeFileSync(cut, whole.subarray(0, Math.max(0, whole.length - (bytes % 4120))));
          expect(lostOf(cut)).toBeNull();
        }
        if (existsSync(log)) expect(lostOf(log)).toBeNull();
      }
      database.close();
    }),
    { numRuns: process.env["ALMANAC_SOAK"] === "1" ? 500 : 20 },
  );
});
