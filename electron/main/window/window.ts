import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrowserWindow, ipcMain, nativeImage, nativeTheme, type Rectangle, screen } from "electron";
import icon from "../../../packaging/icons/128x128.png?inline";
import {
  type DesktopDialog,
  desktopDialogMessage,
  desktopNavigateMessage,
  desktopOrigin,
  desktopReadyMessage,
} from "../../../shared/api/desktop.ts";
import { firstSize } from "./firstSize.ts";
import { isTrustedSender } from "./security.ts";

interface WindowState {
  bounds: Rectangle;
  maximized: boolean;
}

const minimumSize = { width: 720, height: 480 };
/** `--surface-page` of renderer/theme/tokens.css, shown until the page has painted. */
const background = { light: "#f7f5f1", dark: "#131417" };

export interface MainWindow {
  /** Brings the window up, making it if it was closed; `path` is the page to show. */
  show(path?: string): void;
  /** Brings the window up with a dialog of the page, as soon as the page hears of it. */
  open(asked: DesktopDialog): void;
  /** Closes it without asking what closing means. */
  close(): void;
  minimise(): void;
  /** How many things need attention: said before the page's own title. */
  setCount(count: number): void;
  /** What the program is about to do, said before the page's own title: the page itself does not know. */
  setNote(note: string): void;
  readonly current: BrowserWindow | undefined;
}

/** The one window: where it stood last time, light or dark from its first frame, sandboxed. */
export function createMainWindow({
  stateFile,
  preload,
  whenClosing,
  onClosed,
}: {
  stateFile: string;
  preload: string;
  /** What a person's closing of the window does. Never rejects. */
  whenClosing: () => Promise<"close" | "minimise">;
  onClosed: () => void;
}): MainWindow {
  let window: BrowserWindow | undefined;
  let mayClose = false;
  let count = 0;
  let note = "";
  let title = "Almanac";
  /** Whether the page hears what is asked of it, and what it was asked before. */
  let hears = false;
  let waiting: DesktopDialog[] = [];

  const showTitle = (): void => {
    const noted = note === "" ? title : `${note} · ${title}`;
    window?.setTitle(count > 0 ? `(${count}) ${noted}` : noted);
  };
  ipcMain.on(desktopReadyMessage, (event) => {
    if (window === undefined || event.sender !== window.webContents || !isTrustedSender(event.senderFrame)) return;
    hears = true;
    for (const asked of waiting) event.sender.send(desktopDialogMessage, asked);
    waiting = [];
  });

  const open = (path: string): BrowserWindow => {
    const state = readState(stateFile);
    const created = new BrowserWindow({
      ...firstSize(screen.getPrimaryDisplay().workArea),
      ...(state === undefined ? {} : state.bounds),
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      show: false,
      // Linux shows the window's own; the other systems know the program's.
      ...(process.platform === "linux" ? { icon: nativeImage.createFromDataURL(icon) } : {}),
      backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    if (state?.maximized) created.maximize();
    created.once("ready-to-show", () => created.show());
    created.on("close", (event) => {
      writeState(stateFile, { bounds: created.getNormalBounds(), maximized: created.isMaximized() });
      if (mayClose) return;
      event.preventDefault();
      void whenClosing().then((how) => {
        if (how === "close") close();
        else window?.minimize();
      });
    });
    created.on("page-title-updated", (event, shown) => {
      event.preventDefault();
      title = shown;
      showTitle();
    });
    created.webContents.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) hears = false;
    });
    created.on("closed", () => {
      window = undefined;
      hears = false;
      onClosed();
    });
    // The engine runs on without its page; a page that crashed starts anew.
    created.webContents.on("render-process-gone", (_event, { reason }) => {
      if (reason !== "clean-exit") created.reload();
    });
    void created.loadURL(`${desktopOrigin}${path}`);
    return created;
  };

  const close = (): void => {
    mayClose = true;
    window?.close();
  };
  const show = (path?: string): void => {
    if (window === undefined) {
      mayClose = false;
      window = open(path ?? "/");
      showTitle();
      return;
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (path === undefined) return;
    // A page that is not there yet would not hear the message.
    if (window.webContents.isLoadingMainFrame()) void window.loadURL(`${desktopOrigin}${path}`);
    else window.webContents.send(desktopNavigateMessage, path);
  };

  return {
    show,
    open(asked) {
      show();
      if (hears) window?.webContents.send(desktopDialogMessage, asked);
      else waiting.push(asked);
    },
    close,
    minimise() {
      show();
      window?.once("ready-to-show", () => window?.minimize());
      window?.minimize();
    },
    setCount(next) {
      count = next;
      showTitle();
    },
    setNote(next) {
      note = next;
      showTitle();
    },
    get current() {
      return window;
    },
  };
}

/** Where the window's place is kept in a data folder. */
export const windowStateFile = (dataDir: string): string => join(dataDir, "window.json");

function readState(file: string): WindowState | undefined {
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as WindowState;
    const { x, y, width, height } = state.bounds;
    const whole = [x, y, width, height].every(Number.isInteger);
    return whole && isVisible(state.bounds) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** A screen that has gone since must not hide the window. */
function isVisible({ x, y, width, height }: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const overlapX = Math.min(x + width, workArea.x + workArea.width) - Math.max(x, workArea.x);
    const overlapY = Math.min(y + height, workArea.y + workArea.height) - Math.max(y, workArea.y);
    return overlapX >= 100 && overlapY >= 100;
  });
}

function writeState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch {
    // A full disk must not keep the window from closing; it opens at its default place next time.
  }
}
