import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { app } from "electron";
import { ownDataDir } from "../start/ownDataDir.ts";
import { autostartEntry } from "./autostart.ts";
import { type OwnFacts, ownCommand } from "./ownCommand.ts";

export const ownFacts = (): OwnFacts => ({
  execPath: process.execPath,
  appPath: app.isPackaged ? null : app.getAppPath(),
  appImage: process.env["APPIMAGE"],
});

/** Starts Almanac on `dataDir` in the tray when the person logs in, or no longer. */
export function setLaunchAtLogin(enabled: boolean, dataDir: string): void {
  const elsewhere = dataDir === ownDataDir() ? [] : ["--data-dir", dataDir];
  const [program = process.execPath, ...rest] = ownCommand(ownFacts());
  const args = [...rest, "--hidden", ...elsewhere];
  if (process.platform !== "linux") {
    app.setLoginItemSettings({ openAtLogin: enabled, args });
    return;
  }
  const file = join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "autostart", "almanac.desktop");
  if (!enabled) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, autostartEntry([program, ...args]));
}
