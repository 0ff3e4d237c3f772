import { defaultParseSearch } from "@tanstack/react-router";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as schemas from "./search.ts";

const { calendarSearch, newScheduleSearch, runsSearch, schedulesSearch, unreadIn } = schemas;
const pages = [
  ["schedules", schedulesSearch],
  ["schedule", schemas.scheduleSearch],
  ["new", newScheduleSearch],
  ["range", schemas.rangeSearch],
  ["runs", runsSearch],
  ["compare", schemas.compareSearch],
  ["calendar", calendarSearch],
] as const;

test("what cannot be read is named with what was given and what is taken", () => {
  expect(unreadIn(runsSearch, { status: "nonsense", schedule: "a" })).toEqual([
    { name: "status", given: "nonsense", takes: expect.stringMatching(/^buffered, pending, .* or \w+$/) },
  ]);
  const calendarDate = "a date such as 2026-11-30, from 1900-01-01 to 9998-12-31";
  for (const date of ["2026-99-99", "9999-12-31", "0001-01-01"])
    expect(unreadIn(calendarSearch, { date })).toEqual([{ name: "date", given: date, takes: calendarDate }]);
  expect(unreadIn(calendarSearch, { date: "9998-12-31" })).toEqual([]);
  expect(unreadIn(runsSearch, { from: "soon", to: "2026-11-30T10:00:00Z" })).toMatchObject([{ name: "from" }]);
  expect(unreadIn(schedulesSearch, { folded: ["nope"], desc: "yes" })).toMatchObject([
    { given: '["nope"]', takes: expect.stringMatching(/^a list of/) },
    { takes: "true or false" },
  ]);
  expect(unreadIn(runsSearch, { colour: "red" })).toEqual([{ name: "colour", given: "red", takes: null }]);
  expect(unreadIn(null, { any: 1 })).toEqual([{ name: "any", given: "1", takes: null }]);
  expect(unreadIn(newScheduleSearch, { at: "2026-11-30T09:00", template: "daily-backup", run: 5 })).toEqual([]);
});

/** Parameters as people, other programs and the pages write them, with values for the pages' own names. */
const names = pages.flatMap(([, schema]) => Object.keys(schema.shape));
const value = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom("failed", "2026-11-30", "2026-11-30T09:00", "true", "%", "%E0"),
);
const address = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names, "__proto__", "constructor"), fc.string()), value))
    .map((pairs) => pairs.map(([name, text]) => `${name}=${text}`).join("&")),
);

test.each(pages)("no address makes the page %s throw, and what is left of it is all read", (_, schema) => {
  fc.assert(
    fc.property(address, (text) => {
      const given = defaultParseSearch(`?${text}`) as Record<string, unknown>;
      const read = schema.parse(given) as Record<string, unknown>;
      const unread = new Set(unreadIn(schema, given).map(({ name }) => name));
      expect(unreadIn(schema, read)).toEqual([]);
      for (const name of Object.keys(schema.shape))
        if (given[name] !== undefined) expect(read[name] === undefined).toBe(unread.has(name));
    }),
  );
});
