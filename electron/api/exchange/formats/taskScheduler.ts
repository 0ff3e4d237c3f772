import { XMLParser } from "fast-xml-parser";
import {
  addDays,
  type CalendarEntry,
  type EventEntry,
  formatDuration,
  fromLocal,
  type IntervalEntry,
  type ScheduleSpec,
} from "../../../../shared/schedule/index.ts";
import { type Found, type ImportFile, NotTaken, slugOf, unionOf } from "./found.ts";

/** What the parser makes of XML: an element's elements by name, always lists, and its text. */
type Element = { readonly [name: string]: readonly (Element | string)[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  removeNSPrefix: true,
  isArray: () => true,
  htmlEntities: true,
});

const elements = (parent: Element | undefined, name: string): Element[] =>
  (parent?.[name] ?? []).map((child) => (typeof child === "string" ? {} : child));
const element = (parent: Element | undefined, name: string): Element | undefined => elements(parent, name)[0];

function text(parent: Element | undefined, name: string): string | undefined {
  const child = parent?.[name]?.[0];
  if (child === undefined) return undefined;
  const value = typeof child === "string" ? child : String(child["#text"] ?? "");
  return value === "" ? undefined : value;
}

const isTrue = (value: string | undefined): boolean => /^(?:true|1)$/i.test(value ?? "");

/** An XML duration such as P1DT2H, ms. Throws NotTaken. */
function durationMs(value: string): number {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(value);
  if (match === null) throw new NotTaken(`a duration such as PT15M is expected, not ${value.slice(0, 40)}`);
  const [years, months, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as number[];
  const dayCount = (years ?? 0) * 365 + (months ?? 0) * 30 + (days ?? 0);
  return (((dayCount * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}

interface Boundary {
  date: string;
  time: string;
  /** UTC, epoch ms. */
  at: number;
  secondOfDay: number;
}

/** A boundary of Task Scheduler's: local unless it says `Z` or an offset. Throws NotTaken. */
function boundaryOf(value: string | undefined, timezone: string): Boundary | null {
  if (value === undefined) return null;
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/.exec(value);
  if (match === null) throw new NotTaken(`StartBoundary takes a date and time, not ${value.slice(0, 40)}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [local = Number.NaN] = fromLocal(timezone, { year, month, day, hour, minute, second });
  const at = match[7] === undefined ? local : Date.parse(value);
  if (Number.isNaN(at)) throw new NotTaken(`StartBoundary takes a time that exists, not ${value.slice(0, 40)}`);
  return {
    date: value.slice(0, 10),
    time: value.slice(11, 19),
    at,
    secondOfDay: (hour * 60 + minute) * 60 + second,
  };
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const namedIn = (parent: Element | undefined, names: readonly string[]): number[] =>
  names.flatMap((name, i) => (parent !== undefined && Object.hasOwn(parent, name) ? [i] : []));

/** Triggers that are no time. */
const events: Record<string, string> = {
  LogonTrigger: "at a log-on",
  EventTrigger: "at an event",
  IdleTrigger: "when the machine is idle",
  RegistrationTrigger: "when the task is changed",
  SessionStateChangeTrigger: "when a session is locked, unlocked or connected",
  WnfStateChangeTrigger: "at a change of the system's state",
};

/** Reads tasks of the Windows Task Scheduler. */
export function readTasks(file: ImportFile, timezone: string, found: Found): void {
  const base = (file.name.split(/[\\/]/).at(-1) ?? "").replace(/\.xml$/i, "");
  const at = { file: file.name, line: null, text: base };
  let root: Element;
  try {
    if (/<!(?:DOCTYPE|ENTITY)/i.test(file.text)) throw new Error("a document type and entities are not taken");
    root = parser.parse(file.text) as Element;
  } catch (error) {
    found.refuse(at, `the XML of a task is expected: ${error instanceof Error ? error.message : error}`);
    return;
  }
  const tasks = [...elements(root, "Task"), ...elements(root, "Tasks").flatMap((all) => elements(all, "Task"))];
  if (tasks.length === 0) found.refuse(at, "a file with a Task is expected");
  for (const task of tasks) readTask(task, { file, base, timezone, found });
}

function readTask(task: Element, around: { file: ImportFile; base: string; timezone: string; found: Found }): void {
  const { file, base, timezone, found } = around;
  const info = element(task, "RegistrationInfo");
  const name = text(info, "URI")?.split("\\").at(-1) || base || "task";
  const notes: string[] = [];
  const triggers = element(task, "Triggers");
  for (const [trigger, what] of Object.entries(events))
    if (elements(triggers, trigger).length > 0) notes.push(`it does not also start ${what}`);
  const timed = ["CalendarTrigger", "TimeTrigger"].flatMap((kind) =>
    elements(triggers, kind).map((one) => ({ kind, one })),
  );
  const boots = elements(triggers, "BootTrigger");
  if (timed.length === 0 && boots.length === 0) {
    found.skip(
      { file: file.name, line: null },
      `${name} starts by no time${notes.length > 0 ? `: ${notes.join("; ").replaceAll("it does not also start ", "it starts ")}` : ""}`,
    );
    return;
  }
  const at = { file: file.name, line: null, text: name };
  found.add({ ...at, slug: `task-${slugOf(name, "task")}`, format: "taskscheduler" }, () => {
    const isOn = (one: Element): boolean => text(one, "Enabled") === undefined || isTrue(text(one, "Enabled"));
    const enabled = timed.filter(({ one }) => isOn(one));
    const enabledBoots = boots.filter(isOn);
    const off = timed.length + boots.length - enabled.length - enabledBoots.length;
    if (off > 0) notes.push(`${off} of its triggers ${off === 1 ? "is" : "are"} switched off, and left out`);
    const none = enabled.length + enabledBoots.length === 0;
    const specs = (none ? timed : enabled).map(({ kind, one }) => specOf(kind, one, timezone, notes));
    const events = bootEvents(none ? boots : enabledBoots, notes);
    const on = events.length === 0 ? {} : { on: events.length === 1 ? (events[0] as EventEntry) : events };
    const settings = element(task, "Settings");
    const retry = element(settings, "RestartOnFailure");
    const limit = text(settings, "ExecutionTimeLimit");
    const limitMs = limit === undefined ? 0 : durationMs(limit);
    if (isTrue(text(settings, "WakeToRun"))) notes.push("the machine is not woken for it");
    const user = text(element(element(task, "Principals"), "Principal"), "UserId");
    if (user !== undefined) notes.push(`it runs as you, and not as ${user}`);
    const description = text(info, "Description");
    return {
      notes,
      input: {
        name: name.slice(0, 200),
        workflowName: "shell.command",
        spec: { ...(specs.length === 0 ? {} : unionOf(specs)), ...on, timezone },
        input: commandOf(task, notes),
        overlapPolicy: overlapOf(text(settings, "MultipleInstancesPolicy")),
        ...(isTrue(text(settings, "StartWhenAvailable")) ? { catchup: "latest" as const } : {}),
        ...(limitMs > 0 ? { timeout: formatDuration(limitMs) } : {}),
        ...(retry === undefined
          ? {}
          : {
              maxAttempts: Math.min(100, Number(text(retry, "Count") ?? 1) + 1),
              retryDelay: formatDuration(Math.min(3_600_000, durationMs(text(retry, "Interval") ?? "PT1M"))),
            }),
        ...(description === undefined ? {} : { note: description.slice(0, 5000) }),
        ...(text(settings, "Enabled") !== undefined && !isTrue(text(settings, "Enabled")) ? { paused: true } : {}),
      },
    };
  });
}

/** Triggers at the machine's start, which may wait from then on. Throws NotTaken. */
function bootEvents(triggers: readonly Element[], notes: string[]): EventEntry[] {
  const delays = new Set<string>();
  for (const trigger of triggers) {
    const delayMs = durationMs(text(trigger, "Delay") ?? "PT0S");
    if (delayMs > 31 * 86_400_000) throw new NotTaken("BootTrigger takes a delay of at most 31 days");
    delays.add(delayMs === 0 ? "" : formatDuration(delayMs));
    for (const left of ["Repetition", "StartBoundary", "EndBoundary", "ExecutionTimeLimit"])
      if (trigger[left] !== undefined) notes.push(`its ${left} at the machine's start is left out`);
  }
  if (delays.size > 0) notes.push("BootTrigger: it runs at the first start of Almanac after the machine's");
  return [...delays].map((delay) => (delay === "" ? { boot: true } : { boot: true, delay }));
}

function overlapOf(policy: string | undefined): "skip" | "allow_all" | "buffer_all" | "cancel_other" {
  if (policy === "Parallel") return "allow_all";
  if (policy === "Queue") return "buffer_all";
  return policy === "StopExisting" ? "cancel_other" : "skip";
}

/** Arguments as Windows programs split them: quotes keep blanks, and a backslash before a quote keeps the quote. */
export function splitArguments(line: string): string[] {
  const args: string[] = [];
  let arg: string | null = null;
  let inQuotes = false;
  for (let i = 0; i < line.length; ) {
    const slashes = /^\\+(?=")/.exec(line.slice(i))?.[0].length ?? 0;
    if (slashes > 0) {
      arg = (arg ?? "") + "\\".repeat(Math.floor(slashes / 2));
      i += slashes;
      if (slashes % 2 === 1) {
        arg += '"';
        i++;
      }
    } else if (line[i] === '"') {
      if (inQuotes && line[i + 1] === '"') {
        arg = `${arg ?? ""}"`;
        i += 2;
      } else {
        inQuotes = !inQuotes;
        arg ??= "";
        i++;
      }
    } else if (/[ \t]/.test(line[i] ?? "") && !inQuotes) {
      if (arg !== null) args.push(arg);
      arg = null;
      i++;
    } else arg = (arg ?? "") + (line[i++] ?? "");
  }
  return arg === null ? args : [...args, arg];
}

function commandOf(task: Element, notes: string[]): Record<string, unknown> {
  const actions = element(task, "Actions");
  const commands = elements(actions, "Exec");
  for (const kind of ["ComHandler", "SendEmail", "ShowMessage"])
    if (elements(actions, kind).length > 0) notes.push(`its action ${kind} is left out`);
  const [first] = commands;
  if (first === undefined) throw new NotTaken("it starts no program: an Exec action is expected");
  if (commands.length > 1)
    throw new NotTaken(`it starts ${commands.length} programs one after the other: one is expected`);
  const program = text(first, "Command");
  if (program === undefined) throw new NotTaken("Command is needed");
  const args = splitArguments(text(first, "Arguments") ?? "");
  const folder = text(first, "WorkingDirectory");
  return {
    program: program.replace(/^"(.*)"$/, "$1"),
    ...(args.length === 0 ? {} : { args }),
    ...(folder === undefined ? {} : { cwd: folder.replace(/^"(.*)"$/, "$1") }),
  };
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);

/** The times of day of a trigger that repeats within the day; several where it goes on over midnight. Throws NotTaken. */
function timesOf(trigger: Element, start: Boundary): CalendarEntry[] {
  const repetition = element(trigger, "Repetition");
  const interval = text(repetition, "Interval");
  if (interval === undefined) return [{ times: [start.time] }];
  const every = durationMs(interval) / 1000;
  const duration = text(repetition, "Duration");
  const length = duration === undefined ? 86_400 : durationMs(duration) / 1000;
  if (every < 1) throw new NotTaken("Repetition takes an interval of at least a second");
  if (every >= length) return [{ times: [start.time] }];
  if (length > 86_400) throw new NotTaken("a repetition that goes on for more than a day is not taken");
  const text24 = formatDuration(every * 1000);
  // Up to its end, which is left out.
  const last = start.secondOfDay + Math.floor((length - 1) / every) * every;
  if (last < 86_400) return [{ every: text24, between: [clock(start.secondOfDay), clock(last)] }];
  if (length < 86_400 || 86_400 % every !== 0)
    throw new NotTaken("a repetition that goes on over midnight is accepted only all day long");
  return [{ every: text24, between: [clock(start.secondOfDay % every), "23:59:59"] }];
}

function specOf(kind: string, trigger: Element, timezone: string, notes: string[]): ScheduleSpec {
  const start = boundaryOf(text(trigger, "StartBoundary"), timezone);
  if (start === null) throw new NotTaken("StartBoundary is needed");
  const end = boundaryOf(text(trigger, "EndBoundary"), timezone);
  const delay = text(trigger, "RandomDelay");
  const common: ScheduleSpec = {
    ...(start.at > Date.now() ? { startAt: new Date(start.at).toISOString() } : {}),
    ...(end === null ? {} : { endAt: new Date(end.at).toISOString() }),
    ...(delay === undefined || durationMs(delay) === 0 ? {} : { jitter: formatDuration(durationMs(delay)) }),
    timezone,
  };
  if (kind === "TimeTrigger") return { ...common, ...onceOf(trigger, start) };
  const daily = element(trigger, "ScheduleByDay");
  const weekly = element(trigger, "ScheduleByWeek");
  const monthly = element(trigger, "ScheduleByMonth");
  const byWeekday = element(trigger, "ScheduleByMonthDayOfWeek");
  const times = timesOf(trigger, start);
  const each = (days: CalendarEntry): CalendarEntry[] => times.map((entry) => ({ ...days, ...entry }));
  if (daily !== undefined) {
    const days = Number(text(daily, "DaysInterval") ?? 1);
    if (days === 1) return { ...common, calendar: each({}) };
    return { ...common, interval: everyOf(`${days}d`, times, [start]) };
  }
  if (weekly !== undefined) {
    const weeks = Number(text(weekly, "WeeksInterval") ?? 1);
    const chosen = namedIn(element(weekly, "DaysOfWeek"), weekdays);
    const days = chosen.length > 0 ? chosen : [new Date(`${start.date}T00:00:00Z`).getUTCDay()];
    if (weeks === 1)
      return { ...common, calendar: each({ dayOfWeek: days.length === 1 ? (days[0] as number) : days }) };
    return {
      ...common,
      interval: everyOf(
        `${weeks}w`,
        times,
        days.map((day) => onWeekday(start, day, timezone)),
      ),
    };
  }
  if (monthly !== undefined) {
    const all = elements(element(monthly, "DaysOfMonth"), "Day").length;
    const days = (element(monthly, "DaysOfMonth")?.["Day"] ?? []).map((day) =>
      String(day) === "Last" ? "L" : Number(day),
    );
    if (all === 0) throw new NotTaken("DaysOfMonth is needed");
    return { ...common, calendar: each({ dayOfMonth: days, ...monthsOf(monthly) }) };
  }
  if (byWeekday !== undefined) {
    const weeks = (element(byWeekday, "Weeks")?.["Week"] ?? []).map((week) =>
      String(week) === "Last" ? -1 : Number(week),
    );
    const days = namedIn(element(byWeekday, "DaysOfWeek"), weekdays);
    if (days.length === 0) throw new NotTaken("DaysOfWeek is needed");
    return {
      ...common,
      calendar: each({ dayOfWeek: days, ...(weeks.length > 0 ? { weekOfMonth: weeks } : {}), ...monthsOf(byWeekday) }),
    };
  }
  notes.push("its trigger names no days: it runs each day");
  return { ...common, calendar: each({}) };
}

function monthsOf(parent: Element): CalendarEntry {
  const chosen = namedIn(element(parent, "Months"), months).map((month) => month + 1);
  return chosen.length === 0 || chosen.length === 12 ? {} : { month: chosen };
}

/** A trigger for one moment, perhaps repeated from it on. */
function onceOf(trigger: Element, start: Boundary): ScheduleSpec {
  const repetition = element(trigger, "Repetition");
  const interval = text(repetition, "Interval");
  const anchor = new Date(start.at).toISOString();
  if (interval !== undefined) {
    const duration = text(repetition, "Duration");
    const end = duration === undefined ? {} : { endAt: new Date(start.at + durationMs(duration)).toISOString() };
    return { interval: { every: formatDuration(durationMs(interval)), anchor }, ...end };
  }
  const [year, month, dayOfMonth] = start.date.split("-").map(Number) as [number, number, number];
  return { calendar: { year, month, dayOfMonth, times: [start.time] } };
}

/** Every so many days or weeks from some moments on, which keeps the local time of day. Throws NotTaken. */
function everyOf(every: string, times: readonly CalendarEntry[], starts: readonly Boundary[]): IntervalEntry[] {
  if (times.some((entry) => entry.times === undefined))
    throw new NotTaken("what repeats within a day is accepted on each day, or on weekdays of each week");
  if (!/^[1-9]\d{0,3}[dw]$/.test(every))
    throw new NotTaken(`an interval of whole days or weeks is expected, not ${every}`);
  return starts.map(({ at }) => ({ every, anchor: new Date(at).toISOString() }));
}

/** The same time on the first such weekday of the week that begins on its Sunday, or a later one. */
function onWeekday(start: Boundary, weekday: number, timezone: string): Boundary {
  const own = new Date(`${start.date}T00:00:00Z`).getUTCDay();
  const date = addDays(start.date, weekday - own);
  const boundary = boundaryOf(`${date}T${start.time}`, timezone);
  return boundary ?? start;
}
