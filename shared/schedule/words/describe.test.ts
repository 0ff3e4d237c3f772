import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CalendarEntry,
  compileSpec,
  describeEntry,
  describeSpec,
  occurrencesBetween,
  parseSpec,
  type ScheduleSpec,
} from "../index.ts";
import { entryCase, exclusionCase } from "../testing/arbitraries.ts";

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 2, 20);

/** The instants around a clock change, around a leap day and at the end of a year, as one text. */
function instantsOf(spec: ScheduleSpec): string {
  const compiled = compileSpec(parseSpec(spec), { anchorAt: FROM });
  const stretches = [FROM, Date.UTC(2028, 1, 26), Date.UTC(2026, 9, 20), Date.UTC(2027, 11, 20)];
  return stretches.map((from) => occurrencesBetween(compiled, from, from + 15 * DAY, 1500).join(",")).join("|");
}

describe("a spec in words", () => {
  it.each<[ScheduleSpec, string]>([
    [
      {
        calendar: [{ dayOfWeek: "mon-fri", times: ["08:30", "14:45"] }],
        exclude: [{ month: 12, dayOfMonth: "24-31" }],
        timezone: "Europe/Berlin",
      },
      "At 08:30 and 14:45 on weekdays, except 24–31 December, Europe/Berlin",
    ],
    [{ cron: "*/5 9-17 * * *" }, "Every 5 minutes from 09:00 to 17:55, UTC"],
    [{ cron: "0 9-17 * * 1" }, "Every hour from 09:00 to 17:00 on Mondays, UTC"],
    [{ cron: "0 0 13 * 5" }, "At 00:00 on the 13th of the month or on Fridays, UTC"],
    [{ cron: "0 */2 * * *" }, "Every 2 hours, UTC"],
    [{ cron: "* * * * * *" }, "Every second, UTC"],
    [{ calendar: { dayOfWeek: "tue", weekOfMonth: 2, hour: 9 } }, "At 09:00 on the second Tuesday of the month, UTC"],
    [
      { calendar: { dayOfMonth: ["L", "15W"], month: "jan,jul" } },
      "At 00:00 on the last day and the weekday nearest the 15th of January and July, UTC",
    ],
    [
      { calendar: { dayOfMonth: 13, dayOfWeek: "fri", year: 2026 } },
      "At 00:00 on the 13th of the month in 2026 where that is a Friday, UTC",
    ],
    [{ calendar: { every: "5m", between: ["22:00", "06:00"] } }, "Every 5 minutes from 22:00 to 06:00, UTC"],
    [{ calendar: { every: "1h", between: ["22:00", "06:30"] } }, "Every hour from 22:00 to 06:30, UTC"],
    [{ calendar: { every: "1h", between: ["17:00", "16:00"] } }, "Every hour, UTC"],
    [
      { calendar: { dayOfWeek: "mon-fri", every: "15m", between: ["22:00", "06:00"] } },
      "Every 15 minutes from 00:00 to 06:00 and from 22:00 to 23:45 on weekdays, UTC",
    ],
    [
      { calendar: { dayOfWeek: "mon", every: "2h", between: ["23:00", "05:00"] } },
      "Every 2 hours from 01:00 to 05:00 and at 23:00 on Mondays, UTC",
    ],
    [
      { cron: "0 * * * *", exclude: [{ between: ["22:00", "06:00"] }, { dayOfWeek: 1, between: ["22:00", "06:00"] }] },
      "Every hour, except from 22:00 to 06:00 and from 00:00 to 06:00 and from 22:00 to 24:00 on Mondays, UTC",
    ],
    [
      { calendar: { dayOfWeek: "sat", every: "15m", between: ["10:01", "18:02"] } },
      "Every 15 minutes from 10:01 to 18:02 on Saturdays, UTC",
    ],
    [{ interval: "90m" }, "Every 90 minutes"],
    [{ on: { after: { scheduleId: "backup" } } }, "After backup completes"],
    [
      { on: [{ boot: true }, { wake: true }, { after: { scheduleId: "backup", outcome: "failed" } }] },
      "When the machine has started; when the machine wakes; and after backup fails",
    ],
    [{ cron: "0 9 * * *", on: { start: true } }, "At 09:00 every day; and when Almanac starts, UTC"],
    [{ interval: ["1s", "1h30m"] }, "Every second; and every 1 hour 30 minutes"],
    [
      { interval: { every: "1d", from: "completion", anchor: "2026-01-01T09:30:00Z" } },
      "1 day after each run ends from 1 January 2026 09:30 UTC",
    ],
    [{ cron: ["0 9 * * *", "0 12 * * 6"] }, "At 09:00 every day; and at 12:00 on Saturdays, UTC"],
    [
      {
        cron: "0 9 * * *",
        exclude: ["2026-05-01", { calendar: "holidays" }],
        startAt: "2026-01-01T00:00:00Z",
        endAt: "2027-01-01T00:00:00Z",
        jitter: "30s",
        dst: "shift",
      },
      'At 09:00 every day, except the calendar "holidays" and 1 May 2026, from 1 January 2026 00:00, until 1 January 2027 00:00, delayed by up to 30 seconds, moving times the clock skips later by as much, UTC',
    ],
    [{ cron: "CRON_TZ=Asia/Tokyo 0 9 * * *" }, "At 09:00 every day (Asia/Tokyo)"],
    [{ cron: "*/10 9 * * *" }, "Every 10 minutes from 09:00 to 09:50, UTC"],
    [{ cron: "23 */2 * * *" }, "Every 2 hours from 00:23 to 22:23, UTC"],
    [{ cron: "30 * * * *" }, "At minute 30 of every hour, UTC"],
    [{ cron: "30 * * * * *" }, "At second 30 of every minute, UTC"],
    [{ cron: "*/7 * * * *" }, "At every 7th minute from 0 to 56 of every hour, UTC"],
    [{ cron: "*/5 0-8,18-23 * * *" }, "Every 5 minutes in hours 0–8 and 18–23, UTC"],
    [{ cron: "0 0 */2 * *" }, "At 00:00 on every 2nd day from the 1st to the 31st of the month, UTC"],
    [{ cron: "0 0 * * 1-4" }, "At 00:00 on Monday–Thursday, UTC"],
    [{ calendar: { minute: "*/5" } }, "Every 5 minutes from 00:00 to 00:55, UTC"],
    [{ calendar: { every: "24h" } }, "At 00:00 every day, UTC"],
    [{ calendar: { every: "15m" } }, "Every 15 minutes, UTC"],
    [{ calendar: { year: "*/4" } }, "At 00:00 every day in every 4th year from 1900 to 9996, UTC"],
    [{ calendar: { month: 3, year: 2027 } }, "At 00:00 every day in March 2027, UTC"],
    [{ calendar: { month: 3, year: "2026-2030" } }, "At 00:00 every day in March of 2026–2030, UTC"],
    [
      { calendar: { dayOfWeek: "mon-fri", weekOfMonth: [1, -1] } },
      "At 00:00 on the 1st–7th and last seven days of the month where that is a weekday, UTC",
    ],
    [{ interval: "0w1d" }, "Every day, UTC"],
    [{ interval: "1w", timezone: "Europe/Berlin" }, "Every week, Europe/Berlin"],
    [{ interval: "2h", exclude: "2026-05-01" }, "Every 2 hours, except 1 May 2026, UTC"],
    [
      { interval: "90s", jitter: "10s", startAt: "2026-01-01T00:00:00Z", timezone: "Europe/Berlin" },
      "Every 90 seconds, from 1 January 2026 00:00 UTC, delayed by up to 10 seconds",
    ],
    [
      {
        cron: "0 9 * * *",
        exclude: ["2026-12-26", "2026-12-24", "2026-12-25", "2027-01-01", { between: ["12:00", "13:00"] }],
      },
      "At 09:00 every day, except from 12:00 to 13:00, 24–26 December 2026 and 1 January 2027, UTC",
    ],
    [
      { cron: "0 9 * * *", exclude: { from: "2026-12-24", to: "2026-12-31" } },
      "At 09:00 every day, except 24–31 December 2026, UTC",
    ],
    [
      { cron: "0 9 * * *", exclude: { month: 12, dayOfMonth: 25, year: 2027 } },
      "At 09:00 every day, except 25 December 2027, UTC",
    ],
  ])("%j", (spec, text) => {
    expect(describeSpec(parseSpec(spec))).toBe(text);
  });

  it("can leave the zone out", () => {
    expect(describeSpec({ cron: "0 9 * * *", timezone: "Europe/Berlin" }, { zone: false })).toBe("At 09:00 every day");
    expect(describeEntry({ dayOfWeek: "sun" }, "exclude")).toBe("on Sundays");
    expect(describeEntry({ dayOfWeek: "sun" })).toBe("at 00:00 on Sundays");
  });

  it("differs wherever the instants do", () => {
    const spec: fc.Arbitrary<ScheduleSpec> = fc.record({
      calendar: fc.array(
        entryCase(60).map((c) => c.entry),
        { minLength: 1, maxLength: 2 },
      ),
      exclude: fc.array(
        exclusionCase(20_535).map((c) => c.exclusion),
        { maxLength: 2 },
      ),
      dst: fc.constantFrom("vixie", "literal", "shift"),
    });
    const seen = new Map<string, { instants: string; spec: ScheduleSpec }>();
    fc.assert(
      fc.property(spec, (one) => {
        const zoned = { ...one, timezone: "Europe/Berlin" };
        const text = describeSpec(zoned);
        const instants = instantsOf(zoned);
        const other = seen.get(text);
        if (other)
          expect(instants, `${text}\n${JSON.stringify(other.spec)}\n${JSON.stringify(zoned)}`).toBe(other.instants);
        else seen.set(text, { instants, spec: zoned });
      }),
      { numRuns: 1500 },
    );
  });

  it("differs wherever the instants do, over every combination of a few forms", () => {
    const forms = {
      dayOfMonth: [undefined, 1, "1-3", "L", -2, "15W", "LW", "1,L"],
      dayOfWeek: [undefined, 1, "mon-fri", "0,6"],
      weekOfMonth: [undefined, 1, -1, [1, 5]],
      month: [undefined, 3, "3-5"],
      hour: [undefined, "*", "*/2", "1-9", [1, 3, 5, 7, 9, 11, 13]],
      minute: [undefined, "*", "*/5", "*/7", [1, 2]],
    };
    let entries: CalendarEntry[] = [{}];
    for (const [field, values] of Object.entries(forms)) {
      entries = entries.flatMap((entry) =>
        values.map((value) => (value === undefined ? entry : { ...entry, [field]: value })),
      );
    }
    const seen = new Map<string, string>();
    for (const entry of entries) {
      const text = describeEntry(entry);
      const instants = instantsOf({ calendar: entry });
      expect(seen.get(text) ?? instants, `${text} ${JSON.stringify(entry)}`).toBe(instants);
      seen.set(text, instants);
    }
    expect(seen.size).toBeGreaterThan(5000);
  });

  it("changes with every field", () => {
    const base = {
      dayOfMonth: "1-15",
      month: "1-6",
      dayOfWeek: "1-4",
      weekOfMonth: 2,
      year: "2026-2030",
      hour: "1-20",
      minute: "1-40",
      second: "1-30",
    };
    const text = describeEntry(base);
    const changed: Record<keyof typeof base, string | number> = {
      dayOfMonth: "1-14",
      month: "1-5",
      dayOfWeek: "1-3",
      weekOfMonth: 1,
      year: "2026-2029",
      hour: "1-19",
      minute: "1-39",
      second: "1-29",
    };
    const texts = Object.entries(changed).map(([field, value]) => describeEntry({ ...base, [field]: value }));
    for (const other of texts) expect(other).not.toBe(text);
    expect(new Set(texts).size).toBe(texts.length);
    const dropped = Object.keys(base).map((field) => describeEntry({ ...base, [field]: undefined }));
    expect(new Set([...dropped, text]).size).toBe(dropped.length + 1);
  });
});
