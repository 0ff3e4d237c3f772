import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "../opening/database.ts";
import { createBackfillStore } from "../tables/backfills.ts";
import { createRetakeStore } from "../tables/runs/retakes.ts";
import { createStores } from "../tables/stores.ts";

/** Indexes that hold what is under way and nothing of the past. */
const small = /USING (COVERING )?INDEX runs_(ready|waiting_for_pool|delayed|interrupted|cancelling|active|buffered)\b/;

/** Every statement that `use` prepares on an empty database, with the lines of its plan. */
function plans(use: (database: Database) => void): { text: string; details: string[] }[] {
  const dir = mkdtempSync(join(tmpdir(), "almanac-plans-"));
  const database = openDatabase({ dataDir: dir });
  const { sql } = database;
  const texts: string[] = [];
  const recording = new Proxy(sql, {
    get: (target, key) => {
      if (key !== "prepare") return Reflect.get(target, key).bind(target);
      return (text: string) => {
        texts.push(text);
        return sql.prepare(text);
      };
    },
  });
  try {
    use({ ...database, sql: recording });
    return texts.map((text) => {
      const named = Object.fromEntries(Array.from(text.matchAll(/@(\w+)/g), ([, name]) => [name, null]));
      const bound = text.includes("@") ? [named] : Array.from(text.matchAll(/\?/g), () => null);
      const plan = sql.prepare(`explain query plan ${text}`).all(...bound) as { detail: string }[];
      return { text, details: plan.map(({ detail }) => detail) };
    });
  } finally {
    database.close();
    rmSync(dir, { recursive: true });
  }
}

test("no statement of the engine goes through all runs, omissions or history there are", () => {
  const statements = plans(({ sql }) => void createStores(sql));
  const walks = statements.flatMap(({ text, details }) =>
    details
      .filter(
        (detail) =>
          /^SCAN (runs|omissions|activity)\b|^SEARCH runs USING INDEX \w+ \(schedule_id=\?\)/.test(detail) &&
          !small.test(detail),
      )
      .map((detail) => `${detail}: ${text}`),
  );
  expect(statements.length).toBeGreaterThan(100);
  expect(walks).toEqual([]);
});

test("what a run could take from its schedule now is found by edits alone, not by all that the schedule did", () => {
  const details = plans(({ sql }) => void createRetakeStore(sql)).flatMap((statement) => statement.details);
  const ofHistory = details.filter((detail) => detail.includes("activity"));
  expect(ofHistory).toEqual([expect.stringContaining("USING INDEX activity_edits (schedule_id=?)")]);
});

test("what is told of a backfill while it runs does not go through all of its runs", () => {
  const statements = plans((database) => {
    const store = createBackfillStore(database);
    store.get("b");
    store.open();
    store.activeCount("b");
    store.active("b");
    for (const order of ["oldest", "newest"] as const) {
      store.waiting("b", order, 1);
      store.latestEnds("b", order, 64);
    }
  });
  const details = statements.flatMap((statement) => statement.details);
  expect(details).toContainEqual(expect.stringContaining("INDEX runs_backfill_occurrence ("));
  expect(
    details.filter((detail) => /^SCAN runs\b|INDEX runs_backfill_occurrence \(backfill_id=\?\)/.test(detail)),
  ).toEqual([]);
});
