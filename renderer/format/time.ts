/** Times in words. Pure: the clock, zone and locale are arguments; instants are epoch ms. */

import { getZone, isKnownZone } from "../../shared/schedule/zone/zone.ts";

export interface TimeFormat {
  locale: string | undefined;
  /** Zone the reader lives in. */
  zone: string;
  /** Follows the locale where left out. */
  hour12?: boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(format: TimeFormat, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${format.locale}|${format.zone}|${format.hour12}|${JSON.stringify(options)}`;
  let made = cache.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(format.locale, {
      ...options,
      timeZone: shownZone(format.zone),
      ...(options.hour !== undefined && format.hour12 !== undefined
        ? { hourCycle: format.hour12 ? "h12" : "h23" }
        : {}),
    });
    cache.set(key, made);
  }
  return made;
}

/** The zone itself, or UTC where this system does not know it: a schedule from elsewhere may name such a one. */
function shownZone(zone: string): string {
  return isKnownZone(zone) ? zone : "UTC";
}

/** Local date of an instant as `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  const parts = formatter(
    { locale: "en-CA-u-ca-gregory-nu-latn", zone },
    { year: "numeric", month: "2-digit", day: "2-digit" },
  );
  return parts.format(at);
}

/** Whole local days from the day of `from` to the day of `to`. */
function daysBetween(from: number, to: number, zone: string): number {
  return Math.round((Date.parse(localDate(to, zone)) - Date.parse(localDate(from, zone))) / dayMs);
}

const twelveHours = new Map<string, boolean>();

/** `09:00`, but `9:00 AM`: a clock of twelve hours has no leading nought. */
function hourDigits(format: TimeFormat): "numeric" | "2-digit" {
  const key = `${format.locale}`;
  let twelve = twelveHours.get(key);
  if (twelve === undefined) {
    twelve = new Intl.DateTimeFormat(format.locale, { hour: "numeric" }).resolvedOptions().hour12 === true;
    twelveHours.set(key, twelve);
  }
  return (format.hour12 ?? twelve) ? "numeric" : "2-digit";
}

/** `09:00`, or `9:00 AM` where the locale says so; with seconds where the instant has them, or `always`. */
export function clockTime(at: number, format: TimeFormat, seconds: "if any" | "always" = "if any"): string {
  const withSeconds = seconds === "always" || at % minuteMs !== 0;
  return formatter(format, {
    hour: hourDigits(format),
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" as const } : {}),
  }).format(at);
}

/** `1 Dec`, with the year where it is not the year of `now`. */
export function shortDate(at: number, now: number, format: TimeFormat): string {
  const sameYear = localDate(at, format.zone).slice(0, 4) === localDate(now, format.zone).slice(0, 4);
  return formatter(format, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" as const }),
  }).format(at);
}

/** `Mon 1 Dec 09:00`, for where the zone is said beside it. */
export function weekdayAndTime(at: number, now: number, format: TimeFormat): string {
  return `${formatter(format, { weekday: "short" }).format(at)} ${shortDate(at, now, format)} ${clockTime(at, format)}`;
}

/**
 * Short, as one says it: `in 4 min`, `12 s ago`, `today 14:45`, `tomorrow 09:00`, `Thu 09:00`, `1 Dec 00:00`, `1 Mar 2027 09:00`.
 * What is over is told to the minute, but for `seconds`: those of runs tell apart what runs often.
 */
export function shortTime(at: number, now: number, format: TimeFormat, seconds = at > now): string {
  const ahead = at - now;
  const away = Math.abs(ahead);
  if (away < 1000) return "now";
  if (away < 60 * minuteMs) {
    const amount = away < minuteMs ? `${Math.floor(away / 1000)} s` : `${Math.floor(away / minuteMs)} min`;
    return ahead > 0 ? `in ${amount}` : `${amount} ago`;
  }
  const clock = clockTime(at - (at % (seconds ? 1000 : minuteMs)), format);
  const days = daysBetween(now, at, format.zone);
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `tomorrow ${clock}`;
  if (days === -1) return `yesterday ${clock}`;
  if (days > 1 && days < 7) return `${formatter(format, { weekday: "short" }).format(at)} ${clock}`;
  return `${shortDate(at, now, format)} ${clock}`;
}

/** Whether two zones show another time of day at an instant; zones of the same clock need no word. */
export function clocksDiffer(at: number, one: string, other: string): boolean {
  const [mine, theirs] = [shownZone(one), shownZone(other)];
  return mine !== theirs && getZone(mine).offsetAt(at) !== getZone(theirs).offsetAt(at);
}

/** A zone as one says it beside a time: `Berlin`, `Buenos Aires`, `UTC`. */
export function zoneCity(zone: string): string {
  return (shownZone(zone).split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** The reader's own zone beside a time: `UTC`, `GMT+1`, `EST`. */
export function zoneShortName(at: number, format: TimeFormat): string {
  const parts = formatter(format, { timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? format.zone;
}

/** Whether `shortTime` says how long it is till then, or since, which is the same on every clock. */
const isRelative = (at: number, now: number): boolean => Math.abs(at - now) < 60 * minuteMs;

/** `shortTime` on the clock of a schedule, with its zone where that is another clock than the reader's: `tomorrow 09:00 Berlin`. */
export function shortTimeThere(at: number, now: number, zone: string, format: TimeFormat): string {
  const text = shortTime(at, now, { ...format, zone });
  return isRelative(at, now) || !clocksDiffer(at, zone, format.zone) ? text : `${text} ${zoneCity(zone)}`;
}

/**
 * What follows a time on the reader's clock where the schedule goes by another one, so that "At 09:00" and "8:00 AM" beside
 * each other say which is which: the name of the reader's zone, or, `both`, the schedule's time too. Null where nothing does.
 */
export function zoneNote(at: number, now: number, zone: string, format: TimeFormat, both: boolean): string | null {
  if (isRelative(at, now) || !clocksDiffer(at, zone, format.zone)) return null;
  if (!both) return zoneShortName(at, format);
  const there = { ...format, zone };
  const sameDay = localDate(at, zone) === localDate(at, format.zone);
  const day = sameDay ? "" : `${formatter(there, { weekday: "short" }).format(at)} `;
  return `${day}${clockTime(at - (at % 1000), there)} ${zoneCity(zone)}`;
}

/** `29 Nov 2026, 13:00 – 14:30`, on the reader's clock. */
export function rangeText(from: number, to: number, format: TimeFormat): string {
  return formatter(format, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: hourDigits(format),
    minute: "2-digit",
  }).formatRange(from, to);
}

/** `Mon 23 Nov 2026, 09:00:00 GMT+1`: nothing left to guess. */
export function exactTime(at: number, format: TimeFormat): string {
  return formatter(format, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: hourDigits(format),
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(at);
}

/** Some zones are called as the clock says itself. */
const named = (exact: string, zone: string): string => (exact.endsWith(` ${zone}`) ? exact : `${exact} · ${zone}`);

/** The exact time in the schedule's zone, then in the reader's where that is another one; a line each. */
export function exactInZones(at: number, zone: string | undefined, format: TimeFormat): string {
  const own = exactTime(at, format);
  if (zone === undefined || zone === format.zone) return named(own, format.zone);
  const name = shownZone(zone) === zone ? zone : `UTC (${zone} is not known here)`;
  return `${named(exactTime(at, { ...format, zone }), name)}\n${own} · your time`;
}

/** How long: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 0) return "0 s";
  if (ms < 1000) return ms < 1 ? "0 s" : `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < minuteMs) return `${Math.round(ms / 1000)} s`;
  const units: [number, string][] = [
    [dayMs, "d"],
    [60 * minuteMs, "h"],
    [minuteMs, "min"],
    [1000, "s"],
  ];
  const first = units.findIndex(([size]) => ms >= size);
  const [size, name] = units[first] ?? [1000, "s"];
  const whole = Math.floor(ms / size);
  const [smallSize, smallName] = units[first + 1] ?? [1, "ms"];
  // From ten minutes on nobody counts seconds.
  if (name === "min" && whole >= 10) return `${whole} min`;
  const rest = Math.floor((ms - whole * size) / smallSize);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${smallName}`;
}

/** The same by its largest unit alone, where there is no room for two: `12 s`, `3 min`, `2 h`. */
export function briefDurationText(ms: number): string {
  return durationText(ms).split(" ").slice(0, 2).join(" ");
}
