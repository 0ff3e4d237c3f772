import { app, type BrowserWindow, dialog, safeStorage, shell } from "electron";
import { createAlmanacApp } from "../api/app.ts";
import type { AlmanacApp, Logger } from "../api/context.ts";
import { logFolder } from "../api/diagnostics/folders.ts";
import type { SecretCipher } from "../api/secrets.ts";
import { ownMachine } from "../engine/machine.ts";
import { followBackground } from "./background/background.ts";
import { crashMessage, takeCrash } from "./damage/crashes.ts";
import { type Ask, offerRestore } from "./damage/damage.ts";
import { noteUp } from "./damage/unended.ts";
import { spawnUtilityReader } from "./processes/utilityReader.ts";
import { spawnUtilityRunner } from "./processes/utilityRunner.ts";
import { watchPower } from "./quit/power.ts";
import { createWayOut, type Ending } from "./quit/wayOut.ts";
import { readOpened } from "./start/files.ts";
import type { Asked } from "./start/links.ts";
import { createLogFile } from "./start/logFile.ts";
import { closing, stayInTraySetting, toldSetting } from "./tray/closing.ts";
import { notifyOfTrouble } from "./tray/notifications.ts";
import { tellOnce } from "./tray/tellOnce.ts";
import { type AlmanacTray, createTray } from "./tray/tray.ts";
import { hasTrayHost } from "./tray/trayHost.ts";
import { createDesktopUpdates, lookDaily } from "./updates/desktopUpdates.ts";
import { acceptApiPorts } from "./window/apiPort.ts";
import type { FirstWindow } from "./window/firstWindow.ts";
import { hasNoSandbox, noSandboxText, openLicences, showAbout } from "./window/help.ts";

export interface DesktopOptions {
  dataDir: string;
  /** The folder of the built programs and pages. */
  dist: string;
  /** Started to be in the tray, without a window. */
  hidden: boolean;
  /** What the program was started with asks for. */
  asked: Asked;
  first: FirstWindow;
  /** Calls with what links, opened files and second starts ask for; returns what was asked for before. */
  followLinks: (show: (asked: Asked) => void) => Asked | undefined;
}

/** Opens the data folder and runs the desktop program on it until the person quits. Call it once Electron is ready. */
export async function runDesktop(options: DesktopOptions): Promise<void> {
  try {
    const ending: Ending = { closed: null, reason: "restart" };
    const { dataDir } = options;
    process.once("exit", noteUp(dataDir, { version: app.getVersion(), startedAt: Date.now(), session: ownSession() }));
    const logger = createLogFile(dataDir);
    const hadTrayHost = hasTrayHost();
    if (hasNoSandbox()) logger.warn(noSandboxText);
    const almanac = await openData(dataDir, ending, logger).catch((error: unknown) => {
      const openFolder = (): void => void shell.openPath(dataDir);
      const { window } = options.first;
      const askAlone: Ask = (question) => {
        // It would come before the question at the first click on it, and do nothing until that is answered.
        window.current?.hide();
        return ask(question);
      };
      const chosen = offerRestore(error, { dataDir, ask: askAlone, openFolder, zone: ownZone(), nativeBinding });
      if (chosen === "other") throw error;
      if (chosen === "quit") return null;
      window.current?.show();
      return openData(dataDir, ending, logger);
    });
    if (almanac === null) {
      app.exit(1);
      return;
    }
    await open(almanac, ending, { ...options, hadHost: await hadTrayHost });
  } catch (error) {
    // It would stay before what is told, empty.
    options.first.window.current?.hide();
    refuse(error);
  }
}

/** Where the database's native part is, where that is elsewhere than in node_modules. */
const nativeBinding = process.env["ALMANAC_SQLITE_BINDING"] || undefined;
const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
/** Since which start of the machine, and in which session of whom: what ends with those is no fault. */
const ownSession = (): string => `${ownMachine().bootId} ${process.env["XDG_SESSION_ID"] ?? ""}`;
/** Enter and Escape quit. */
const ask: Ask = (question) =>
  dialog.showMessageBoxSync({ type: "error", title: "Almanac", ...question, defaultId: 0, cancelId: 0 });

const openData = (dataDir: string, ending: Ending, logger: Logger): Promise<AlmanacApp> =>
  createAlmanacApp({
    dataDir,
    logger,
    programName: "desktop",
    desktop: true,
    spawnRunner: spawnUtilityRunner,
    spawnReader: spawnUtilityReader,
    ...systemEncryption(),
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    restart(closed) {
      Object.assign(ending, { closed, reason: "restart" } satisfies Ending);
      app.quit();
    },
    // Loaded only where a person has asked for it.
    listen: async (almanac, port) =>
      (await import("../server/server.ts")).createServer({ app: almanac, port, host: "127.0.0.1" }),
    updates: (engine) =>
      createDesktopUpdates({
        engine,
        dataDir,
        logger,
        endToInstall(install) {
          Object.assign(ending, { closed: () => startUpdated(install, dataDir), reason: "update" } satisfies Ending);
          app.quit();
        },
      }),
  });

async function open(
  almanac: AlmanacApp,
  ending: Ending,
  { dataDir, dist, hidden, asked, first, followLinks, hadHost }: DesktopOptions & { hadHost: boolean },
): Promise<void> {
  const { window } = first;
  const following: (() => void)[] = [];
  let tray: AlmanacTray | undefined;
  const hasTray = (): Promise<boolean> => tray?.isShown() ?? hasTrayHost();
  const quitting = createWayOut({
    almanac,
    ending,
    window: () => window,
    hasTray,
    stopAsking: () => {
      for (const stop of following) stop();
    },
  });
  const show = (path?: string): void => window.show(path);
  const quit = (): void => app.quit();
  const openFiles = (paths: readonly string[]): void => {
    try {
      window.open({ dialog: "import", files: readOpened(paths) });
    } catch (error) {
      window.show();
      dialog.showErrorBox("The file cannot be opened", error instanceof Error ? error.message : String(error));
    }
  };
  const showAsked = ({ path, files }: Asked): void => {
    if (files === undefined) show(path);
    else openFiles(files);
  };

  app.on("activate", () => show());
  // On Linux the package's desktop entry says so: Electron would write it into a file of the person's, where it would stay.
  if (app.isPackaged && process.platform !== "linux") app.setAsDefaultProtocolClient("almanac");

  first.bind({
    whenClosing: () => whenClosing(almanac, hasTray),
    onClosed: () => {
      if (!quitting.begun && almanac.engine.getSettings()[stayInTraySetting] === false) app.quit();
    },
    menu: {
      quit,
      importFiles: () => window.open({ dialog: "import", files: [] }),
      shortcuts: () => window.open({ dialog: "shortcuts" }),
      about: () => void showAbout(dataDir, almanac.updates?.status() ?? null),
      updates: () => show("/settings#updates"),
      openDataFolder: () => void shell.openPath(dataDir),
      openLogs: () => void shell.openPath(logFolder(dataDir)),
      openLicences: () => openLicences(dist),
    },
  });
  watchPower(almanac.engine);
  const shownIn = createTray(almanac, {
    show,
    quit,
    waits: () => quitting.waiting,
    attention: (count) => {
      window.setCount(count);
      app.setBadgeCount(count);
    },
    hasHost: hasTrayHost,
    hadHost,
  });
  tray = shownIn;
  following.push(
    shownIn.stop,
    notifyOfTrouble(almanac, show),
    followBackground(almanac),
    ...(almanac.updates === null ? [] : [lookDaily(almanac.updates, almanac.logger, show)]),
    () => window.close(),
  );

  const startedAt = new Date().toISOString();
  await almanac.start();
  // The page waits until there is something to tell: who fires would be somebody else a moment later.
  following.push(acceptApiPorts(almanac, first.ports, (message) => almanac.logger.warn(message)));
  const since = followLinks(showAsked);
  const meant = { ...asked, ...since };
  // The window is there already, on the page that was asked for at the start.
  if (since !== undefined || meant.files !== undefined) showAsked(meant);
  // Without a tray a program that only hides could not be found again.
  else if (hidden && window.current === undefined && !(await hasTray())) window.minimise();
  tellOfCrash(almanac, startedAt, window.current);
}

/** Says of a start after a fault what the fault has interrupted. */
function tellOfCrash(almanac: AlmanacApp, startedAt: string, window: BrowserWindow | undefined): void {
  const crash = takeCrash(almanac.dataDir);
  if (crash === null) return;
  const { rows } = almanac.reads.listRuns({ status: "interrupted", limit: 100 });
  const names = rows
    .filter(({ completedAt }) => completedAt !== null && completedAt >= startedAt)
    .map(({ scheduleName, workflowName }) => scheduleName ?? workflowName);
  const buttons = ["OK", "Show the report"];
  const question = { type: "warning" as const, title: "Almanac", ...crashMessage(crash, names, ownZone()), buttons };
  const options = { ...question, defaultId: 0, cancelId: 0 };
  const tell = async (): Promise<void> => {
    const { response } = await (window === undefined
      ? dialog.showMessageBox(options)
      : dialog.showMessageBox(window, options));
    if (response === 1) shell.showItemInFolder(crash.file);
  };
  // Before the window is there, the window would cover it.
  if (window === undefined || window.isVisible()) void tell();
  else window.once("show", () => void tell());
}

/** What closing the window means here, said once for each way. */
async function whenClosing(almanac: AlmanacApp, hasTray: () => Promise<boolean>): Promise<"close" | "minimise"> {
  const settings = almanac.engine.getSettings();
  const told = settings[toldSetting];
  const { how, notice } = closing({ stayInTray: settings[stayInTraySetting], hasTray: await hasTray(), told });
  tellOnce(almanac, how, notice);
  return how === "minimise" ? "minimise" : "close";
}

/** The new program comes up on the same data folder, and finds no other instance. */
function startUpdated(install: () => void, dataDir: string): void {
  process.env["ALMANAC_DATA_DIR"] = dataDir;
  app.releaseSingleInstanceLock();
  install();
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
