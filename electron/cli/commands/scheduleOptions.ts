import type { Command } from "commander";
import type { CreateScheduleInput, UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { catchupPolicies, type KeepRuns, keepRunsChoices, overlapPolicies } from "../../../shared/domain/schedule.ts";
import type { CalendarEntry, EventEntry, ScheduleSpec } from "../../../shared/schedule/index.ts";
import { isKnownZone, offsetAt, parseDuration, parseWhen, zoneTaken } from "../../../shared/schedule/index.ts";
import { collect, instant, jsonValue, oneOf, wholeNumber } from "../values.ts";

export interface ScheduleOptions {
  name?: string;
  workflow?: string;
  cron?: string[];
  every?: string[];
  calendar?: string;
  at?: string[];
  in?: string;
  on?: string;
  when?: string;
  spec?: string;
  timezone?: string;
  overlap?: CreateScheduleInput["overlapPolicy"];
  catchup?: CreateScheduleInput["catchup"];
  catchupWindow?: string;
  input?: string;
  startAt?: string;
  endAt?: string;
  maxRuns?: number;
  pauseOnFailure?: number;
  timeout?: string;
  memoryLimit?: string;
  slowAfter?: string;
  dueBy?: string;
  pool?: string[];
  queue?: string;
  keep?: KeepRuns;
  maxAttempts?: number;
  retryDelay?: string;
  recover?: "yes" | "no";
  maxRecoveryAttempts?: number;
  note?: string;
  tag?: string[];
}

/** Options that `create` and `update` share: what, when and policies. */
export function addScheduleOptions(command: Command): Command {
  return command
    .option("--name <text>", "what people call it (default: the id)")
    .option("--cron <expression>", "when, as cron (repeatable)", collect)
    .option("--every <duration>", "when, as an interval such as 90m (repeatable)", collect)
    .option("--calendar <json>", "when, as a calendar entry or a list of them")
    .option("--at <time>", "once, at a local time such as 2026-12-24T18:00 (repeatable)", collect)
    .option("--in <duration>", "once, so long from now, such as 20m")
    .option(
      "--on <json>",
      'on an event: boot, start, wake or after, such as \'{"after":{"scheduleId":"backup"},"delay":"5m"}\'',
    )
    .option(
      "--when <text>",
      "when, in words or as another program writes it, such as 'weekdays at 9:00' or 'after backup fails' (see: spec parse)",
    )
    .option("--spec <json>", "when, as a whole spec (or @FILE)")
    .option("--timezone <zone>", "IANA zone of the spec (default: UTC)")
    .option("--overlap <policy>", overlapPolicies.join(", "), oneOf(overlapPolicies))
    .option("--catchup <policy>", catchupPolicies.join(", "), oneOf(catchupPolicies))
    .option("--catchup-window <duration>", "how old a missed occurrence may be to be caught up")
    .option("--input <json>", "the workflow's input (or @FILE)")
    .option("--start-at <time>", "first instant that may fire")
    .option("--end-at <time>", "first instant that may not fire any more")
    .option("--max-runs <number>", "end after so many firings", wholeNumber(1))
    .option("--pause-on-failure <number>", "pause after so many failures in a row", wholeNumber(1, 1000))
    .option("--timeout <duration>", "end a run as failed after so long")
    .option("--memory-limit <size>", "end a run as failed that takes more, such as 512MiB, or none")
    .option("--slow-after <duration>", "tell of a run that takes longer; it goes on")
    .option("--due-by <HH:MM>", "tell of a run that has not ended by this time of day; it goes on")
    .option("--max-attempts <number>", "attempts of a run", wholeNumber(1, 100))
    .option("--retry-delay <duration>", "first wait before another attempt; doubles each time")
    .option("--recover <yes|no>", "go on with a run whose program died", oneOf(["yes", "no"]))
    .option("--max-recovery-attempts <number>", "how often it goes on at most", wholeNumber(0, 100))
    .option("--pool <name>", "a pool that its runs need a place in (repeatable); see pools", collect)
    .option("--queue <name>", "the queue whose workers take its runs, such as gpu; '': what its workflow says")
    .option(
      "--keep <runs>",
      "all: every run as long as Settings say; failures: beyond its newest hundred, failures alone",
      oneOf(keepRunsChoices),
    )
    .option("--note <text>", "a note for people")
    .option("--tag <tag>", "a tag (repeatable)", collect);
}

/** Without the entries that are undefined, so that leaving an option out changes nothing. */
function given<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list);

/** The local time so long from now in a zone, to the second. */
function timeIn(duration: string, zone: string): string {
  const ms = parseDuration(duration);
  const at = Date.now() + ms;
  return new Date(at + offsetAt(zone, at)).toISOString().slice(0, 19);
}

/** What the options that say when come to; the zone is that of the spec. */
function whenOf(options: ScheduleOptions, zone: string): { spec: ScheduleSpec; notes: string[] } {
  const { cron, every, calendar, at, on, when } = options;
  if (when !== undefined)
    return parseWhen(when, { now: Date.now(), ...(options.timezone === undefined ? {} : { timezone: zone }) });
  const once = [...(at ?? []), ...(options.in === undefined ? [] : [timeIn(options.in, zone)])];
  const spec: ScheduleSpec = given({
    cron: cron === undefined ? undefined : one(cron),
    interval: every === undefined ? undefined : one(every),
    calendar: calendar === undefined ? undefined : (jsonValue("calendar", calendar) as CalendarEntry),
    at: once.length === 0 ? undefined : one(once),
    on: on === undefined ? undefined : (jsonValue("on", on) as EventEntry),
  });
  return { spec, notes: [] };
}

/** The spec that the options say, with what was guessed of it; undefined where none of them says when. */
export function specOf(
  options: ScheduleOptions,
  current?: ScheduleSpec,
): { spec: ScheduleSpec; notes: string[] } | undefined {
  const { spec, timezone, startAt, endAt, when } = options;
  const { cron, every, calendar, at, in: inside, on } = options;
  const kinds = [cron, every, calendar, at, inside, on].filter((kind) => kind !== undefined).length;
  if (spec !== undefined && (kinds > 0 || when !== undefined)) {
    throw invalidField(
      "spec",
      spec,
      "either --spec, or --cron, --every, --calendar, --at, --in, --on and --when are expected, not both",
    );
  }
  if (when !== undefined && kinds > 0) {
    throw invalidField(
      "when",
      when,
      "either --when, or --cron, --every, --calendar, --at, --in and --on are expected, not both",
    );
  }
  const says = kinds > 0 || when !== undefined;
  if (spec === undefined && !says) {
    if (timezone === undefined && startAt === undefined && endAt === undefined) return undefined;
    if (current === undefined) return undefined;
  }
  if (timezone !== undefined && !isKnownZone(timezone)) {
    throw invalidField("spec.timezone", timezone, zoneTaken(timezone));
  }
  const { cron: _cron, interval: _interval, calendar: _calendar, at: _at, on: _on, ...kept } = current ?? {};
  const keptZone = timezone ?? kept.timezone ?? "UTC";
  const read = says ? whenOf(options, isKnownZone(keptZone) ? keptZone : "UTC") : null;
  const base: ScheduleSpec =
    spec !== undefined
      ? (jsonValue("spec", spec) as ScheduleSpec)
      : read !== null
        ? { ...kept, ...read.spec }
        : (current ?? {});
  const notes = read?.notes ?? [];
  if (typeof base !== "object" || base === null) return { spec: base, notes };
  const own = base.timezone ?? timezone ?? "UTC";
  // A text that names its zone keeps it.
  const taken =
    when !== undefined && read?.spec.timezone !== undefined ? read.spec.timezone : (timezone ?? base.timezone);
  const zone = taken ?? (isKnownZone(own) ? own : "UTC");
  return {
    spec: given({
      ...base,
      timezone: taken,
      startAt: startAt === undefined ? base.startAt : instant("startAt", startAt, zone),
      endAt: endAt === undefined ? base.endAt : instant("endAt", endAt, zone),
    }),
    notes,
  };
}

type Policies = Omit<UpdateScheduleInput, "scheduleId" | "spec" | "revision">;

/** Everything but when, as the API takes it; what was left out stays left out. */
export function policiesOf(options: ScheduleOptions): Policies {
  return given<Policies>({
    name: options.name,
    workflowName: options.workflow,
    input: options.input === undefined ? undefined : (jsonValue("input", options.input) as Policies["input"]),
    overlapPolicy: options.overlap,
    catchup: options.catchup,
    catchupWindow: options.catchupWindow,
    maxRuns: options.maxRuns,
    pauseOnFailure: options.pauseOnFailure,
    timeout: options.timeout,
    memoryLimit: options.memoryLimit,
    slowAfter: options.slowAfter,
    dueBy: options.dueBy,
    pools: options.pool,
    queue: options.queue === "" ? null : options.queue,
    keepRuns: options.keep,
    maxAttempts: options.maxAttempts,
    retryDelay: options.retryDelay,
    recoverOnWorkerLoss: options.recover === undefined ? undefined : options.recover === "yes",
    maxRecoveryAttempts: options.maxRecoveryAttempts,
    note: options.note,
    tags: options.tag,
  });
}

export function missingSpec(): AppError {
  return new AppError(
    "INVALID_INPUT",
    "spec: it does not say when; one of --cron, --every, --calendar, --at, --in, --on, --when and --spec is expected, such as --every 5m",
    {
      issues: [
        {
          path: "spec",
          message: "one of --cron, --every, --calendar, --at, --in, --on, --when and --spec is expected",
        },
      ],
    },
  );
}
