import { Menu, nativeImage, Tray } from "electron";
import type { AlmanacApp } from "../api/context.ts";
import icon from "./icons/tray.png?inline";
import iconTemplate from "./icons/trayTemplate.png?inline";
import { type TrayState, trayMenu, trayTooltip } from "./trayMenu.ts";

/** Setting: ids of the schedules that "Pause all" paused, so that "Resume all" resumes no other. */
const pausedHereSetting = "desktop.pausedAll";
const nextShown = 5;
/** As many as one request may change. */
const mostPaused = 100_000;
/** Short times ("10:05") go stale without any change in the data. */
const refreshMs = 30_000;
const settleMs = 1_000;

/** Puts Almanac in the tray, kept up to date with the engine. Returns the way to take it out again. */
export function createTray(app: AlmanacApp, actions: { show(path: string): void; quit(): void }): () => void {
  const image = nativeImage.createFromDataURL(process.platform === "darwin" ? iconTemplate : icon);
  image.setTemplateImage(process.platform === "darwin");
  const tray = new Tray(image);
  let scheduled: NodeJS.Timeout | undefined;

  const refresh = (): void => {
    scheduled = undefined;
    const state = readState(app);
    const menu = trayMenu(
      state,
      {
        ...actions,
        pauseAll: () => pauseAll(app),
        resumeAll: () => resumeAll(app),
      },
      Date.now(),
    );
    tray.setContextMenu(Menu.buildFromTemplate(menu));
    tray.setToolTip(trayTooltip(state, Date.now()));
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

function readState(app: AlmanacApp): TrayState {
  const { rows } = app.reads.listSchedules({ status: "active", sort: "next", limit: nextShown });
  const { active, running, failing } = app.reads.counts();
  const next = rows.flatMap(({ schedule: { scheduleId, name, nextRunTime } }) =>
    nextRunTime === null ? [] : [{ scheduleId, name, at: Date.parse(nextRunTime) }],
  );
  return { next, active, running, failing, pausedHere: pausedHere(app).length };
}

function pauseAll(app: AlmanacApp): void {
  const scheduleIds = app.reads.planned("", mostPaused).map(({ scheduleId }) => scheduleId);
  if (scheduleIds.length === 0) return;
  const { changed } = app.engine.bulk({ scheduleIds, action: "pause", note: "Paused from the tray" }, "user");
  app.engine.setSetting(pausedHereSetting, [...new Set([...pausedHere(app), ...changed])]);
}

function resumeAll(app: AlmanacApp): void {
  const scheduleIds = pausedHere(app);
  app.engine.setSetting(pausedHereSetting, []);
  if (scheduleIds.length > 0) app.engine.bulk({ scheduleIds, action: "resume" }, "user");
}

/** Those that are still paused: some may have been resumed or deleted one by one. */
function pausedHere(app: AlmanacApp): string[] {
  const kept = app.engine.getSettings()[pausedHereSetting];
  if (!Array.isArray(kept)) return [];
  return kept.filter((id): id is string => app.reads.readSchedule(String(id))?.schedule.status === "paused");
}
