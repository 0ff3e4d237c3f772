import { expect, it } from "vitest";
import { type ActivityEvent, type ActivityKind, activityKinds } from "../../../shared/domain/schedule.ts";
import { activityText, changesOf, changeValue, gatherFirings } from "./activityText.ts";

const event = (kind: ActivityKind, details: Record<string, unknown> = {}): ActivityEvent => ({
  activityId: 1,
  scheduleId: "s",
  at: "2026-01-01T00:00:00Z",
  kind,
  actor: "user",
  runId: null,
  details,
  importId: null,
  undone: false,
});
const say = (kind: ActivityKind, details?: Record<string, unknown>) =>
  activityText(event(kind, details), (iso) => iso.slice(11, 16));

it("says something for every kind, whatever its details hold", () => {
  for (const kind of activityKinds) {
    expect(say(kind)).toMatch(/^[A-Z]/);
    expect(say(kind, { count: "x", reason: 7, error: null, scheduledTime: 5 })).not.toMatch(/undefined|\[object|NaN/);
  }
});

it("says what did not run and why", () => {
  expect(say("skipped", { reason: "overlap", scheduledTime: "2026-01-01T09:00:00Z" })).toBe(
    "Run for 09:00 skipped: the run before it was still going",
  );
  expect(say("missed", { reason: "asleep", count: 6 })).toBe("6 runs missed: this computer was asleep");
  expect(say("failed", { scheduledTime: "2026-01-01T09:00:00Z", error: { message: "exit 1" } })).toBe(
    "Run for 09:00 failed: exit 1",
  );
});

it("says by which event it fired", () => {
  expect(say("fired", { event: "after:r1+300000", source: "Backup" })).toBe("Fired 5 min after a run of Backup");
  expect(say("fired", { event: "boot:x" })).toBe("Fired after the machine's start");
  expect(say("fired", { event: "wake:5" })).toBe("Fired after the machine woke");
  expect(say("fired", { event: "start:5" })).toBe("Fired after Almanac's start");
});

it("says what agents asked, how often, and what was refused", () => {
  expect(say("asked", { tool: "read", what: "schedule", count: 1 })).toBe("Looked at: schedule");
  expect(say("asked", { tool: "preview", what: "backfill", count: 4, lastAt: "2026-01-01T09:05:00Z" })).toBe(
    "Previewed: backfill, 4 times up to 09:05",
  );
  expect(say("asked", { tool: "run", what: "trigger", count: 1, refused: "FORBIDDEN: needs run" })).toBe(
    "Asked for a run: trigger; refused: FORBIDDEN: needs run",
  );
});

it("says why Almanac itself changed something", () => {
  expect(say("edited", { note: "fires as before" })).toBe("Edited: fires as before");
  expect(say("edited")).toBe("Edited");
});

it("reads the differences of an edit and leaves out what is none", () => {
  expect(changesOf(event("edited", { changes: [{ field: "name", from: "a", to: "b" }, null, 5] }))).toEqual([
    { field: "name", from: "a", to: "b" },
  ]);
  expect(changesOf(event("edited", { changes: "no" }))).toEqual([]);
  expect(changeValue({ cron: "0 9 * * *" })).toBe('{"cron":"0 9 * * *"}');
  expect(changeValue({ on: { after: { scheduleId: "a" } }, timezone: "UTC" }, () => "Backup")).toBe(
    "After Backup completes",
  );
  expect(changeValue({ on: 5 })).toBe('{"on":5}');
  expect(changeValue(null)).toBe("nothing");
});

it("gathers firings with nothing between them, and leaves out none", () => {
  const kinds: ActivityKind[] = [
    ...Array<ActivityKind>(5).fill("fired"),
    "failed",
    "fired",
    "fired",
    "edited",
    "fired",
  ];
  const events = kinds.map((kind) => event(kind));
  const gathered = gatherFirings(events);
  expect(gathered.map((entry) => (Array.isArray(entry) ? entry.length : entry.kind))).toEqual([
    5,
    "failed",
    "fired",
    "fired",
    "edited",
    "fired",
  ]);
  expect(gathered.flat()).toEqual(events);
  // What was caught up after a downtime is news.
  expect(gatherFirings(Array.from({ length: 5 }, () => event("fired", { catchup: true })))).toHaveLength(5);
});

it("what an import did is told as its own, and so is what its undo did", () => {
  const said = (kind: ActivityKind, details: Record<string, unknown> = {}) =>
    activityText({ ...event(kind, details), importId: "i" }, String);
  expect(["created", "edited", "paused", "restored"].map((kind) => said(kind as ActivityKind))).toEqual([
    "Imported",
    "Edited in an import",
    "Paused in an import",
    "Restored in an import",
  ]);
  expect(said("deleted", { undo: true })).toBe("Deleted: its import was undone");
  expect(said("edited", { undo: true, changes: [] })).toBe("As before its import, which was undone");
});
