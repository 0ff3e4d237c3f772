import { describe, expect, it } from "vitest";
import {
  briefDurationText,
  clockTime,
  durationText,
  exactInZones,
  localDate,
  rangeText,
  shortTime,
  shortTimeThere,
  zoneCity,
  zoneNote,
} from "./time.ts";

const berlin = { locale: "en-GB", zone: "Europe/Berlin" };
const at = (iso: string) => Date.parse(iso);
const now = at("2026-11-23T10:24:00Z");

describe("a time on two clocks", () => {
  const utc = { locale: "en-US", zone: "UTC" };

  it("names the zone beside a time on the schedule's clock, and none where the clock is the reader's", () => {
    expect(shortTimeThere(at("2026-11-24T08:00:00Z"), now, "Europe/Berlin", utc)).toBe("tomorrow 9:00 AM Berlin");
    expect(shortTimeThere(at("2026-11-24T08:00:00Z"), now, "Europe/Berlin", berlin)).toBe("tomorrow 09:00");
    expect(shortTimeThere(at("2026-11-24T08:00:00Z"), now, "Europe/Paris", berlin)).toBe("tomorrow 09:00");
    expect(shortTimeThere(at("2026-11-23T10:44:00Z"), now, "Europe/Berlin", utc)).toBe("in 20 min");
    // London's clock is UTC's in winter alone.
    expect(shortTimeThere(at("2026-11-24T08:00:00Z"), now, "Europe/London", utc)).toBe("tomorrow 8:00 AM");
    expect(shortTimeThere(at("2027-07-01T08:00:00Z"), now, "Europe/London", utc)).toBe("Jul 1, 2027 9:00 AM London");
  });

  it("says whose a time on the reader's clock is, or both", () => {
    const noon = at("2026-11-24T12:00:00Z");
    expect(zoneNote(noon, now, "Europe/Berlin", utc, false)).toBe("UTC");
    expect(zoneNote(noon, now, "Europe/Berlin", utc, true)).toBe("1:00 PM Berlin");
    expect(zoneNote(at("2026-11-24T23:30:00Z"), now, "Europe/Berlin", utc, true)).toBe("Wed 12:30 AM Berlin");
    expect(zoneNote(noon, now, "Europe/Berlin", berlin, true)).toBeNull();
    expect(zoneNote(now + 20 * 60_000, now, "Europe/Berlin", utc, true)).toBeNull();
    // A zone that this system does not know is shown as UTC.
    expect(zoneNote(noon, now, "Mars/Olympus", utc, true)).toBeNull();
    expect(zoneCity("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
  });
});

describe("shortTime", () => {
  it.each([
    ["2026-11-23T10:24:00.400Z", "now"],
    ["2026-11-23T10:24:12Z", "in 12 s"],
    ["2026-11-23T10:23:01Z", "59 s ago"],
    ["2026-11-23T11:00:00Z", "in 36 min"],
    ["2026-11-23T10:20:30Z", "3 min ago"],
    ["2026-11-23T13:45:00Z", "today 14:45"],
    ["2026-11-24T08:00:00Z", "tomorrow 09:00"],
    ["2026-11-22T08:00:00Z", "yesterday 09:00"],
    ["2026-11-26T08:00:00Z", "Thu 09:00"],
    ["2026-11-30T23:00:00Z", "1 Dec 00:00"],
    ["2026-11-01T08:00:00Z", "1 Nov 09:00"],
    ["2027-03-01T08:00:00Z", "1 Mar 2027 09:00"],
  ])("%s is %s", (iso, text) => {
    expect(shortTime(at(iso), now, berlin)).toBe(text);
  });

  it("tells what is over to the minute, but where its seconds are asked for, and what comes to the second", () => {
    expect(shortTime(at("2026-11-22T08:00:07.400Z"), now, berlin)).toBe("yesterday 09:00");
    expect(shortTime(at("2026-11-22T08:00:07.400Z"), now, berlin, true)).toBe("yesterday 09:00:07");
    expect(shortTime(at("2026-11-24T08:00:07.400Z"), now, berlin)).toBe("tomorrow 09:00:07");
  });

  it("counts days in the reader's zone", () => {
    // 23:30 in Berlin, already the next morning in Tokyo.
    expect(shortTime(at("2026-11-23T22:30:00Z"), now, berlin)).toBe("today 23:30");
    expect(shortTime(at("2026-11-23T22:30:00Z"), now, { locale: "en-GB", zone: "Asia/Tokyo" })).toBe("tomorrow 07:30");
  });

  it("calls the day after a 25-hour day tomorrow", () => {
    const beforeChange = at("2026-10-24T22:30:00Z");
    expect(shortTime(at("2026-10-26T22:00:00Z"), beforeChange, berlin)).toBe("tomorrow 23:00");
  });
});

describe("clockTime", () => {
  it("shows seconds only where there are any", () => {
    expect(clockTime(at("2026-11-23T08:00:00Z"), berlin)).toBe("09:00");
    expect(clockTime(at("2026-11-23T08:00:07Z"), berlin)).toBe("09:00:07");
  });

  it("has a leading nought on a clock of 24 hours only, and seconds where they are asked for", () => {
    expect(clockTime(at("2026-11-23T14:05:00Z"), { locale: "en-US", zone: "UTC" })).toMatch(/^2:05.PM$/);
    expect(clockTime(at("2026-11-23T08:05:00Z"), { locale: "de", zone: "UTC" })).toBe("08:05");
    expect(clockTime(at("2026-11-23T08:05:00Z"), berlin, "always")).toBe("09:05:00");
  });

  it("follows the chosen clock rather than the locale", () => {
    expect(clockTime(at("2026-11-23T13:00:00Z"), { ...berlin, hour12: true })).toMatch(/^2:00.pm$/i);
    expect(clockTime(at("2026-11-23T23:00:00Z"), { ...berlin, locale: "en-US", hour12: false })).toBe("00:00");
  });
});

describe("exactInZones", () => {
  it("gives both zones, or one where they are the same", () => {
    const lines = exactInZones(now, "Asia/Tokyo", berlin).split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("19:24:00");
    expect(lines[0]).toContain("Asia/Tokyo");
    expect(lines[1]).toContain("11:24:00");
    expect(exactInZones(now, "Europe/Berlin", berlin)).not.toContain("\n");
    expect(exactInZones(now, "UTC", { locale: "en-US", zone: "UTC" })).toBe("Mon, Nov 23, 2026, 10:24:00 AM UTC");
  });
});

it("localDate is the zone's own date", () => {
  expect(localDate(at("2026-12-31T23:30:00Z"), "Europe/Berlin")).toBe("2027-01-01");
  expect(localDate(at("2026-12-31T23:30:00Z"), "America/New_York")).toBe("2026-12-31");
});

it.each([
  [0, "0 s"],
  [400, "400 ms"],
  [1234, "1.2 s"],
  [5000, "5 s"],
  [12_000, "12 s"],
  [200_000, "3 min 20 s"],
  [2_390_000, "39 min"],
  [7_500_000, "2 h 5 min"],
  [7_200_000, "2 h"],
  [270_000_000, "3 d 3 h"],
])("durationText(%d) is %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it.each([
  [1234, "1.2 s"],
  [79_000, "1 min"],
  [7_500_000, "2 h"],
  [270_000_000, "3 d"],
])("briefDurationText(%d) is %s", (ms, text) => {
  expect(briefDurationText(ms)).toBe(text);
});

describe("a zone that this system does not know", () => {
  it("is shown as UTC, and said", () => {
    const lost = { locale: "en-GB", zone: "Atlantis/Lost_City" };
    expect(clockTime(at("2026-11-23T09:00:00Z"), lost)).toBe("09:00");
    expect(localDate(at("2026-11-23T23:30:00Z"), lost.zone)).toBe("2026-11-23");
    expect(exactInZones(at("2026-11-23T09:00:00Z"), lost.zone, berlin)).toContain(
      "UTC (Atlantis/Lost_City is not known here)",
    );
  });
});

it("a range is on the clock that the reader has chosen, which has no 24th hour", () => {
  const [from, to] = [Date.UTC(2026, 10, 29, 0, 15), Date.UTC(2026, 10, 29, 14, 30)];
  const text = (hour12: boolean) => rangeText(from, to, { locale: "en-US", zone: "UTC", hour12 });
  expect(text(false)).toMatch(/\b00:15\b.*\b14:30$/);
  expect(text(true)).toMatch(/\b12:15.*\b2:30\sPM$/);
});
