import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Run } from "../../shared/domain/run.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { runCli } from "./testing/runCli.ts";

// Each test starts several processes; a busy machine takes its time over them.
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "almanac-cli-"));
  dataDir = join(folder, "data");
  openDatabase({ dataDir }).close();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args]);
const create = (...args: string[]) =>
  cli("schedules", "create", "--workflow", "shell.command", "--input", '{"command":"true"}', "--json", ...args);
const count = async (): Promise<number> => (await cli("schedules", "list", "--json")).json<{ total: number }>().total;

describe("bad usage and input", () => {
  it.each([
    ["an unknown option", ["schedules", "list", "--bogus"], "bogus"],
    ["an unknown command", ["schedules", "frobnicate"], null],
    ["a missing option", ["schedules", "create", "--every", "1m"], "workflow"],
    ["a status that is none", ["schedules", "list", "--status", "broken"], "status"],
    ["a limit that is no number", ["runs", "list", "--limit", "many"], "limit"],
    ["JSON that is none", ["spec", "next", "--spec", "{cron"], "spec"],
    ["a time that is none", ["spec", "next", "--spec", '{"cron":"* * * * *"}', "--from", "tomorrow"], "from"],
    ["a date that is none", ["spec", "next", "--spec", '{"cron":"* * * * *"}', "--from", "2026-02-30"], "from"],
    [
      "a range that ends before it begins",
      ["spec", "between", "--spec", '{"cron":"* * * * *"}', "--from", "2026-01-02", "--to", "2026-01-01"],
      "to",
    ],
    ["a schedule that is not there", ["schedules", "show", "none"], "scheduleId"],
    ["a run that is not there", ["runs", "show", "none"], "runId"],
    ["a data folder without a name", ["schedules", "list", "--data-dir", ""], "data-dir"],
    ["workflows that are not there", ["workflows", "list", "--module", "none.ts"], "module"],
    ["a file without an end", ["import", "/dev/zero"], "file"],
    ["the runs of a schedule that is not there", ["runs", "list", "--schedule", "none"], "scheduleId"],
  ])("%s exits 2 and names it", async (_what, args, path) => {
    const result = await cli(...args, "--json");
    expect(result.code).toBe(2);
    expect(result.out).toBe("");
    expect(result.error()).toMatchObject({ code: expect.any(String), message: expect.any(String), path });
  });

  it.each([
    ["an interval below a second", ["--id", "a", "--every", "0s"], "spec.interval"],
    ["a cron of three fields", ["--id", "a", "--cron", "* * *"], "spec.cron"],
    ["an impossible hour", ["--id", "a", "--calendar", '[{"hour":25}]'], "spec.calendar[0].hour"],
    ["an unknown zone", ["--id", "a", "--cron", "0 0 * * *", "--timezone", "Mars/Olympus"], "spec.timezone"],
    ["an id with a slash", ["--id", "../a", "--every", "1m"], "scheduleId"],
    ["an unknown workflow", ["--id", "a", "--every", "1m", "--workflow", "no.such"], "workflowName"],
    ["input that does not fit", ["--id", "a", "--every", "1m", "--input", '{"comand":"x"}'], "input.comand"],
    ["a start that is no time", ["--id", "a", "--every", "1m", "--start-at", "soon"], "startAt"],
    ["a timeout that is no duration", ["--id", "a", "--every", "1m", "--timeout", "long"], "timeout"],
    ["no time at all", ["--id", "a"], "spec"],
    ["a day that never comes", ["--id", "a", "--calendar", '[{"month":2,"dayOfMonth":30}]'], "spec"],
  ])("%s is refused before anything is written", async (_what, args, path) => {
    const result = await create(...args);
    expect(result.code).toBe(2);
    expect(result.error().path?.startsWith(path) ?? false).toBe(true);
    expect(await count()).toBe(0);
  });

  it("makes no data folder for a schedule that is refused as it stands", async () => {
    const elsewhere = join(folder, "none");
    const args = ["schedules", "create", "--workflow", "shell.command", "--input", "{}", "--every", "0s"];
    expect((await runCli(["--data-dir", elsewhere, ...args])).code).toBe(2);
    expect(existsSync(elsewhere)).toBe(false);
  });

  it("says what was given and what is taken, in words", async () => {
    const result = await cli("schedules", "create", "--workflow", "shell.command", "--every", "0s");
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(/spec\.interval: .*at least 1s.*"0s"/);
  });
});

describe("when, as people say it", () => {
  it("takes words, other programs' texts and single times, and answers with the first runs and their zone", async () => {
    const words = await create(
      "--id",
      "words",
      "--when",
      "first sunday of the month at 6:00",
      "--timezone",
      "Asia/Tokyo",
    );
    const made = words.json<{ spec: unknown; nextRunTimes: string[]; timezone: string; nextRunTime: string }>();
    expect(made.spec).toEqual({ calendar: { weekOfMonth: 1, dayOfWeek: 0, times: ["06:00"] }, timezone: "Asia/Tokyo" });
    expect(made.timezone).toBe("Asia/Tokyo");
    expect(made.nextRunTimes).toHaveLength(3);
    expect(made.nextRunTimes[0]).toBe(made.nextRunTime);
    expect(made.nextRunTimes.every((time) => time.endsWith("T21:00:00.000Z"))).toBe(true);
    expect((await create("--id", "quartz", "--when", "0 0 12 ? * 2")).json()).toMatchObject({
      spec: { cron: "0 12 * * 1" },
      notes: [expect.stringContaining("Spring")],
    });
    expect(
      (await create("--id", "once", "--at", "2040-12-24T18:00", "--timezone", "Europe/Berlin")).json(),
    ).toMatchObject({
      spec: { at: "2040-12-24T18:00", timezone: "Europe/Berlin" },
      nextRunTimes: ["2040-12-24T17:00:00.000Z"],
    });
    const before = Date.now();
    const soon = (await create("--id", "soon", "--in", "20m")).json<{ nextRunTimes: string[] }>();
    const left = Date.parse(soon.nextRunTimes[0] as string) - before;
    expect(left).toBeGreaterThan(20 * 60_000 - 1000);
    expect(left).toBeLessThan(25 * 60_000);
    const upcoming = (await cli("upcoming", "--hours", "1", "--json")).json<{ upcoming: unknown[]; more: boolean }>();
    expect(upcoming).toEqual({
      upcoming: [{ at: soon.nextRunTimes[0], scheduleId: "soon", name: "soon" }],
      more: false,
    });
    const told = await cli(
      "schedules",
      "create",
      "--workflow",
      "shell.command",
      "--input",
      '{"command":"true"}',
      "--when",
      "weekdays",
    );
    expect(told.out).toMatch(/next runs +\d{4}-\d\d-\d\d 00:00:00, .*\n.*in zone +UTC/s);
    expect(told.err).toBe("note: No time is said: 00:00 is used.\n");
    expect((await create("--id", "both", "--when", "daily at 9", "--cron", "0 9 * * *")).error()).toMatchObject({
      path: "when",
    });
    expect((await create("--id", "moon", "--when", "at full moon")).error()).toMatchObject({
      message: expect.stringContaining("not understood"),
    });
  });

  it("parses a text as a spec with notes", async () => {
    expect((await cli("spec", "parse", "Mon *-*-1..7 03:00", "--json")).json()).toEqual({
      dialect: "systemd",
      spec: { calendar: { dayOfWeek: 1, weekOfMonth: 1, hour: 3, minute: 0 } },
      notes: [],
    });
    const quartz = await cli("spec", "parse", "0 0 12 ? * 8", "--dialect", "quartz", "--json");
    expect(quartz.code).toBe(2);
    expect(quartz.error().message).toMatch(/day of week field of Quartz/);
  });
});

describe("schedules", () => {
  it("creates, shows, changes, pauses, resumes and deletes", async () => {
    const made = (
      await create(
        "--id",
        "tick",
        "--every",
        "90m",
        "--start-at",
        "2040-01-01",
        "--note",
        "first",
        "--tag",
        "a",
        "--tag",
        "b",
      )
    ).json<Schedule>();
    expect(made).toMatchObject({
      scheduleId: "tick",
      workflowName: "shell.command",
      spec: { interval: "90m", startAt: "2040-01-01T00:00:00.000Z" },
      status: "active",
      overlapPolicy: "skip",
      catchup: "none",
      catchupWindow: "7d",
      tags: ["a", "b"],
      note: "first",
      totalRuns: 0,
    });
    expect((await create("--id", "tick", "--every", "1m")).error().code).toBe("ALREADY_EXISTS");
    const updated = (await cli("schedules", "update", "tick", "--overlap", "buffer_one", "--json")).json<Schedule>();
    expect(updated).toMatchObject({ overlapPolicy: "buffer_one", nextRunTime: made.nextRunTime, spec: made.spec });
    expect((await cli("schedules", "pause", "tick", "--json")).json()).toMatchObject({
      status: "paused",
      pausedBy: "cli",
    });
    expect((await cli("schedules", "list", "--status", "paused", "--json")).json()).toMatchObject({
      schedules: [{ scheduleId: "tick" }],
    });
    expect((await cli("schedules", "resume", "tick", "--json")).json()).toMatchObject({ status: "active" });
    expect((await cli("schedules", "delete", "tick", "--json")).json()).toMatchObject({
      status: "deleted",
      nextRunTime: null,
    });
    expect(await count()).toBe(0);
    expect((await create("--id", "tick", "--every", "1m")).code).toBe(2);
    expect((await cli("schedules", "delete", "tick", "--purge", "--json")).json()).toEqual({ purged: "tick" });
    expect((await create("--id", "tick", "--every", "1m")).code).toBe(0);
  });

  it("keeps what an update of the times does not name", async () => {
    const spec = {
      cron: "0 9 * * *",
      timezone: "Europe/Berlin",
      exclude: "2040-05-01",
      dst: "shift",
      startAt: "2040-01-01T00:00:00.000Z",
      endAt: "2041-01-01T00:00:00.000Z",
      jitter: "30s",
    };
    await create("--id", "a", "--spec", JSON.stringify(spec));
    const updated = (await cli("schedules", "update", "a", "--every", "5m", "--json")).json<Schedule>();
    const { cron: _, ...rest } = spec;
    expect(updated.spec).toEqual({ ...rest, interval: "5m" });
  });

  it("keeps a schedule's own note through a pause that has another", async () => {
    await create("--id", "a", "--every", "1m", "--note", "own");
    expect((await cli("schedules", "pause", "a", "--note", "holiday", "--json")).json()).toMatchObject({
      note: "holiday",
      ownNote: "own",
    });
    expect((await cli("schedules", "show", "a")).out).toMatch(/paused because +holiday\n[\s\S]*note +own\n/);
    expect((await cli("export")).json()).toMatchObject({ schedules: [{ note: "own", paused: true }] });
    const listed = join(folder, "listed.json");
    await writeFile(listed, (await cli("schedules", "list", "--json")).out);
    expect((await cli("import", listed, "--yes", "--json")).json()).toMatchObject({ unchanged: 1 });
    expect((await cli("schedules", "resume", "a", "--json")).json()).toMatchObject({ note: "own" });
  });

  it("keeps failures alone where a schedule is told to, and refuses what it could not keep", async () => {
    expect((await create("--id", "often", "--every", "1m", "--keep", "failures")).code).toBe(0);
    const kept = async () => (await cli("schedules", "show", "often", "--json")).json<Schedule>().keepRuns;
    expect(await kept()).toBe("failures");
    expect((await cli("schedules", "update", "often", "--note", "every minute", "--json")).code).toBe(0);
    expect(await kept()).toBe("failures");
    expect((await cli("schedules", "update", "often", "--keep", "all", "--json")).code).toBe(0);
    expect(await kept()).toBe("all");
    const refused = await cli("schedules", "update", "often", "--keep", "some", "--json");
    expect(refused.code).toBe(2);
    expect(refused.error()).toMatchObject({ message: expect.stringContaining("failures") });
    expect(await kept()).toBe("all");
  });

  it("takes dates in the spec's zone", async () => {
    const args = [
      "--id",
      "b",
      "--cron",
      "0 9 * * *",
      "--timezone",
      "Europe/Berlin",
      "--start-at",
      "2030-07-01",
      "--end-at",
      "2030-08-01T12:00",
    ];
    expect((await create(...args)).json()).toMatchObject({
      spec: { startAt: "2030-06-30T22:00:00.000Z", endAt: "2030-08-01T10:00:00.000Z" },
      nextRunTime: "2030-07-01T07:00:00.000Z",
    });
  });

  it("lists every page and keeps hostile names from the terminal", async () => {
    await create("--id", "a", "--every", "1m", "--name", "\u001b]0;owned\u0007 <img onerror=x> \u202egnp");
    await create("--id", "b", "--every", "1m");
    const table = await cli("schedules", "list");
    for (const control of ["\u001b", "\u0007", "\u202e"]) expect(table.out).not.toContain(control);
    expect(table.out).toContain("\\u001b]0;owned");
    const json = (await cli("schedules", "list", "--limit", "1", "--offset", "1", "--json")).json<{
      schedules: Schedule[];
      total: number;
    }>();
    expect(json).toMatchObject({ schedules: [{ scheduleId: "b" }], total: 2 });
  });
});

describe("limits", () => {
  it("keeps pools and settings, and refuses what they could not be", async () => {
    expect((await cli("pools", "set", "database", "--limit", "2", "--tag", "sql", "--json")).json()).toEqual({
      name: "database",
      limit: 2,
      workflows: [],
      tags: ["sql"],
    });
    await create(
      "--id",
      "a",
      "--every",
      "1m",
      "--pool",
      "database",
      "--memory-limit",
      "2048MiB",
      "--due-by",
      "06:00",
      "--queue",
      "gpu",
    );
    expect((await cli("schedules", "show", "a", "--json")).json()).toMatchObject({
      pools: ["database"],
      memoryLimit: "2GiB",
      dueBy: "06:00",
      queue: "gpu",
      recoverOnWorkerLoss: false,
    });
    expect((await cli("schedules", "update", "a", "--queue", "", "--json")).json()).toMatchObject({ queue: null });
    expect((await cli("schedules", "update", "a", "--queue", "a b", "--json")).error()).toMatchObject({
      code: "INVALID_INPUT",
      path: "queue",
    });
    expect((await cli("pools", "list")).out).toMatch(/database +2 +– +sql/);
    expect((await cli("pools", "delete", "database", "--json")).error().code).toBe("CONFLICT");
    expect((await cli("settings", "set", "runsAtOnce", "4", "--json")).json()).toMatchObject({
      settings: { runsAtOnce: 4 },
    });
    expect((await cli("settings", "set", "runsAtOnce", "0", "--json")).error().code).toBe("INVALID_INPUT");
    const update = (size: string) => cli("workflows", "update", "script.run", "--memory-limit", size, "--json");
    expect((await update("1024MiB")).json()).toMatchObject({
      name: "script.run",
      memory: { limit: "1GiB", by: "workflow" },
    });
    expect((await cli("workflows", "list")).out).toMatch(/script\.run +built in +1GiB/);
    expect((await update("12 potatoes")).error()).toMatchObject({ code: "INVALID_INPUT", path: "memoryLimit" });
    expect((await update("default")).json()).toMatchObject({ memory: { limit: "none", by: "settings" } });
    expect((await cli("workflows", "update", "nope", "--memory-limit", "none", "--json")).error().code).toBe(
      "UNKNOWN_WORKFLOW",
    );
    expect((await cli("doctor")).out).toMatch(/runs +0 of 4 at once are running/);
  });
});

describe("running", () => {
  it("fires each occurrence once, with its own time in its log, and is clean afterwards", async () => {
    await create(
      "--id",
      "tick",
      "--every",
      "1s",
      "--overlap",
      "allow_all",
      "--input",
      '{"command":"echo $ALMANAC_SCHEDULED_TIME"}',
    );
    const ran = await cli("scheduler", "run", "--duration", "4", "--json");
    expect(ran).toMatchObject({ code: 0 });
    const lines = ran.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ event: "stopped", reason: "duration" }));
    const first = lines.find(({ event }) => event === "started");
    expect(first).toMatchObject({ scheduleId: "tick", workflowName: "shell.command", at: expect.any(String) });
    expect(lines).toContainEqual(
      expect.objectContaining({ event: "ended", runId: first?.["runId"], status: "completed", error: null }),
    );
    const { runs } = (await cli("runs", "list", "--schedule", "tick", "--json")).json<{ runs: Run[] }>();
    expect(runs.length).toBeGreaterThanOrEqual(3);
    expect(new Set(runs.map((run) => run.scheduledTime)).size).toBe(runs.length);
    for (const run of runs.slice(0, 3)) {
      expect(run).toMatchObject({ status: "completed", trigger: "schedule" });
      expect((await cli("runs", "logs", run.runId)).out.trim()).toBe(run.scheduledTime);
    }
    const csv = (await cli("runs", "list", "--schedule", "tick", "--csv")).out.trim().split("\r\n");
    expect(csv[0]).toMatch(/^run,schedule,name,/);
    expect(csv).toHaveLength(runs.length + 1);
    expect(csv[1]).toContain(`${runs[0]?.runId},tick,tick,shell.command,`);
    expect((await cli("doctor", "--json")).json()).toMatchObject({ problems: [], countersOff: [], owner: null });
  });

  it("runs a schedule as of a past time, and not of one to come", async () => {
    await create(
      "--id",
      "report",
      "--cron",
      "0 9 1 1 *",
      "--timezone",
      "Europe/Berlin",
      "--input",
      '{"command":"true"}',
    );
    const made = await cli("schedules", "trigger", "report", "--as-of", "2026-03-01T09:00", "--json");
    const { runId } = made.json<{ runId: string }>();
    expect((await cli("runs", "show", runId, "--json")).json()).toMatchObject({
      trigger: "manual",
      scheduledTime: "2026-03-01T08:00:00.000Z",
    });
    const refused = await cli("schedules", "trigger", "report", "--as-of", "2999-01-01T00:00:00Z", "--json");
    expect(refused.code).toBe(2);
    expect(refused.error()).toMatchObject({ path: "asOf", message: expect.stringContaining("still to come") });
  });

  it("tells each start and end in the terminal, with a failure's cause, and nothing of it when it is to be quiet", async () => {
    await create("--id", "tick", "--every", "1s", "--overlap", "allow_all", "--input", '{"command":"exit 3"}');
    const ran = await cli("scheduler", "run", "--duration", "3");
    expect(ran.out).toMatch(/^\d\d:\d\d:\d\d {2}started {6}tick$/m);
    expect(ran.out).toMatch(/^\d\d:\d\d:\d\d {2}failed {7}tick {2}\d+\.\ds {2}EXIT_CODE: .*3/m);
    expect((await cli("scheduler", "run", "--duration", "2", "--quiet")).out).toBe("");
  });

  it("waits for a run it triggers, as the engine where there is none", async () => {
    await create("--id", "once", "--cron", "0 0 1 1 *", "--input", '{"command":"echo done; exit 3"}');
    const failed = await cli("schedules", "trigger", "once", "--wait", "--json");
    expect(failed.code).toBe(1);
    expect(failed.json()).toMatchObject({ status: "failed", trigger: "manual", error: { code: "EXIT_CODE" } });
    expect((await cli("runs", "logs", failed.json<Run>().runId, "--json")).json()).toMatchObject({
      chunks: [{ at: expect.stringMatching(/^\d{4}-.*Z$/), stream: "stdout", text: "done\n" }],
    });
    const run = await cli(
      "workflows",
      "run",
      "shell.command",
      "--input",
      '{"command":"echo hello"}',
      "--wait",
      "--json",
    );
    expect(run).toMatchObject({ code: 0 });
    expect(run.json()).toMatchObject({ status: "completed", scheduleId: null });
  });

  it("backfills a past range once, and says what exists the second time", async () => {
    await create("--id", "hourly", "--cron", "0 * * * *", "--paused");
    const range = ["--from", "2024-01-15T00:00:00Z", "--to", "2024-01-15T03:00:00Z"];
    const plan = await cli("schedules", "backfill", "hourly", ...range, "--dry-run", "--json");
    expect(plan.json()).toMatchObject({
      count: 3,
      first: "2024-01-15T00:00:00.000Z",
      last: "2024-01-15T02:00:00.000Z",
    });
    const done = await cli("schedules", "backfill", "hourly", ...range, "--wait", "--json");
    expect(done.code).toBe(0);
    expect(done.json()).toMatchObject({
      status: "completed",
      total: 3,
      completed: 3,
      failed: 0,
      cancelled: 0,
      remaining: 0,
    });
    const again = await cli("schedules", "backfill", "hourly", ...range, "--dry-run", "--json");
    expect(again.json()).toMatchObject({ count: 0, existing: { completed: 3 } });
    const pressed = await cli("schedules", "backfill", "hourly", ...range, "--json");
    expect(pressed.json()).toMatchObject({ status: "completed", total: 0, existing: { completed: 3 } });
    expect((await cli("schedules", "backfill", "hourly", ...range, "--wait")).out).toMatch(
      /existing +3 completed\nruns +none/,
    );
    const year = ["--from", "2023-01-01", "--to", "2024-01-01"];
    const big = await cli("schedules", "backfill", "hourly", ...year, "--json");
    expect(big.code).toBe(2);
    expect(big.error().code).toBe("CONFIRMATION_REQUIRED");
  });

  it("ends cleanly on SIGTERM and gives the folder back", async () => {
    const stopped = await runCli(["--data-dir", dataDir, "scheduler", "run", "--json"], {
      signal: { name: "SIGTERM", when: (_out, err) => err.includes("firing") },
    });
    expect(stopped.code).toBe(0);
    expect(stopped.json()).toMatchObject({ reason: "SIGTERM" });
    expect((await cli("doctor", "--json")).json()).toMatchObject({ owner: null, problems: [] });
  });

  it("serves until it is told to end, and keeps its token out of the arguments", async () => {
    const served = await runCli(["--data-dir", dataDir, "serve", "--port", "0", "--no-open", "--json"], {
      signal: { name: "SIGINT", when: (out) => out.includes("\n") },
    });
    expect(served.code).toBe(0);
    expect(served.json()).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#token=\S{40,}$/),
      pid: expect.any(Number),
    });
    expect(served.err).not.toContain("token");
  });
});

describe("spec", () => {
  const spec = (...args: string[]) => runCli(["spec", ...args, "--json"]);

  it("says the next occurrences strictly after an instant, on both copies of a repeated hour", async () => {
    const literal = '{"cron":"30 1 * * *","timezone":"Europe/London","dst":"literal"}';
    expect((await spec("next", "--spec", literal, "--from", "2025-10-25T12:00:00Z", "--count", "3")).json()).toEqual({
      times: ["2025-10-26T00:30:00.000Z", "2025-10-26T01:30:00.000Z", "2025-10-27T01:30:00.000Z"],
    });
  });

  it("counts a range without listing it", async () => {
    const minutely = '{"cron":"* * * * *","timezone":"America/New_York"}';
    const range = ["--from", "2026-01-01T00:00:00Z", "--to", "2027-01-01T00:00:00Z"];
    expect((await spec("between", "--spec", minutely, ...range, "--count-only")).json()).toEqual({ count: 525_600 });
    const listed = (await spec("between", "--spec", minutely, ...range, "--limit", "2")).json();
    expect(listed).toEqual({ times: ["2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z"] });
  });

  it("says why nothing is left", async () => {
    const never = '{"calendar":[{"month":2,"dayOfMonth":30}]}';
    const result = await runCli(["spec", "next", "--spec", never, "--from", "2026-01-01T00:00:00Z"]);
    expect(result).toMatchObject({ code: 0, out: "" });
    expect(result.err).toContain(
      "no occurrence after 2026-01-01T00:00:00.000Z: calendar[0].dayOfMonth, calendar[0].month never match together.",
    );
    expect((await spec("next", "--spec", never)).json()).toMatchObject({
      times: [],
      neverFires: { paths: ["calendar[0].dayOfMonth", "calendar[0].month"] },
    });
  });

  it("knows the exclusion calendars of the data folder", async () => {
    const file = join(folder, "calendars.json");
    const calendars = [{ name: "holidays", entries: ["2026-01-01", "2026-01-02"] }];
    await writeFile(file, JSON.stringify({ calendars, schedules: [] }));
    expect((await cli("import", file, "--yes")).code).toBe(0);
    const named = '{"cron":"0 9 * * *","exclude":[{"calendar":"holidays"}]}';
    const from = ["--from", "2026-01-01T00:00:00Z"];
    expect((await cli("spec", "next", "--spec", named, ...from, "--count", "1", "--json")).json()).toEqual({
      times: ["2026-01-03T09:00:00.000Z"],
    });
    const range = [...from, "--to", "2026-01-05T00:00:00Z", "--count-only"];
    expect((await cli("spec", "between", "--spec", named, ...range, "--json")).json()).toEqual({ count: 2 });
    const unknown = await cli("spec", "next", "--spec", '{"cron":"0 9 * * *","exclude":{"calendar":"x"}}', "--json");
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.err)).toMatchObject({ error: { path: "exclude.calendar" } });
  });

  it("describes", async () => {
    expect((await spec("describe", "--spec", '{"cron":"0 9 * * 1-5"}')).json<{ text: string }>().text).toContain(
      "09:00",
    );
  });
});

describe("calendars", () => {
  it("takes an iCalendar file in, shows what it leaves out, and replaces and deletes it", async () => {
    const event = (...lines: string[]) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
    const lines = [
      ...event("UID:1", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas"),
      ...event("UID:2", "DTSTART;TZID=Europe/Berlin:20270104T220000", "DURATION:PT4H"),
      ...event("UID:3", "DTSTART;VALUE=DATE:20200501", "RRULE:FREQ=YEARLY"),
      ...event("UID:4", "DTSTART:20260230"),
    ];
    const stdin = ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n");
    const made = await runCli(["--data-dir", dataDir, "calendars", "import", "off", "-", "--json"], { stdin });
    expect(made.json()).toEqual({
      name: "off",
      dates: 3,
      windows: 1,
      rules: 1,
      notes: [expect.stringContaining("line 18: left out: DTSTART")],
    });
    const shown = { dates: ["2026-12-24", "2026-12-25", "2026-12-26"], rules: [{ month: 5, dayOfMonth: 1 }] };
    const windows = [{ from: "2027-01-04T22:00:00", to: "2027-01-05T02:00:00", timezone: "Europe/Berlin" }];
    expect((await cli("calendars", "show", "off", "--json")).json()).toEqual({ ...shown, windows });
    const range = ["--from", "2026-12-26", "--to", "2026-12-31"];
    expect((await cli("calendars", "show", "off", ...range, "--json")).json()).toEqual({
      ...shown,
      dates: ["2026-12-26"],
      windows: [],
    });
    const empty = "BEGIN:VCALENDAR\r\nEND:VCALENDAR";
    await runCli(["--data-dir", dataDir, "calendars", "import", "off", "-"], { stdin: empty });
    expect((await cli("calendars", "list", "--json")).json()).toMatchObject({
      calendars: [{ name: "off", entries: [] }],
    });
    expect((await cli("calendars", "delete", "off", "--json")).json()).toEqual({ deleted: "off" });
    expect((await cli("calendars", "show", "off", "--json")).code).toBe(2);
    expect((await cli("calendars", "show", "off", "--from", "soon", "--json")).error()).toMatchObject({ path: "from" });
  });
});

describe("exchange", () => {
  it("gives out and takes in the same schedules", async () => {
    await create(
      "--id",
      "a",
      "--calendar",
      '[{"dayOfWeek":"mon-fri","times":["08:30","14:45"]}]',
      "--timezone",
      "Europe/Berlin",
    );
    await create("--id", "b", "--every", "5m", "--paused");
    const file = join(folder, "all.yaml");
    expect((await cli("export", "--file", file)).code).toBe(0);
    expect((await cli("import", file, "--json")).json()).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
    const elsewhere = ["--data-dir", join(folder, "other")];
    openDatabase({ dataDir: join(folder, "other") }).close();
    expect((await runCli([...elsewhere, "import", file, "--yes", "--json"])).json()).toMatchObject({ created: 2 });
    const exported = await runCli([...elsewhere, "export"]);
    expect(exported.out).toBe((await cli("export")).out);
    expect((await runCli([...elsewhere, "schedules", "show", "b", "--json"])).json()).toMatchObject({
      status: "paused",
    });
  });

  it("takes a crontab from standard input", async () => {
    const crontab =
      'CRON_TZ=Europe/Berlin\n# nightly\n30 2 * * * /usr/bin/backup "a b" 100\\%%line one%line two\n@daily true\n';
    const result = await runCli(["--data-dir", dataDir, "import", "crontab", "-", "--yes", "--json"], {
      stdin: crontab,
    });
    expect(result.json()).toMatchObject({ created: 2, items: [{ id: "crontab-backup" }, { id: "crontab-true" }] });
    expect((await cli("schedules", "show", "crontab-backup", "--json")).json()).toMatchObject({
      spec: { cron: "30 2 * * *", timezone: "Europe/Berlin" },
      input: { command: '/usr/bin/backup "a b" 100%', stdin: "line one\nline two\n" },
      note: "nightly",
    });
  });

  it("lists the imports that can be undone, and undoes one by its id, once somebody says yes", async () => {
    const file = join(folder, "off.json");
    await create("--id", "kept", "--every", "5m");
    const given = [
      { scheduleId: "kept", workflowName: "shell.command", spec: { interval: "1h" } },
      { scheduleId: "new", workflowName: "shell.command", spec: { interval: "1h" }, input: { command: "true" } },
    ];
    await writeFile(file, JSON.stringify({ schedules: given, calendars: [{ name: "off", entries: ["2027-01-01"] }] }));
    const { undoId } = (await cli("import", file, "--yes", "--json")).json() as { undoId: string };
    expect((await cli("imports", "list", "--json")).json()).toMatchObject({
      imports: [{ undoId, actor: "cli", created: 1, updated: 1, calendars: 1, rules: 0 }],
    });
    expect((await cli("imports", "list")).out).toContain("1 schedule created, 1 changed, 1 exclusion calendar set");
    const unasked = await cli("imports", "undo", undoId, "--json");
    expect([unasked.code, unasked.error().code]).toEqual([2, "CONFIRMATION_REQUIRED"]);
    const undone = await cli("imports", "undo", undoId, "--yes");
    expect(undone.out).toBe("undone: 1 schedule deleted, 1 schedule as before, 1 exclusion calendar as before\n");
    expect((await cli("schedules", "show", "kept", "--json")).json()).toMatchObject({ spec: { interval: "5m" } });
    expect((await cli("imports", "list", "--json")).json()).toEqual({ imports: [] });
    expect((await cli("imports", "undo", undoId, "--yes", "--json")).error().code).toBe("NOT_FOUND");
  });

  it("says each line of a crontab that cannot be taken, and imports the others only where asked to", async () => {
    const stdin = "0 0 * * * good\n0 25 * * * late\nnonsense\n0 1 * * * good\n";
    const crontab = (...more: string[]) =>
      runCli(["--data-dir", dataDir, "import", "crontab", "-", ...more], { stdin });
    for (const more of [[], ["--dry-run"]]) {
      const refused = await crontab(...more);
      expect(refused.code).toBe(2);
      expect(refused.err).toMatch(/line 2\b.*hour/);
      expect(refused.err).toMatch(/line 3\b.*five fields/);
    }
    expect((await cli("schedules", "list", "--json")).json()).toMatchObject({ total: 0 });
    const unasked = await crontab("--skip-invalid");
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining("2 would be created")]);
    expect((await cli("schedules", "list", "--json")).json()).toMatchObject({ total: 0 });
    const taken = await crontab("--skip-invalid", "--yes");
    expect(taken.code).toBe(0);
    expect(taken.out).toContain("2 created, 0 changed, 0 the same");
    expect(taken.err).toMatch(/line 2\b.*hour[\s\S]*line 3\b.*nonsense/);
  });

  it("says how many rules were made of MAILTO", async () => {
    const mail = "notifications add mail --smtp 127.0.0.1:25 --from almanac@example.org --to ops@example.org";
    expect((await cli(...mail.split(" "))).code).toBe(0);
    const stdin = "MAILTO=ops@example.org\n0 0 * * * one\n5 0 * * * two\n";
    const crontab = async (...more: string[]) =>
      (await runCli(["--data-dir", dataDir, "import", "crontab", "-", "--yes", ...more], { stdin })).out;
    expect(await crontab()).toContain("2 created, 0 changed, 0 the same\n");
    expect(await crontab("--mail-rules")).toContain("0 created, 0 changed, 2 the same, 1 notification rule set\n");
  });

  it("names each file that cannot be taken in JSON, and finds a person's own timers", async () => {
    const units = join(folder, "systemd", "user");
    await mkdir(units, { recursive: true });
    const [bad, calendar] = [join(folder, "bad.crontab"), join(folder, "off.ics")];
    await writeFile(bad, "0 25 * * * late\n");
    await writeFile(calendar, "BEGIN:VCALENDAR\nEND:VCALENDAR\n");
    await writeFile(join(units, "tidy.timer"), "[Timer]\nOnBootSec=15min\nOnUnitActiveSec=1d\n");
    await writeFile(join(units, "tidy.service"), "[Service]\nExecStart=/bin/true\n");
    const both = await cli("import", bad, calendar, join(units, "tidy.timer"), "--json");
    expect(both.code).toBe(2);
    const { issues } = both.error() as unknown as { issues: { path: string }[] };
    expect(issues.map(({ path }) => path)).toEqual([`${bad}, line 1`, calendar]);
    const env = { XDG_CONFIG_HOME: folder, PATH: units };
    const mine = await runCli(["--data-dir", dataDir, "import", "mine", "--dry-run", "--json"], { env });
    expect(mine.json()).toMatchObject({
      created: 1,
      items: [{ schedule: { spec: { interval: "1d", on: { boot: true, delay: "15m" } }, words: expect.any(String) } }],
    });
    const none = { XDG_CONFIG_HOME: units, PATH: units };
    expect((await runCli(["--data-dir", dataDir, "import", "mine", "--json"], { env: none })).error().code).toBe(
      "NOT_FOUND",
    );
  });

  it("comes after a schedule by its name, and says what waits for nothing before one is deleted", async () => {
    const create = (...rest: string[]) =>
      cli("schedules", "create", "--workflow", "shell.command", "--input", '{"command":"true"}', ...rest);
    await create("--id", "a", "--name", "Nightly backup", "--every", "1d");
    const made = await create("--id", "b", "--when", "10 minutes after nightly backup fails", "--json");
    expect(made.json()).toMatchObject({
      spec: { on: { after: { scheduleId: "a", outcome: "failed" }, delay: "10m" } },
      specText: expect.stringContaining("10 minutes after Nightly backup fails"),
    });
    const nobody = await create("--id", "c", "--when", "after nobody", "--json");
    expect([nobody.code, nobody.error().message]).toEqual([2, expect.stringContaining('there is none "nobody"')]);
    expect((await cli("schedules", "delete", "a")).err).toContain("b comes after a");
    expect((await cli("schedules", "show", "b")).out).toContain("which is deleted");
  });

  it("reads all of standard input, however it comes", async () => {
    const schedules = Array.from({ length: 500 }, (_, i) => ({
      scheduleId: `s${i}`,
      workflowName: "shell.command",
      spec: { cron: "0 0 * * *" },
      input: { command: "true" },
      note: "x".repeat(5000),
    }));
    const stdin = JSON.stringify({ schedules });
    expect((await runCli(["--data-dir", dataDir, "import", "-", "--yes", "--json"], { stdin })).json()).toMatchObject({
      created: 500,
    });
    const spec = { stdin: JSON.stringify({ cron: "0 0 * * *", exclude: Array(500).fill("2030-01-01") }) };
    expect((await runCli(["spec", "describe", "--spec", "@-"], spec)).code).toBe(0);
  });

  it("refuses what is nested beyond measure", async () => {
    const stdin = `{"schedules":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const result = await runCli(["--data-dir", dataDir, "import", "-", "--json"], { stdin });
    expect(result).toMatchObject({ code: 2, out: "" });
  });

  it("refuses a file that cannot be read, naming it", async () => {
    const result = await cli("import", join(folder, "none.json"), "--json");
    expect(result.code).toBe(2);
    expect(result.error().message).toContain("none.json");
  });
});

describe("a data folder that cannot be used", () => {
  it.each([
    ["a file", () => fileURLToPath(import.meta.url)],
    ["where no folder can be made", () => "/proc/almanac/data"],
  ])("is refused where it is %s", async (_what, path) => {
    const result = await runCli(["--data-dir", path(), "schedules", "list", "--json"]);
    expect(result.code).toBe(1);
    expect(result.error()).toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      message: expect.stringContaining(path()),
    });
  });

  it.each([
    ["a text file", "hello, this is no database at all"],
    ["an empty file", ""],
  ])("is refused with advice and left as it was where the database is %s", async (_what, text) => {
    await create("--id", "a", "--every", "1m");
    const file = join(dataDir, "almanac.db");
    for (const rest of ["-wal", "-shm"]) await rm(file + rest, { force: true });
    await writeFile(file, text);
    const result = await cli("schedules", "list", "--json");
    expect(result.code).toBe(1);
    expect(result.error()).toMatchObject({ code: "DATABASE_DAMAGED", message: expect.stringContaining(file) });
    expect(await readFile(file, "utf8")).toBe(text);
    // Without a backup there is nothing to go back to, and the file still stays.
    expect((await cli("doctor", "--restore", "--json")).code).not.toBe(0);
    expect(await readFile(file, "utf8")).toBe(text);
  });
});

it("goes back to the last good backup when asked to, and keeps what was there", async () => {
  await create("--id", "a", "--every", "1m");
  expect((await cli("doctor", "--restore", "--json")).error().code).toBe("CONFLICT");
  const database = openDatabase({ dataDir });
  await database.backup(Date.now());
  database.close();
  const file = join(dataDir, "almanac.db");
  await writeFile(file, "damaged");
  expect((await cli("schedules", "list", "--json")).error().message).toContain("almanac doctor --restore");
  const restored = (await cli("doctor", "--restore", "--json")).json<{ restored: { kept: string } }>();
  expect(await readFile(restored.restored.kept, "utf8")).toBe("damaged");
  expect(await count()).toBe(1);

  await create("--id", "b", "--every", "1m");
  const { backups } = (await cli("doctor", "--json")).json<{ backups: { name: string; holds: unknown }[] }>();
  expect(backups).toMatchObject([{ holds: { schedules: 1, runs: 0 } }]);
  const name = backups[0]?.name ?? "";
  expect((await cli("doctor")).out).toMatch(new RegExp(`${name} .*1 schedule, 0 runs`));
  const refused = await cli("doctor", "--restore", name, "--json");
  expect(refused.error()).toMatchObject({
    code: "CONFIRMATION_REQUIRED",
    message: expect.stringContaining("1 schedule would be gone: b"),
  });
  expect(await count()).toBe(2);
  const done = await cli("doctor", "--restore", name, "--yes", "--json");
  expect(done.err).toContain("1 schedule would be gone: b");
  expect(await count()).toBe(1);
  // What was there is a copy like any other.
  const undo = done.json<{ restored: { kept: string } }>().restored.kept;
  await cli("doctor", "--restore", basename(undo), "--yes");
  expect(await count()).toBe(2);
});

describe("help", () => {
  it.each([
    [],
    ["scheduler"],
    ["schedules"],
    ["backfills"],
    ["runs"],
    ["workflows"],
    ["spec"],
    ["serve"],
    ["scheduler", "run"],
    ["schedules", "create"],
    ["schedules", "backfill"],
    ["backfills", "set"],
    ["runs", "logs"],
    ["workflows", "run"],
    ["workflows", "update"],
    ["spec", "between"],
    ["import"],
    ["export"],
    ["doctor"],
  ])("has examples and exits 0", async (...words) => {
    const result = await runCli([...words, "--help"]);
    expect(result.code).toBe(0);
    expect(result.out).toContain("Examples:\n  $ almanac ");
    expect(result.out).toContain("--json");
  });

  it("gives examples that can be typed as they are", async () => {
    const { out } = await runCli(["import", "--help"]);
    expect(out).toContain("  $ crontab -l | almanac import crontab - --yes\n");
  });
});
