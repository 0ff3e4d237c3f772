import { getZone, instantsOf } from "../../../../../shared/schedule/zone/zone.ts";
import type { Property } from "./components.ts";
import type { ZoneOf } from "./zones.ts";

/** A time as it is written. */
export interface IcalTime {
  /** What the clock shows, as epoch ms as if it were UTC. */
  at: number;
  isDate: boolean;
  /** Null where it floats, and of a date. */
  zone: string | null;
}

/** What an event says that cannot be taken: what and why, in words. */
export class EventProblem extends Error {}

const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(?::*|(\d{2}):(\d{2}):(\d{2})(Z?)))?$/;

/** A value of a date or time property. Throws EventProblem. */
export function timeOf(property: Property, value: unknown, zoneOf: ZoneOf, told: (note: string) => void): IcalTime {
  const tzid = property.parameters["tzid"];
  return readTime(property.name, value, typeof tzid === "string" ? tzid : null, zoneOf, told);
}

export function readTime(
  name: string,
  value: unknown,
  tzid: string | null,
  zoneOf: ZoneOf,
  told: (note: string) => void,
): IcalTime {
  const match = pattern.exec(String(value));
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1, 7).map((part) => Number(part ?? 0));
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  const date = new Date(at);
  if (match === null || date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day || (hour ?? 0) > 24)
    throw new EventProblem(
      `${name.toUpperCase()} takes a date or time that exists, not ${String(value).replace(/T:+$/, "").slice(0, 40)}`,
    );
  if (match[4] === undefined) return { at, isDate: true, zone: null };
  if (match[7] === "Z") return { at, isDate: false, zone: "UTC" };
  if (tzid === null) return { at, isDate: false, zone: null };
  const found = zoneOf(tzid);
  if (found === null)
    told(`the zone ${tzid.slice(0, 100)} is not known: its times are taken in the zone of each schedule`);
  else if (found.guessed)
    told(`the zone ${tzid.slice(0, 100)} is taken as ${found.zone}, which has the same offsets this year`);
  return { at, isDate: false, zone: found?.zone ?? null };
}

/** The same moment as the clock of another zone shows it; what floats, and a date, is the same everywhere. */
export function inZone(time: IcalTime, zone: string | null): number {
  if (time.isDate || time.zone === null || zone === null || time.zone === zone) return time.at;
  const instant = instantOf(time);
  return instant + getZone(zone).offsetAt(instant);
}

function instantOf({ at, zone }: IcalTime): number {
  return instantsOf(getZone(zone ?? "UTC"), at)[0] ?? at;
}

const durationPattern = /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** An iCalendar duration, ms. Throws EventProblem. */
export function durationOf(value: unknown): number {
  const match = durationPattern.exec(String(value));
  if (match === null)
    throw new EventProblem(`DURATION takes a duration such as PT1H, not ${String(value).slice(0, 40)}`);
  const [weeks, days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0)) as number[];
  const total =
    ((weeks ?? 0) * 7 + (days ?? 0)) * 86_400_000 + (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  return match[1] === "-" ? -total : total;
}
