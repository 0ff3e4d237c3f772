import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../../../shared/schedule/texts/spec.ts";
import { fromSpec } from "./draft.ts";
import { beside, mayBeTyped, readPasted, whyNot } from "./paste.ts";
import { specArbitrary } from "./testing/specArbitrary.ts";

const cards = (text: string) => readPasted(text)?.cards.map((card) => card.value);

describe("readPasted", () => {
  it("takes a cron line, also one of a crontab with its command", () => {
    expect(cards("30 8 * * 1-5")).toEqual(["30 8 * * 1-5"]);
    expect(cards("@daily")).toEqual(["@daily"]);
    expect(cards("0 5 * * 1 tar -zcf /var/backups/home.tgz /home/")).toEqual(["0 5 * * 1"]);
    expect(cards("@reboot /bin/true")).toEqual([{ boot: true }]);
  });

  it("takes a crontab: comments and variables apart, its zone kept", () => {
    const read = readPasted("# m h dom mon dow\nCRON_TZ=Europe/Berlin\nMAILTO=root\n0 9 * * * a\n0 17 * * 5 b\n");
    expect(read?.cards.map((card) => card.value)).toEqual(["0 9 * * *", "0 17 * * 5"]);
    expect(read?.spec).toEqual({ cron: ["0 9 * * *", "0 17 * * 5"], timezone: "Europe/Berlin" });
  });

  it("keeps the zones of a crontab that changes them between its lines", () => {
    const read = readPasted("0 8 * * * a\nCRON_TZ=Asia/Tokyo\n0 9 * * * b\nTZ=Europe/Berlin\n0 9 * * * c\n");
    expect(read?.spec).toBeNull();
    expect(read?.cards.map((card) => card.value)).toEqual([
      "0 8 * * *",
      "CRON_TZ=Asia/Tokyo 0 9 * * *",
      "CRON_TZ=Europe/Berlin 0 9 * * *",
    ]);
  });

  it("brings the zone of a spec along beside other entries, and names what it leaves", () => {
    const pasted = readPasted(
      '{"cron":"0 9 * * *","timezone":"Asia/Tokyo","startAt":"2026-01-01T00:00:00Z","jitter":"30s"}',
    );
    expect(beside(pasted!, "Europe/Berlin")).toEqual({
      cards: [{ kind: "cron", value: "CRON_TZ=Asia/Tokyo 0 9 * * *" }],
      lost: ["its start", "its jitter"],
    });
    expect(beside(pasted!, "Asia/Tokyo").cards).toEqual([{ kind: "cron", value: "0 9 * * *" }]);
    const entry = readPasted('{"calendar":{"hour":9},"timezone":"Asia/Tokyo"}');
    expect(beside(entry!, "Europe/Berlin").lost).toEqual(["its zone Asia/Tokyo"]);
    expect(beside(readPasted("15m")!, "Europe/Berlin")).toEqual({
      cards: [{ kind: "interval", value: "15m" }],
      lost: [],
    });
  });

  it("takes an interval in short and in words", () => {
    for (const [text, value] of [
      ["15m", "15m"],
      ["every 15 minutes", "15m"],
      ["1 hour and 30 minutes", "1h30m"],
      ["every day", "1d"],
      ["2h 30m", "2h30m"],
      ["@every 90m", "90m"],
    ] as const) {
      expect(readPasted(text)).toEqual({ cards: [{ kind: "interval", value }], exclusions: [], spec: null });
    }
    expect(readPasted("500ms")).toBeNull();
  });

  it("takes JSON of an entry, a list, an interval, a spec and a schedule", () => {
    expect(readPasted('{"dayOfWeek":"mon-fri","hour":9}')?.cards).toEqual([
      { kind: "calendar", value: { dayOfWeek: "mon-fri", hour: 9 } },
    ]);
    expect(readPasted('[{"hour":9},{"hour":17}]')?.cards).toHaveLength(2);
    expect(readPasted('{"every":"90m","from":"completion"}')?.cards[0]?.kind).toBe("interval");
    expect(readPasted('{"every":"15m","between":["09:00","17:00"]}')?.cards[0]?.kind).toBe("calendar");
    expect(readPasted('{"name":"x","spec":{"cron":"0 9 * * *","timezone":"Asia/Tokyo"}}')?.spec).toEqual({
      cron: "0 9 * * *",
      timezone: "Asia/Tokyo",
    });
    expect(readPasted('["0 9 * * *","5m"]')?.cards.map((card) => card.kind)).toEqual(["cron", "interval"]);
  });

  it("knows what a field is meant to keep", () => {
    expect(mayBeTyped("0 9 * * *", true)).toBe(true);
    expect(mayBeTyped("0 9 * * *", false)).toBe(false);
    expect(mayBeTyped("9:30 pm", false)).toBe(true);
    for (const text of ['{"hour":9}', "0 9 * * *\n0 17 * * *"]) expect(mayBeTyped(text, true)).toBe(false);
    expect(mayBeTyped("0 9 * * *\n", true)).toBe(true);
  });

  it("takes the JSON of every accepted spec", () => {
    fc.assert(
      fc.property(specArbitrary, (spec) => {
        try {
          parseSpec(spec, { unknownZone: "keep" });
        } catch {
          fc.pre(false);
        }
        const read = readPasted(JSON.stringify(spec));
        expect(read?.spec).toEqual(spec);
        expect(read?.cards.map((card) => card.value)).toEqual(fromSpec(spec).cards.map((card) => card.value));
      }),
      { numRuns: 200 },
    );
  });

  it("reads other programs' texts and words", () => {
    expect(readPasted("0 0 12 ? * 2")).toMatchObject({
      cards: [{ kind: "cron", value: "0 12 * * 1" }],
      notes: [expect.stringMatching(/Taken as Quartz/)],
    });
    expect(readPasted("Mon *-*-1..7 03:00")?.cards).toEqual([
      { kind: "calendar", value: { dayOfWeek: 1, weekOfMonth: 1, hour: 3, minute: 0 } },
    ]);
    expect(readPasted("2027-12-24 18:00")?.cards).toEqual([{ kind: "at", value: "2027-12-24T18:00" }]);
    expect(readPasted('{"at":["2027-12-24T18:00"]}')?.spec).toEqual({ at: ["2027-12-24T18:00"] });
  });

  it("leaves other text alone", () => {
    for (const text of ["", "hello", "0 9 *", "{", "null", "[]", '{"a":1}', "0 9 * * *\nnot a line", "99 99 * * *"]) {
      expect(readPasted(text)).toBeNull();
    }
  });
});

it("what is not understood is answered with what to do", () => {
  expect(whyNot("weekdays at 9 except holidays")).toMatch(/^Which days are holidays is said by an exclusion calendar/);
  expect(whyNot("daily at 9 in Munich")).toMatch(/^No time zone is named after "munich"/);
  expect(whyNot("{}")).toMatch(/^A cron line, an interval/);
  expect(readPasted("daily at 9 in Berlin except weekends")).toMatchObject({
    exclusions: [{ dayOfWeek: "sat,sun" }],
    spec: { timezone: "Europe/Berlin" },
  });
});
