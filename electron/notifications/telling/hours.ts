import type { QuietHours } from "../../../shared/domain/notifications.ts";
import { compileSpec, isKnownZone, nextOccurrence, startOfLocalDay, toLocal } from "../../../shared/schedule/index.ts";

const pad = (n: number): string => String(n).padStart(2, "0");

/** The zone that is meant, where this system knows it. */
const zoneOf = (timezone: string | null, own: string): string =>
  timezone !== null && isKnownZone(timezone) ? timezone : own;

/** The first instant after `at` at which a zone's clock shows a time of day. */
function nextTime(time: string, timezone: string, at: number): number {
  const compiled = compileSpec({ calendar: [{ times: [time] }], timezone }, { anchorAt: 0 });
  return nextOccurrence(compiled, at) ?? at;
}

/** When the quiet hours end that an instant lies in; null where it lies in none. Instants are epoch ms. */
export function quietUntil(quiet: QuietHours | null, at: number, ownZone: string): number | null {
  if (quiet === null) return null;
  const zone = zoneOf(quiet.timezone, ownZone);
  const endsAt = nextTime(quiet.to, zone, at);
  return endsAt <= nextTime(quiet.from, zone, at) ? endsAt : null;
}

/** Where the local day of an instant begins and ends, by the zone of a rule's quiet hours or the machine's. */
export function dayOf(quiet: QuietHours | null, at: number, ownZone: string): { fromAt: number; toAt: number } {
  const zone = zoneOf(quiet?.timezone ?? null, ownZone);
  const { year, month, day } = toLocal(zone, at);
  const fromAt = startOfLocalDay(zone, `${year}-${pad(month)}-${pad(day)}`);
  const next = toLocal("UTC", Date.UTC(year, month - 1, day + 1));
  return { fromAt, toAt: startOfLocalDay(zone, `${next.year}-${pad(next.month)}-${pad(next.day)}`) };
}

/** `23:10`, by a zone's clock. */
export function timeOfDay(at: number, zone: string): string {
  const { hour, minute } = toLocal(zone, at);
  return `${pad(hour)}:${pad(minute)}`;
}
