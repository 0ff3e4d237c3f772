import { describe, expect, it } from "vitest";
import type { ActivityEvent, ActivityKind } from "../../shared/domain/schedule.ts";
import { createNoticeTracker } from "./notices.ts";

let ids = 100;
const event = (kind: ActivityKind, more: Partial<ActivityEvent> = {}): ActivityEvent => ({
  activityId: ++ids,
  scheduleId: "a",
  at: "2026-01-01T00:00:00.000Z",
  kind,
  actor: "engine",
  runId: null,
  details: {},
  ...more,
});
const facts = (...failing: string[]) => ({
  name: (id: string) => `Name of ${id}`,
  isFailing: (id: string) => failing.includes(id),
  isOfBackfill: (runId: string) => runId.startsWith("backfilled"),
});
const titles = (notices: { title: string }[]) => notices.map(({ title }) => title);
// The log gives the newest first.
const log = (...events: ActivityEvent[]): ActivityEvent[] => events.reverse();

describe("createNoticeTracker", () => {
  it("tells of the first failure, stays quiet through the row of them, and tells of the first success", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    const failed = event("failed", { runId: "r1", details: { error: { code: "EXIT_CODE", message: "exit code 1" } } });
    expect(tracker.take(log(failed), facts("a"))).toEqual([
      { title: "✕ Name of a failed", body: "exit code 1", path: "/runs/r1" },
    ]);
    expect(tracker.take(log(event("failed"), event("failed")), facts("a"))).toEqual([]);
    expect(tracker.take([], facts("a"))).toEqual([]);
    expect(titles(tracker.take([], facts()))).toEqual(["✓ Name of a works again"]);
    expect(tracker.take([], facts())).toEqual([]);
    expect(tracker.take(log(event("failed")), facts("a"))).toHaveLength(1);
  });

  it("tells of both where a success has followed the failure already", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    expect(titles(tracker.take(log(event("failed")), facts()))).toEqual([
      "✕ Name of a failed",
      "✓ Name of a works again",
    ]);
  });

  it("leaves the failures of a backfill to its own page", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    expect(tracker.take(log(event("failed", { runId: "backfilled-1" })), facts())).toEqual([]);
  });

  it("says nothing about what it saw, or what was there before it started", () => {
    const old = event("failed");
    const tracker = createNoticeTracker({ seenId: old.activityId });
    expect(tracker.take([old], facts("a"))).toEqual([]);
    const fresh = event("missed", { scheduleId: "b", details: { count: 6 } });
    expect(tracker.take([fresh, old], facts())).toEqual([
      { title: "▨ Name of b missed runs", body: "6 runs were missed. They can be filled in.", path: "/schedules/b" },
    ]);
    expect(tracker.take([fresh, old], facts())).toEqual([]);
  });

  it("tells of a pause that failures caused, of no other, and of a resumed run", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    expect(tracker.take(log(event("paused", { actor: "user" })), facts())).toEqual([]);
    const paused = event("paused", { actor: "failures", details: { note: "Paused after 3 failed runs in a row" } });
    expect(tracker.take(log(paused), facts())).toEqual([
      { title: "✕ Name of a was paused", body: "Paused after 3 failed runs in a row.", path: "/schedules/a" },
    ]);
    expect(titles(tracker.take(log(event("recovered", { runId: "r" })), facts()))).toEqual(["↻ Name of a was resumed"]);
    const afterQuitting = event("recovered", { runId: "r", details: { by: "quitting" } });
    expect(tracker.take(log(afterQuitting), facts())).toMatchObject([
      { body: "Almanac was quit while it ran; the run goes on." },
    ]);
  });

  it("makes one notice of many", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    const events = ["a", "b", "c", "d", "e"].map((scheduleId) => event("missed", { scheduleId }));
    const notices = tracker.take(log(...events), facts());
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ title: "5 things need a look", path: "/schedules" });
  });

  it("ignores everything else in the log", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    expect(tracker.take(log(event("created"), event("fired"), event("skipped")), facts())).toEqual([]);
  });
});
