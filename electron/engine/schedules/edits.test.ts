import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CreateScheduleInput, UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { createHarness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error("it was accepted");
}

describe("bad input", () => {
  const bad: [string, Record<string, unknown>, string, string][] = [
    ["an unknown workflow", { workflowName: "nope" }, "UNKNOWN_WORKFLOW", "nope"],
    ["an interval of 0s", { spec: { interval: "0s" } }, "INVALID_SPEC", "spec.interval"],
    ["a cron of three fields", { spec: { cron: "* * *" } }, "INVALID_SPEC", "spec.cron"],
    ["an empty spec", { spec: {} }, "INVALID_SPEC", "spec"],
    ["a zone that is none", { spec: { cron: "* * * * *", timezone: "Mars/Base" } }, "INVALID_SPEC", "spec.timezone"],
    ["30 February", { spec: { calendar: { month: 2, dayOfMonth: 30 } } }, "NEVER_FIRES", "spec.calendar"],
    ["an end in the past", { spec: { interval: "1h", endAt: "2020-01-01T00:00:00Z" } }, "NEVER_FIRES", "spec.endAt"],
    [
      "a calendar that is not there",
      { spec: { interval: "1h", exclude: { calendar: "none" } } },
      "INVALID_SPEC",
      "spec.exclude",
    ],
    ["an id with a slash", { scheduleId: "a/b" }, "INVALID_INPUT", "scheduleId"],
    ["a policy that is none", { overlapPolicy: "maybe" }, "INVALID_INPUT", "overlapPolicy"],
    ["a field that is none", { overlap: "skip" }, "INVALID_INPUT", "overlap"],
    ["no attempts", { maxAttempts: 0 }, "INVALID_INPUT", "maxAttempts"],
  ];
  test.each(bad)("%s is refused with its field, and nothing is written", async (_name, fields, code, named) => {
    await using h = await createHarness();
    const input = { scheduleId: "s", workflowName: "job", spec: { interval: "1h" }, ...fields } as CreateScheduleInput;
    const error = refusal(() => h.engine.createSchedule(input, "cli"));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(named)]);
    expect(h.stores.schedules.ids()).toEqual([]);
    expect(h.activity("s")).toEqual([]);
  });

  test("ids are made from the name, and made different", async () => {
    await using h = await createHarness();
    const create = (): string =>
      h.engine.createSchedule({ name: "Nächtlicher Bericht!", workflowName: "job", spec: { interval: "1h" } }, "user")
        .scheduleId;
    expect([create(), create()]).toEqual(["na-chtlicher-bericht", "na-chtlicher-bericht-2"]);
    expect(refusal(() => h.schedule("na-chtlicher-bericht", { interval: "1h" })).code).toBe("ALREADY_EXISTS");
  });
});

describe("edits", () => {
  test("record the difference, and nothing where there is none", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    const edited = h.engine.updateSchedule({ scheduleId: "s", tags: ["a"], overlapPolicy: "buffer_one" }, "user");
    expect(edited.revision).toBe(2);
    expect(h.activity("s").at(-1)).toEqual({
      kind: "edited",
      details: {
        changes: [
          { field: "overlapPolicy", from: "skip", to: "buffer_one" },
          { field: "tags", from: [], to: ["a"] },
        ],
      },
    });
    expect(h.engine.updateSchedule({ scheduleId: "s", tags: ["a"] }, "user").revision).toBe(2);
  });

  test("change the schedule's own note, whatever stands beside its pause", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" });
    h.engine.pauseSchedule({ scheduleId: "s", note: "the disk is full" }, "user");
    expect(h.engine.updateSchedule({ scheduleId: "s", note: "ours" }, "user").ownNote).toBe("ours");
    expect(h.activity("s").at(-1)?.details).toEqual({ changes: [{ field: "note", from: null, to: "ours" }] });
  });

  test("that began from an older revision are refused", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.engine.updateSchedule({ scheduleId: "s", note: "one" }, "user");
    expect(refusal(() => h.engine.updateSchedule({ scheduleId: "s", note: "two", revision: 1 }, "user")).code).toBe(
      "CONFLICT",
    );
    expect(h.engine.getSchedule("s").note).toBe("one");
  });

  test("never change a next run that they do not concern", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom<CreateScheduleInput["spec"]>(
          { interval: "7s" },
          { interval: "1h30m" },
          { cron: "*/5 * * * *" },
          { calendar: { hour: "*/2", minute: 30 } },
        ),
        async (ms, spec) => {
          await using h = await createHarness();
          h.schedule("s", spec);
          h.clock.advance(ms);
          const before = h.engine.getSchedule("s");
          const edits: Partial<UpdateScheduleInput>[] = [
            { note: "n" },
            { tags: ["t"] },
            { spec: before.spec as never },
            { overlapPolicy: "allow_all" },
            { timeout: "5m" },
            { catchup: "all" },
            { input: { ms: 5 } as never },
          ];
          for (const edit of edits)
            expect(h.engine.updateSchedule({ scheduleId: "s", ...edit }, "user").nextRunTime).toBe(before.nextRunTime);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("of the spec begin a new phase; of something else in it do not", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(13_000);
    expect(
      h.engine.updateSchedule({ scheduleId: "s", spec: { interval: "10s", exclude: "2030-01-01" } }, "user")
        .nextRunTime,
    ).toBe(at(20));
    expect(h.engine.updateSchedule({ scheduleId: "s", spec: { interval: "20s" } }, "user").nextRunTime).toBe(at(33));
  });

  test("are never retroactive", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 9 * * *" });
    h.clock.advance(1000);
    h.engine.updateSchedule({ scheduleId: "s", spec: { cron: "0 8,9,10 * * *" } }, "user");
    h.clock.advance(1000);
    expect(h.runs("s")).toHaveLength(1);
    expect(h.engine.getSchedule("s").nextRunTime).toBe(at(3600));
  });

  test("saving a calendar moves the schedules that name it", async () => {
    await using h = await createHarness();
    h.engine.saveExclusionCalendar({ name: "holidays", entries: ["2026-03-03"] }, "user");
    h.schedule("s", { cron: "0 9 * * *", exclude: { calendar: "holidays" } });
    h.clock.advance(1000);
    expect(h.engine.getSchedule("s").nextRunTime).toBe("2026-03-04T09:00:00.000Z");
    h.engine.saveExclusionCalendar({ name: "holidays", entries: ["2026-03-04"] }, "user");
    expect(h.engine.getSchedule("s").nextRunTime).toBe("2026-03-03T09:00:00.000Z");
    expect(refusal(() => h.engine.deleteExclusionCalendar("holidays", "user")).code).toBe("CONFLICT");
    h.engine.updateSchedule({ scheduleId: "s", spec: { cron: "0 9 * * *" } }, "user");
    h.engine.deleteExclusionCalendar("holidays", "user");
  });
});

describe("an occurrence that jitter holds back", () => {
  const ten = at(3600);
  const held = async () => {
    const h = await createHarness();
    h.engine.saveExclusionCalendar({ name: "c", entries: [] }, "user");
    h.schedule("s", { cron: "0 10 * * *", jitter: "50m", exclude: { calendar: "c" } });
    h.clock.advance(3_600_001);
    expect(h.engine.getSchedule("s")).toMatchObject({ totalRuns: 0, nextRunTime: ten });
    return h;
  };

  test("outlives edits that have it too", async () => {
    await using h = await held();
    h.engine.saveExclusionCalendar({ name: "c", entries: ["2026-03-03"] }, "user");
    h.engine.updateSchedule({ scheduleId: "s", spec: { cron: "0 10,11 * * *", jitter: "50m" } }, "user");
    expect(h.engine.getSchedule("s").nextRunTime).toBe(ten);
    h.clock.advance(3_600_000);
    expect(h.runs("s")[0]?.scheduledTime).toBe(ten);
  });

  test("goes with one that has it no more, and no other of the past comes for it", async () => {
    await using h = await held();
    h.clock.advance(61_000);
    h.engine.updateSchedule({ scheduleId: "s", spec: { cron: "1 10 * * *" } }, "user");
    expect(h.engine.getSchedule("s").nextRunTime).toBe(at(25 * 3600 + 60));
  });

  test("can still be skipped", async () => {
    await using h = await held();
    h.engine.skipNext("s", ten, "user");
    h.clock.advance(3_600_000);
    expect(h.runs("s")).toEqual([]);
    expect(h.engine.getSchedule("s")).toMatchObject({ skippedRuns: 1, nextRunTime: at(25 * 3600) });
  });
});

test("a calendar that leaves nothing ends a schedule, and one that leaves something begins it again", async () => {
  await using h = await createHarness();
  h.engine.saveExclusionCalendar({ name: "c", entries: [] }, "user");
  h.schedule("s", { interval: "1h", endAt: at(30 * 3600), exclude: { calendar: "c" } });
  h.clock.advance(1000);
  h.engine.saveExclusionCalendar({ name: "c", entries: [{ from: "2026-03-01", to: "2026-04-01" }] }, "user");
  expect(h.engine.getSchedule("s").status).toBe("ended");
  expect(h.activity("s").at(-1)).toEqual({ kind: "ended", details: { reason: "endAt" } });
  h.engine.saveExclusionCalendar({ name: "c", entries: [] }, "user");
  expect(h.engine.getSchedule("s")).toMatchObject({ status: "active", nextRunTime: at(3600) });
});

describe("in bulk", () => {
  test("those already there are left alone, and an unknown one undoes all", async () => {
    await using h = await createHarness();
    for (const id of ["a", "b", "c"]) h.schedule(id, { interval: "1h" });
    h.engine.pauseSchedule({ scheduleId: "b" }, "user");
    expect(h.engine.bulk({ scheduleIds: ["a", "b", "c"], action: "pause" }, "user")).toEqual({ changed: ["a", "c"] });
    expect(refusal(() => h.engine.bulk({ scheduleIds: ["a", "x"], action: "resume" }, "user")).code).toBe("NOT_FOUND");
    expect(h.engine.getSchedule("a").status).toBe("paused");
    expect(h.engine.bulk({ scheduleIds: ["a", "b"], action: "add_tag", tag: "t" }, "user").changed).toHaveLength(2);
    expect(h.engine.bulk({ scheduleIds: ["a", "c"], action: "remove_tag", tag: "t" }, "user").changed).toEqual(["a"]);
  });
});
