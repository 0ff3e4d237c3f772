import { type PlistValue, parse } from "plist";
import type { CalendarEntry, ScheduleSpec } from "../../../../shared/schedule/index.ts";
import { formatDuration } from "../../../../shared/schedule/index.ts";
import { checkUser, type Found, type ImportFile, NotTaken, slugOf } from "./found.ts";

type Dictionary = Record<string, PlistValue>;

const isDictionary = (value: PlistValue | undefined): value is Dictionary =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array);

/** Keys that start a job by something else than a time, or that have no counterpart, with what is said of them. */
const leftOut: Record<string, string> = {
  KeepAlive: "it is not started again when it ends",
  WatchPaths: "it does not run when a file changes",
  QueueDirectories: "it does not run when a folder has files",
  StartOnMount: "it does not run when a disk is mounted",
  StandardOutPath: "its output is kept with the run",
  StandardErrorPath: "its output is kept with the run",
  StandardInPath: "it has no standard input",
  Nice: "it runs at your own priority",
  LowPriorityIO: "it runs at your own priority",
  ProcessType: "it runs at your own priority",
  LimitLoadToSessionType: "it runs wherever Almanac does",
  RootDirectory: "it runs in the usual root folder",
};

/** Reads a property list of launchd's, XML or binary. */
export function readLaunchd(file: ImportFile, timezone: string, found: Found): void {
  const base = (file.name.split(/[\\/]/).at(-1) ?? "").replace(/\.plist$/, "");
  const at = { file: file.name, line: null, text: base };
  let root: PlistValue;
  try {
    if (/<!ENTITY/i.test(file.text)) throw new Error("entity declarations are not taken");
    root = parse(file.bytes ?? file.text);
  } catch (error) {
    found.refuse(at, `a property list is expected: ${error instanceof Error ? error.message : error}`);
    return;
  }
  if (!isDictionary(root)) {
    found.refuse(at, "a property list that describes a job is expected");
    return;
  }
  const job = root;
  const label = typeof job["Label"] === "string" ? job["Label"] : base;
  if (job["StartCalendarInterval"] === undefined && job["StartInterval"] === undefined && job["RunAtLoad"] !== true) {
    found.skip({ file: file.name, line: null }, `${label || "the job"} starts by no time`);
    return;
  }
  found.add({ ...at, text: label, slug: `launchd-${slugOf(label, "job")}`, format: "launchd" }, () => {
    const notes: string[] = [];
    const user = job["UserName"];
    if (typeof user === "string") notes.push(checkUser(user));
    for (const [key, what] of Object.entries(leftOut))
      if (key in job && job[key] !== false) notes.push(`${key}: ${what}`);
    const [program, ...args] = commandOf(job);
    const env = job["EnvironmentVariables"];
    const folder = job["WorkingDirectory"];
    const timeout = Number(job["TimeOut"] ?? 0);
    return {
      notes,
      input: {
        name: label.slice(0, 200),
        workflowName: "shell.command",
        spec: { ...specOf(job, notes), timezone },
        input: {
          program,
          ...(args.length === 0 ? {} : { args }),
          ...(isDictionary(env)
            ? { env: Object.fromEntries(Object.entries(env).map(([k, v]) => [k, String(v)])) }
            : {}),
          ...(typeof folder === "string" ? { cwd: folder } : {}),
        },
        overlapPolicy: "skip" as const,
        // What a sleep kept from starting is started once, on wake.
        ...(job["StartCalendarInterval"] === undefined ? {} : { catchup: "latest" as const }),
        ...(timeout > 0 ? { timeout: formatDuration(Math.round(timeout) * 1000) } : {}),
        ...(job["Disabled"] === true ? { paused: true } : {}),
      },
    };
  });
}

function commandOf(job: Dictionary): string[] {
  const list = job["ProgramArguments"];
  const args = Array.isArray(list) ? list.map(String) : [];
  const program = job["Program"];
  if (typeof program === "string") return [program, ...args.slice(1)];
  if (args.length === 0) throw new NotTaken("Program or ProgramArguments is needed");
  return args;
}

const fields = { Minute: [0, 59], Hour: [0, 23], Day: [1, 31], Weekday: [0, 7], Month: [1, 12] } as const;

/** One moment of `StartCalendarInterval`: what is left out is any. */
function entriesOf(value: PlistValue): CalendarEntry[] {
  if (!isDictionary(value)) throw new NotTaken("StartCalendarInterval takes a dictionary or a list of them");
  const at: Partial<Record<keyof typeof fields, number>> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name))
      throw new NotTaken(`StartCalendarInterval takes ${Object.keys(fields).join(", ")}, not ${name}`);
    const [least, most] = fields[name as keyof typeof fields];
    const number = Number(given);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new NotTaken(`${name} takes ${least}–${most}, not ${String(given)}`);
    at[name as keyof typeof fields] = number;
  }
  const { Minute: minute, Hour: hour, Day: dayOfMonth, Weekday: weekday, Month: month } = at;
  const common = { minute: minute ?? "*", hour: hour ?? "*", ...(month === undefined ? {} : { month }) };
  // As in a crontab, either of the two is enough.
  if (dayOfMonth !== undefined && weekday !== undefined)
    return [
      { ...common, dayOfMonth },
      { ...common, dayOfWeek: weekday % 7 },
    ];
  return [
    {
      ...common,
      ...(dayOfMonth === undefined ? {} : { dayOfMonth }),
      ...(weekday === undefined ? {} : { dayOfWeek: weekday % 7 }),
    },
  ];
}

function specOf(job: Dictionary, notes: string[]): ScheduleSpec {
  const moments = job["StartCalendarInterval"];
  const interval = job["StartInterval"];
  const spec: ScheduleSpec = {};
  if (job["RunAtLoad"] === true) {
    spec.on = { boot: true };
    notes.push("RunAtLoad: it runs at the first start of Almanac after the machine's, and not when it is loaded");
  }
  if (moments !== undefined) spec.calendar = [moments].flat().flatMap(entriesOf);
  if (interval !== undefined) {
    const seconds = Number(interval);
    if (!Number.isInteger(seconds) || seconds < 1)
      throw new NotTaken(`StartInterval takes whole seconds, not ${String(interval)}`);
    spec.interval = formatDuration(seconds * 1000);
    notes.push("its first run is when it is imported, and each later one so long after");
  }
  return spec;
}
