import { expect, it } from "vitest";
import { isConcerned, paceOf } from "./concerns.ts";

const key = (path: string, input?: Record<string, unknown>) => [path.split("."), { input, type: "query" }];

it("a query about one thing is left alone by changes that name others", () => {
  const about = key("schedules.get", { scheduleId: "a" });
  expect(isConcerned(about, [{ topic: "schedules", ids: ["b"] }])).toBe(false);
  expect(isConcerned(about, [{ topic: "schedules", ids: ["b", "a"] }])).toBe(true);
  expect(isConcerned(about, [{ topic: "schedules" }])).toBe(true);
  expect(isConcerned(key("schedules.list", { search: "x" }), [{ topic: "schedules", ids: ["b"] }])).toBe(true);
});

it("runs concern their lists, their schedules and the calendar, and not the settings", () => {
  const change = [{ topic: "runs" as const, ids: ["r1"] }];
  expect(isConcerned(key("runs.get", { runId: "r2" }), change)).toBe(false);
  expect(isConcerned(key("runs.list", { scheduleId: "a" }), change)).toBe(true);
  expect(isConcerned(key("schedules.get", { scheduleId: "a" }), change)).toBe(true);
  expect(isConcerned(key("calendarView.between", { from: "", to: "" }), change)).toBe(true);
  expect(isConcerned(key("system.settings"), change)).toBe(false);
});

it("schedules concern what runs say of theirs, and no log", () => {
  const change = [{ topic: "schedules" as const, ids: ["a"] }];
  expect(isConcerned(key("runs.get", { runId: "r1" }), change)).toBe(true);
  expect(isConcerned(key("runs.list", { scheduleId: "a" }), change)).toBe(true);
  expect(isConcerned(key("runs.list", { scheduleId: "b" }), change)).toBe(false);
  expect(isConcerned(key("runs.logs", { runId: "r1" }), change)).toBe(false);
});

it("a run that was read is left alone by schedules that are not its own", () => {
  const about = key("runs.get", { runId: "r1" });
  const run = { scheduleId: "a", waitingFor: null };
  const other = [{ topic: "schedules" as const, ids: ["b"] }];
  expect(isConcerned(about, other, run)).toBe(false);
  expect(isConcerned(about, [{ topic: "schedules", ids: ["b", "a"] }], run)).toBe(true);
  expect(isConcerned(about, [{ topic: "schedules" }], run)).toBe(true);
  expect(isConcerned(about, [...other, { topic: "runs", ids: ["r1"] }], run)).toBe(true);
  expect(isConcerned(about, [...other, { topic: "runs", ids: ["r2"] }], run)).toBe(false);
  // One of a workflow alone has none, and of one that is not read yet nobody knows it.
  expect(isConcerned(about, [{ topic: "schedules" }], { ...run, scheduleId: null })).toBe(false);
  expect(isConcerned(about, other, undefined)).toBe(true);
});

it("a run's place in a line moves with other runs", () => {
  const about = key("runs.get", { runId: "r1" });
  const pool = { kind: "pool", pool: "db", limit: 1, place: 3 };
  const change = [{ topic: "runs" as const, ids: ["r2"] }];
  expect(isConcerned(about, change, { scheduleId: "a", waitingFor: pool })).toBe(true);
  expect(isConcerned(about, change, { scheduleId: "a", waitingFor: { kind: "overlap" } })).toBe(false);
});

it("settings concern the settings alone; logs are followed by their own view", () => {
  expect(isConcerned(key("system.settings"), [{ topic: "settings" }])).toBe(true);
  expect(isConcerned(key("system.status"), [{ topic: "settings" }])).toBe(false);
  expect(isConcerned(key("runs.logs", { runId: "r1" }), [{ topic: "logs", ids: ["r1"] }])).toBe(false);
});

it("what is read on demand or is no query of the API stays as it is", () => {
  expect(isConcerned(key("schedules.specs"), [{ topic: "schedules" }])).toBe(false);
  expect(isConcerned(["other"], [{ topic: "schedules" }])).toBe(false);
});

it("the calendar follows at a slower pace", () => {
  expect(paceOf(key("calendarView.between"))).toBe("costly");
  expect(paceOf(key("schedules.list"))).toBe("quick");
});
