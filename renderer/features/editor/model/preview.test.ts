import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSpec, countBetween, occurrencesBetween } from "../../../../shared/schedule/index.ts";
import { wordsText } from "../../../../shared/schedule/testing/arbitraries.ts";
import type { DstPolicy, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { createCollisionSearch } from "./collisions.ts";
import { convertCard } from "./convert.ts";
import { beginsPhase, differenceOf, differenceText } from "./difference.ts";
import { fromSpec, toSpec } from "./draft.ts";
import { coversDate, removedBy } from "./effects.ts";
import { readPasted } from "./paste.ts";
import { previewOf, yearSpan } from "./preview.ts";

const now = Date.parse("2026-11-23T10:00:00Z");
const context = { anchorAt: now };
const preview = (spec: ScheduleSpec) => previewOf(spec, context, now, 2026);
const iso = (times: readonly number[]) => times.map((at) => new Date(at).toISOString());

describe("previewOf", () => {
  it("shows the next ten runs, the year's days and a sentence", () => {
    const shown = preview({ calendar: [{ dayOfMonth: [1, 15], times: ["00:00"] }], timezone: "Europe/Berlin" });
    expect(iso(shown.next).slice(0, 2)).toEqual(["2026-11-30T23:00:00.000Z", "2026-12-14T23:00:00.000Z"]);
    expect(shown.next).toHaveLength(10);
    expect(shown.runsInYear).toBe(24);
    expect(shown.days.get("2026-12-15")).toEqual({ runs: 1, removed: 0 });
    expect(shown.sentence).toContain("15th");
  });

  it("counts on each day what fires, and what exclusions take away", () => {
    const shown = preview({
      calendar: [{ dayOfWeek: "mon-fri", times: ["08:30", "14:45"] }],
      exclude: [{ month: 12, dayOfMonth: "24-31" }],
      timezone: "Europe/Berlin",
    });
    expect(shown.days.get("2026-12-23")).toEqual({ runs: 2, removed: 0 });
    expect(shown.days.get("2026-12-24")).toEqual({ runs: 0, removed: 2 });
    expect(shown.days.get("2026-12-26")).toBeUndefined();
    const [from, to] = yearSpan("Europe/Berlin", 2026);
    expect(shown.runsInYear).toBe(countBetween(shown.compiled!, from, to));
  });

  it("says that an interval without a phase of its own fires at the moment that becomes its phase", () => {
    for (const spec of [
      { interval: "5m" },
      { interval: [{ every: "1d", from: "completion" as const }], cron: "0 9 * * *" },
      { interval: ["1h", { every: "7m", anchor: "2026-01-01T00:00:00Z" }] },
    ])
      expect(preview(spec).beginsNow).toBe(true);
    for (const spec of [
      { cron: "0 * * * *" },
      { interval: { every: "7m", anchor: "2026-01-01T00:00:00Z" } },
      { interval: "5m", startAt: "2026-11-23T10:00:00Z" },
      { interval: "5m", exclude: ["2026-11-23"] },
      { interval: "5m", endAt: "2026-11-23T10:00:00Z" },
    ])
      expect(preview(spec).beginsNow).toBe(false);
    // One whose phase began before goes on with that.
    expect(previewOf({ interval: "5m" }, { anchorAt: now - 60_000 }, now, 2026)).toMatchObject({
      beginsNow: false,
      next: expect.arrayContaining([now + 240_000]),
    });
  });

  it("begins a new phase where an edit changes the interval or the start, and nowhere else", () => {
    const before: ScheduleSpec = { interval: "5m", timezone: "UTC" };
    expect(beginsPhase(before, { ...before, timezone: "Europe/Berlin", exclude: ["2026-12-24"] })).toBe(false);
    expect(beginsPhase(before, { ...before, startAt: null })).toBe(false);
    expect(beginsPhase(before, { ...before, interval: "6m" })).toBe(true);
    expect(beginsPhase(before, { ...before, startAt: "2027-01-01T00:00:00Z" })).toBe(true);
  });

  it("previews whatever is read of a text that is put together of its words", () => {
    fc.assert(
      fc.property(wordsText, (text) => {
        const pasted = readPasted(text);
        if (pasted?.spec) expect(preview(pasted.spec).sentence).not.toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  it("names the fields of a date that never comes", () => {
    const shown = preview({ calendar: [{ dayOfMonth: 31, month: 2, times: ["09:00"] }] });
    expect(shown.neverFires).toBe("Days of the month and months never match together.");
    expect(shown.neverFires).not.toContain("calendar[0]");
    expect(shown.issues.find((issue) => issue.path === "calendar[0].month")?.message).toContain("days of the month");
    expect(shown.issues.map((issue) => issue.path)).toEqual(
      expect.arrayContaining(["calendar[0].dayOfMonth", "calendar[0].month"]),
    );
  });

  it("keeps a zone that this system does not know, and says so", () => {
    const spec = { cron: "0 9 * * *", timezone: "Atlantis/Lost_City" };
    const shown = preview(spec);
    expect(shown.unknownZone).toBe("Atlantis/Lost_City");
    expect(shown.zone).toBe("UTC");
    expect(shown.next).toHaveLength(10);
    expect(toSpec(fromSpec(spec))).toEqual(spec);
  });

  it("gives the fields of a refused spec instead of throwing", () => {
    expect(preview({ calendar: [{ hour: 99 }] }).issues[0]?.path).toBe("calendar[0].hour");
    expect(preview({ cron: "0 9 * *" }).issues[0]?.path).toBe("cron");
    expect(preview({ cron: "0 9 * * *", exclude: [{ calendar: "gone" }] }).issues[0]?.path).toContain("exclude[0]");
    expect(preview({}).compiled).toBeNull();
  });
});

describe("exclusions' effects", () => {
  it("counts what each exclusion takes away by itself", () => {
    const spec: ScheduleSpec = { calendar: [{ times: ["09:00"] }] };
    const [from, to] = yearSpan("UTC", 2026);
    const removed = removedBy(
      spec,
      ["2026-05-01", { from: "2026-05-01", to: "2026-05-03" }, { month: 2 }],
      context,
      from,
      to,
    );
    expect(removed).toEqual([1, 3, 28]);
  });

  it("covers exactly the dates on which the matcher then has no run", () => {
    const calendars = new Map([
      ["holidays", { name: "holidays", entries: ["2026-06-01", { month: 7, dayOfMonth: "1-3" }] }],
    ]);
    const exclusion = fc.constantFrom(
      "2026-06-02",
      { from: "2026-06-10", to: "2026-07-05" },
      { calendar: "holidays" },
      { dayOfWeek: "sat,sun" },
      { dayOfWeek: "fri", weekOfMonth: -1 },
      { dayOfWeek: "mon", between: ["00:00", "12:00"] as const },
    );
    const day = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(exclusion, day, (value, offset) => {
        const from = Date.UTC(2026, 4, 1) + offset * 86_400_000;
        const compiled = compileSpec({ calendar: { every: "1m" }, exclude: [value] }, { anchorAt: 0, calendars });
        const none = countBetween(compiled, from, from + 86_400_000) === 0;
        expect(coversDate(value, new Date(from).toISOString().slice(0, 10), calendars)).toBe(none);
      }),
    );
  });
});

describe("differenceOf", () => {
  const compiled = (spec: ScheduleSpec) => compileSpec(spec, context);

  it("says how many runs move, come and go", () => {
    const before = compiled({ calendar: [{ dayOfWeek: "mon-fri", times: ["09:00"] }] });
    const later = compiled({ calendar: [{ dayOfWeek: "mon-fri", times: ["08:30"] }] });
    const moved = differenceOf(before, later, now);
    expect(differenceText(moved)).toBe("22 runs move");
    expect(iso([moved.nextBefore!, moved.nextAfter!])).toEqual([
      "2026-11-24T09:00:00.000Z",
      "2026-11-24T08:30:00.000Z",
    ]);
    const more = compiled({ calendar: [{ dayOfWeek: "mon-fri", times: ["09:00", "17:00"] }] });
    expect(differenceText(differenceOf(before, more, now))).toBe("22 runs are added");
    expect(differenceText(differenceOf(before, before, now))).toBeNull();
  });

  it("looks a year ahead where the next 30 days are the same", () => {
    const daily = (dst: "vixie" | "literal") =>
      compiled({ calendar: [{ times: ["02:30"] }], timezone: "Europe/Berlin", dst });
    // In March 02:30 is skipped and in October it comes twice.
    expect(differenceText(differenceOf(daily("vixie"), daily("literal"), now))).toBe("1 run moves");
  });

  it("compares only as far as it has counted", () => {
    const difference = differenceOf(compiled({ cron: "* * * * * *" }), compiled({ cron: "0 * * * * *" }), now);
    expect(difference.until).toBe(now + 2000 * 1000);
    expect(difference.removed).toBe(2000 - Math.floor(2000 / 60));
  });
});

describe("an entry that never fires", () => {
  const issues = (spec: ScheduleSpec) => previewOf(spec, context, now, 2026).issues;

  it("is told at its fields, also beside entries that do", () => {
    expect(issues({ calendar: [{ hour: 9 }, { dayOfMonth: 31, month: [2, 4], times: ["09:00"] }] })).toEqual([
      { path: "calendar[1].dayOfMonth", given: undefined, message: "Never together with these months." },
      { path: "calendar[1].month", given: undefined, message: "Never together with these days of the month." },
    ]);
  });

  it("is not one whose time is over, or that others make rare", () => {
    expect(issues({ calendar: [{ hour: 9 }, { year: 2020, month: 2, dayOfMonth: 29 }] })).toEqual([]);
    expect(
      issues({
        calendar: [
          { dayOfMonth: 29, month: 2, dayOfWeek: "mon" },
          { weekOfMonth: 5, month: 2 },
        ],
      }),
    ).toEqual([]);
  });
});

describe("createCollisionSearch", () => {
  it("names the schedules that fire at the same instants", () => {
    const find = createCollisionSearch(
      [
        { scheduleId: "a", name: "Backup", spec: { cron: "30 8 * * *" }, anchorAt: 0 },
        { scheduleId: "b", name: "Report", spec: { interval: "30m" }, anchorAt: 0 },
        {
          scheduleId: "c",
          name: "Elsewhere",
          spec: { cron: "0 9 * * *", timezone: "Atlantis/Lost_City" },
          anchorAt: 0,
        },
      ],
      new Map(),
    );
    const times = [
      Date.parse("2026-11-24T08:30:00Z"),
      Date.parse("2026-11-24T09:00:00Z"),
      Date.parse("2026-11-24T09:01:00Z"),
    ];
    const search = find(times);
    let step = search.next();
    while (!step.done) step = search.next();
    expect(step.value).toEqual([
      { at: times[0], names: ["Backup", "Report"] },
      { at: times[1], names: ["Report"] },
    ]);
    expect(find([]).next()).toEqual({ done: true, value: [] });
  });

  it("lets go of the page after every few schedules, also while it compiles them", () => {
    const others = Array.from({ length: 100 }, (_, i) => ({
      scheduleId: `s${i}`,
      name: `s${i}`,
      spec: { cron: `${i % 60} 8 * * *` },
      anchorAt: 0,
    }));
    const search = createCollisionSearch(others, new Map())([Date.parse("2026-11-24T08:30:00Z")]);
    let pauses = 0;
    let step = search.next();
    for (; !step.done; step = search.next()) pauses++;
    expect(pauses).toBeGreaterThanOrEqual(5);
    expect(step.value.map(({ names }) => names)).toEqual([["s30", "s90"]]);
  });
});

describe("convertCard", () => {
  const card = (spec: ScheduleSpec) => fromSpec(spec).cards[0]!;
  const specOf = (cards: readonly { kind: string; value: unknown }[]): ScheduleSpec => ({
    cron: cards.filter((c) => c.kind === "cron").map((c) => c.value as string),
    calendar: cards.filter((c) => c.kind === "calendar").map((c) => c.value as object),
  });
  const runs = (spec: ScheduleSpec) => {
    const kept = Object.fromEntries(Object.entries(spec).filter(([, value]) => (value as unknown[]).length > 0));
    return occurrencesBetween(compileSpec(kept, context), now, now + 400 * 86_400_000, 3000);
  };

  it("keeps every run where nothing is lost, there and back", () => {
    const entry = fc.record(
      {
        dayOfWeek: fc.constantFrom("mon-fri", "tue", "sat,sun"),
        month: fc.constantFrom("1-6", 12, [1, 4, 7, 10]),
        times: fc.uniqueArray(fc.constantFrom("00:00", "08:30", "09:00", "14:45"), { minLength: 1 }),
      },
      { requiredKeys: ["times"] },
    );
    fc.assert(
      fc.property(entry, (value) => {
        const there = convertCard(card({ calendar: value }), "cron", { zone: "UTC" }, now);
        expect(there.lost).toEqual([]);
        expect(runs(specOf(there.cards))).toEqual(runs({ calendar: [value] }));
        const back = there.cards.flatMap(
          (c, i) => convertCard({ ...c, id: `c${i}` } as never, "calendar", { zone: "UTC" }, now).cards,
        );
        expect(runs(specOf(back))).toEqual(runs({ calendar: [value] }));
      }),
      { numRuns: 30 },
    );
  });

  it("names what cron cannot say", () => {
    expect(convertCard(card({ calendar: { year: 2030 } }), "cron", { zone: "UTC" }, now)).toEqual({
      cards: [],
      lost: ["Cron has no years."],
    });
    expect(convertCard(card({ calendar: { hour: 9, comment: "standup" } }), "cron", { zone: "UTC" }, now)).toEqual({
      cards: [{ kind: "cron", value: "0 9 * * *" }],
      lost: ["Cron has no comments."],
    });
    expect(convertCard(card({ interval: "7m" }), "cron", { zone: "UTC" }, now).cards).toEqual([]);
    expect(convertCard(card({ cron: "nonsense" }), "calendar", { zone: "UTC" }, now).cards).toEqual([]);
  });

  it("names what becomes of times at clock changes only where cron treats them otherwise", () => {
    const twice = card({ calendar: { times: ["02:30", "14:45"], dst: "literal" } });
    const lost = (dst?: DstPolicy) => convertCard(twice, "cron", { zone: "Europe/Berlin", dst }, now).lost.length;
    expect([lost(), lost("vixie"), lost("literal"), lost("shift")]).toEqual([1, 1, 0, 1]);
  });

  it("says an interval as times of day with its phase", () => {
    const at = Date.parse("2026-11-23T10:05:00Z");
    expect(convertCard(card({ interval: "15m" }), "calendar", { zone: "UTC" }, at).cards).toEqual([
      { kind: "calendar", value: { every: "15m", between: ["00:05", "23:50"] } },
    ]);
    expect(convertCard(card({ interval: "1d" }), "cron", { zone: "UTC" }, at).cards).toEqual([
      { kind: "cron", value: "5 10 * * *" },
    ]);
    // 23 November 2026 is a Monday.
    expect(convertCard(card({ interval: "1w" }), "cron", { zone: "UTC" }, at)).toEqual({
      cards: [{ kind: "cron", value: "5 10 * * 1" }],
      lost: [],
    });
    expect(convertCard(card({ interval: "2w" }), "calendar", { zone: "UTC" }, at).cards).toEqual([]);
  });

  it("says that hours count real time, and days do not", () => {
    const lost = (every: string) =>
      convertCard(card({ interval: every }), "calendar", { zone: "Europe/Berlin" }, now).lost;
    expect(lost("1d")).toEqual([]);
    for (const every of ["24h", "15m"]) expect(lost(every)).toEqual([expect.stringContaining("real time")]);
  });
});
