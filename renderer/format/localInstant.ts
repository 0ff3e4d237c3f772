import { fromLocal, offsetAt, toLocal } from "../../shared/schedule/zone/zone.ts";

const two = (n: number) => String(n).padStart(2, "0");

/** Local date and time of an instant (ISO 8601) in a zone, as a date-time input takes it; empty where it is none. */
export function localText(value: string | null | undefined, zone: string): string {
  const at = value ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return "";
  const t = toLocal(zone, at);
  const seconds = t.second === 0 ? "" : `:${two(t.second)}`;
  return `${String(t.year).padStart(4, "0")}-${two(t.month)}-${two(t.day)}T${two(t.hour)}:${two(t.minute)}${seconds}`;
}

const DAY_MS = 86_400_000;

/**
 * The instant (ISO 8601) of a date-time input's local date and time: the first of two; of a time that the clock skips, the
 * one that is later by the gap. Null where the text is none.
 */
export function instantOf(text: string, zone: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [found] = fromLocal(zone, { year, month, day, hour, minute, second });
  if (found !== undefined) return isoOf(found);
  const local = Date.parse(`${match[0].slice(0, 10)}T${two(hour)}:${two(minute)}:${two(second)}Z`);
  // A day and a half before, the clock still ran as it did before it skipped this time.
  return Number.isNaN(local) ? null : isoOf(local - offsetAt(zone, local - 1.5 * DAY_MS));
}

const isoOf = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");
