import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { app } from "electron";
import { autostartEntry } from "./autostart.ts";

/** Starts Almanac in the tray when the person logs in, or no longer. */
export function setLaunchAtLogin(enabled: boolean): void {
  const args = [...(app.isPackaged ? [] : [app.getAppPath()]), "--hidden"];
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
  writeFileSync(file, autostartEntry([process.execPath, ...args]));
}
