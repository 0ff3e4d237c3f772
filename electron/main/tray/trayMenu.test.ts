import { describe, expect, it, vi } from "vitest";
import { type TrayActions, type TrayState, trayMenu, trayTooltip } from "./trayMenu.ts";

const now = new Date(2026, 4, 12, 10, 0).getTime();
const quiet: TrayState = { next: [], running: 0, failing: 0, active: 0, pausedHere: 0, waits: false };
const actions = (): TrayActions => ({ show: vi.fn(), pauseAll: vi.fn(), resumeAll: vi.fn(), quit: vi.fn() });
const labels = (state: TrayState) => trayMenu(state, actions(), now).map((item) => item.label);

describe("trayMenu", () => {
  it("lists the next runs in order, each leading to its schedule", () => {
    const act = actions();
    const soon = { scheduleId: "a", name: "Backup & sync", at: now + 3_600_000 };
    const items = trayMenu({ ...quiet, active: 1, next: [soon] }, act, now);
    expect(items[0]?.label).toContain("Backup && sync");
    items[0]?.click?.({} as never, undefined, {} as never);
    expect(act.show).toHaveBeenCalledWith("/schedules/a");
    expect(trayTooltip({ ...quiet, next: [soon] }, now)).toMatch(/^Almanac: Backup & sync \d/);
  });

  it("says so when nothing is planned, and offers no pause of nothing", () => {
    const items = trayMenu(quiet, actions(), now);
    expect(items[0]).toMatchObject({ label: "No active schedules", enabled: false });
    expect(items.find((item) => item.label === "Pause all")?.enabled).toBe(false);
    expect(labels({ ...quiet, active: 2 })[0]).toBe("No upcoming runs");
  });

  it("offers to resume exactly what was paused from here", () => {
    expect(labels({ ...quiet, pausedHere: 3 })).toContain("Resume 3 paused");
    expect(labels(quiet).some((label) => label?.startsWith("Resume"))).toBe(false);
  });

  it("names failures in menu and tooltip", () => {
    expect(labels({ ...quiet, failing: 2 })).toContain("✕ 2 failing");
    expect(trayTooltip({ ...quiet, failing: 2 }, now)).toBe("Almanac: 2 failing; nothing planned");
  });

  it("says what it waits for before it quits, and offers nothing that would begin anew", () => {
    expect(labels({ ...quiet, active: 3, running: 2, waits: true })).toEqual([
      "Quits when 2 runs have ended",
      undefined,
      "Open Almanac",
      "Stop them and quit…",
    ]);
    expect(trayTooltip({ ...quiet, running: 1, waits: true }, now)).toBe("Almanac quits when 1 run has ended");
  });

  it("says that all is paused, and not that nothing is planned", () => {
    expect(trayTooltip({ ...quiet, pausedHere: 1 }, now)).toBe("Almanac: 1 schedule is paused");
    expect(trayTooltip({ ...quiet, pausedHere: 12 }, now)).toBe("Almanac: 12 schedules are paused");
  });

  it("tells days apart by weekday, then by date", () => {
    const at = (days: number) => ({ scheduleId: "a", name: "x", at: new Date(2026, 4, 12 + days, 9, 0).getTime() });
    const [tomorrow, later] = labels({ ...quiet, active: 2, next: [at(1), at(20)] });
    expect(tomorrow).toContain(new Date(at(1).at).toLocaleDateString(undefined, { weekday: "short" }));
    expect(later).toContain(new Date(at(20).at).toLocaleDateString(undefined, { day: "numeric", month: "short" }));
  });
});
