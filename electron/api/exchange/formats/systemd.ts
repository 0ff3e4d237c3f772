import { homedir } from "node:os";
import {
  type EventEntry,
  formatDuration,
  parseDuration,
  parseWhen,
  type ScheduleSpec,
} from "../../../../shared/schedule/index.ts";
import { checkUser, type Found, type ImportFile, NotTaken, ownUser, quoted, slugOf, unionOf } from "./found.ts";

/** The settings of a unit file by section and name; one that is given several times has several values. */
type Unit = ReadonlyMap<string, readonly string[]>;

/** Reads a unit file: a line that ends in `\` goes on, an empty value forgets those before it. */
function readUnit(text: string): Unit {
  const settings = new Map<string, string[]>();
  let section = "";
  const whole = text.replace(/\\\r?\n[ \t]*(?:[#;][^\n]*\n)*/g, " ");
  for (const raw of whole.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const named = /^\[(.+)\]$/.exec(line);
    if (named !== null) {
      section = named[1] ?? "";
      continue;
    }
    const [, name = "", value = ""] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === "") continue;
    const key = `${section}.${name}`;
    if (value === "") settings.delete(key);
    else settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

/** A backslash in a unit's name begins an escape (`\x2d`), and is no end of a folder. */
const baseName = (file: ImportFile): string => file.name.split(/\/|\\(?!x[0-9a-f]{2})/i).at(-1) ?? "";

const spanUnits: readonly [RegExp, number][] = [
  [/^(?:usec|us|µs)$/, 0.001],
  [/^(?:msec|ms)$/, 1],
  [/^(?:seconds?|sec|s)?$/, 1000],
  [/^(?:minutes?|min|m)$/, 60_000],
  [/^(?:hours?|hr|h)$/, 3_600_000],
  [/^(?:days?|d)$/, 86_400_000],
  [/^(?:weeks?|w)$/, 604_800_000],
  [/^(?:months?|M)$/, 2_629_800_000],
  [/^(?:years?|y)$/, 31_557_600_000],
];

/** A time span of systemd's (`1h 30min`, `90`) as a duration; null for none. Throws NotTaken. */
export function spanText(text: string): string | null {
  if (text === "infinity") return null;
  let ms = 0;
  for (const [, number = "", unit = ""] of text.matchAll(/([\d.]+)\s*([A-Za-zµ]*)/g)) {
    const found = spanUnits.find(([pattern]) => pattern.test(unit));
    if (found === undefined) throw new NotTaken(`a time span such as 1h 30min is expected, not ${text.slice(0, 40)}`);
    ms += Number(number) * found[1];
  }
  if (text.replace(/[\d.]+\s*[A-Za-zµ]*/g, "").trim() !== "" || !Number.isFinite(ms))
    throw new NotTaken(`a time span such as 1h 30min is expected, not ${text.slice(0, 40)}`);
  const whole = Math.round(ms / 1000) * 1000;
  return whole === 0 ? null : formatDuration(whole);
}

/** Words of a command line as systemd splits it: quotes and backslashes. Throws NotTaken. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+)/gy;
  let end = 0;
  for (const match of line.matchAll(pattern)) {
    end = (match.index ?? 0) + match[0].length;
    words.push(
      (match[1] ?? "").replace(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(.)/g, (_, a, b, c) =>
        unescaped(a ?? b ?? `\\${c}`),
      ),
    );
  }
  if (line.slice(end).trim() !== "")
    throw new NotTaken(`a command line whose quotes are closed is expected: ${line.slice(0, 80)}`);
  return words;
}

const escapes: Record<string, string> = { n: "\n", t: "\t", s: " ", "\\": "\\", '"': '"', "'": "'" };
const unescaped = (text: string): string => text.replace(/\\(.)/g, (whole, char: string) => escapes[char] ?? whole);

/** The specifiers of unit files that mean the same here. Throws NotTaken for others: the command would be another. */
function specified(text: string, unit: string): string {
  const bare = unit.replace(/\.[a-z]+$/, "");
  return text.replace(/%(.)/g, (whole, char: string) => {
    if (char === "%") return "%";
    if (char === "h") return homedir();
    if (char === "u") return ownUser();
    if (char === "n") return unit;
    if (char === "N") return bare;
    if (char === "p") return bare.replace(/@.*$/, "");
    const instance = bare.split("@")[1] ?? "";
    if (char === "i" && instance !== "") return instance;
    if (char === "I" && instance !== "") return unescapedName(instance);
    if (char === "i" || char === "I")
      throw new NotTaken(
        `its command holds ${whole}, which each of its instances fills in: name one, as in job@daily.timer`,
      );
    throw new NotTaken(`its command holds ${whole}, which only systemd fills in`);
  });
}

/** A name as it was before systemd made a unit's of it: `home-me` is `home/me`, `\\x2d` a dash. */
const unescapedName = (name: string): string =>
  name
    .replaceAll("-", "/")
    .replace(/\\x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

interface Step {
  words: string[];
  /** Its failure does not count. */
  lenient: boolean;
}

function stepOf(line: string, unit: string, notes: string[]): Step {
  const prefix = /^[-@:+!]*/.exec(line)?.[0] ?? "";
  if (prefix.includes("@")) throw new NotTaken("a command that is told another name of itself (@) is not taken");
  if (/[+!]/.test(prefix)) notes.push("its command runs with your own rights (+ and ! are left out)");
  const words = wordsOf(specified(line.slice(prefix.length), unit));
  if (words.length === 0) throw new NotTaken("a command is needed");
  return { words, lenient: prefix.includes("-") };
}

/** A word for a shell: `$NAME` and `${NAME}` are filled in from the environment by systemd as by a shell. */
function shellWord(word: string): string {
  if (!/\$/.test(word)) return quoted(word);
  if (/^\$[A-Za-z_]\w*$/.test(word)) return word;
  const marked = word
    .replace(/\$\$/g, "\0")
    .replace(/["\\`]/g, "\\$&")
    .replace(/\$(?!\{[A-Za-z_]\w*\})/g, "\\$");
  return `"${marked.replaceAll("\0", "\\$")}"`;
}

function commandOf(steps: readonly Step[]): Record<string, unknown> {
  const [only] = steps;
  if (steps.length === 1 && only !== undefined && !only.lenient && !only.words.some((word) => word.includes("$"))) {
    const [program, ...args] = only.words;
    return { program, ...(args.length === 0 ? {} : { args }) };
  }
  const lines = steps.map(({ words, lenient }) => {
    const line = words.map(shellWord).join(" ");
    return lenient ? `{ ${line} || true; }` : line;
  });
  return { command: lines.join(" && ") };
}

function environmentOf(service: Unit, unit: string): Record<string, string> {
  const words = (service.get("Service.Environment") ?? []).flatMap((line) => wordsOf(specified(line, unit)));
  return Object.fromEntries(
    words.flatMap((word) => {
      const at = word.indexOf("=");
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
    }),
  );
}

/** Whom a unit runs as: its User, else root for one of the system. */
function userOf(service: Unit, file: ImportFile): string | null {
  const named = service.get("Service.User")?.at(-1);
  if (named !== undefined) return named;
  return /[\\/]systemd[\\/]system[\\/]/.test(file.name) ? "root" : null;
}

/** What a timer counts from; here each is the machine's own start. */
const bootKeys = {
  OnBootSec: "",
  OnStartupSec: ", and not from the start of systemd or your log-in",
  OnActiveSec: ", and not from when the timer is started",
} as const;
const LONGEST_DELAY_MS = 31 * 86_400_000;

/** The starts of a timer that come so long after the machine's. Throws NotTaken. */
function bootEvents(timer: Unit, notes: string[]): EventEntry[] {
  const delays = new Set<string>();
  for (const [key, otherwise] of Object.entries(bootKeys)) {
    for (const text of timer.get(`Timer.${key}`) ?? []) {
      const delay = spanText(text);
      if (delay !== null && parseDuration(delay) > LONGEST_DELAY_MS)
        throw new NotTaken(`${key} takes at most 31 days, not ${text.slice(0, 40)}`);
      delays.add(delay ?? "");
      notes.push(
        delay === null
          ? `${key}: it runs at the first start of Almanac after the machine's`
          : `${key}=${text}: counted from the machine's start${otherwise}; where Almanac starts later, it runs then`,
      );
    }
  }
  return [...delays].map((delay) => (delay === "" ? { boot: true } : { boot: true, delay }));
}

/** Reads timers, each with its service, which is to be among the files. */
export function readSystemd(files: readonly ImportFile[], timezone: string, found: Found): void {
  const units = new Map(files.map((file) => [baseName(file), { file, unit: readUnit(file.text) }]));
  const timers = files.filter((file) => [...readUnit(file.text).keys()].some((key) => key.startsWith("Timer.")));
  if (timers.length === 0 && files[0] !== undefined)
    found.refuse(
      { file: files[0].name, line: null, text: baseName(files[0]) },
      "a timer with a [Timer] section is expected; it names the service",
    );
  for (const file of timers) {
    const timer = readUnit(file.text);
    const name = baseName(file) || "unit.timer";
    const serviceName = timer.get("Timer.Unit")?.at(-1) ?? name.replace(/\.timer$/, ".service");
    const service = units.get(serviceName) ?? units.get(serviceName.replace(/@[^.]*\./, "@."));
    const text = timer.get("Timer.OnCalendar")?.join("; ") ?? name;
    const at = { file: file.name, line: null, text };
    const notes: string[] = [];
    const starts = ["OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec", ...Object.keys(bootKeys)];
    if (!starts.some((key) => timer.has(`Timer.${key}`))) {
      const others = ["OnClockChange", "OnTimezoneChange"].filter((key) => timer.has(`Timer.${key}`));
      found.skip({ file: file.name, line: null }, `it starts its service by ${others.join(", ") || "no time"} alone`);
      continue;
    }
    found.add({ ...at, slug: `systemd-${slugOf(name.replace(/\.timer$/, ""), "timer")}`, format: "systemd" }, () => {
      const spec = specOf(timer, timezone, notes);
      if (service === undefined)
        throw new NotTaken(
          `its service ${serviceName} is not among the files: import both, or the folder's files together`,
        );
      return { notes, input: inputOf({ name, timer, service: service.unit, file, unit: serviceName, spec, notes }) };
    });
  }
}

function specOf(timer: Unit, timezone: string, notes: string[]): ScheduleSpec {
  const specs: ScheduleSpec[] = [];
  const events = bootEvents(timer, notes);
  const on = events.length === 0 ? {} : { on: events.length === 1 ? (events[0] as EventEntry) : events };
  const delay = spanText(timer.get("Timer.RandomizedDelaySec")?.at(-1) ?? "0");
  if (delay !== null && events.length > 0)
    notes.push("RandomizedDelaySec delays what comes at a time, and not what the machine's start brings");
  for (const key of ["OnClockChange", "OnTimezoneChange"])
    if (timer.has(`Timer.${key}`)) notes.push(`${key}: it does not also start when the clock or its zone is changed`);
  if (!["OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec"].some((key) => timer.has(`Timer.${key}`)))
    return { ...on, timezone };
  for (const text of timer.get("Timer.OnCalendar") ?? []) {
    const read = parseWhen(text, { dialect: "systemd", timezone });
    notes.push(...read.notes);
    specs.push(read.spec);
  }
  for (const [key, from] of [
    ["OnUnitActiveSec", "start"],
    ["OnUnitInactiveSec", "completion"],
  ] as const) {
    for (const text of timer.get(`Timer.${key}`) ?? []) {
      const every = spanText(text);
      if (every === null) throw new NotTaken(`${key} takes a time span of at least a second`);
      notes.push(
        from === "start"
          ? `${key}: its first run is when it is imported, and each later one so long after`
          : `${key}: it waits so long after each run ends`,
      );
      const shared = specs[0] === undefined ? { timezone } : { ...specs[0], calendar: undefined, cron: undefined };
      specs.push({ ...JSON.parse(JSON.stringify(shared)), interval: from === "start" ? every : { every, from } });
    }
  }
  return { ...unionOf(specs), ...on, ...(delay === null ? {} : { jitter: delay }) };
}

function inputOf(parts: {
  name: string;
  timer: Unit;
  service: Unit;
  file: ImportFile;
  unit: string;
  spec: ScheduleSpec;
  notes: string[];
}) {
  const { name, timer, service, file, unit, spec, notes } = parts;
  const value = (key: string): string | undefined => service.get(`Service.${key}`)?.at(-1);
  const user = userOf(service, file);
  if (user !== null) notes.push(checkUser(specified(user, unit)));
  const steps = ["ExecStartPre", "ExecStart", "ExecStartPost"]
    .flatMap((key) => service.get(`Service.${key}`) ?? [])
    .map((line) => stepOf(line, unit, notes));
  if (!service.has("Service.ExecStart")) throw new NotTaken("its service has no ExecStart");
  for (const [key, why] of [
    ["EnvironmentFile", "its variables are to be entered by hand"],
    ["ExecCondition", "it runs whatever that would say"],
    ["DynamicUser", "it runs as you"],
    ["ProtectSystem", "it may write what you may"],
  ] as const) {
    if (service.has(`Service.${key}`)) notes.push(`${key}=${value(key)?.slice(0, 100)} is left out: ${why}`);
  }
  for (const key of service.keys())
    if (/^Unit\.(?:Condition|Assert)/.test(key)) notes.push(`${key.slice(5)}=${service.get(key)?.join()} is not asked`);
  if (/^(?:yes|true|on|1)$/i.test(timer.get("Timer.WakeSystem")?.at(-1) ?? ""))
    notes.push("the machine is not woken for it");
  const env = environmentOf(service, unit);
  const folder = value("WorkingDirectory")?.replace(/^-/, "").replace(/^~$/, homedir());
  const timeout = spanText(value("TimeoutStartSec") ?? value("TimeoutSec") ?? "infinity");
  const persistent = /^(?:yes|true|on|1)$/i.test(timer.get("Timer.Persistent")?.at(-1) ?? "");
  return {
    name: (timer.get("Unit.Description")?.at(-1) ?? service.get("Unit.Description")?.at(-1) ?? name).slice(0, 200),
    workflowName: "shell.command",
    spec,
    input: {
      ...commandOf(steps),
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(folder === undefined ? {} : { cwd: specified(folder, unit) }),
    },
    // systemd does not start a service that runs.
    overlapPolicy: "skip" as const,
    ...(persistent ? { catchup: "latest" as const } : {}),
    ...(timeout === null ? {} : { timeout }),
    note: name,
  };
}
