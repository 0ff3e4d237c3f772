import { describe, expect, test } from "vitest";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** Two schedules every 10 s, one of which needs an exclusion calendar that is gone, as a restored backup may leave it. */
async function withBroken(): Promise<Harness> {
  const h = await createHarness();
  h.engine.saveExclusionCalendar({ name: "c", entries: [] }, "user");
  h.schedule("broken", { interval: "10s", exclude: { calendar: "c" } });
  h.schedule("sound", { interval: "10s" });
  return h;
}

const loseCalendar = (h: Harness): void => void h.database.sql.exec("delete from exclusion_calendars");
const isParked = (h: Harness): void =>
  expect(h.engine.getSchedule("broken")).toMatchObject({
    status: "paused",
    pausedBy: "engine",
    note: expect.stringContaining("Cannot fire"),
  });

describe("a schedule that cannot fire is paused with the reason, and holds up no other", () => {
  test("when it comes due", async () => {
    await using h = await withBroken();
    h.clock.advance(1000);
    loseCalendar(h);
    await h.off(1000);
    h.clock.advance(20_000);
    isParked(h);
    expect(h.runs("sound").length).toBeGreaterThanOrEqual(3);
  });

  test("when a long gap is accounted for", async () => {
    await using h = await withBroken();
    h.clock.advance(1000);
    loseCalendar(h);
    await h.off(100_000);
    h.clock.advance(20_000);
    isParked(h);
    expect(h.omissions("sound")).toMatchObject([{ kind: "missed", count: 10 }]);
    expect(h.runs("sound").map((run) => run.scheduledTime)).toEqual([at(0), at(110), at(120)]);
    expect(await h.engine.recount()).toEqual([]);
  });

  test("when its pause ends", async () => {
    await using h = await withBroken();
    h.clock.advance(1000);
    h.engine.pauseSchedule({ scheduleId: "broken", until: at(30) }, "user");
    loseCalendar(h);
    await h.off(1000);
    h.clock.advance(50_000);
    isParked(h);
    expect(h.runs("sound").map((run) => run.scheduledTime)).toEqual([0, 10, 20, 30, 40, 50].map(at));
  });

  test("when the clock was set back", async () => {
    await using h = await withBroken();
    h.clock.advance(100_000);
    loseCalendar(h);
    h.clock.shiftWall(-3_600_000);
    await h.off(1000);
    h.clock.advance(50_000);
    isParked(h);
    expect(h.runs("sound").length).toBeGreaterThanOrEqual(15);
  });

  test("when a run ends that its interval counts from", async () => {
    await using h = await createHarness();
    h.engine.saveExclusionCalendar({ name: "c", entries: [] }, "user");
    const interval = { every: "10s", from: "completion" as const };
    h.schedule("broken", { interval, exclude: { calendar: "c" } }, { ms: 5000 });
    h.clock.advance(1000);
    loseCalendar(h);
    await h.off(1000, { crash: true });
    h.clock.advance(20_000);
    isParked(h);
    expect(h.runs("broken")).toMatchObject([{ status: "completed" }]);
  });

  test("when it is edited or deleted while nothing runs", async () => {
    await using h = await withBroken();
    h.clock.advance(1000);
    loseCalendar(h);
    await h.engine.stop(0);
    h.clock.freeze(100_000);
    // What reads the calendars anew, as another process does.
    h.engine.saveExclusionCalendar({ name: "other", entries: [] }, "user");
    expect(h.engine.updateSchedule({ scheduleId: "broken", spec: { interval: "20s" } }, "cli").status).toBe("paused");
    expect(h.engine.resumeSchedule("broken", "cli").status).toBe("active");
    expect(h.engine.deleteSchedule("broken", "cli").status).toBe("deleted");
  });
});
