import { Menu, nativeImage, Tray } from "electron";
import icon from "../../../packaging/icons/32x32.png?inline";
import type { AlmanacApp } from "../../api/context.ts";
import iconTemplate from "./icons/trayTemplate.png?inline";
import { withPausedMark } from "./pausedMark.ts";
import { type TrayState, trayMenu, trayTooltip } from "./trayMenu.ts";

/** Setting: ids of the schedules that "Pause all" paused, so that "Resume all" resumes no other. */
const pausedHereSetting = "desktop.pausedAll";
const nextShown = 5;
/** Short times ("10:05") go stale without any change in the data. */
const refreshMs = 30_000;
const settleMs = 1_000;

export interface TrayActions {
  show(path: string): void;
  quit(): void;
  waits(): boolean;
  attention(count: number): void;
  /** Whether anything shows icons in a tray. */
  hasHost(): Promise<boolean>;
  /** What that said before this icon. */
  hadHost: boolean;
}

export interface AlmanacTray {
  /** Whether something shows the icon, by which a hidden window is found again. */
  isShown(): Promise<boolean>;
  /** Takes the icon out of the tray. */
  stop(): void;
}

/** Puts Almanac in the tray, kept up to date with the engine. */
export function createTray(app: AlmanacApp, actions: TrayActions): AlmanacTray {
  const image = nativeImage.createFromDataURL(process.platform === "darwin" ? iconTemplate : icon);
  image.setTemplateImage(process.platform === "darwin");
  let tray = new Tray(image);
  const pausedImage = marked(image);
  let pausedShown = false;
  let attention = 0;
  let scheduled: NodeJS.Timeout | undefined;
  let shown = "";

  let stopped = false;
  let { hadHost } = actions;
  // An icon that was made before the tray's host was there, as at a login, shows nowhere when that comes.
  const isShown = async (): Promise<boolean> => {
    const hasHost = await actions.hasHost();
    if (hasHost && !hadHost && !stopped) {
      tray.destroy();
      tray = new Tray(pausedShown ? pausedImage : image);
      tray.on("click", open);
      shown = "";
      refresh();
    }
    hadHost = hasHost;
    return hasHost;
  };

  const refresh = (): void => {
    clearTimeout(scheduled);
    scheduled = undefined;
    const state = { ...readState(app), waits: actions.waits() };
    if (state.attention !== attention) actions.attention(state.attention);
    attention = state.attention;
    const paused = state.active === 0 && state.pausedHere > 0;
    if (paused !== pausedShown) tray.setImage(paused ? pausedImage : image);
    pausedShown = paused;
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

  const open = (): void => actions.show("/schedules");
  tray.on("click", open);
  const stopFollowing = app.engine.onChange(refreshSoon);
  const refreshing = setInterval(() => {
    refreshSoon();
    if (!hadHost) void isShown();
  }, refreshMs);
  refresh();
  return {
    isShown,
    stop() {
      stopped = true;
      stopFollowing();
      clearInterval(refreshing);
      clearTimeout(scheduled);
      tray.destroy();
    },
  };
}

/** The icon while everything is paused from here. */
function marked(image: Electron.NativeImage): Electron.NativeImage {
  const { width, height } = image.getSize();
  const bitmap = Buffer.from(withPausedMark(image.toBitmap(), width, height));
  const result = nativeImage.createFromBitmap(bitmap, { width, height });
  result.setTemplateImage(image.isTemplateImage());
  return result;
}

function readState(app: AlmanacApp): Omit<TrayState, "waits"> & { attention: number } {
  const { rows } = app.reads.listSchedules({ status: "active", sort: "next", limit: nextShown });
  const { active, running, failing, attention } = app.reads.counts();
  const next = rows.flatMap(({ schedule: { scheduleId, name, nextRunTime } }) =>
    nextRunTime === null ? [] : [{ scheduleId, name, at: Date.parse(nextRunTime) }],
  );
  return { next, active, running, failing, attention, pausedHere: pausedHere(app).length };
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
