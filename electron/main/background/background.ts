import { dialog } from "electron";
import type { AlmanacApp } from "../../api/context.ts";
import { ownFacts, setLaunchAtLogin } from "./loginItem.ts";
import { ownCommandLine } from "./ownCommand.ts";
import { setService } from "./service.ts";

const loginSetting = "desktop.launchAtLogin";
const serviceSetting = "desktop.service";

/** Keeps what starts the program at login, and systemd's unit, as the settings say. Returns the way to stop. */
export function followBackground(almanac: AlmanacApp): () => void {
  const isOn = (key: string): boolean => almanac.engine.getSettings()[key] === true;
  const applied = { login: isOn(loginSetting), service: isOn(serviceSetting) };
  // An update or a move of the program may have left a path behind that is gone.
  if (applied.login) writeLogin(almanac, true);

  return almanac.engine.onChange((events) => {
    if (!events.some(({ topic }) => topic === "settings")) return;
    if (isOn(loginSetting) !== applied.login) {
      applied.login = isOn(loginSetting);
      writeLogin(almanac, applied.login);
    }
    if (isOn(serviceSetting) !== applied.service) {
      applied.service = isOn(serviceSetting);
      void writeService(almanac, applied.service).then((on) => {
        applied.service = on;
        if (on !== isOn(serviceSetting)) almanac.engine.setSetting(serviceSetting, on);
      });
    }
  });
}

function writeLogin(almanac: AlmanacApp, on: boolean): void {
  try {
    setLaunchAtLogin(on, almanac.dataDir);
  } catch (error) {
    almanac.logger.error("starting at login:", error);
    dialog.showErrorBox("Almanac cannot be started at login", messageOf(error));
  }
}

/** Resolves to whether there is a service now. */
async function writeService(almanac: AlmanacApp, on: boolean): Promise<boolean> {
  try {
    const command = ownCommandLine(ownFacts(), ["scheduler", "run", "--quiet", "--data-dir", almanac.dataDir]);
    const note = await setService(on, command);
    if (note !== null) {
      await dialog.showMessageBox({
        type: "info",
        title: "Almanac",
        message: "Almanac runs as a service",
        detail: note,
      });
    }
    return on;
  } catch (error) {
    almanac.logger.error("the service:", error);
    dialog.showErrorBox("Almanac cannot run as a service", messageOf(error));
    return !on;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
