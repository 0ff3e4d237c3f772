import { describe, expect, it } from "vitest";
import {
  compileSpec,
  type DstPolicy,
  daylightNotes,
  fireTimeOf,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  type ScheduleSpec,
} from "../index.ts";

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2027, 0, 1);
const iso = (list: readonly number[]) => list.map((at) => new Date(at).toISOString().slice(5, 16));

function notes(spec: ScheduleSpec, timezone = "Europe/Berlin") {
  return daylightNotes(compileSpec(parseSpec({ ...spec, timezone }), { anchorAt: FROM }), FROM, TO);
}

describe("notes on clock changes", () => {
  it.each<[DstPolicy, string, string[], string, string[]]>([
    ["vixie", "02:30 runs at 03:00 instead", ["03-29T01:00"], "02:30 runs once, at the first", ["10-25T00:30"]],
    ["literal", "02:30 does not run", [], "02:30 runs both times", ["10-25T00:30", "10-25T01:30"]],
    ["shift", "02:30 runs at 03:30 instead", ["03-29T01:30"], "02:30 runs once, at the first", ["10-25T00:30"]],
  ])("say what %s does to a fixed time", (dst, gap, moved, overlap, repeated) => {
    const [spring, autumn] = notes({ cron: "30 2 * * *", dst });
    expect(spring).toMatchObject({
      date: "2026-03-29",
      kind: "gap",
      offsetBeforeMs: 3_600_000,
      offsetAfterMs: 7_200_000,
    });
    expect(spring?.text).toBe(`The clock skips 02:00–03:00: ${gap}.`);
    expect(iso(spring?.affected ?? [])).toEqual(moved);
    expect(autumn).toMatchObject({ date: "2026-10-25", kind: "overlap" });
    expect(autumn?.text).toBe(`The clock shows 02:00–03:00 twice: ${overlap}.`);
    expect(iso(autumn?.affected ?? [])).toEqual(repeated);
  });

  it("tell listed times from others, and what an entry says for itself", () => {
    const [spring, autumn] = notes({
      calendar: [
        { times: ["02:15", "14:45"] },
        { hour: 2, minute: 10 },
        { every: "1h", between: ["00:30", "04:30"] },
        { minute: 50, hour: 2, dst: "shift" },
      ],
    });
    expect(spring?.text).toBe(
      "The clock skips 02:00–03:00: 02:10 and 02:15 run at 03:00 instead; 02:50 runs at 03:50 instead; 02:30 does not run.",
    );
    expect(autumn?.text).toBe(
      "The clock shows 02:00–03:00 twice: 02:10, 02:15 and 02:50 run once, at the first; 02:30 runs both times.",
    );
  });

  it("say so where nothing is touched", () => {
    for (const spec of [
      { interval: "1h" },
      { cron: "0 12 * * *" },
      { cron: "CRON_TZ=UTC 30 2 * * *" },
      { cron: "30 2 * * *", exclude: [{ month: "3,10" }] },
    ]) {
      const found = notes(spec);
      expect(found.map((note) => note.text.replace(/.*: /, ""))).toEqual([
        "no run falls in it.",
        "no run falls in it.",
      ]);
      expect(found.flatMap((note) => note.affected)).toEqual([]);
    }
    expect(notes({ cron: "30 2 * * *" }, "UTC")).toEqual([]);
  });

  it("name only instants at which the spec fires", () => {
    for (const dst of ["vixie", "literal", "shift"] as const) {
      for (const timezone of ["Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/St_Johns"]) {
        const spec: ScheduleSpec = { cron: "*/10 0-4 * * *", calendar: { hour: 2, minute: 5 }, interval: "1d", dst };
        const fired = new Set(occurrencesBetween(compileSpec({ ...spec, timezone }, { anchorAt: FROM }), FROM, TO));
        const found = notes(spec, timezone);
        expect(found.length).toBe(2);
        for (const note of found) for (const at of note.affected) expect(fired.has(at)).toBe(true);
      }
    }
  });
});

describe("jitter", () => {
  const compiled = compileSpec({ cron: "* * * * *", jitter: "5m" }, { anchorAt: 0 });

  it("is the same for the same schedule and occurrence, and never reaches the next", () => {
    let spread = 0;
    for (let at = FROM; at < FROM + 500 * 60_000; at += 60_000) {
      const fire = fireTimeOf(compiled, "backup", at);
      expect(fire).toBe(fireTimeOf(compiled, "backup", at));
      expect(fire).toBeGreaterThanOrEqual(at);
      expect(fire).toBeLessThan(nextOccurrence(compiled, at) as number);
      spread = Math.max(spread, fire - at);
    }
    expect(spread).toBeGreaterThan(50_000);
    expect(fireTimeOf(compiled, "backup", FROM)).not.toBe(fireTimeOf(compiled, "report", FROM));
  });

  it("spreads evenly from nothing to the whole", () => {
    const daily = compileSpec({ cron: "0 9 * * *", jitter: "100s" }, { anchorAt: 0 });
    const at = Date.UTC(2026, 0, 1, 9);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 5000; i++) {
      const delay = fireTimeOf(daily, `schedule-${i}`, at) - at;
      expect(delay).toBeLessThanOrEqual(100_000);
      const bucket = Math.min(9, Math.floor(delay / 10_000));
      buckets[bucket] = (buckets[bucket] as number) + 1;
    }
    for (const count of buckets) expect(count).toBeGreaterThan(350);
  });

  it("may pass endAt, and is none where none is asked for", () => {
    const ending = compileSpec({ cron: "0 9 * * *", jitter: "1h", endAt: "2026-01-01T09:00:01Z" }, { anchorAt: 0 });
    const at = Date.UTC(2026, 0, 1, 9);
    const latest = Math.max(...Array.from({ length: 50 }, (_, i) => fireTimeOf(ending, String(i), at)));
    expect(latest).toBeGreaterThan(at + 60_000);
    expect(fireTimeOf(compileSpec({ cron: "0 9 * * *" }, { anchorAt: 0 }), "x", at)).toBe(at);
  });
});
