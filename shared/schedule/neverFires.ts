import type { CompiledSpec } from "./compile.ts";
import { compileSpec, listOf } from "./compile.ts";
import { nextOccurrence, previousOccurrence } from "./occurrences.ts";
import type { CalendarEntry, ScheduleSpec } from "./types.ts";

/** Why a spec has no occurrence from an instant on (default: ever), with the fields that contradict; null where it has one. */
export function whyNeverFires(c: CompiledSpec, fromAt?: number): { message: string; paths: string[] } | null {
  const from = fromAt ?? (Number.isFinite(c.startAt) ? c.startAt : Date.UTC(2000, 0, 1));
  if (nextOccurrence(c, from - 1) !== null) return null;
  const fires = (spec: ScheduleSpec, at = from) => {
    const bare = compileSpec(spec, { anchorAt: at });
    return nextOccurrence(bare, at - 1) !== null || (fromAt === undefined && previousOccurrence(bare, at) !== null);
  };
  const { exclude, startAt, endAt, ...rest } = c.spec;
  if (fromAt === undefined && previousOccurrence(c, from) !== null) return null;
  if (fires(rest)) {
    if (exclude === undefined || !fires({ ...rest, startAt, endAt })) {
      const paths = [...(startAt ? ["startAt"] : []), ...(endAt ? ["endAt"] : [])];
      return endAt && Date.parse(endAt) <= from
        ? { message: "It has ended: no run is left before its end.", paths: ["endAt"] }
        : { message: "No run falls between its start and its end.", paths };
    }
    return { message: "Every run is excluded.", paths: ["exclude", ...kindsOf(rest)] };
  }
  const entries = listOf<CalendarEntry>(rest.calendar);
  const paths = entries.flatMap((entry, i) =>
    contradiction(entry, Array.isArray(rest.calendar) ? `calendar[${i}]` : "calendar"),
  );
  return {
    message: "No day or time matches all fields.",
    paths: paths.length > 0 ? paths : kindsOf(rest),
  };
}

function kindsOf(spec: ScheduleSpec): string[] {
  return (["cron", "interval", "calendar"] as const).filter((kind) => spec[kind] !== undefined);
}

function contradiction(entry: CalendarEntry, path: string): string[] {
  return (["dayOfMonth", "month", "dayOfWeek", "weekOfMonth", "year"] as const)
    .filter((field) => entry[field] !== undefined)
    .map((field) => `${path}.${field}`);
}
