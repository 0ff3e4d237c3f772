import { join } from "node:path";
import {
  app,
  type BrowserWindow,
  dialog,
  type MessageBoxOptions,
  powerMonitor,
  safeStorage,
  session,
  shell,
} from "electron";
import { createAlmanacApp } from "../api/app.ts";
import type { AlmanacApp } from "../api/context.ts";
import type { SecretCipher } from "../api/secrets.ts";
import { acceptApiPorts } from "./apiPort.ts";
import { type Ask, offerRestore } from "./damage.ts";
import type { Asked } from "./links.ts";
import { setLaunchAtLogin } from "./loginItem.ts";
import { setApplicationMenu } from "./menu.ts";
import { notifyOfTrouble } from "./notifications.ts";
import { servePages } from "./pagesProtocol.ts";
import { watchPower } from "./power.ts";
import { type QuitQuestion, quitSetting } from "./quit.ts";
import { createQuitting, type Quitting } from "./quitting.ts";
import { deepLinkIn, hardenContents, hardenSession } from "./security.ts";
import { createTray } from "./tray.ts";
import { spawnUtilityReader } from "./utilityReader.ts";
import { spawnUtilityRunner } from "./utilityRunner.ts";
import { createMainWindow, type MainWindow, windowStateFile } from "./window.ts";

export interface DesktopOptions {
  dataDir: string;
  /** The folder of the built programs and pages. */
  dist: string;
  /** Start in the tray, without a window. */
  hidden: boolean;
  /** Calls with the pages that links and second starts ask for; returns what was asked for before. */
  followLinks: (show: (path?: string) => void) => Asked | undefined;
}

/** Opens the data folder and runs the desktop program on it until the person quits. Call it once Electron is ready. */
export async function runDesktop(options: DesktopOptions): Promise<void> {
  try {
    const ending: Ending = { closed: null };
    const { dataDir } = options;
    const almanac = await openData(dataDir, ending).catch((error: unknown) => {
      if (!offerRestore(error, { dataDir, ask, zone: ownZone(), nativeBinding })) throw error;
      return openData(dataDir, ending);
    });
    await open(almanac, ending, options);
  } catch (error) {
    refuse(error);
  }
}

/** Where the database's native part is, where that is elsewhere than in node_modules. */
const nativeBinding = process.env["ALMANAC_SQLITE_BINDING"] || undefined;
const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
/** Enter and Escape quit. */
const ask: Ask = (question) =>
  dialog.showMessageBoxSync({ type: "error", title: "Almanac", ...question, defaultId: 0, cancelId: 0 });

/** What is done once nothing has the data folder open, before the program starts anew; null: it only ends. */
interface Ending {
  closed: (() => void) | null;
}

const openData = (dataDir: string, ending: Ending): Promise<AlmanacApp> =>
  createAlmanacApp({
    dataDir,
    programName: "desktop",
    desktop: true,
    spawnRunner: spawnUtilityRunner,
    spawnReader: spawnUtilityReader,
    ...systemEncryption(),
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    restart(closed) {
      ending.closed = closed;
      app.quit();
    },
  });

async function open(
  almanac: AlmanacApp,
  ending: Ending,
  { dataDir, dist, hidden, followLinks }: DesktopOptions,
): Promise<void> {
  servePages(join(dist, "renderer"));
  hardenSession(session.defaultSession);
  app.on("web-contents-created", (_event, contents) => {
    hardenContents(contents, (url) => void shell.openExternal(url));
  });
  const following = [acceptApiPorts(almanac, (message) => almanac.logger.warn(message))];
  const quitting = createWayOut({
    almanac,
    ending,
    window: () => window,
    stopAsking: () => {
      for (const stop of following) stop();
    },
  });
  const window: MainWindow = createMainWindow({
    stateFile: windowStateFile(dataDir),
    preload: join(dist, "preload/preload.cjs"),
    onClosed: () => {
      if (!quitting.begun && almanac.engine.getSettings()["desktop.stayInTray"] === false) app.quit();
    },
  });
  const show = (path?: string): void => window.show(path);
  const quit = (): void => app.quit();

  // Without a listener Electron ends with its last window; the engine goes on in the tray.
  app.on("window-all-closed", () => {});
  app.on("activate", () => show());
  if (app.isPackaged) app.setAsDefaultProtocolClient("almanac");

  setApplicationMenu({ show, quit });
  watchPower(almanac.engine);
  following.push(
    createTray(almanac, { show, quit, waits: () => quitting.waiting }),
    notifyOfTrouble(almanac, show),
    followLaunchAtLogin(almanac),
    () => window.close(),
  );

  await almanac.start();
  const asked = followLinks(show);
  if (!hidden || asked !== undefined) show(asked?.path ?? deepLinkIn(process.argv));
}

/**
 * Every way the program ends: a person quits, the system logs out, shuts down or sends a signal, or it is to start anew.
 * Ends what asks the engine, then the runs, and gives the data folder back.
 */
function createWayOut({
  almanac,
  ending,
  window,
  stopAsking,
}: {
  almanac: AlmanacApp;
  ending: Ending;
  window: () => MainWindow;
  stopAsking: () => void;
}): Quitting {
  const quitting = createQuitting({
    running: () => runningHere(almanac),
    remembered: () => almanac.engine.getSettings()[quitSetting],
    remember: (choice) => almanac.engine.setSetting(quitSetting, choice),
    hasTray: () => true,
    ask: (question) => askToQuit(question, window().current),
    stayInTray: () => window().close(),
    waits: () => almanac.logger.info("quits when the last run has ended"),
    stopRuns: (graceMs, how) => almanac.engine.stop(graceMs, how),
    async end() {
      stopAsking();
      let code = 0;
      try {
        await almanac.close(0);
        if (ending.closed !== null) startAnew(ending.closed);
      } catch (error) {
        almanac.logger.error("could not close cleanly:", error);
        code = 1;
      }
      app.exit(code);
    },
    warn: (message, error) => almanac.logger.error(message, error),
  });
  app.on("before-quit", (event) => {
    event.preventDefault();
    void quitting.request(ending.closed === null ? "person" : "restart");
  });
  const systemEnds = (): void => void quitting.request("system");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, systemEnds);
  // Linux and macOS: the system waits a few seconds for a program that asks it to.
  const shutdown = (event?: { preventDefault(): void }): void => {
    event?.preventDefault();
    systemEnds();
  };
  powerMonitor.on("shutdown", shutdown);
  // Windows tells a program by its windows.
  app.on("browser-window-created", (_event, created) => created.on("session-end", systemEnds));
  return quitting;
}

/** The names of runs that end with this process: another process's go on, and so do those on other machines. */
function runningHere(almanac: AlmanacApp): string[] {
  const { role, runtime, running } = almanac.status();
  // One that waits for its runs to end fires no more, and has them still.
  if (role === "client" || runtime?.kind !== "local" || running === 0) return [];
  const { rows } = almanac.reads.listRuns({ status: "running", limit: 1000 });
  return rows.map(({ scheduleName, workflowName }) => scheduleName ?? workflowName);
}

async function askToQuit(
  { message, detail, answers, remember }: QuitQuestion,
  window: BrowserWindow | undefined,
): Promise<{ choice: QuitQuestion["answers"][number]["choice"]; remember: boolean }> {
  const options: MessageBoxOptions = {
    type: "question",
    title: "Quit Almanac",
    message,
    detail,
    buttons: answers.map(({ label }) => label),
    defaultId: 0,
    cancelId: answers.findIndex(({ choice }) => choice === null),
    ...(remember === undefined ? {} : { checkboxLabel: remember }),
  };
  const shown = window?.isVisible() === true && !window.isMinimized() ? window : undefined;
  const { response, checkboxChecked } = await (shown === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(shown, options));
  return { choice: answers[response]?.choice ?? null, remember: checkboxChecked };
}

function startAnew(closed: () => void): void {
  try {
    closed();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    dialog.showErrorBox("Almanac", message);
  }
  app.relaunch();
}

function followLaunchAtLogin(almanac: AlmanacApp): () => void {
  const wanted = (): boolean => almanac.engine.getSettings()["desktop.launchAtLogin"] === true;
  let applied = wanted();
  return almanac.engine.onChange((events) => {
    if (!events.some(({ topic }) => topic === "settings") || wanted() === applied) return;
    applied = wanted();
    setLaunchAtLogin(applied, almanac.dataDir);
  });
}

/** A data folder that cannot be used is left as it is, and the person is told what to do. */
function refuse(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  console.error(message);
  dialog.showErrorBox("Almanac cannot start", message);
  app.exit(1);
}

/** The system's key chain for stored secrets, where it has one: Electron's stand-in for it on Linux protects nothing. */
function systemEncryption(): { secretCipher?: SecretCipher } {
  const usable =
    safeStorage.isEncryptionAvailable() &&
    (process.platform !== "linux" || safeStorage.getSelectedStorageBackend() !== "basic_text");
  if (!usable) return {};
  return {
    secretCipher: {
      encrypt: (text) => safeStorage.encryptString(text),
      decrypt: (data) => safeStorage.decryptString(data),
    },
  };
}
