import { listOf } from "../texts/lists.ts";
import { hasTimeFields } from "../texts/timesOfDay.ts";
import type { CalendarEntry, Exclusion, ScheduleSpec } from "../types.ts";
import { type CompiledSpec, compileSpec } from "./compile.ts";
import { nextOccurrence, previousOccurrence } from "./occurrences.ts";

const DAY_FIELDS = [
  "dayOfMonth",
  "businessDay",
  "month",
  "dayOfWeek",
  "weekOfMonth",
  "year",
  "everyWeeks",
  "everyMonths",
  "holidays",
] as const;
/** Each exclusion tried alone costs a search, so of long lists none is singled out. */
const MAX_SINGLED_OUT = 4;

/** Why a spec has no occurrence from an instant on (where left out: at any time), with the fields that contradict; null where it has one. */
export function whyNeverFires(c: CompiledSpec, fromAt?: number): { message: string; paths: string[] } | null {
  const from = fromAt ?? (Number.isFinite(c.startAt) ? c.startAt : Date.UTC(2000, 0, 1));
  const firesAs = (compiled: CompiledSpec) =>
    nextOccurrence(compiled, from - 1) !== null ||
    (fromAt === undefined && previousOccurrence(compiled, from) !== null);
  if (firesAs(c)) return null;
  const fires = (spec: ScheduleSpec) => firesAs(compileSpec(spec, c.context));
  const { exclude, onlyOn, startAt, endAt, ...bare } = c.spec;
  if (endAt && Date.parse(endAt) <= from)
    return { message: "It has ended: nothing is left before its end.", paths: ["endAt"] };
  // When an event comes nobody knows.
  if (c.spec.on !== undefined) return null;
  const kinds = (["cron", "interval", "calendar", "at"] as const).filter((kind) => c.spec[kind] !== undefined);
  const isPast =
    c.spec.at !== undefined && !fires(bare) && previousOccurrence(compileSpec(bare, c.context), from) !== null;
  if (isPast && kinds.length === 1) {
    const several = listOf<string>(c.spec.at).length > 1;
    return {
      message: `${several ? "All of its times are" : "Its time is"} past: one to come is expected.`,
      paths: ["at"],
    };
  }
  if (!fires(bare)) return contradiction(bare, fires, kinds);
  const bounds = (["startAt", "endAt"] as const).filter((name) => c.spec[name]);
  // An interval takes its phase from the start, so that stays where only the exclusions are asked about.
  const excluded = exclude !== undefined || onlyOn !== undefined;
  if (!excluded || !fires({ ...bare, startAt, endAt })) {
    return { message: "Nothing falls between its start and its end.", paths: bounds };
  }
  if (onlyOn !== undefined && !fires({ ...bare, startAt, onlyOn }))
    return { message: "None of it falls on a day of the calendar that it is bound to.", paths: ["onlyOn", ...kinds] };
  const only = onlyOn === undefined ? {} : { onlyOn };
  const excluding =
    exclude === undefined
      ? ["onlyOn"]
      : excludingPaths(exclude, (one) => fires({ ...bare, ...only, startAt, exclude: one }));
  const bounded =
    bounds.length > 0 && fires({ ...bare, ...only, startAt, ...(exclude === undefined ? {} : { exclude }) });
  return { message: "All of it is excluded.", paths: [...excluding, ...(bounded ? bounds : []), ...kinds] };
}

function excludingPaths(
  exclude: Exclusion | readonly Exclusion[],
  firesWithout: (one: Exclusion) => boolean,
): string[] {
  const list = listOf<Exclusion>(exclude);
  if (!Array.isArray(exclude)) return ["exclude"];
  if (list.length === 1) return ["exclude[0]"];
  if (list.length > MAX_SINGLED_OUT) return ["exclude"];
  // One with times of day takes a longer search, and seldom takes everything away by itself.
  const alone = list.findIndex(
    (one) => !(typeof one === "object" && hasTimeFields(one as CalendarEntry)) && !firesWithout(one),
  );
  return alone < 0 ? ["exclude"] : [`exclude[${alone}]`];
}

function contradiction(
  bare: ScheduleSpec,
  fires: (spec: ScheduleSpec) => boolean,
  kinds: readonly string[],
): { message: string; paths: string[] } {
  if (fires({ ...bare, timezone: "UTC" })) {
    return { message: "Its time of day is always skipped by the clock.", paths: ["dst", "timezone", ...kinds] };
  }
  const entries = listOf<CalendarEntry>(bare.calendar);
  const paths = entries.flatMap((entry, i) => {
    const path = Array.isArray(bare.calendar) ? `calendar[${i}]` : "calendar";
    return contradictingFields(entry, fires).map((field) => `${path}.${field}`);
  });
  return paths.length > 0
    ? {
        message: paths.length === 1 ? `${paths[0]} matches no day.` : `${paths.join(", ")} never match together.`,
        paths,
      }
    : { message: "No day matches.", paths: [...kinds] };
}

/** The fields of which none can be left out without days being left that match. */
function contradictingFields(entry: CalendarEntry, fires: (spec: ScheduleSpec) => boolean): string[] {
  const pick = (names: readonly (typeof DAY_FIELDS)[number][]) =>
    ({
      ...Object.fromEntries(names.map((name) => [name, entry[name]])),
      // What they are nothing without.
      ...(names.includes("everyWeeks") || names.includes("everyMonths") ? { from: entry.from } : {}),
      ...(names.includes("businessDay") ? { holidays: entry.holidays } : {}),
      ...(names.includes("holidays") && entry.businessDay === undefined ? { onHoliday: entry.onHoliday } : {}),
    }) as CalendarEntry;
  let fields = DAY_FIELDS.filter((name) => entry[name] !== undefined);
  for (const field of fields) {
    const without = fields.filter((name) => name !== field);
    if (!fires({ calendar: pick(without) })) fields = without;
  }
  return fields;
}
