/** Time as a line of pixels: what is in view, how it is zoomed and moved, idle time that is folded, and the marks of the scale. Pure; epoch ms. */
import { addDays } from "../../../shared/schedule/zone/civil.ts";
import { isKnownZone, startOfLocalDay } from "../../../shared/schedule/zone/zone.ts";
import { clockTime, localDate, type TimeFormat } from "../../format/time.ts";

/** A stretch of time, the end left out. */
export interface Span {
  from: number;
  to: number;
}

/** How far a view may be zoomed, and where it ends on either side. */
export interface ViewLimits {
  leastMs: number;
  mostMs: number;
  within?: Span;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** From a minute to a year. */
export const usualLimits: ViewLimits = { leastMs: minuteMs, mostMs: 366 * dayMs };

/** The nearest view to this one that the limits allow; its length goes before its place. */
export function clampView({ from, to }: Span, { leastMs, mostMs, within }: ViewLimits): Span {
  const most = within === undefined ? mostMs : Math.min(mostMs, within.to - within.from);
  const length = Math.min(Math.max(to - from, Math.min(leastMs, most)), most);
  let start = from + (to - from - length) / 2;
  if (within !== undefined) start = Math.min(Math.max(start, within.from), within.to - length);
  return { from: start, to: start + length };
}

/** Zooms so that the instant `at` stays where it is; a `factor` under 1 zooms in. */
export function zoomView(view: Span, at: number, factor: number, limits: ViewLimits): Span {
  const length = view.to - view.from;
  const { from, to } = clampView({ from: 0, to: length * factor }, { ...limits, within: undefined });
  const next = Math.min(to - from, limits.within === undefined ? to - from : limits.within.to - limits.within.from);
  const start = at - ((at - view.from) / length) * next;
  return clampView({ from: start, to: start + next }, limits);
}

/** Moves a view by so many ms. */
export const moveView = (view: Span, byMs: number, limits: ViewLimits): Span =>
  clampView({ from: view.from + byMs, to: view.to + byMs }, limits);

/** An idle stretch that is drawn as if it lasted `shownMs`. */
export interface Fold extends Span {
  shownMs: number;
}

/** Real time against the time that is drawn: the same where nothing is folded. */
export interface Axis {
  folds: readonly Fold[];
  shown(at: number): number;
  real(shown: number): number;
}

export const plainAxis: Axis = { folds: [], shown: (at) => at, real: (shown) => shown };

/**
 * Folds what lies idle between busy stretches, where that is longer than a fifth of all that is busy: each fold is then
 * drawn as a twentieth of it. What is busy keeps its scale.
 */
export function foldIdle(busy: readonly Span[]): Axis {
  const joined: Span[] = [];
  for (const { from, to } of [...busy].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  const busyMs = Math.max(
    1,
    joined.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  const folds: Fold[] = [];
  joined.slice(1).forEach(({ from }, index) => {
    const idle = { from: (joined[index] as Span).to, to: from };
    if (idle.to - idle.from > busyMs / 5) folds.push({ ...idle, shownMs: busyMs / 20 });
  });
  if (folds.length === 0) return plainAxis;
  return {
    folds,
    shown(at) {
      let less = 0;
      for (const { from, to, shownMs } of folds) {
        if (at <= from) break;
        const share = Math.min(1, (at - from) / (to - from));
        less += share * (to - from - shownMs);
      }
      return at - less;
    },
    real(shown) {
      let less = 0;
      for (const { from, to, shownMs } of folds) {
        const begins = from - less;
        if (shown <= begins) break;
        if (shown < begins + shownMs) return from + ((shown - begins) / shownMs) * (to - from);
        less += to - from - shownMs;
      }
      return shown + less;
    },
  };
}

/** Lengths that people count in. Longer than a day is counted by the calendar. */
export const niceSteps: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 7, 14, 30, 91, 182, 365].map((days) => days * dayMs),
];

/** The shortest length people count in that is at least so long. */
export function niceStep(leastMs: number): number {
  return niceSteps.find((step) => step >= leastMs) ?? 365 * dayMs;
}

/** A mark of the scale. */
export interface Tick {
  at: number;
  text: string;
  /** Begins a day where others are times, a year where others are months. */
  strong: boolean;
}

/** The marks of a scale, a length people count in apart and at least `leastMs`, on the clock and calendar of the zone. */
export function ticksOf({ from, to }: Span, leastMs: number, format: TimeFormat): Tick[] {
  const step = niceStep(leastMs);
  const zone = isKnownZone(format.zone) ? format.zone : "UTC";
  const ticks: Tick[] = [];
  const print = (at: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(format.locale, { ...options, timeZone: zone }).format(at);
  if (step < dayMs) {
    for (let date = localDate(from, zone); ; date = addDays(date, 1)) {
      const begins = startOfLocalDay(zone, date);
      if (begins >= to) return ticks;
      const ends = startOfLocalDay(zone, addDays(date, 1));
      for (
        let at = begins + Math.max(0, Math.ceil((from - begins) / step)) * step;
        at < Math.min(ends, to);
        at += step
      ) {
        const midnight = at === begins;
        const text = midnight
          ? print(at, { weekday: "short", day: "numeric", month: "short" })
          : step < secondMs
            ? `${print(at, { second: "numeric", fractionalSecondDigits: 3 })} s`
            : clockTime(at, format, step < minuteMs ? "always" : "if any");
        ticks.push({ at, text, strong: midnight });
      }
    }
  }
  const days = step / dayMs;
  const months = { 30: 1, 91: 3, 182: 6, 365: 12 }[days];
  for (let date = localDate(from, zone); ; date = addDays(date, 1)) {
    const at = startOfLocalDay(zone, date);
    if (at >= to) return ticks;
    const [year, month, day] = date.split("-").map(Number) as [number, number, number];
    // 5 January 1970 was a Monday.
    const number = Math.round(Date.parse(date) / dayMs);
    const falls = months === undefined ? (number + 3) % days === 0 : day === 1 && (month - 1) % months === 0;
    if (!falls || at < from) continue;
    const strong = months !== undefined && month === 1;
    const text = strong
      ? String(year)
      : months !== undefined
        ? print(at, { month: "short" })
        : days === 1
          ? print(at, { weekday: "short", day: "numeric" })
          : print(at, { day: "numeric", month: "short" });
    ticks.push({ at, text, strong });
  }
}
