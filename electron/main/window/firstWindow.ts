import { join } from "node:path";
import { app, type BrowserWindow, ipcMain, Menu, session, shell } from "electron";
import { desktopConnectMessage } from "../../../shared/api/desktop.ts";
import { followContextMenu } from "./contextMenu.ts";
import { type HeldPorts, holdPorts } from "./heldPorts.ts";
import { type MenuActions, setApplicationMenu } from "./menu.ts";
import { servePages } from "./pagesProtocol.ts";
import { hardenContents, hardenSession } from "./security.ts";
import { createMainWindow, type MainWindow, windowStateFile } from "./window.ts";

/** What answers for the window once the data folder is open. */
export interface WindowProgram {
  /** What a person's closing of the window does. Never rejects. */
  whenClosing(): Promise<"close" | "minimise">;
  onClosed(): void;
  menu: Omit<MenuActions, "show">;
}

export interface FirstWindow {
  window: MainWindow;
  /** The pages' requests for the API, which wait for the program. */
  ports: HeldPorts;
  /**
   * Resolves once the page has its scripts, or cannot have them; at once without a window. Loading the program keeps this
   * process from handing out files, so whoever loads it first keeps the page waiting.
   */
  drawn: Promise<void>;
  /** From now on the program answers. Call it once. */
  bind(program: WindowProgram): void;
}

/**
 * Opens the window before the program behind it is loaded and its data folder opened: the page draws itself meanwhile, and
 * what is asked of it waits. `path` is the page to show; null opens no window yet. Call it once Electron is ready.
 */
export function openFirstWindow(options: { dataDir: string; dist: string; path: string | null }): FirstWindow {
  const { dataDir, dist, path } = options;
  servePages(join(dist, "renderer"));
  hardenSession(session.defaultSession);
  app.on("web-contents-created", (_event, contents) => {
    hardenContents(contents, (url) => void shell.openExternal(url));
    followContextMenu(contents, (items) => Menu.buildFromTemplate(items).popup());
  });
  const ports = holdPorts(ipcMain, desktopConnectMessage);

  let bound: WindowProgram | undefined;
  let bind: (program: WindowProgram) => void = () => {};
  const program = new Promise<WindowProgram>((done) => {
    bind = done;
  });
  const window = createMainWindow({
    stateFile: windowStateFile(dataDir),
    preload: join(dist, "preload/preload.cjs"),
    whenClosing: async () => (await program).whenClosing(),
    onClosed: () => bound?.onClosed(),
  });
  const later = (act: (menu: WindowProgram["menu"]) => void) => (): void => void program.then(({ menu }) => act(menu));
  setApplicationMenu({
    show: (page) => window.show(page),
    importFiles: later((menu) => menu.importFiles()),
    shortcuts: later((menu) => menu.shortcuts()),
    about: later((menu) => menu.about()),
    updates: later((menu) => menu.updates()),
    openDataFolder: later((menu) => menu.openDataFolder()),
    openLogs: later((menu) => menu.openLogs()),
    openLicences: later((menu) => menu.openLicences()),
    quit: later((menu) => menu.quit()),
  });
  // Without a listener Electron ends with its last window; the engine goes on in the tray.
  app.on("window-all-closed", () => {});
  // Nothing fires yet, and nothing is lost by an end: asking the window first would only make a signal wait.
  app.on("before-quit", (event) => {
    if (bound !== undefined) return;
    event.preventDefault();
    app.exit(0);
  });
  if (path !== null) window.show(path);
  return {
    window,
    ports,
    drawn: untilDrawn(window.current),
    bind(answering) {
      bound = answering;
      bind(answering);
    },
  };
}

/** However long the page takes, schedules are to fire. */
const mostDrawingMs = 3_000;

function untilDrawn(window: BrowserWindow | undefined): Promise<void> {
  if (window === undefined) return Promise.resolve();
  return new Promise((done) => {
    const contents = window.webContents;
    contents.once("dom-ready", () => done());
    contents.once("did-fail-load", () => done());
    contents.once("render-process-gone", () => done());
    window.once("closed", () => done());
    setTimeout(done, mostDrawingMs);
  });
}
