import { parseTimeOfDay, timeOfDayText } from "../../../../../shared/schedule/texts/timesOfDay.ts";

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Where a time of day stands on a strip, in per cent of the day. */
export const percentOf = (time: string): number => ((parseTimeOfDay(time) ?? 0) / DAY_MS) * 100;

/** The time of day under a pointer on a strip, to the nearest `stepMinutes`. */
export function timeAt(strip: Element, clientX: number, stepMinutes: number): string {
  const { left, width } = strip.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (clientX - left) / width));
  const step = stepMinutes * MINUTE_MS;
  return timeOfDayText(Math.min(DAY_MS - MINUTE_MS, Math.round((share * DAY_MS) / step) * step));
}

/** Minutes that a key moves a time by; null for other keys. Shift is fine, Page Up and Down an hour. */
export function minutesOfKey(key: string, shift: boolean): number | null {
  const fine = shift ? 1 : 15;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return -fine;
    case "ArrowRight":
    case "ArrowUp":
      return fine;
    case "PageUp":
      return 60;
    case "PageDown":
      return -60;
    default:
      return null;
  }
}

/** Minutes of a time of day, for the value of a slider. */
export const minutesOf = (time: string): number => Math.floor((parseTimeOfDay(time) ?? 0) / MINUTE_MS);
