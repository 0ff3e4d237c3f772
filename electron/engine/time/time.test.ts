import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const times = (h: Harness, id: string): (string | null)[] => h.runs(id).map((run) => run.scheduledTime);
const noneTwice = (h: Harness, id: string): void => expect(new Set(times(h, id)).size).toBe(times(h, id).length);

describe("the wall clock jumps forward", () => {
  test.each([30_000, HOUR, DAY, 40 * DAY])(
    "by %i ms: handled by policy, recorded, and the next is on time",
    async (jump) => {
      await using h = await createHarness();
      h.schedule("none", { interval: "10s" });
      h.schedule("latest", { interval: "10s" }, {}, { catchup: "latest" });
      h.schedule("all", { interval: "1h" }, {}, { catchup: "all" });
      h.schedule("nightly", { cron: "0 3 * * *" });
      h.clock.advance(15_000);
      h.clock.shiftWall(jump);
      h.clock.advance(20_000);
      const late = jump > 60_000;
      for (const id of ["none", "latest", "all", "nightly"]) {
        noneTwice(h, id);
        const { totalRuns, missedRuns, skippedRuns } = h.engine.getSchedule(id);
        // Every occurrence up to now has exactly one record.
        const now = h.clock.now();
        const due =
          {
            none: Math.floor((now - START) / 10_000) + 1,
            latest: Math.floor((now - START) / 10_000) + 1,
            all: Math.floor((now - START) / HOUR) + 1,
            nightly: Math.floor((now - START + 6 * HOUR) / DAY),
          }[id] ?? 0;
        expect([id, totalRuns + missedRuns + skippedRuns]).toEqual([id, due]);
        expect(h.errors).toEqual([]);
      }
      if (late) {
        expect(h.omissions("none")).toMatchObject([{ kind: "missed", reason: "asleep" }]);
        expect(h.runs("latest").filter((run) => run.trigger === "catchup")).toHaveLength(1);
        if (jump <= 7 * DAY) expect(h.omissions("all")).toEqual([]);
        else expect(h.omissions("all")).toMatchObject([{ reason: "past_window" }]);
      }
      expect(h.activity(null).map((event) => event.kind)).toContain("clock_changed");
      const last = h.runs("none").at(-1);
      expect(Date.parse(last?.startedAt ?? "") - Date.parse(last?.scheduledTime ?? "")).toBeLessThanOrEqual(1000);
      expect(await h.engine.recount()).toEqual([]);
    },
  );
});

describe("the wall clock jumps back", () => {
  test.each([30_000, HOUR, DAY])(
    "by %i ms: nothing fires twice, intervals go on within one interval, it is logged",
    async (jump) => {
      await using h = await createHarness();
      h.schedule("interval", { interval: "10s" });
      h.schedule("cron", { cron: "*/10 * * * * *" });
      h.clock.advance(100_000);
      const before = h.runs("interval").length;
      h.clock.shiftWall(-jump);
      h.clock.advance(11_000);
      expect(h.runs("interval").length).toBeGreaterThan(before);
      h.clock.advance(60_000);
      expect(h.runs("interval").length).toBeGreaterThanOrEqual(before + 6);
      if (jump <= HOUR) h.clock.advance(jump + 60_000);
      for (const id of ["interval", "cron"]) noneTwice(h, id);
      // The cron goes on where it left off, and has missed nothing of the time that passed twice.
      expect(h.engine.getSchedule("cron")).toMatchObject({ missedRuns: 0, skippedRuns: 0 });
      expect(h.activity(null).map((event) => event.kind)).toContain("clock_changed");
      expect(await h.engine.recount()).toEqual([]);
      expect(h.errors).toEqual([]);
    },
  );

  test("while nothing ran: found out at the next start", async () => {
    await using h = await createHarness();
    h.schedule("interval", { interval: "10s" });
    h.clock.advance(60_000);
    h.clock.shiftWall(-DAY);
    await h.off(1000, { crash: true });
    const before = h.runs("interval").length;
    h.clock.advance(11_000);
    expect(h.runs("interval").length).toBeGreaterThan(before);
    noneTwice(h, "interval");
  });

  test("forward and back again: what was missed ahead is not over, and runs", async () => {
    await using h = await createHarness();
    h.schedule("daily", { cron: "0 10 * * *" });
    h.schedule("tick", { interval: "1m" });
    h.clock.advance(1000);
    h.clock.shiftWall(40 * DAY);
    h.clock.advance(1000);
    expect(h.engine.getSchedule("daily").missedRuns).toBe(40);
    h.clock.shiftWall(-40 * DAY);
    h.clock.advance(2 * HOUR);
    expect(times(h, "daily")).toEqual([at(3600)]);
    expect(h.engine.getSchedule("daily").missedRuns).toBe(0);
    expect(h.omissions("daily")).toEqual([]);
    noneTwice(h, "tick");
    expect(h.runs("tick").length).toBeGreaterThan(115);
    expect(await h.engine.recount()).toEqual([]);
  });
});

test("a schedule that a jump forward has ended goes on when the clock is back", async () => {
  await using h = await createHarness();
  h.schedule("s", { cron: "0 * * * *", endAt: new Date(START + 2 * DAY).toISOString() });
  h.schedule("spent", { interval: "1h" }, {}, { maxRuns: 1 });
  h.clock.advance(1000);
  h.clock.shiftWall(4 * DAY);
  h.clock.advance(1000);
  expect(h.engine.getSchedule("s")).toMatchObject({ status: "ended", missedRuns: 47 });
  h.clock.shiftWall(-4 * DAY);
  h.clock.advance(2 * HOUR);
  expect(h.engine.getSchedule("s")).toMatchObject({ status: "active", missedRuns: 0, totalRuns: 3 });
  expect(h.engine.getSchedule("spent")).toMatchObject({ status: "ended", totalRuns: 1 });
  noneTwice(h, "s");
  expect(await h.engine.recount()).toEqual([]);
});

test("a clock set back keeps no retry waiting for longer than its backoff", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" }, { failing: [1] }, { maxAttempts: 3, retryDelay: "5s" });
  h.clock.advance(2000);
  h.clock.shiftWall(-HOUR);
  h.clock.advance(4000);
  expect(h.runs("s")[0]).toMatchObject({ status: "completed", attempt: 2 });
});

test("any sequence of jumps: nothing twice, counters equal the rows", async () => {
  const step = fc.record({
    jump: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
    run: fc.integer({ min: 0, max: 120_000 }),
    crash: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      await using h = await createHarness();
      h.schedule("i", { interval: "30s" }, {}, { catchup: "latest" });
      h.schedule("c", { cron: "*/5 * * * *" }, { ms: 400 }, { catchup: "all" });
      h.schedule("n", { cron: "* * * * *", jitter: "20s" }, { ms: 90_000 });
      for (const { jump, run, crash } of steps) {
        h.clock.advance(run);
        h.clock.shiftWall(jump);
        if (crash) await h.off(500, { crash: true });
      }
      h.clock.advance(200_000);
      for (const id of ["i", "c", "n"]) noneTwice(h, id);
      expect(await h.engine.recount()).toEqual([]);
      expect(h.errors).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

describe("sleep and stalls", () => {
  test("asleep, as the system tells it: one record, and the policy once", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, {}, { catchup: "latest" });
    h.clock.advance(1000);
    h.engine.suspended(h.clock.now());
    h.clock.shiftWall(8.5 * HOUR);
    h.engine.resumed(h.clock.now());
    h.clock.advance(1000);
    expect(times(h, "s")).toEqual([at(0), at(8 * 3600)]);
    expect(h.database.sql.prepare("select kind, due, ran, skipped, missed from downtimes").all()).toEqual([
      { kind: "asleep", due: 8, ran: 1, skipped: 7, missed: 0 },
    ]);
  });

  test("asleep from between a look at the clock and the firing: the same", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, {}, { catchup: "latest" });
    h.clock.advance(1000);
    h.clock.shiftWallOnceRead(8.5 * HOUR);
    h.clock.advance(2000);
    expect(times(h, "s")).toEqual([at(0), at(8 * 3600)]);
    expect(h.database.sql.prepare("select kind, due, ran, skipped, missed from downtimes").all()).toEqual([
      { kind: "asleep", due: 8, ran: 1, skipped: 7, missed: 0 },
    ]);
  });

  test.each([10_000, 60_000])("a loop blocked for %i ms loses nothing and leaves one record", async (stall) => {
    await using h = await createHarness();
    h.schedule("s", { interval: "5s" });
    h.clock.advance(7000);
    h.clock.freeze(stall);
    h.clock.advance(4000);
    expect(times(h, "s")).toEqual(Array.from({ length: Math.floor((stall + 11_000) / 5000) + 1 }, (_, i) => at(i * 5)));
    expect(h.omissions("s")).toEqual([]);
    expect(h.database.sql.prepare("select kind, missed from downtimes").all()).toEqual([
      { kind: "stalled", missed: 0 },
    ]);
    for (const run of h.runs("s"))
      expect(Date.parse(run.startedAt ?? "") - Date.parse(run.scheduledTime ?? "")).toBeLessThanOrEqual(stall + 1000);
  });

  test("what a blocked loop made late runs back to back, with no wait between", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "2s" }, { ms: 10 });
    h.clock.advance(1000);
    h.clock.freeze(50_000);
    h.clock.advance(1000);
    expect(h.omissions("s")).toEqual([]);
    expect(h.runs("s").filter((run) => run.status === "completed")).toHaveLength(26);
  });

  test.each(["stalled", "asleep"] as const)("%s for ten minutes: catch-up by policy, once", async (kind) => {
    await using h = await createHarness();
    h.schedule("none", { interval: "10s" });
    h.schedule("latest", { interval: "10s" }, {}, { catchup: "latest" });
    h.clock.advance(5000);
    if (kind === "stalled") h.clock.freeze(600_000);
    else h.clock.shiftWall(600_000);
    h.clock.advance(900);
    expect(h.omissions("none")).toMatchObject([{ kind: "missed", reason: kind, count: 60 }]);
    expect(h.runs("latest").map((run) => run.trigger)).toEqual(["schedule", "catchup"]);
    h.clock.advance(10_000);
    expect(h.runs("none").at(-1)?.scheduledTime).toBe(at(610));
  });
});

test("next runs in 24.8, 25, 90 and 400 days do not fire early", async () => {
  await using h = await createHarness();
  for (const days of [24.8, 25, 90, 400]) h.schedule(`d${days}`, { interval: "500d", startAt: at(days * 86_400) });
  h.clock.advance(60_000);
  for (const days of [24.8, 25, 90, 400]) expect(h.runs(`d${days}`)).toEqual([]);
});

describe("a zone's clock changes", () => {
  /** The instants at which the zone's clock shows a time of day, found by looking at every minute. */
  function shown(timezone: string, time: string, from: number, to: number): number[] {
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" });
    const found: number[] = [];
    for (let minute = from; minute < to; minute += 60_000) if (clock.format(minute) === time) found.push(minute);
    return found;
  }
  const sleepUntil = (h: Harness, instant: number): void => {
    h.clock.shiftWall(instant - h.clock.now());
    h.clock.advance(1000);
  };

  test.each([
    ["vixie", Date.UTC(2026, 2, 8, 7, 0)],
    ["literal", null],
    ["shift", Date.UTC(2026, 2, 8, 7, 30)],
  ] as const)(
    "%s: a skipped time fires as it is told, whether the engine is on, off or asleep then",
    async (dst, moved) => {
      for (const away of ["on", "off", "asleep"] as const) {
        await using h = await createHarness();
        h.schedule("s", { cron: "30 2 * * *", timezone: "America/New_York", dst }, {}, { catchup: "all" });
        sleepUntil(h, Date.UTC(2026, 2, 8, 6, 59));
        if (away === "on") h.clock.advance(HOUR);
        else if (away === "off") await h.off(HOUR, { crash: true });
        sleepUntil(h, Date.UTC(2026, 2, 10, 12));
        const expected = shown("America/New_York", "02:30", START, h.clock.now());
        if (moved !== null) expected.push(moved);
        expect([away, ...times(h, "s")]).toEqual([
          away,
          ...expected.sort((a, b) => a - b).map((instant) => new Date(instant).toISOString()),
        ]);
      }
    },
  );

  test("a repeated time fires once where it is fixed, and both times where it is not", async () => {
    await using h = await createHarness();
    const [startAt, endAt] = ["2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"];
    const bounds = { timezone: "Europe/London", startAt, endAt };
    h.schedule("fixed", { cron: "30 1 * * *", ...bounds }, {}, { catchup: "all" });
    h.schedule("half", { cron: "*/30 * * * *", ...bounds }, {}, { catchup: "all" });
    sleepUntil(h, Date.UTC(2026, 9, 25, 0, 15));
    h.clock.advance(HOUR / 2);
    await h.off(100, { crash: true });
    h.clock.advance(HOUR);
    sleepUntil(h, Date.parse(endAt) + HOUR);
    const [first, again, next] = shown("Europe/London", "01:30", Date.parse(startAt), Date.parse(endAt));
    expect((again ?? 0) - (first ?? 0)).toBe(HOUR);
    expect(times(h, "fixed").map((time) => Date.parse(time ?? ""))).toEqual([first, next]);
    expect(h.runs("half")).toHaveLength((Date.parse(endAt) - Date.parse(startAt)) / (HOUR / 2));
    noneTwice(h, "half");
  });
});
