import { Menu, nativeImage, Tray } from "electron";
import type { AlmanacApp } from "../api/context.ts";
import icon from "./icons/tray.png?inline";
import iconTemplate from "./icons/trayTemplate.png?inline";
import { type TrayState, trayMenu, trayTooltip } from "./trayMenu.ts";

/** Setting: ids of the schedules that "Pause all" paused, so that "Resume all" resumes no other. */
const pausedHereSetting = "desktop.pausedAll";
const nextShown = 5;
/** Short times ("10:05") go stale without any change in the data. */
const refreshMs = 30_000;
const settleMs = 1_000;

/** Puts Almanac in the tray, kept up to date with the engine. Returns the way to take it out again. */
export function createTray(
  app: AlmanacApp,
  actions: { show(path: string): void; quit(): void; waits(): boolean },
): () => void {
  const image = nativeImage.createFromDataURL(process.platform === "darwin" ? iconTemplate : icon);
  image.setTemplateImage(process.platform === "darwin");
  const tray = new Tray(image);
  let scheduled: NodeJS.Timeout | undefined;
  let shown = "";

  const refresh = (): void => {
    scheduled = undefined;
    const state = { ...readState(app), waits: actions.waits() };
    const menu = trayMenu(
      state,
      {
        ...actions,
        pauseAll: () => pauseAll(app),
        resumeAll: () => resumeAll(app),
      },
      Date.now(),
    );
    const tooltip = trayTooltip(state, Date.now());
    // A menu that is open closes when another takes its place, so one that would say the same does not.
    const says = JSON.stringify([menu, state.next.map(({ scheduleId }) => scheduleId), tooltip]);
    if (says === shown) return;
    shown = says;
    tray.setContextMenu(Menu.buildFromTemplate(menu));
    tray.setToolTip(tooltip);
  };
  // A menu is built anew each time, so a burst of changes makes one.
  const refreshSoon = (): void => {
    if (scheduled === undefined) scheduled = setTimeout(refresh, settleMs);
  };

  tray.on("click", () => actions.show("/schedules"));
  const stopFollowing = app.engine.onChange(refreshSoon);
  const refreshing = setInterval(refreshSoon, refreshMs);
  refresh();
  return () => {
    stopFollowing();
    clearInterval(refreshing);
    clearTimeout(scheduled);
    tray.destroy();
  };
}

function readState(app: AlmanacApp): Omit<TrayState, "waits"> {
  const { rows } = app.reads.listSchedules({ status: "active", sort: "next", limit: nextShown });
  const { active, running, failing } = app.reads.counts();
  const next = rows.flatMap(({ schedule: { scheduleId, name, nextRunTime } }) =>
    nextRunTime === null ? [] : [{ scheduleId, name, at: Date.parse(nextRunTime) }],
  );
  return { next, active, running, failing, pausedHere: pausedHere(app).length };
}

function pauseAll(app: AlmanacApp): void {
  const scheduleIds = app.reads.scheduleIds("active");
  if (scheduleIds.length === 0) return;
  const { changed } = app.engine.bulk({ scheduleIds, action: "pause", note: "Paused from the tray" }, "user");
  app.engine.setSetting(pausedHereSetting, [...new Set([...pausedHere(app), ...changed])]);
}

function resumeAll(app: AlmanacApp): void {
  const scheduleIds = pausedHere(app);
  if (scheduleIds.length > 0) app.engine.bulk({ scheduleIds, action: "resume" }, "user");
  app.engine.setSetting(pausedHereSetting, []);
}

/** Those that are still paused: some may have been resumed or deleted one by one. */
function pausedHere(app: AlmanacApp): string[] {
  const kept = app.engine.getSettings()[pausedHereSetting];
  return Array.isArray(kept) && kept.length > 0 ? app.reads.scheduleIds("paused", kept.map(String)) : [];
}
