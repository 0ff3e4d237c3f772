import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { app } from "electron";
import { hearLinks } from "./links.ts";
import { startOptions } from "./options.ts";
import { ownDataDir } from "./ownDataDir.ts";
import { registerPagesScheme } from "./pagesProtocol.ts";

// The pages' scheme is taken only until Electron is ready, which may not wait for an ES module to load. So this file is
// built as CommonJS and loads next to nothing; the program itself is not loaded where another instance runs it already.
const options = startOptions(process.argv.slice(1), process.env);
app.setName("Almanac");
// The lock below is one for each of these folders.
app.setPath("userData", options.dataDir ?? ownDataDir());
// The browser's own files stay out of the way of the database and its backups.
app.setPath("sessionData", join(app.getPath("userData"), "browser"));
// The window asks no name server: its pages come from the program itself, and runs have processes of their own.
app.commandLine.appendSwitch("host-resolver-rules", "MAP * ~NOTFOUND");
registerPagesScheme();

// Electron's own answer is a dialog that holds up the engine until somebody sees it. The engine may be ended at any
// instant without loss, so a fault ends the program, which starts anew unless it failed at its very start.
const startedAt = Date.now();
const fail = (fault: unknown): void => {
  console.error(fault);
  if (Date.now() - startedAt > 60_000) app.relaunch();
  app.exit(1);
};
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

if (app.requestSingleInstanceLock()) {
  const followLinks = hearLinks(app);
  const programs = new URL("..", import.meta.url);
  // An ES module beside this CommonJS file: the address keeps the build from turning it into a `require`.
  const desktop = import(new URL("main/desktop.js", programs).href) as Promise<typeof import("./desktop.ts")>;
  void app.whenReady().then(async () => {
    const { runDesktop } = await desktop;
    const dist = fileURLToPath(programs);
    await runDesktop({ dataDir: app.getPath("userData"), dist, hidden: options.hidden, followLinks });
  });
} else {
  app.quit();
}
