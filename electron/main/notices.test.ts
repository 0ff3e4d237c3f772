import { describe, expect, it } from "vitest";
import type { ActivityEvent, ActivityKind } from "../../shared/domain/schedule.ts";
import { createNoticeTracker } from "./notices.ts";

let ids = 100;
const event = (kind: ActivityKind, scheduleId = "a", more: Partial<ActivityEvent> = {}): ActivityEvent => ({
  activityId: ++ids,
  scheduleId,
  at: "2026-01-01T00:00:00.000Z",
  kind,
  actor: "engine",
  runId: null,
  details: {},
  ...more,
});
const name = (id: string): string => `Name of ${id}`;
// The log gives the newest first.
const log = (...events: ActivityEvent[]): ActivityEvent[] => events.reverse();

describe("createNoticeTracker", () => {
  it("tells of the first failure, stays quiet through the row of them, and tells of the recovery", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    const failed = event("failed", "a", { runId: "r1", details: { message: "exit code 1" } });
    expect(tracker.take(log(failed), name)).toEqual([
      { title: "✕ Name of a failed", body: "exit code 1", path: "/runs/r1" },
    ]);
    expect(tracker.take(log(event("failed"), event("failed")), name)).toEqual([]);
    expect(tracker.take(log(event("recovered")), name)[0]?.title).toContain("works again");
    expect(tracker.take(log(event("failed")), name)).toHaveLength(1);
  });

  it("says nothing about what it saw, or what was there before it started", () => {
    const old = event("failed");
    const tracker = createNoticeTracker({ seenId: old.activityId });
    expect(tracker.take([old], name)).toEqual([]);
    const fresh = event("missed", "b", { details: { count: 6 } });
    expect(tracker.take([fresh, old], name)).toEqual([
      { title: "▨ Name of b missed runs", body: "6 runs were missed. They can be filled in.", path: "/schedules/b" },
    ]);
    expect(tracker.take([fresh, old], name)).toEqual([]);
  });

  it("makes one notice of many", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    const notices = tracker.take(log(...["a", "b", "c", "d", "e"].map((id) => event("missed", id))), name);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ title: "5 schedules need a look", path: "/schedules" });
  });

  it("ignores everything else in the log", () => {
    const tracker = createNoticeTracker({ seenId: 0 });
    expect(tracker.take(log(event("created"), event("fired"), event("skipped"), event("paused")), name)).toEqual([]);
  });
});
