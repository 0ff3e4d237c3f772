import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileSpec, occurrencesBetween, parseSpec, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import { connect } from "../sqlite.ts";
import { openDatabase } from "./database.ts";
import { APPLICATION_ID, migrations, runMigration } from "./migrate.ts";
import { keepReading } from "./migrations/0005-keep-readings.ts";

/** What the reading of before made of specs, from 2020 to 2030: its instants, counted and hashed. */
const readings = JSON.parse(readFileSync(new URL("testing/oldReadings.json", import.meta.url), "utf8")) as {
  spec: ScheduleSpec;
  count: number;
  sha256: string;
}[];

const FROM = Date.UTC(2020, 0, 1);
const TO = Date.UTC(2030, 0, 1);

function instantsOf(spec: ScheduleSpec): { count: number; sha256: string } {
  const list = occurrencesBetween(compileSpec(parseSpec(spec), { anchorAt: FROM }), FROM, TO);
  return { count: list.length, sha256: createHash("sha256").update(list.join()).digest("hex") };
}

test("stored specs fire for ten years at the instants they fired at before", () => {
  let changed = 0;
  for (const { spec, count, sha256 } of readings) {
    const kept = keepReading(spec);
    if (kept !== spec) changed++;
    expect({ ...instantsOf(kept), kept }).toEqual({ count, sha256, kept });
    // Once is enough: what is written anew is not written anew again.
    expect(keepReading(kept)).toBe(kept);
  }
  expect(changed).toBeGreaterThan(80);
  // Only where the reading changed.
  for (const spec of [
    { cron: "0 9,17 * * *", timezone: "Europe/Berlin" },
    { cron: "0 0 13 * 5" },
    { cron: "30 2 * * *", timezone: "Europe/Berlin" },
    { cron: "*/5 * * * *", timezone: "Europe/Berlin" },
    { calendar: [{ times: ["01:30", "02:30"] }], timezone: "Asia/Tokyo" },
    { calendar: [{ times: ["01:30", "02:30"] }], timezone: "Europe/Berlin", dst: "shift" as const },
    { interval: ["5m", { every: "1d" }], timezone: "EST5EDT" },
  ]) {
    expect(keepReading(spec)).toBe(spec);
  }
});

test("old rows are rewritten with a line in their activity, and others are left alone", () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-readings-"));
  try {
    const old = connect(join(dir, "almanac.db"));
    for (const migration of migrations.slice(0, 4)) runMigration(old, migration);
    old.pragma(`application_id = ${APPLICATION_ID}`);
    old.pragma("user_version = 4");
    const insert = old.prepare(`insert into schedules (id, name, workflow_name, spec, anchor_at, input, status,
      overlap_policy, catchup, catchup_window_ms, max_attempts, retry_delay_ms, next_run_at, created_at, updated_at)
      values (?, 'n', 'w', ?, 0, '{}', 'active', 'skip', 'none', 1, 1, 1, 5, 1, 1)`);
    const berlin = { timezone: "Europe/Berlin" };
    const specs: Record<string, unknown> = {
      either: { cron: "0 0 */2 * 1" },
      times: { cron: ["30 1,2 * * *", "0 12 * * *"], ...berlin },
      plain: { cron: "0 9 * * 1-5", ...berlin },
      zone: { cron: "0 9 * * *", timezone: "BST" },
      broken: { cron: "nonsense" },
    };
    for (const [id, spec] of Object.entries(specs)) insert.run(id, JSON.stringify(spec));
    const backfill = old.prepare(`insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order,
      concurrency, overlap_policy, snapshot, created_by, created_at) values (?, 'either', ?, 0, 1, 'missing', 'oldest_first', 1, 'skip', ?, 'user', 1)`);
    const snapshot = JSON.stringify({ spec: specs["either"], anchorAt: 3, calendars: [] });
    backfill.run("open", "running", snapshot);
    backfill.run("done", "completed", snapshot);
    old.close();
    const database = openDatabase({ dataDir: dir });
    const rows = database.sql
      .prepare<[], { id: string; spec: string; revision: number; next_run_at: number }>(
        "select id, spec, revision, next_run_at from schedules",
      )
      .all();
    const now = Object.fromEntries(rows.map(({ id, spec, revision }) => [id, [JSON.parse(spec), revision]]));
    expect(now).toEqual({
      either: [{ cron: ["0 0 */2 * *", "0 0 * * 1"] }, 2],
      times: [{ cron: ["0 12 * * *"], calendar: [{ hour: [1, 2], minute: 30, dst: "literal" }], ...berlin }, 2],
      plain: [specs["plain"], 1],
      zone: [{ cron: "0 9 * * *", timezone: "Asia/Dhaka" }, 2],
      broken: [specs["broken"], 1],
    });
    expect(rows.every((row) => row.next_run_at === 5)).toBe(true);
    const told = database.sql
      .prepare<[], { schedule_id: string; kind: string; actor: string; details: string }>(
        "select schedule_id, kind, actor, details from activity order by schedule_id",
      )
      .all();
    expect(told.map(({ schedule_id, kind, actor }) => [schedule_id, kind, actor])).toEqual([
      ["either", "edited", "engine"],
      ["times", "edited", "engine"],
      ["zone", "edited", "engine"],
    ]);
    expect(JSON.parse(told[0]?.details ?? "")).toMatchObject({
      changes: [{ field: "spec", from: specs["either"], to: { cron: ["0 0 */2 * *", "0 0 * * 1"] } }],
      note: expect.stringContaining("fires as before"),
    });
    const snapshots = database.sql
      .prepare<[], { id: string; snapshot: string }>("select id, snapshot from backfills order by id")
      .all();
    expect(snapshots.map((row) => [row.id, JSON.parse(row.snapshot)])).toEqual([
      ["done", { spec: specs["either"], anchorAt: 3, calendars: [] }],
      ["open", { spec: { cron: ["0 0 */2 * *", "0 0 * * 1"] }, anchorAt: 3, calendars: [] }],
    ]);
    database.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
