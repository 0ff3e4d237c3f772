import { Notification } from "electron";
import type { AlmanacApp } from "../../api/context.ts";
import { type Closing, toldSetting } from "./closing.ts";

/** Tells a person of a way to close the program or to quit it, and keeps that they were told. Never throws. */
export function tellOnce(almanac: AlmanacApp, how: Closing["how"], notice: Closing["notice"]): void {
  if (notice === undefined || !Notification.isSupported()) return;
  new Notification({ ...notice, silent: true }).show();
  try {
    const told = almanac.engine.getSettings()[toldSetting];
    almanac.engine.setSetting(toldSetting, [...(Array.isArray(told) ? told : []), how]);
  } catch (error) {
    almanac.logger.warn("what a person was told is not kept:", error);
  }
}
