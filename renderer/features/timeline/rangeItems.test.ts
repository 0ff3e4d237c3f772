import { expect, it } from "vitest";
import type { CalendarRange } from "../../../shared/api/calendars.ts";
import { runTriggers } from "../../../shared/domain/run.ts";
import { calendarItems, timelineItem } from "./rangeItems.ts";

const range = (runs: CalendarRange["runs"]): CalendarRange => ({
  runs,
  planned: [],
  omissions: [],
  counts: [],
  partly: 0,
  stretchMinutes: 15,
});

it("draws what ran for a time that was over at that time, for as long as it ran, and everything else where it ran", () => {
  const [at, startedAt, completedAt] = [
    "2026-11-30T01:07:00.000Z",
    "2026-12-01T15:00:02.000Z",
    "2026-12-01T15:00:32.000Z",
  ];
  const drawn = calendarItems(
    range(
      runTriggers.map((trigger) => ({
        ...{ runId: trigger, scheduleId: "pulse", name: "Pulse", trigger, status: "completed" as const },
        ...{ at, startedAt, completedAt },
      })),
    ),
  ).map((item) => timelineItem(item, 0));
  for (const { key, at: from, to } of drawn) {
    const belongs = ["backfill", "catchup", "retry"].includes(key) ? at : startedAt;
    expect([key, from, to - from]).toEqual([key, Date.parse(belongs), 30_000]);
  }
  expect(drawn).toHaveLength(runTriggers.length);
});

it("lets the bar of a backfill's run that goes on grow from its own time", () => {
  const startedAt = "2026-12-01T15:00:00.000Z";
  const run = { runId: "a", scheduleId: "pulse", name: "Pulse", trigger: "backfill", status: "running" } as const;
  const [item] = calendarItems(range([{ ...run, at: "2026-11-30T01:00:00.000Z", startedAt, completedAt: null }]));
  if (item === undefined) throw new Error("the run is gone");
  const { at, to } = timelineItem(item, Date.parse(startedAt) + 5000);
  expect([at, to - at]).toEqual([Date.parse("2026-11-30T01:00:00.000Z"), 5000]);
});
