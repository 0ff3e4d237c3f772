import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrowserWindow, nativeTheme, type Rectangle, screen } from "electron";
import { desktopNavigateMessage, desktopOrigin } from "../../shared/api/desktop.ts";

interface WindowState {
  bounds: Rectangle;
  maximized: boolean;
}

const defaultSize = { width: 1280, height: 800 };
const minimumSize = { width: 720, height: 480 };
/** `--surface-page` of renderer/theme/tokens.css, shown until the page has painted. */
const background = { light: "#f7f5f1", dark: "#131417" };

export interface MainWindow {
  /** Brings the window up, making it if it was closed; `path` is the page to show. */
  show(path?: string): void;
  close(): void;
  readonly current: BrowserWindow | undefined;
}

/** The one window: where it stood last time, light or dark from its first frame, sandboxed. */
export function createMainWindow({
  stateFile,
  preload,
  onClosed,
}: {
  stateFile: string;
  preload: string;
  onClosed: () => void;
}): MainWindow {
  let window: BrowserWindow | undefined;

  const open = (path: string): BrowserWindow => {
    const state = readState(stateFile);
    const created = new BrowserWindow({
      ...defaultSize,
      ...(state === undefined ? {} : state.bounds),
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      show: false,
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
    created.on("close", () => {
      writeState(stateFile, { bounds: created.getNormalBounds(), maximized: created.isMaximized() });
    });
    created.on("closed", () => {
      window = undefined;
      onClosed();
    });
    // The engine runs on without its page; a page that crashed starts anew.
    created.webContents.on("render-process-gone", (_event, { reason }) => {
      if (reason !== "clean-exit") created.reload();
    });
    void created.loadURL(`${desktopOrigin}${path}`);
    return created;
  };

  return {
    show(path) {
      if (window === undefined) {
        window = open(path ?? "/");
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      if (path === undefined) return;
      // A page that is not there yet would not hear the message.
      if (window.webContents.isLoadingMainFrame()) void window.loadURL(`${desktopOrigin}${path}`);
      else window.webContents.send(desktopNavigateMessage, path);
    },
    close() {
      window?.close();
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
