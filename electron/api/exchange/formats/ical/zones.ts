import { findIana } from "windows-iana";
import { isKnownZone, offsetAt } from "../../../../../shared/schedule/index.ts";
import type { Component } from "./components.ts";

/** A calendar's own name of a zone as an IANA name, and whether that was only guessed; null where it cannot be told. */
export type ZoneOf = (tzid: string) => { zone: string; guessed: boolean } | null;

/** IANA names, also behind a prefix (`/mozilla.org/20050126_1/Europe/Berlin`), Windows names, and a file's own VTIMEZONEs. */
export function createZones(timezones: readonly Component[], nowAt: number): ZoneOf {
  const known = new Map<string, ReturnType<ZoneOf>>();
  const own = new Map(timezones.map((component) => [component.text("tzid") ?? "", component]));
  return (tzid) => {
    const before = known.get(tzid);
    if (before !== undefined) return before;
    const named = byName(tzid) ?? byName(own.get(tzid)?.text("x-lic-location") ?? "");
    const guessed = named === null ? byOffsets(own.get(tzid), nowAt) : null;
    const zone = named ?? guessed;
    const found = zone === null ? null : { zone, guessed: named === null };
    known.set(tzid, found);
    return found;
  };
}

function byName(tzid: string): string | null {
  const name = tzid.trim().replace(/^["']|["']$/g, "");
  const parts = name.split("/").filter((part) => part !== "");
  for (let from = 0; from < parts.length; from++) {
    const tail = parts.slice(from).join("/");
    if (isKnownZone(tail)) return tail;
  }
  const [windows] = findIana(name);
  return windows !== undefined && isKnownZone(windows) ? windows : null;
}

const minutesOf = (text: string | null): number | null => {
  const match = /^([+-])(\d{2}):?(\d{2})/.exec(text ?? "");
  return match === null ? null : (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
};

/** A zone that has the winter and summer offsets of a VTIMEZONE this year. */
function byOffsets(component: Component | undefined, nowAt: number): string | null {
  const offsets = ["standard", "daylight"].map(
    (kind) =>
      component?.components
        .filter(({ name }) => name === kind)
        .at(-1)
        ?.text("tzoffsetto") ?? null,
  );
  const [standard, daylight] = offsets.map(minutesOf);
  if (standard === null || standard === undefined) return null;
  const year = new Date(nowAt).getUTCFullYear();
  const days = [Date.UTC(year, 0, 15), Date.UTC(year, 6, 15)];
  const wanted = [standard, daylight ?? standard].sort((a, b) => a - b).join();
  const zones = ["UTC", "Europe/Berlin", "Europe/London", "America/New_York", ...Intl.supportedValuesOf("timeZone")];
  return (
    zones.find(
      (zone) =>
        days
          .map((at) => offsetAt(zone, at) / 60_000)
          .sort((a, b) => a - b)
          .join() === wanted,
    ) ?? null
  );
}
