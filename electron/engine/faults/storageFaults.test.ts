import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** Lets no page more be added to the database, as a full disk does; returns the way to free it. */
function fillDisk(h: Harness): () => void {
  const { sql } = h.database;
  const most = sql.pragma("max_page_count", { simple: true });
  sql.pragma(`max_page_count = ${sql.pragma("page_count", { simple: true })}`);
  // What is free inside the file would still take rows.
  sql.exec("create table filler (text text)");
  return () => {
    sql.pragma(`max_page_count = ${most}`);
  };
}

/** Fails every write transaction of the process like a broken disk. */
function breakDisk(h: Harness): () => void {
  const { sql } = h.database;
  sql.pragma("query_only = ON");
  return () => void sql.pragma("query_only = OFF");
}

describe("a disk that takes no writes", () => {
  test("stops firing, says so, and goes on by itself within five seconds; what passed is recorded", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.schedule("short", { interval: "1h" }, {});
    h.clock.advance(5000);
    const repair = breakDisk(h);
    h.clock.advance(200_000);
    expect(h.engine.status().problem).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(h.runtime.executions).toHaveLength(2);
    expect(() => h.engine.pauseSchedule({ scheduleId: "s" }, "user")).toThrow(AppError);
    repair();
    h.clock.advance(5000);
    expect(h.engine.status().problem).toBeNull();
    expect(h.omissions("s")).toMatchObject([{ kind: "missed", reason: "storage_unavailable", firstTime: at(10) }]);
    h.clock.advance(10_000);
    const { totalRuns, missedRuns, skippedRuns } = h.engine.getSchedule("s");
    expect(totalRuns + missedRuns + skippedRuns).toBe(Math.floor((h.clock.now() - START) / 10_000) + 1);
    expect(await h.engine.recount()).toEqual([]);
  });

  test("a short one is made up for late, and what ended meanwhile is not lost", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 3000, log: "hello" });
    h.clock.advance(11_000);
    const repair = breakDisk(h);
    h.clock.advance(20_000);
    repair();
    h.clock.advance(15_000);
    expect(h.runs("s").map((run) => [run.scheduledTime, run.status])).toEqual(
      [0, 10, 20, 30, 40].map((s) => [at(s), "completed"]),
    );
    expect(h.runs("s")[1]?.logBytes).toBe(5);
  });

  test("a full one is called full", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { log: "x".repeat(20_000) }, { overlapPolicy: "allow_all" });
    h.clock.advance(2500);
    const repair = fillDisk(h);
    h.clock.advance(30_000);
    expect(h.engine.status().problem?.code).toBe("DISK_FULL");
    const started = h.runtime.executions.length;
    // No handler starts without a committed claim.
    expect(
      h.runs("s").filter((run) => run.status !== "buffered" && run.status !== "pending").length,
    ).toBeGreaterThanOrEqual(started);
    repair();
    h.clock.advance(5000);
    expect(h.engine.status().problem).toBeNull();
    expect(h.runs("s").at(-1)?.scheduledTime).toBe(at(37));
    expect(h.database.sql.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(await h.engine.recount()).toEqual([]);
  });
});

test("a database damaged in the middle of a page stops firing for good, and nothing more is written to it", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" });
  h.clock.advance(5000);
  const { sql, path } = h.database;
  const page = sql
    .prepare("select rootpage from sqlite_schema where name = 'runs_by_schedule'")
    .pluck()
    .get() as number;
  sql.pragma("wal_checkpoint(TRUNCATE)");
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(2000, 0xa5), 0, 2000, (page - 1) * 4096);
  closeSync(file);
  // What is still in memory hides it.
  sql.pragma("shrink_memory");
  h.clock.advance(5000);
  expect(h.engine.status().problem).toMatchObject({
    code: "DATABASE_DAMAGED",
    message: expect.stringContaining("last good backup"),
  });
  const bytes = (): [Buffer, number] => [readFileSync(path), statSync(`${path}-wal`).size];
  const before = bytes();
  const started = h.runtime.executions.length;
  h.clock.advance(60_000);
  expect(bytes()).toEqual(before);
  expect(h.runtime.executions).toHaveLength(started);
  expect(h.engine.status().problem?.code).toBe("DATABASE_DAMAGED");
});
