import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseStrip } from "../../../shared/api/outcomeStrip.ts";
import type { RunStatus, RunTrigger } from "../../../shared/domain/run.ts";
import { type Database, openDatabase } from "../opening/database.ts";
import { createStores, type Stores } from "../tables/stores.ts";
import type { ReadModel } from "./readModel.ts";
import { createReads } from "./reads.ts";

const hourMs = 3_600_000;
const startAt = Date.parse("2026-03-01T00:00:00Z");
const iso = (at: number) => new Date(at).toISOString();

let dir: string;
let database: Database;
let stores: Stores;
let reads: ReadModel;
let now: number;
let made: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "almanac-reads-"));
  database = openDatabase({ dataDir: dir });
  stores = createStores(database.sql);
  now = startAt + 1000 * hourMs;
  reads = createReads(database.sql, () => now);
  made = 0;
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true, force: true });
});

function addSchedule(id: string, more: Record<string, unknown> = {}): void {
  stores.schedules.insert({
    id,
    name: id,
    workflowName: "shell.command",
    spec: '{"cron":"0 * * * *"}',
    anchorAt: startAt,
    input: "{}",
    status: "active",
    overlapPolicy: "skip",
    catchup: "none",
    catchupWindowMs: 7 * 24 * hourMs,
    timeoutMs: null,
    memoryLimitMb: null,
    slowAfterMs: null,
    dueBy: null,
    queue: null,
    keepRuns: "all",
    pools: "[]",
    maxAttempts: 1,
    retryDelayMs: 10_000,
    maxRuns: null,
    scheduledRuns: 0,
    pauseOnFailure: null,
    consecutiveFailures: 0,
    failuresAtResume: 0,
    recoverOnWorkerLoss: 1,
    maxRecoveryAttempts: 3,
    pausedAt: null,
    pausedUntilAt: null,
    pausedBy: null,
    pauseNote: null,
    note: null,
    tags: "[]",
    declaration: null,
    nextRunAt: null,
    nextFireAt: null,
    catchupUntilAt: null,
    lastScheduledAt: null,
    lastCompletedAt: null,
    lastRunAt: null,
    lastRunId: null,
    totalRuns: 0,
    successfulRuns: 0,
    failedRuns: 0,
    skippedRuns: 0,
    missedRuns: 0,
    revision: 1,
    createdAt: startAt,
    updatedAt: startAt,
    deletedAt: null,
    ...more,
  } as Parameters<Stores["schedules"]["insert"]>[0]);
}

const insertRun = () =>
  database.sql.prepare(
    `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, created_at, started_at, completed_at)
     values (@id, @schedule, 'shell.command', @trigger, @status, @at, '{}', @createdAt, @createdAt, @createdAt + 500)`,
  );

function addRun(
  schedule: string | null,
  at: number | null,
  status: RunStatus,
  more: { trigger?: RunTrigger; createdAt?: number } = {},
): string {
  const id = `R${String(made++).padStart(8, "0")}`;
  insertRun().run({
    id,
    schedule,
    at,
    status,
    trigger: more.trigger ?? (at === null ? "manual" : "schedule"),
    createdAt: more.createdAt ?? at ?? startAt,
  });
  if (schedule !== null) {
    stores.schedules.runCreated(schedule, id, at ?? startAt);
    if (status === "completed") stores.schedules.runSucceeded(schedule, startAt, true);
    if (status === "failed") stores.schedules.runFailed(schedule, startAt, true);
  }
  return id;
}

function addMissed(schedule: string, firstAt: number, count: number): void {
  const lastAt = firstAt + (count - 1) * hourMs;
  stores.omissions.insert({
    scheduleId: schedule,
    kind: "missed",
    reason: "off",
    firstAt,
    lastAt,
    count,
    createdAt: lastAt,
  });
  stores.schedules.addMissed(schedule, count);
}

const row = (id: string) => {
  const found = reads.readSchedule(id);
  if (found === undefined) throw new Error(`no schedule ${id}`);
  // A row of the list says the same in fewer words.
  const listed = reads.listRows({ limit: 1000 }).rows.find(({ scheduleId }) => scheduleId === id);
  const { schedule, outcomes, ratio, health, holes, runningSince, queuedSince, follows } = found;
  const { name, status, nextRunTime, runningRunIds, bufferedCount, waitingFor } = schedule;
  expect(listed).toMatchObject({ name, status, nextRunTime, runningRunIds, bufferedCount, waitingFor });
  expect(listed).toMatchObject({ ratio, health, holes, runningSince, queuedSince, follows });
  expect(parseStrip(listed?.strip ?? "")).toEqual(
    outcomes.map(({ outcome, backfilled, count }) => ({ outcome, backfilled, count })),
  );
  return found;
};

describe("outcomes and ratio", () => {
  it("shows the last 30 by nominal time, oldest first, manual runs among them", () => {
    addSchedule("a");
    for (let i = 0; i < 40; i++) addRun("a", startAt + i * hourMs, i % 10 === 0 ? "failed" : "completed");
    const byHand = addRun("a", null, "completed", { createdAt: startAt + 38.5 * hourMs });
    const { outcomes, ratio } = row("a");
    expect(outcomes).toHaveLength(30);
    expect(outcomes.map(({ at }) => at)).toEqual([...outcomes.map(({ at }) => at)].sort());
    expect(outcomes.findIndex(({ runId }) => runId === byHand)).toBe(28);
    expect(outcomes.filter(({ outcome }) => outcome === "failed")).toHaveLength(2);
    expect(ratio).toEqual({ completed: 28, counted: 30, window: "30" });
  });

  it("does not count what neither completed nor failed, and looks past it", () => {
    addSchedule("a");
    for (let i = 0; i < 30; i++) addRun("a", startAt + i * hourMs, i < 3 ? "failed" : "completed");
    for (let i = 30; i < 70; i++) addRun("a", startAt + i * hourMs, i % 2 === 0 ? "cancelled" : "interrupted");
    expect(row("a").ratio).toEqual({ completed: 27, counted: 30, window: "30" });
    expect(row("a").outcomes.every(({ outcome }) => outcome === "cancelled" || outcome === "interrupted")).toBe(true);
  });

  it("counts windows of days from now, and all by the counters", () => {
    addSchedule("a");
    now = startAt + 40 * 24 * hourMs;
    for (let day = 0; day < 40; day++) addRun("a", startAt + day * 24 * hourMs, day % 4 === 0 ? "failed" : "completed");
    const ratioOf = (ratioWindow: "7d" | "30d" | "all") => reads.listSchedules({ ratioWindow }).rows[0]?.ratio;
    expect(ratioOf("7d")).toEqual({ completed: 6, counted: 7, window: "7d" });
    expect(ratioOf("30d")).toEqual({ completed: 23, counted: 30, window: "30d" });
    expect(ratioOf("all")).toEqual({ completed: 30, counted: 40, window: "all" });
  });
});

describe("health", () => {
  it("is told from a schedule's own runs, however many a backfill has run since", () => {
    addSchedule("a");
    database.sql.exec(`insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency,
      overlap_policy, snapshot, created_by, created_at) values ('b', 'a', 'completed', 0, 0, 'none', 'oldest', 1, 'skip', '{}', 'user', 0)`);
    const backfilled = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const id = addRun("a", startAt + i * hourMs, "completed", { trigger: "backfill" });
        database.sql.prepare("update runs set backfill_id = 'b' where id = ?").run(id);
      }
    };
    backfilled(10, 50);
    expect(row("a")).toMatchObject({ health: "unknown", ratio: { completed: 30, counted: 30 } });
    for (let i = 0; i < 3; i++) addRun("a", startAt + i * hourMs, "failed");
    expect(row("a")).toMatchObject({ health: "failing", ratio: { completed: 30, counted: 30 } });
  });
});

describe("holes", () => {
  it("are missed occurrences that no run has filled; a cancelled one fills nothing", () => {
    addSchedule("a");
    addMissed("a", startAt, 6);
    expect(row("a").holes).toEqual({ count: 6, from: iso(startAt), to: iso(startAt + 5 * hourMs + 1) });
    addRun("a", startAt, "completed", { trigger: "backfill" });
    addRun("a", startAt + hourMs, "failed", { trigger: "backfill" });
    addRun("a", startAt + 2 * hourMs, "cancelled", { trigger: "backfill" });
    expect(row("a").holes?.count).toBe(4);
    expect(row("a").outcomes.filter(({ outcome }) => outcome === "missed")).toMatchObject([{ count: 4, runId: null }]);
    for (let i = 0; i < 6; i++) addRun("a", startAt + i * hourMs, "completed", { trigger: "retry" });
    expect(row("a").holes).toBeNull();
    expect(reads.listSchedules({ condition: "missed" }).total).toBe(0);
    expect(reads.counts().missed).toBe(0);
  });

  it("are forgotten with the downtime that made them", () => {
    addSchedule("a");
    addMissed("a", startAt, 3);
    addMissed("a", startAt + 100 * hourMs, 2);
    const downtime = stores.downtimes.begin("closed", startAt - hourMs, startAt + 10 * hourMs);
    stores.downtimes.add(downtime, { due: 3, ran: 0, skipped: 0, missed: 3 });
    expect(row("a").holes?.count).toBe(5);
    expect(reads.downtimes(10)).toMatchObject([
      { kind: "closed", missed: 3, perSchedule: [{ scheduleId: "a", missed: 3, from: iso(startAt) }] },
    ]);
    stores.downtimes.dismiss(downtime, now);
    expect(row("a").holes).toMatchObject({ count: 2, from: iso(startAt + 100 * hourMs) });
    expect(reads.downtimes(10)).toEqual([]);
  });
});

describe("holes of a long range", () => {
  const count = 3000;
  const fill = (from: number, to: number) => {
    const insert = insertRun();
    database.transaction(() => {
      for (let i = from; i < to; i++) {
        const at = startAt + i * hourMs;
        insert.run({
          id: `B${String(i).padStart(8, "0")}`,
          schedule: "a",
          at,
          status: "completed",
          trigger: "backfill",
          createdAt: at,
        });
      }
    });
  };

  it("are kept for a moment, and opened again by a backfill that was cancelled", () => {
    addSchedule("a");
    addMissed("a", startAt, count);
    fill(0, 1000);
    expect(row("a").holes?.count).toBe(2000);
    expect(reads.counts().missed).toBe(1);
    fill(1000, count);
    now += 2000;
    expect(row("a").holes).toBeNull();
    expect(reads.counts().missed).toBe(0);
    database.sql.exec(`insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency,
      overlap_policy, snapshot, cancelled, created_by, created_at) values ('b', 'a', 'cancelled', 0, 0, 'none', 'oldest', 1, 'skip', '{}', 500, 'user', 0)`);
    database.sql.exec("update runs set status = 'cancelled' where id >= 'B00002500'");
    expect(row("a").holes?.count).toBe(500);
    expect(reads.listSchedules({ condition: "missed" }).total).toBe(1);
  });
});

describe("the list", () => {
  it("filters, sorts and pages over all there are", () => {
    for (let i = 0; i < 25; i++) {
      addSchedule(`s${i}`, {
        name: `Job ${String(25 - i).padStart(2, "0")}`,
        tags: JSON.stringify(i % 5 === 0 ? ["night"] : []),
        status: i === 24 ? "deleted" : i % 2 === 0 ? "active" : "paused",
        nextRunAt: i % 2 === 0 ? startAt + i * hourMs : null,
      });
    }
    const names: string[] = [];
    for (let offset = 0; offset < 24; offset += 7) {
      names.push(...reads.listSchedules({ limit: 7, offset }).rows.map(({ schedule }) => schedule.name));
    }
    expect(names).toEqual(Array.from({ length: 24 }, (_, i) => `Job ${String(i + 2).padStart(2, "0")}`));
    // However a page lies to the end of the list, it tells the length of all of it.
    for (const [limit, offset] of [
      [7, 0],
      [7, 14],
      [7, 21],
      [24, 0],
      [25, 0],
      [8, 16],
      [7, 24],
      [7, 99],
    ] as const) {
      expect(reads.listSchedules({ limit, offset }).total, `${limit} from ${offset}`).toBe(24);
    }
    expect(reads.listSchedules({ search: "no such", limit: 7 }).total).toBe(0);
    expect(reads.listSchedules({ status: "paused" }).total).toBe(12);
    expect(reads.listSchedules({ status: "deleted" }).total).toBe(1);
    expect(reads.listSchedules({ tag: "night" }).total).toBe(5);
    const byNext = reads.listSchedules({ sort: "next", limit: 24 }).rows.map(({ schedule }) => schedule.nextRunTime);
    expect(byNext.slice(0, 12).every((time) => time !== null)).toBe(true);
    expect(byNext.slice(12).every((time) => time === null)).toBe(true);
    const down = reads
      .listSchedules({ sort: "next", descending: true, limit: 24 })
      .rows.map(({ schedule }) => schedule.nextRunTime);
    expect(down[0]).toBe(iso(startAt + 22 * hourMs));
    expect(down.at(-1)).toBeNull();
  });

  it("names those in a state, of all or of some", () => {
    addSchedule("a");
    addSchedule("b", { status: "paused" });
    addSchedule("c", { status: "paused" });
    expect(reads.scheduleIds("paused").sort()).toEqual(["b", "c"]);
    expect(reads.scheduleIds("paused", ["a", "c", "gone"])).toEqual(["c"]);
    expect(reads.scheduleIds("paused", [])).toEqual([]);
  });

  it("tells of a schedule's history those kinds that are asked for, and pages through them", () => {
    addSchedule("a");
    for (let i = 0; i < 30; i++) {
      const kind = i % 10 === 0 ? "edited" : "fired";
      stores.activity.add({ scheduleId: "a", at: startAt + i, kind, actor: "user", details: {} });
    }
    const edits = reads.activity("a", 2, undefined, ["edited", "paused"]);
    expect(edits.map(({ at }) => at)).toEqual([iso(startAt + 20), iso(startAt + 10)]);
    const older = reads.activity("a", 2, edits.at(-1)?.activityId, ["edited", "paused"]);
    expect(older.map(({ at }) => at)).toEqual([iso(startAt)]);
    expect(reads.activity("a", 100, undefined)).toHaveLength(30);
  });

  it("puts first what fits a search best, then as people count", () => {
    for (const [id, name] of [
      ["a", "job 1077"],
      ["b", "job 770"],
      ["c", "job 77"],
      ["d", "nightly job 77"],
      ["e", "other"],
    ] as const)
      addSchedule(id, { name, note: "job 77" });
    const found = (search: string, limit = 10) =>
      reads.listSchedules({ search, sort: "match", limit }).rows.map(({ schedule }) => schedule.scheduleId);
    expect(found("job 77")).toEqual(["c", "b", "d", "a", "e"]);
    expect(found("job 77", 2)).toEqual(["c", "b"]);
    expect(found("77 nightly")).toEqual(["d"]);
  });

  it("searches for every word, and takes % and _ as they are", () => {
    addSchedule("a", { name: "Backup 100% of it", note: "nightly" });
    addSchedule("b", { name: "Backup 100 of it" });
    addSchedule("c_d", { name: "other" });
    addSchedule("cxd", { name: "other" });
    const found = (search: string) => reads.listSchedules({ search }).rows.map(({ schedule }) => schedule.scheduleId);
    expect(found("100% backup")).toEqual(["a"]);
    expect(found("backup NIGHTLY")).toEqual(["a"]);
    expect(found("c_d")).toEqual(["c_d"]);
    expect(found("' or 1=1 --")).toEqual([]);
  });

  it("counts tiles and finds what runs and what fails", () => {
    addSchedule("fine");
    addSchedule("failing", { consecutiveFailures: 2, tags: '["x"]' });
    addSchedule("asleep", { status: "paused", consecutiveFailures: 2 });
    addSchedule("stopped", { status: "paused", pausedBy: "failures", consecutiveFailures: 3 });
    addRun("fine", startAt, "running");
    expect(reads.counts()).toEqual({
      active: 2,
      paused: 2,
      ended: 0,
      attention: 2,
      running: 1,
      failing: 2,
      missed: 0,
      tags: ["x"],
      workflows: ["shell.command"],
    });
    const idsOf = (condition: "running" | "failing") =>
      reads.listSchedules({ condition }).rows.map(({ schedule }) => schedule.scheduleId);
    expect(idsOf("running")).toEqual(["fine"]);
    expect(idsOf("failing")).toEqual(["failing", "stopped"]);
    expect(row("fine").schedule.runningRunIds).toHaveLength(1);
  });
});

describe("the list by need", () => {
  const byNeed = (more: object = {}) => {
    const { rows, groups, total } = reads.listSchedules({ sort: "need", ...more });
    return { ids: rows.map(({ schedule }) => schedule.scheduleId), groups, total };
  };

  it("puts what needs a person first, then what is busy, next, paused and ended", () => {
    const soon = { nextRunAt: now + 60_000 };
    addSchedule("ended", { status: "ended" });
    addSchedule("paused", { status: "paused" });
    addSchedule("later", { nextRunAt: now + 7_200_000 });
    addSchedule("soon", soon);
    addSchedule("busy", soon);
    addSchedule("quick", soon);
    addSchedule("waits", soon);
    addSchedule("failed once", { ...soon, consecutiveFailures: 1 });
    addSchedule("stopped", { status: "paused", pausedBy: "failures", consecutiveFailures: 3 });
    addSchedule("no zone", { status: "paused", pausedBy: "engine" });
    addSchedule("missed", soon);
    addMissed("missed", startAt, 3);
    addRun("busy", now - 6000, "running");
    // What is over in a moment moves nothing.
    addRun("quick", now - 2000, "running");
    addRun("waits", now - 61_000, "pending");

    expect(byNeed()).toEqual({
      ids: [
        "failed once",
        "missed",
        "no zone",
        "stopped",
        "waits",
        "busy",
        "quick",
        "soon",
        "later",
        "paused",
        "ended",
      ],
      groups: [
        { group: "attention", count: 5 },
        { group: "running", count: 1 },
        { group: "next", count: 3 },
        { group: "paused", count: 1 },
        { group: "ended", count: 1 },
      ],
      total: 11,
    });
    expect(reads.counts().attention).toBe(5);
    expect(reads.listSchedules({ condition: "attention" }).total).toBe(5);
    const folded = byNeed({ collapsed: ["attention", "next"], limit: 1, offset: 1 });
    expect(folded).toMatchObject({ ids: ["paused"], total: 3 });
    expect(folded.groups).toHaveLength(5);
    expect(byNeed({ search: "so" })).toMatchObject({ ids: ["soon"], groups: [{ group: "next", count: 1 }], total: 1 });
  });

  it("lets no short run, and no outcome but the first failure and the success after it, move a schedule", () => {
    addSchedule("a", { nextRunAt: now + 60_000 });
    const groupOf = () => byNeed().groups?.[0]?.group;
    const seen: unknown[] = [];
    for (const status of ["completed", "failed", "failed", "cancelled", "completed", "completed"] as const) {
      addRun("a", now - 1000 + seen.length, status);
      seen.push(groupOf());
    }
    expect(seen).toEqual(["next", "attention", "attention", "attention", "next", "next"]);
  });

  it("keeps the order of what fires by the second where a minute ends", () => {
    const orderAt = (second: number) => {
      now = startAt + second * 1000;
      return byNeed().ids;
    };
    addSchedule("hourly", { nextRunAt: startAt + 3_600_000 });
    // The one that comes first by name has fired for :59 and is due in the next minute, the other still in this one.
    addSchedule("a", { nextRunAt: startAt + 60_000 });
    addSchedule("b", { nextRunAt: startAt + 59_000 });
    expect(orderAt(59)).toEqual(["a", "b", "hourly"]);
    expect(orderAt(60.2)).toEqual(["a", "b", "hourly"]);
  });

  it("counts as people do: 2 before 10", () => {
    for (const name of ["job 10", "Job 2", "job 1", "Ökologie", "ofen", "x 007", "x 7b"]) addSchedule(name);
    expect(reads.listSchedules({}).rows.map(({ schedule }) => schedule.name)).toEqual([
      "job 1",
      "Job 2",
      "job 10",
      "ofen",
      "Ökologie",
      "x 007",
      "x 7b",
    ]);
  });
});

describe("runs", () => {
  it("lists what runs or waits for room, and nothing else", () => {
    addSchedule("a");
    const statuses = ["running", "completed", "pending", "failed", "buffered"] as const;
    const ids = statuses.map((status, index) => addRun("a", startAt + index * hourMs, status));
    expect(reads.listRuns({ active: true }).rows.map(({ runId }) => runId)).toEqual([ids[2], ids[0]]);
    expect(reads.listRuns({ active: true, status: "running" }).rows.map(({ runId }) => runId)).toEqual([ids[0]]);
  });

  it("pages through all of them once, newest first", () => {
    addSchedule("a");
    const ids = Array.from({ length: 57 }, (_, i) =>
      addRun("a", startAt + i * hourMs, i % 3 === 0 ? "failed" : "completed"),
    );
    const all: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = reads.listRuns({ limit: 10, ...(cursor == null ? {} : { cursor }) });
      all.push(...page.rows.map(({ runId }) => runId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(all).toEqual(ids.reverse());
    expect(reads.listRuns({ status: "failed" }).rows).toHaveLength(19);
    expect(reads.listRuns({ scheduleId: "b" }).rows).toEqual([]);
    expect(() => reads.listRuns({ cursor: "' or 1=1" })).toThrow(/cursor/);
  });

  it("narrows them to those scheduled for a stretch of time, whenever they were made", () => {
    addSchedule("a");
    const at = (hour: number) => startAt + hour * hourMs;
    addRun("a", at(1), "completed", { createdAt: at(90) });
    const second = addRun("a", at(2), "completed", { createdAt: at(91), trigger: "backfill" });
    const byHand = addRun("a", null, "completed", { createdAt: at(2) + 5 });
    addRun("a", at(3), "completed", { createdAt: at(92) });
    const stretch = { scheduleId: "a", scheduledFrom: iso(at(2)), scheduledTo: iso(at(3)) };
    expect(reads.listRuns(stretch).rows.map(({ runId }) => runId)).toEqual([byHand, second]);
    const first = reads.listRuns({ ...stretch, limit: 1 });
    expect(first.rows.map(({ runId }) => runId)).toEqual([byHand]);
    const rest = reads.listRuns({ ...stretch, limit: 1, cursor: first.nextCursor ?? "" });
    expect(rest.rows.map(({ runId }) => runId)).toEqual([second]);
  });

  it("finds a rare one far back over several bounded pages", () => {
    addSchedule("a");
    const rare = addRun("a", startAt, "failed");
    const insert = insertRun();
    database.transaction(() => {
      for (let i = 1; i <= 45_000; i++) {
        insert.run({
          id: `R${String(i).padStart(8, "0")}`,
          schedule: "a",
          at: startAt + i * 1000,
          status: "completed",
          trigger: "schedule",
          createdAt: startAt,
        });
      }
    });
    let pages = 0;
    let found: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = reads.listRuns({ status: "failed", ...(cursor == null ? {} : { cursor }) });
      found = [...found, ...page.rows.map(({ runId }) => runId)];
      cursor = page.nextCursor;
      pages++;
    } while (cursor !== null);
    expect(found).toEqual([rare]);
    expect(pages).toBe(3);
  });
});
