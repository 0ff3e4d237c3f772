import { expect, test } from "vitest";
import { messagesOf, type Notice } from "./words.ts";

const START = Date.UTC(2026, 0, 5, 7, 40);
const notice = (event: Notice["event"], name: string, more: Partial<Notice> = {}): Notice => ({
  event,
  scheduleId: name,
  name: `Name of ${name}`,
  runId: null,
  details: {},
  at: START,
  downtime: null,
  ...more,
});
const titles = (notices: Notice[], together = false, most?: number) =>
  messagesOf(notices, together, "UTC", most).map(({ title }) => title);

test("each kind says what happened, and leads to its page", () => {
  const said = (event: Notice["event"], more: Partial<Notice> = {}) => {
    const [message] = messagesOf([notice(event, "a", more)], false, "UTC");
    return [message?.title, message?.body, message?.path];
  };
  const runId = "r1";
  expect(said("failed", { runId, details: { error: { message: "exit code 1" } } })).toEqual([
    "✕ Name of a failed",
    "exit code 1",
    "/runs/r1",
  ]);
  expect(said("failed", { runId, details: { failuresInARow: 3 } })[0]).toBe("✕ Name of a failed 3 times in a row");
  expect(said("recovered", { runId })[0]).toBe("✓ Name of a works again");
  expect(said("paused", { details: { note: "Paused after 3 failed runs in a row" } })).toEqual([
    "✕ Name of a was paused",
    "Paused after 3 failed runs in a row.",
    "/schedules/a",
  ]);
  expect(said("missed", { details: { count: 6 } })).toEqual([
    "▨ Name of a missed runs",
    "6 runs were missed. They can be filled in.",
    "/schedules/a",
  ]);
  expect(said("slow", { runId, details: { slowAfterMs: 90_000 } })[1]).toBe("Its run takes longer than 1m30s.");
  expect(said("overdue", { runId, details: { dueBy: "06:00" } })[1]).toBe("Its run has not ended by 06:00.");
  expect(said("interrupted", { runId })[0]).toBe("↻ Name of a was resumed");
  expect(said("interrupted", { details: { by: "quitting" } })[1]).toBe(
    "Almanac was quit while it ran; the run goes on.",
  );
  expect(said("late_result", { runId })).toEqual([
    "… A result of Name of a came late",
    "The run had gone on without it; the result is kept beside it.",
    "/runs/r1",
  ]);
  expect(said("queued", { runId, scheduleId: null, details: { count: 2, queuedAfter: "1m", runsAtOnce: 4 } })).toEqual([
    "… 2 runs wait for room",
    "For over 1m; 4 may run at once. Raise Runs at once in Settings to start more.",
    "/runs/r1",
  ]);
});

test("what several schedules missed in one downtime is one message that accounts for it", () => {
  const downtime = { kind: "asleep", fromAt: Date.UTC(2026, 0, 4, 23, 10), toAt: START };
  const missed = [1, 2, 3].map((count) => notice("missed", `s${count}`, { details: { count }, downtime }));
  expect(titles(missed)).toEqual(["Asleep 23:10–07:40: 6 missed in 3 schedules"]);
  expect(messagesOf(missed, false, "UTC")[0]?.body.split("\n")[0]).toBe("▨ Name of s3: 3 missed");
  expect(titles(missed.slice(0, 1))).toEqual(["▨ Name of s1 missed runs"]);
});

test("more than three at once become one, as do two that were held back or that the day has no room for", () => {
  const failed = (count: number) => Array.from({ length: count }, (_, i) => notice("failed", `s${i}`));
  expect(titles(failed(3))).toHaveLength(3);
  expect(titles(failed(4))).toEqual(["4 things need a look: 4 failed"]);
  expect(titles([...failed(1), notice("recovered", "s0")], true)).toEqual([
    "2 things need a look: 1 failed, 1 work again",
  ]);
  expect(titles(failed(1), true)).toEqual(["✕ Name of s0 failed"]);
  expect(titles(failed(3), false, 1)).toHaveLength(1);
  const [many] = messagesOf(failed(50), false, "UTC");
  expect(many?.body.split("\n").at(-1)).toBe("and 30 more");
});
