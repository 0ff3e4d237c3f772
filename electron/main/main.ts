import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { app } from "electron";
import { writeCrash } from "./damage/crashes.ts";
import { askedFor, hearLinks } from "./start/links.ts";
import { commandLineArgs, startOptions } from "./start/options.ts";
import { ownDataDir } from "./start/ownDataDir.ts";
import { openFirstWindow } from "./window/firstWindow.ts";
import { registerPagesScheme } from "./window/pagesProtocol.ts";

// The pages' scheme is taken only until Electron is ready, which may not wait for an ES module to load. So this file is
// built as CommonJS and loads next to nothing; the program itself is not loaded where another instance runs it already.
app.setName("Almanac");
/** The built programs. An address of an ES module beside this CommonJS file keeps the build from turning it into a `require`. */
const programs = new URL("..", import.meta.url);
const commands = commandLineArgs(process.argv.slice(1));
if (commands === undefined) runWindow();
else runCommands(commands);

function runWindow(): void {
  const options = startOptions(process.argv.slice(1), process.env);
  // The lock below is one for each of these folders.
  app.setPath("userData", options.dataDir ?? ownDataDir());
  // The browser's own files stay out of the way of the database and its backups.
  app.setPath("sessionData", join(app.getPath("userData"), "browser"));
  // The window asks no name server: its pages come from the program itself, and runs have processes of their own.
  app.commandLine.appendSwitch("host-resolver-rules", "MAP * ~NOTFOUND");
  // Without a graphics card the pages are drawn by Chromium's plain compositor; packages leave SwiftShader out.
  app.commandLine.appendSwitch("disable-software-rasterizer");
  registerPagesScheme();

  // Electron's own answer is a dialog that holds up the engine until somebody sees it. The engine may be ended at any
  // instant without loss, so a fault ends the program, which starts anew unless it failed at its very start.
  const startedAt = Date.now();
  const fail = (fault: unknown): void => {
    console.error(fault);
    const now = Date.now();
    writeCrash(app.getPath("userData"), fault, { version: app.getVersion(), startedAt, now });
    if (now - startedAt > 60_000) app.relaunch();
    app.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  if (app.requestSingleInstanceLock()) {
    const followLinks = hearLinks(app);
    void app.whenReady().then(async () => {
      const dist = fileURLToPath(programs);
      const dataDir = app.getPath("userData");
      // Electron itself comes before the program, where it is not packed.
      const asked = askedFor(process.argv.slice(app.isPackaged ? 0 : 1), process.cwd());
      const hidden = options.hidden && asked.path === undefined && asked.files === undefined;
      // The window comes first: its page is drawn by a process of its own while the program is loaded here.
      const first = openFirstWindow({ dataDir, dist, path: hidden ? null : (asked.path ?? "/") });
      await first.drawn;
      const { runDesktop } = (await import(new URL("main/desktop.js", programs).href)) as typeof import("./desktop.ts");
      await runDesktop({ dataDir, dist, hidden, asked, first, followLinks });
    });
  } else {
    app.quit();
  }
}

/** One command without a window, a display or a data folder of Chromium's own. */
function runCommands(args: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "almanac-command-"));
  app.setPath("userData", folder);
  const end = (code: number): void => {
    rmSync(folder, { recursive: true, force: true });
    app.exit(code);
  };
  const fail = (fault: unknown): void => {
    console.error(fault);
    end(1);
  };
  // Electron's own answer is a dialog.
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const loaded = import(new URL("main/commands.js", programs).href) as Promise<typeof import("./commands.ts")>;
  void app
    .whenReady()
    .then(() => loaded)
    .then((program) => program.runCommands(args))
    .then(end, fail);
}
