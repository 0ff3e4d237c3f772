import type { CalendarEntry, ScheduleSpec } from "../../../../shared/schedule/index.ts";
import { parseCron } from "../../../../shared/schedule/texts/cron.ts";
import { compileTimes, hasFixedTimes, timeOfDayText } from "../../../../shared/schedule/texts/timesOfDay.ts";
import { meetsClockChange } from "../../../../shared/schedule/zone/zone.ts";
import type { Connection } from "../../sqlite.ts";

// Specs were read otherwise before: day of month and day of week together meant either, also where one began with `*`;
// under `vixie` a time was fixed where an entry had no other; and a zone was whatever the runtime took for one. What was
// stored then is written here in the words that mean now what it meant.

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** What a runtime takes an abbreviation for; anything else as it is. */
function zoneMeant(zone: string): string {
  if (!/^[A-Za-z]{2,5}$/.test(zone)) return zone;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return zone;
  }
}

const CRON_ZONE = /^(\s*(?:CRON_TZ|TZ)=)(\S+)(\s+)/;

interface Kept {
  cron: string[];
  calendar: CalendarEntry[];
}

/** Whether the entry's times mean something else now where its zone's clock changes. `fixed` is what they were. */
function changesAtClock(entry: CalendarEntry, zone: string, fixed: boolean): boolean {
  return hasFixedTimes(entry) !== fixed && [...compileTimes(entry)].some((time) => meetsClockChange(zone, time));
}

/** An expression of several listed times that are not to count as fixed: as entries, or (in a zone of its own) with a field that begins with a star. */
function keepTimes(expression: string, spec: ScheduleSpec): Kept {
  const { entries, timezone } = parseCron(expression);
  const zone = timezone ?? spec.timezone ?? "UTC";
  const [first] = entries;
  const alone = first !== undefined && compileTimes(first).length === 1;
  if (first === undefined || (spec.dst ?? "vixie") !== "vixie" || !changesAtClock(first, zone, alone)) {
    return { cron: [expression], calendar: [] };
  }
  if (zone === (spec.timezone ?? "UTC")) {
    return { cron: [], calendar: entries.map((entry) => ({ ...entry, dst: "literal" as const })) };
  }
  const prefix = CRON_ZONE.exec(expression)?.[0] ?? "";
  const fields = expression.slice(prefix.length).trim().split(/\s+/);
  const all = fields.length === 6 ? fields : ["0", ...fields];
  // A step beyond the field takes its first value alone.
  const starred = ["*/60", "*/60", "*/24"];
  const i = starred.findIndex((_, index) => /^0(,|$)/.test(all[index] as string));
  if (i < 0) return { cron: [expression], calendar: [] };
  all[i] = (all[i] as string).replace(/^0/, starred[i] as string);
  return { cron: [prefix + all.join(" ")], calendar: [] };
}

/** An expression whose day fields meant either, and would mean both: one for each. */
function eitherDay(expression: string): string[] {
  const prefix = CRON_ZONE.exec(expression)?.[0] ?? "";
  const fields = expression.slice(prefix.length).trim().split(/\s+/);
  if (fields.length < 5) return [expression];
  const [day, month, week] = fields.slice(-3) as [string, string, string];
  if (day === "*" || week === "*" || !(day.startsWith("*") || week.startsWith("*"))) return [expression];
  const clock = fields.slice(0, -3).join(" ");
  return [`${prefix}${clock} ${day} ${month} *`, `${prefix}${clock} * ${month} ${week}`];
}

function keepEntry(entry: CalendarEntry, spec: ScheduleSpec): CalendarEntry {
  if (entry.dst !== undefined) return entry;
  const times = compileTimes(entry);
  const fixed = times.length === 1;
  if ((spec.dst ?? "vixie") !== "vixie" || !changesAtClock(entry, spec.timezone ?? "UTC", fixed)) return entry;
  if (!fixed) return { ...entry, dst: "literal" };
  const { every: _every, between: _between, hour: _hour, minute: _minute, second: _second, ...days } = entry;
  return { ...days, times: [timeOfDayText(times[0] as number)] };
}

/** The spec in words that mean what it meant; the same object where it means that still. Throws where it was none. */
export function keepReading(stored: ScheduleSpec): ScheduleSpec {
  const timezone = stored.timezone === undefined ? undefined : zoneMeant(stored.timezone);
  const spec = timezone === stored.timezone || timezone === undefined ? stored : { ...stored, timezone };
  const cron = listOf(spec.cron).map((expression) =>
    expression.replace(CRON_ZONE, (_all, name: string, zone: string, space: string) => name + zoneMeant(zone) + space),
  );
  const kept = cron.flatMap(eitherDay).map((expression) => keepTimes(expression, spec));
  const expressions = kept.flatMap((one) => one.cron);
  const before = listOf<CalendarEntry>(spec.calendar);
  const entries = [...before.map((entry) => keepEntry(entry, spec)), ...kept.flatMap((one) => one.calendar)];
  const sameCron = expressions.join("\n") === listOf(stored.cron).join("\n");
  const sameCalendar = entries.length === before.length && entries.every((entry, i) => entry === before[i]);
  if (spec === stored && sameCron && sameCalendar) return stored;
  const { cron: _cron, calendar: _calendar, ...rest } = spec;
  return {
    ...(expressions.length === 0 ? {} : { cron: sameCron ? stored.cron : expressions }),
    ...(entries.length === 0 ? {} : { calendar: sameCalendar ? spec.calendar : entries }),
    ...rest,
  } as ScheduleSpec;
}

const NOTE = "cron is read as cron(5) says from this version on; written anew, it fires as before";

/** Rewrites the few stored specs that would be read otherwise, those of unfinished backfills too, and says so in the schedule's activity. */
export function keepReadings(connection: Connection): void {
  const now = Date.now();
  const rewritten = (spec: ScheduleSpec): ScheduleSpec => {
    try {
      return keepReading(spec);
    } catch {
      // What could not be read before is still named where it is used.
      return spec;
    }
  };
  const update = connection.prepare<[string, number, string]>(
    "update schedules set spec = ?, revision = revision + 1, updated_at = ? where id = ?",
  );
  const tell = connection.prepare<[string, number, string]>(
    "insert into activity (schedule_id, at, kind, actor, details) values (?, ?, 'edited', 'engine', ?)",
  );
  for (const { id, spec } of connection
    .prepare<[], { id: string; spec: string }>("select id, spec from schedules")
    .all()) {
    const from = JSON.parse(spec) as ScheduleSpec;
    const to = rewritten(from);
    if (to === from) continue;
    update.run(JSON.stringify(to), now, id);
    tell.run(id, now, JSON.stringify({ changes: [{ field: "spec", from, to }], note: NOTE }));
  }
  const open = connection.prepare<[], { id: string; snapshot: string }>(
    "select id, snapshot from backfills where status in ('planning', 'running', 'paused', 'cancelling')",
  );
  const replace = connection.prepare<[string, string]>("update backfills set snapshot = ? where id = ?");
  for (const { id, snapshot } of open.all()) {
    const before = JSON.parse(snapshot) as { spec: ScheduleSpec };
    const spec = rewritten(before.spec);
    if (spec !== before.spec) replace.run(JSON.stringify({ ...before, spec }), id);
  }
}
