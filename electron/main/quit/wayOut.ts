import { app, type BrowserWindow, dialog, type MessageBoxOptions, powerMonitor } from "electron";
import type { AlmanacApp } from "../../api/context.ts";
import { quitNotice, stayInTraySetting, toldSetting } from "../tray/closing.ts";
import { tellOnce } from "../tray/tellOnce.ts";
import type { MainWindow } from "../window/window.ts";
import { type QuitQuestion, quitSetting } from "./quit.ts";
import { createQuitting, type Quitting } from "./quitting.ts";

/** What is to become of the program once it has ended. */
export interface Ending {
  /** What is done once nothing has the data folder open, before the program starts anew; null: it only ends. */
  closed: (() => void) | null;
  /** `update`: the person is asked where runs go on, and `closed` starts the new program itself. */
  reason: "restart" | "update";
}

/**
 * Every way the program ends: a person quits, the system logs out, shuts down or sends a signal, or it is to start anew.
 * Ends what asks the engine, then the runs, and gives the data folder back.
 */
export function createWayOut({
  almanac,
  ending,
  window,
  hasTray,
  stopAsking,
}: {
  almanac: AlmanacApp;
  ending: Ending;
  window: () => MainWindow;
  /** Whether there is a tray to stay in. */
  hasTray: () => Promise<boolean>;
  stopAsking: () => void;
}): Quitting {
  let tray = false;
  let stopsFiring = false;
  const quitting = createQuitting({
    running: () => runningHere(almanac),
    remembered: () => almanac.engine.getSettings()[quitSetting],
    remember: (choice) => almanac.engine.setSetting(quitSetting, choice),
    hasTray: () => tray,
    ask: (question) => askToQuit(question, window().current),
    stayInTray: () => window().close(),
    waits() {
      almanac.logger.info("quits when the last run has ended");
      window().setNote("Quits when the last run has ended");
    },
    stopRuns: (graceMs, how) => almanac.engine.stop(graceMs, how),
    async end() {
      if (stopsFiring) tellOfQuitting(almanac, tray);
      stopAsking();
      let code = 0;
      try {
        await almanac.close(0);
        if (ending.closed !== null) startAnew(ending.closed, ending.reason);
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
    void hasTray()
      .then((found) => {
        tray = found;
        // Another process that fires goes on firing.
        stopsFiring = ending.closed === null && almanac.status().role === "owner";
        return quitting.request(ending.closed === null ? "person" : ending.reason);
      })
      .then(() => {
        // Who stays after all quits the next time for its own sake.
        if (!quitting.begun && !quitting.asking) ending.closed = null;
      });
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

function tellOfQuitting(almanac: AlmanacApp, hasTray: boolean): void {
  try {
    const { [stayInTraySetting]: stayInTray, [toldSetting]: told } = almanac.engine.getSettings();
    tellOnce(almanac, "quit", quitNotice({ active: almanac.reads.counts().active, stayInTray, hasTray, told }));
  } catch (error) {
    // A database that cannot be read must not keep the program from ending.
    almanac.logger.warn("quitting:", error);
  }
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

function startAnew(closed: () => void, reason: Ending["reason"]): void {
  try {
    closed();
    if (reason === "update") return;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    dialog.showErrorBox("Almanac", message);
  }
  app.relaunch();
}
