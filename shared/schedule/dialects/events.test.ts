import { expect, test } from "vitest";
import { SpecError } from "../errors.ts";
import type { ScheduleSpec } from "../types.ts";
import { describeSpec } from "../words/describe.ts";
import { resolveSchedules } from "./events.ts";
import { parseWhen } from "./parseWhen.ts";

const after = (scheduleId: string, rest: object = {}) => ({ after: { scheduleId, ...rest } });

test.each<[string, ScheduleSpec["on"]]>([
  ["at boot", { boot: true }],
  ["on reboot", { boot: true }],
  ["When the machine starts", { boot: true }],
  ["5 min after boot", { boot: true, delay: "5m" }],
  ["when Almanac starts", { start: true }],
  ["an hour and 30 minutes after the computer wakes up", { wake: true, delay: "1h30m" }],
  ["on wake", { wake: true }],
  ["after backup", after("backup")],
  ["after Nightly backup completes", after("Nightly backup")],
  ["when the schedule Nightly backup fails", after("Nightly backup", { outcome: "failed" })],
  ['after "backup and prune" ends', after("backup and prune", { outcome: "ended" })],
  ["after backup and prune", after("backup and prune")],
  ["on failure of backup", after("backup", { outcome: "failed" })],
  ["1h30m after backup", { ...after("backup"), delay: "1h30m" }],
  ["at boot, on wake and after backup", [{ boot: true }, { wake: true }, after("backup")]],
  ["after a completes and when b fails", [after("a"), after("b", { outcome: "failed" })]],
])("%s", (text, on) => {
  expect(parseWhen(text)).toMatchObject({ dialect: "words", spec: { on } });
});

test("events stand beside times, whichever comes first, and times stay one phrase", () => {
  const calendar = { dayOfWeek: "mon,wed,fri", times: ["09:00"] };
  for (const text of [
    "monday, wednesday and friday at 9:00 and after backup",
    "after backup and monday, wednesday and friday at 9:00",
  ]) {
    expect(parseWhen(text, { timezone: "Europe/Berlin" })).toMatchObject({
      spec: { calendar, on: after("backup"), timezone: "Europe/Berlin" },
    });
  }
});

test("what is guessed is said", () => {
  expect(parseWhen("on startup").notes.join()).toContain("the machine's start");
  expect(parseWhen("after backup finishes").notes.join()).toContain("read as completing");
});

test.each([
  "after 9:00",
  "when it rains",
  "after lunch at 9",
  "every 5 minutes after backup",
  "0 minutes after boot",
  "1 month after boot",
  `${"after a, ".repeat(60)}monday`,
  'after "backup',
])("%s is no event", (text) => {
  expect(() => parseWhen(text)).toThrow(SpecError);
});

test("a schedule is found by its id, or by a name that one alone has", () => {
  const schedules = [
    { scheduleId: "backup", name: "Nightly backup" },
    { scheduleId: "a", name: "Twice" },
    { scheduleId: "b", name: "twice" },
  ];
  const resolved = (id: string) => resolveSchedules({ on: [after(id), { boot: true }] }, schedules);
  expect(resolved("backup")).toEqual({ on: [after("backup"), { boot: true }] });
  expect(resolved("nightly BACKUP")).toEqual({ on: [after("backup"), { boot: true }] });
  expect(() => resolved("twice")).toThrow(/an id is expected: a, b/);
  expect(() => resolved("nothing")).toThrow(/there is none "nothing"/);
  const spec: ScheduleSpec = { on: { ...after("backup", { outcome: "failed" }), delay: "90s" } };
  expect(describeSpec(spec, { zone: false })).toBe("90 seconds after backup fails");
  const nameOf = (id: string) => schedules.find(({ scheduleId }) => scheduleId === id)?.name;
  expect(describeSpec(spec, { zone: false, nameOf })).toBe("90 seconds after Nightly backup fails");
  expect(describeSpec({ on: { boot: true, delay: "5m" } }, { zone: false })).toBe(
    "5 minutes after the machine has started",
  );
});

test.each(["BST 0 9 * * *", "0 9 * * * BST", "weekdays at 9 BST", "Mon 09:00 BST"])(
  "%s: the abbreviation is named with what it could mean",
  (text) => {
    expect(() => parseWhen(text)).toThrow(/BST.* could mean Europe\/London or Asia\/Dhaka/);
  },
);

test("an abbreviation that IANA has is refused before cron's fields with where it is taken, and taken in words", () => {
  expect(() => parseWhen("EST 0 9 * * *")).toThrow(/CRON_TZ=EST 0 9/);
  expect(parseWhen("weekdays at 9 EST")).toMatchObject({
    spec: { timezone: "EST" },
    notes: [expect.stringContaining("no clock changes")],
  });
});
