import { SpecError, specError } from "../errors.ts";
import { compileSpec } from "../matcher/compile.ts";
import { occurrencesBetween } from "../matcher/occurrences.ts";
import { parseSpec } from "../texts/spec.ts";
import type { ScheduleSpec } from "../types.ts";
import { describeSpec } from "../words/describe.ts";
import { isZoneAbbreviation, meaningsOf, zoneNote, zoneTaken } from "../zone/names.ts";
import { isKnownZone } from "../zone/zone.ts";
import {
  readAwsCron,
  readCrontab,
  readGithub,
  readGoCron,
  readJenkins,
  readKubernetes,
  readOpenbsd,
  readQuartz,
  readSpring,
} from "./crons.ts";
import {
  type Dialect,
  dialectNames,
  dialects,
  type Reader,
  type Reading,
  refuseWhen,
  type WhenContext,
} from "./dialect.ts";
import { readAwsAt, readAwsRate, readGoEvery, readIsoDuration } from "./durations.ts";
import { isShorthand, readOnCalendar } from "./onCalendar.ts";
import { readRrule } from "./rrule.ts";
import { readWords } from "./words.ts";

/** A text read as one of the dialects; the notes name whatever could not be carried over, or was guessed. */
export interface ParsedWhen {
  dialect: Dialect;
  spec: ScheduleSpec;
  notes: string[];
}

const READERS: Readonly<Record<Dialect, Reader>> = {
  crontab: readCrontab,
  quartz: readQuartz,
  spring: readSpring,
  aws: (text, context) => {
    if (/^\s*rate\s*\(/i.test(text)) return readAwsRate(text, context);
    if (/^\s*at\s*\(/i.test(text)) return readAwsAt(text, context);
    return readAwsCron(text, context);
  },
  kubernetes: (text, context) =>
    /^\s*@every\b/i.test(text) ? readGoEvery(text, context) : readKubernetes(text, context),
  github: readGithub,
  jenkins: readJenkins,
  go: (text, context) => (/^\s*@every\b/i.test(text) ? readGoEvery(text, context) : readGoCron(text, context)),
  openbsd: readOpenbsd,
  systemd: readOnCalendar,
  iso8601: readIsoDuration,
  rrule: readRrule,
  words: readWords,
};

const MAX_TEXT = 4000;

/** A word that may be a field of someone's cron. */
const FIELD = /^(?:[\d*?,/#~()-]|[LWH]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)+$/i;

/** The dialects that a text has the form of, the likeliest first. */
function candidates(text: string): readonly Dialect[] {
  if (/^(?:cron|rate|at)\s*\(/i.test(text)) return ["aws"];
  if (/^@every\s/i.test(text)) return ["go"];
  if (/^@\d+$/.test(text)) return ["systemd"];
  if (/^(?:RRULE|DTSTART|EXDATE|RDATE)\b|^FREQ=/i.test(text)) return ["rrule"];
  if (/^(?:R\d*\/)?(?:[\dTZ:.+-]+\/)?P[\dT]/i.test(text)) return ["iso8601"];
  if (/^TZ=\S+\s*\n/.test(text)) return ["jenkins"];
  if (isShorthand(text)) return ["systemd"];
  const plain = text.replace(/^(?:CRON_TZ|TZ)=\S+\s+/, "");
  if (plain.startsWith("@")) return ["crontab"];
  const words = plain.split(/\s+/);
  const fields = words.findIndex((word) => !FIELD.test(word));
  const count = fields < 0 ? words.length : fields;
  if (count >= 5) {
    const first = words.slice(0, count);
    if (first.some((word) => /(?:^|,)H/.test(word))) return ["jenkins"];
    if (first.some((word) => word.includes("~"))) return ["openbsd"];
    if (count < words.length) return ["crontab"];
    if (count === 5) return ["crontab", "kubernetes", "jenkins"];
    return count === 6 ? ["quartz", "aws", "spring", "crontab"] : ["quartz"];
  }
  return /\*|~|\.\./.test(text) ? ["systemd"] : ["words", "systemd"];
}

/** What a spec comes to for some years, to be held against another's. */
function instantsOf(spec: ScheduleSpec, now: number): string {
  const { dst: _dst, timezone: _timezone, ...rest } = spec;
  // One dialect says the zone in its text where another has a setting for it: the same local times all the same.
  if (typeof rest.cron === "string") rest.cron = rest.cron.replace(/^CRON_TZ=\S+\s+/, "");
  return occurrencesBetween(compileSpec(rest, { anchorAt: now }), now, now + 5 * 366 * 86_400_000, 300).join();
}

const wordsOf = (spec: ScheduleSpec) => describeSpec(spec, { zone: false });

/**
 * Reads a text that says when as a spec: another program's, or words. Without `dialect` it is found out by the grammars;
 * where two read it differently, the notes say both readings. Throws SpecError naming what would be taken.
 */
export function parseWhen(
  text: string,
  options: { dialect?: Dialect; timezone?: string; now?: number } = {},
): ParsedWhen {
  const { dialect, ...context } = options;
  if (typeof text !== "string" || text.trim() === "")
    throw refuseWhen("", "a text that says when is expected, such as 0 9 * * 1-5 or weekdays at 9:00");
  if (text.length > MAX_TEXT) throw refuseWhen(text, `at most ${MAX_TEXT} characters are allowed`);
  if (dialect !== undefined && !dialects.includes(dialect)) {
    throw specError("dialect", dialect, `${dialects.join(", ")} are expected`);
  }
  if (context.timezone !== undefined && !isKnownZone(context.timezone)) {
    throw specError("timezone", context.timezone, zoneTaken(context.timezone));
  }
  const chosen =
    dialect === undefined ? choose(text.trim(), context) : { dialect, ...readAs(dialect, text.trim(), context) };
  const { spec } = chosen;
  const note = spec.timezone === undefined ? null : zoneNote(spec.timezone);
  return { dialect: chosen.dialect, spec, notes: note === null ? chosen.notes : [...chosen.notes, note] };
}

/** Texts that may have several lines. */
const MANY_LINES: readonly Dialect[] = ["rrule", "jenkins"];

/** Whatever a reader makes of a text is held against the schema before anything is computed of it. */
function readAs(dialect: Dialect, text: string, context: WhenContext): Reading {
  if (text.includes("\n") && !MANY_LINES.includes(dialect)) throw refuseWhen(text, "one line is expected");
  const reading = READERS[dialect](text, context);
  return { ...reading, spec: parseSpec(reading.spec) };
}

/** A zone's abbreviation before or behind the fields of a cron, where none of its programs has one. */
function refuseAbbreviation(text: string): void {
  const words = text.split(/\s+/);
  const fields = (some: readonly string[]) => some.length >= 5 && some.every((word) => FIELD.test(word));
  for (const [word = "", rest] of [[words[0], words.slice(1)] as const, [words.at(-1), words.slice(0, -1)] as const]) {
    if (!/^[A-Z]{2,5}$/.test(word) || !isZoneAbbreviation(word) || !fields(rest)) continue;
    const [meant = word, ...others] = meaningsOf(word);
    const could = others.length > 0 || meant !== word ? `; ${word} could mean ${[meant, ...others].join(" or ")}` : "";
    throw refuseWhen(text, `a zone goes before the fields, such as CRON_TZ=${meant} ${rest.join(" ")}${could}`);
  }
}

function choose(text: string, context: WhenContext): Reading & { dialect: Dialect } {
  refuseAbbreviation(text);
  const names = candidates(text);
  const readings: (Reading & { dialect: Dialect })[] = [];
  const problems: unknown[] = [];
  for (const dialect of names) {
    try {
      readings.push({ dialect, ...readAs(dialect, text, context) });
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      problems.push(error);
    }
  }
  const [taken, ...others] = readings;
  if (taken === undefined) throw problems[0];
  const now = context.now ?? Date.UTC(2026, 0, 1);
  const instants = instantsOf(taken.spec, now);
  const notes = [...taken.notes];
  const otherwise = new Map<string, (typeof readings)[number][]>();
  for (const other of others) {
    const theirs = instantsOf(other.spec, now);
    if (theirs !== instants) otherwise.set(theirs, [...(otherwise.get(theirs) ?? []), other]);
  }
  for (const [first, ...more] of otherwise.values()) {
    if (first === undefined) continue;
    const names = [first, ...more].map(({ dialect }) => dialectNames[dialect]).join(" and ");
    notes.push(
      `${names} ${more.length > 0 ? "read" : "reads"} it otherwise: "${wordsOf(first.spec)}". Taken as ${dialectNames[taken.dialect]}: "${wordsOf(taken.spec)}".`,
    );
  }
  return { ...taken, notes };
}
