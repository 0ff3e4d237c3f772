import { parseCron } from "../texts/cron.ts";
import type { CalendarEntry, ScheduleSpec } from "../types.ts";
import { type CronField, type CronGrammar, readCronField } from "./cronFields.ts";
import { type Dialect, dialectNames, inZone, type Reader, type Reading, refuseWhen } from "./dialect.ts";

const FIVE: readonly CronField[] = ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"];
const SIX: readonly CronField[] = ["second", ...FIVE];
const SEVEN: readonly CronField[] = [...SIX, "year"];

const base: CronGrammar = {
  dialect: "kubernetes",
  sunday: 0,
  seven: false,
  names: true,
  wraps: false,
  wideSteps: true,
  stepsFrom: true,
  question: true,
  letters: false,
  years: [1970, 2099],
};

const robfig = (dialect: Dialect): CronGrammar => ({ ...base, dialect });
const github: CronGrammar = { ...base, dialect: "github", question: false };
const spring: CronGrammar = { ...base, dialect: "spring", seven: true, letters: true };
const quartz: CronGrammar = { ...base, dialect: "quartz", sunday: 1, wraps: true, wideSteps: false, letters: true };
const aws: CronGrammar = { ...quartz, dialect: "aws", wraps: false, years: [1970, 2199] };

/** Fields in our own syntax, by name. */
export type CronTexts = Partial<Record<CronField, string>>;

/** Takes a text apart into fields, each said in our own syntax. Throws SpecError. */
function readFields(
  grammar: CronGrammar,
  layout: readonly CronField[],
  text: string,
): { texts: CronTexts; raw: CronTexts; notes: string[] } {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== layout.length) {
    throw refuseWhen(
      text,
      `${dialectNames[grammar.dialect]} takes ${layout.length} fields (${layout.join(", ")}), not ${parts.length}`,
    );
  }
  const texts: CronTexts = {};
  const raw: CronTexts = {};
  const notes: string[] = [];
  layout.forEach((field, i) => {
    raw[field] = parts[i] as string;
    const read = readCronField(grammar, field, parts[i] as string, text);
    texts[field] = read.text;
    notes.push(...read.notes);
  });
  return { texts, raw, notes };
}

const isAny = (text: string | undefined) => text === undefined || text === "*" || text === "*/1";

/** An expression of ours from its fields. */
function expressionOf(texts: CronTexts): string {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = texts;
  const five = [minute, hour, dayOfMonth, month, dayOfWeek].map((text) => text ?? "*").join(" ");
  return second === undefined || second === "0" ? five : `${second} ${five}`;
}

/** How a program takes day of month and day of week together. */
type Together = "vixie" | "either" | "both";

/** The spec of fields in our own syntax: a cron expression where cron says it, entries where it does not. Throws SpecError. */
export function cronSpec(texts: CronTexts, together: Together = "vixie"): ScheduleSpec {
  const day = isAny(texts.dayOfMonth) ? null : (texts.dayOfMonth as string);
  const week = isAny(texts.dayOfWeek) ? null : (texts.dayOfWeek as string);
  const year = isAny(texts.year) ? {} : { year: texts.year as string };
  const starred = [day, week].some((text) => text?.startsWith("*"));
  const asOurs = day === null || week === null || together === "vixie" || (together === "both") === starred;
  if (asOurs && year.year === undefined) {
    const expression = expressionOf(texts);
    parseCron(expression);
    return { cron: expression };
  }
  const of = (changes: CronTexts) => parseCron(expressionOf({ ...texts, ...changes })).entries;
  let entries: readonly CalendarEntry[] = of({});
  if (!asOurs && together === "either") {
    const split = [{ dayOfWeek: "*" }, { dayOfMonth: "*" }].map((changes) => expressionOf({ ...texts, ...changes }));
    if (year.year === undefined) return { cron: split };
    entries = [...of({ dayOfWeek: "*" }), ...of({ dayOfMonth: "*" })];
  } else if (!asOurs) {
    const [{ dayOfMonth }] = of({ dayOfWeek: "*" }) as readonly [CalendarEntry];
    entries = of({ dayOfMonth: "*" }).map((entry) => ({
      ...(dayOfMonth === undefined ? {} : { dayOfMonth }),
      ...entry,
    }));
  }
  const all = entries.map((entry) => ({ ...entry, ...year }));
  return { calendar: all.length === 1 ? (all[0] as CalendarEntry) : all };
}

const GO_MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

function macroOf(macros: Readonly<Record<string, string>>, text: string): string | undefined {
  const name = text.toLowerCase();
  return Object.hasOwn(macros, name) ? macros[name] : undefined;
}

/** Takes `TZ=` or `CRON_TZ=` off a text. */
function splitZone(text: string): { zone: string | undefined; rest: string } {
  const match = /^\s*(?:CRON_TZ|TZ)=(\S+)\s+/.exec(text);
  return match === null
    ? { zone: undefined, rest: text.trim() }
    : { zone: match[1], rest: text.slice(match[0].length).trim() };
}

/** robfig/cron of Go, which Kubernetes has, too: only a bare star leaves a day field out of "either". */
const readRobfig =
  (dialect: "kubernetes" | "go"): Reader =>
  (text, { timezone }) => {
    const { zone, rest } = splitZone(text);
    const macro = macroOf(GO_MACROS, rest);
    if (rest.startsWith("@") && macro === undefined) {
      throw refuseWhen(
        text,
        `${dialectNames[dialect]} takes @hourly, @daily, @weekly, @monthly, @yearly or @every 1h30m`,
      );
    }
    const plain = macro ?? rest;
    const seconds = dialect === "go" && plain.split(/\s+/).length === 6;
    const { texts, notes } = readFields(robfig(dialect), seconds ? SIX : FIVE, plain);
    return { spec: inZone(cronSpec(texts, "either"), zone ?? timezone), notes };
  };

export const readKubernetes: Reader = readRobfig("kubernetes");
export const readGoCron: Reader = readRobfig("go");

export const readGithub: Reader = (text, { timezone }) => {
  if (/^\s*@/.test(text)) throw refuseWhen(text, "GitHub Actions takes five fields, and no @daily or the like");
  const { texts, notes } = readFields(github, FIVE, text);
  if (timezone !== undefined && timezone !== "UTC")
    notes.push(`GitHub Actions counts in UTC, so ${timezone} was not taken.`);
  if (/^(\*|\*\/[1-4])$/.test(texts.minute ?? ""))
    notes.push("GitHub Actions runs no more often than every 5 minutes.");
  return { spec: { ...cronSpec(texts), timezone: "UTC" }, notes };
};

export const readSpring: Reader = (text, { timezone }) => {
  const macro = macroOf(GO_MACROS, text.trim());
  const { texts, notes } = readFields(spring, SIX, macro === undefined ? text : `0 ${macro}`);
  return { spec: inZone(cronSpec(texts, "both"), timezone), notes };
};

/** Quartz and AWS take a `?` in exactly one of the day fields, so that the two are never held together. */
function requireQuestion(dialect: Dialect, raw: CronTexts, text: string): void {
  if ((raw.dayOfMonth === "?") !== (raw.dayOfWeek === "?")) return;
  throw refuseWhen(
    text,
    `${dialectNames[dialect]} takes ? in one of day of month ("${raw.dayOfMonth}") and day of week ("${raw.dayOfWeek}"), and in one alone`,
  );
}

export const readQuartz: Reader = (text, { timezone }) => {
  const count = text.trim().split(/\s+/).length;
  const { texts, raw, notes } = readFields(quartz, count === 7 ? SEVEN : SIX, text);
  requireQuestion("quartz", raw, text);
  return { spec: inZone(cronSpec(texts), timezone), notes };
};

/** The six fields of AWS, with or without `cron(…)`: minutes first, and the year last. */
export const readAwsCron: Reader = (text, { timezone }) => {
  const inner = /^\s*cron\(([^()]*)\)\s*$/i.exec(text)?.[1] ?? text;
  const { texts, raw, notes } = readFields(aws, [...FIVE, "year"], inner);
  requireQuestion("aws", raw, text);
  return { spec: inZone(cronSpec(texts), timezone), notes };
};

const BSD_MACROS: Readonly<Record<string, string>> = { "@every_minute": "* * * * *", "@every_second": "* * * * * *" };

/** What a field of five may hold; a command begins otherwise. */
const FIELD_LIKE = /^[\d*?,/#~LWHlwh-]+$/;

/** A line of a crontab: its five fields or `@daily` and the like, and whatever command stands behind. */
export const readCrontab: Reader = (text, { timezone }) => {
  const { zone, rest } = splitZone(text);
  const words = rest.split(/\s+/);
  const count = rest.startsWith("@") ? 1 : 5;
  const notes: string[] = [];
  let when = words.join(" ");
  if (/^@reboot\b/i.test(rest))
    return { spec: { on: { boot: true } }, notes: ["It runs at the first start of Almanac after the machine's."] };
  if (words.length > count && !(words.length === 6 && isSixFields(when))) {
    const command = words[count] as string;
    if (count === 5 && FIELD_LIKE.test(command)) {
      throw refuseWhen(
        text,
        `a crontab takes five fields before the command, and "${command.slice(0, 40)}" looks like a sixth: seconds come first in six fields alone, and a crontab has no years`,
      );
    }
    when = words.slice(0, count).join(" ");
    notes.push(`What stands behind the time is left out: "${words.slice(count).join(" ").slice(0, 200)}".`);
  }
  const expression = macroOf(BSD_MACROS, when) ?? when;
  parseCron(expression, "");
  return {
    spec: inZone(
      { cron: zone === undefined || zone === timezone ? expression : `CRON_TZ=${zone} ${expression}` },
      timezone,
    ),
    notes,
  };
};

function isSixFields(text: string): boolean {
  try {
    parseCron(text, "");
    return true;
  } catch {
    return false;
  }
}

/** A number that is the same for the same text: FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** Jenkins: `H` is a value by the job's name, and both day fields have to match. */
export const readJenkins: Reader = (text, { timezone }) => {
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const zone = /^TZ=(\S+)$/.exec(lines[0] ?? "")?.[1];
  const { zone: sameLine, rest } = splitZone(zone === undefined ? lines.join("\n") : lines.slice(1).join("\n"));
  if (rest.includes("\n")) throw refuseWhen(text, "one line of Jenkins's is expected at a time");
  const macros: Record<string, string> = {
    "@yearly": "H H H H *",
    "@annually": "H H H H *",
    "@monthly": "H H H * *",
    "@weekly": "H H * * H",
    "@daily": "H H * * *",
    "@midnight": "H H(0-2) * * *",
    "@hourly": "H * * * *",
  };
  const parts = (macroOf(macros, rest) ?? rest).split(/\s+/);
  const notes: string[] = [];
  const spread = { minute: [0, 59], hour: [0, 23], dayOfMonth: [1, 28], month: [1, 12], dayOfWeek: [0, 6] } as const;
  const written = parts.map((part, i) => {
    const field = FIVE[i];
    if (field === undefined || field === "second" || field === "year") return part;
    return part
      .split(",")
      .map((item) => chooseHash(item, spread[field], `${rest}|${field}`, text))
      .join(",");
  });
  const grammar: CronGrammar = { ...base, dialect: "jenkins", seven: true, names: false, question: false };
  const { texts } = readFields(grammar, FIVE, written.join(" "));
  if (written.some((part, i) => part !== parts[i])) {
    notes.push(`H is chosen by the job's name in Jenkins, and here by the text: ${expressionOf(texts)}.`);
  }
  return { spec: inZone(cronSpec(texts, "both"), zone ?? sameLine ?? timezone), notes };
};

/** An item with `H` as the values chosen for it. */
function chooseHash(item: string, all: readonly [number, number], seed: string, given: string): string {
  const match = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/.exec(item);
  if (match === null) return item;
  const from = match[1] === undefined ? all[0] : Number(match[1]);
  const to = match[2] === undefined ? all[1] : Number(match[2]);
  const step = match[3] === undefined ? null : Number(match[3]);
  if (from > to || step === 0) throw refuseWhen(given, `"${item}" holds no value`);
  const hash = hashOf(seed);
  if (step === null) return String(from + (hash % (to - from + 1)));
  const first = from + (hash % Math.min(step, to - from + 1));
  return `${first}-${to}/${step}`;
}

/** OpenBSD: `~` is a value at random. */
export const readOpenbsd: Reader = (text, context) => {
  const parts = text.trim().split(/\s+/);
  const ranges = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 6],
  ] as const;
  const chosen: string[] = [];
  const written = parts.map((part, i) => {
    const range = ranges[i];
    if (range === undefined) return part;
    return part
      .split(",")
      .map((item) => {
        const match = /^(\d{1,2})?~(\d{1,2})?(?:\/(\d{1,2}))?$/.exec(item);
        if (match === null) return item;
        const [from, to] = [Number(match[1] ?? range[0]), Number(match[2] ?? range[1])];
        if (from > to || to > range[1]) throw refuseWhen(text, `"${item}" holds no value`);
        const step = match[3] === undefined ? null : Number(match[3]);
        if (step === 0) throw refuseWhen(text, `"${item}" holds no value`);
        const value = from + (hashOf(`${text}|${i}`) % Math.min(step ?? 60, to - from + 1));
        chosen.push(String(value));
        return step === null ? String(value) : `${value}-${to}/${step}`;
      })
      .join(",");
  });
  const read: Reading = readCrontab(written.join(" "), context);
  if (chosen.length > 0) {
    read.notes.push(
      `~ is a value at random, chosen here by the text: ${chosen.join(", ")}. A jitter gives another at each run.`,
    );
  }
  return read;
};
