import { baseUrlSetting } from "../../shared/api/notifications.ts";
import type { Engine } from "../engine/contract.ts";

/** The address of a page: where people have said that the pages are, else where they are served, else a link into the desktop program. */
export function pageUrl(engine: Pick<Engine, "getSettings">, path: string, served: string | null): string {
  const set = engine.getSettings()[baseUrlSetting];
  const base = typeof set === "string" && set !== "" ? set : served;
  return base === null ? `almanac:/${path}` : `${base.replace(/\/+$/, "")}${path}`;
}
