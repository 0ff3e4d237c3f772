import { parseWhen } from "../../../../shared/schedule/dialects/parseWhen.ts";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { parseCron } from "../../../../shared/schedule/texts/cron.ts";
import { readDuration } from "../../../../shared/schedule/texts/duration.ts";
import { parseSpec } from "../../../../shared/schedule/texts/spec.ts";
import type { Exclusion, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { fromSpec, type NewCard } from "./draft.ts";

/** What pasted text becomes: cards and exclusions, and the whole spec where it was one. */
export interface Pasted {
  cards: readonly NewCard[];
  exclusions: readonly Exclusion[];
  /** Set where a spec was pasted (with zone and bounds), or a crontab with `CRON_TZ=`. */
  spec: ScheduleSpec | null;
  /** What was guessed, or could not be carried over. */
  notes?: readonly string[];
}

const MAX_TEXT = 200_000;

/**
 * Whether text pasted into a field is meant for that field. A field of free text (cron, a comment) takes all but JSON and
 * several lines; any other also leaves whole cron lines to become entries.
 */
export function mayBeTyped(text: string, isFreeText: boolean): boolean {
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed) || trimmed.includes("\n")) return false;
  return isFreeText || trimmed.split(/\s+/).length < 5;
}

/**
 * Reads a cron line (also one of a crontab, its command left out), an interval (`15m`, `every 2 hours`), several of
 * these by line, or JSON of a spec, an entry or a list of entries. Null where it is none of them.
 */
export function readPasted(text: string): Pasted | null {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > MAX_TEXT) return null;
  return /^[[{"]/.test(trimmed) ? readJson(trimmed) : (readLines(trimmed) ?? readOther(trimmed));
}

/** A text of another program's, or words. */
function readOther(text: string): Pasted | null {
  try {
    const { spec, notes } = parseWhen(text, { now: Date.now() });
    return pastedOf(spec, notes);
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

const kinds = "A cron line, an interval, another program's text for when, words, or JSON of a spec is expected";

/** Why a text is none that {@link readPasted} takes, in words that a person can act on. */
export function whyNot(text: string): string {
  if (text.trim() === "" || text.length > MAX_TEXT || /^\s*[[{"]/.test(text) || text.trim().includes("\n"))
    return kinds;
  try {
    parseWhen(text, { now: Date.now() });
    return kinds;
  } catch (error) {
    if (error instanceof SpecError) return whenProblem(error);
    throw error;
  }
}

/** What is wrong with a text for *when*, for beside the text itself: a sentence without its full stop. */
export function whenProblem(error: SpecError): string {
  const message = (error.issues[0]?.message ?? error.message).replace(/; given: .*$/s, "");
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** A spec as what is pasted. */
export function pastedOf(spec: ScheduleSpec, notes: readonly string[] = []): Pasted {
  const draft = fromSpec(spec);
  return {
    cards: draft.cards.map(({ kind, value: card }) => ({ kind, value: card }) as NewCard),
    exclusions: draft.exclusions.map((item) => item.value),
    spec,
    notes,
  };
}

function readJson(text: string): Pasted | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === "string") return readLines(value);
  const spec = asSpec(value);
  if (spec === null) return null;
  const draft = fromSpec(spec);
  const isWhole = !Array.isArray(value) && hasAny(value, ["cron", "interval", "calendar", "at", "on", "spec"]);
  return {
    cards: draft.cards.map(({ kind, value: card }) => ({ kind, value: card }) as NewCard),
    exclusions: draft.exclusions.map((item) => item.value),
    spec: isWhole ? spec : null,
  };
}

const hasAny = (value: unknown, keys: readonly string[]): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && keys.some((key) => Object.hasOwn(value, key));

/** The spec that a JSON value is, holds, or is an entry of. */
function asSpec(value: unknown): ScheduleSpec | null {
  if (hasAny(value, ["spec"])) return accepted(value["spec"]);
  if (hasAny(value, ["cron", "interval", "calendar", "at", "on"])) return accepted(value);
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === "string")) {
    const read = readLines(list.join("\n"));
    return read ? specOf(read.cards) : null;
  }
  // `every` alone is an interval; with days, times or a window it is an entry.
  const isInterval = (item: unknown) =>
    hasAny(item, ["every"]) && Object.keys(item).every((key) => key === "every" || key === "anchor" || key === "from");
  if (list.every(isInterval)) return accepted({ interval: list });
  return accepted({ calendar: list });
}

function accepted(value: unknown): ScheduleSpec | null {
  try {
    return parseSpec(value, { unknownZone: "keep" });
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

function specOf(cards: readonly NewCard[]): ScheduleSpec {
  const cron = cards.filter((card) => card.kind === "cron").map((card) => card.value);
  const interval = cards.filter((card) => card.kind === "interval").map((card) => card.value);
  return { ...(cron.length > 0 ? { cron } : {}), ...(interval.length > 0 ? { interval } : {}) };
}

function readLines(text: string): Pasted | null {
  const cards: NewCard[] = [];
  // A crontab's zone holds for the lines below it.
  let zone: string | null = null;
  const zones: (string | null)[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim().replace(/;$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const named = /^(?:CRON_TZ|TZ)=(\S+)$/.exec(line)?.[1];
    if (named !== undefined) {
      zone = named;
      continue;
    }
    // A crontab sets its environment between its lines.
    if (/^[A-Z_][A-Z0-9_]*\s*=/i.test(line) && !/^(CRON_)?TZ=/.test(line)) continue;
    const card = readCronLine(line) ?? readInterval(line);
    if (card === null) return null;
    cards.push(card);
    zones.push(zone);
  }
  const [first] = zones;
  if (first === undefined) return null;
  if (first !== null && zones.every((other) => other === first)) {
    return { cards, exclusions: [], spec: { ...specOf(cards), timezone: first } };
  }
  return { cards: cards.map((card, i) => inZone(card, zones[i] ?? null)), exclusions: [], spec: null };
}

/** A cron expression that says its own zone; other cards have none of their own. */
function inZone(card: NewCard, zone: string | null): NewCard {
  if (zone === null || card.kind !== "cron" || /^(CRON_)?TZ=/.test(card.value)) return card;
  return { kind: "cron", value: `CRON_TZ=${zone} ${card.value}` };
}

/** What was pasted as entries beside others, in a schedule of `timezone`; `lost` names what of a pasted spec does not come along. */
export function beside(pasted: Pasted, timezone: string): { cards: readonly NewCard[]; lost: readonly string[] } {
  const { spec } = pasted;
  if (spec === null) return { cards: pasted.cards, lost: [] };
  const zone = spec.timezone === timezone ? null : (spec.timezone ?? null);
  const cards = pasted.cards.map((card) => inZone(card, zone));
  const left = (["onlyOn", "dst", "startAt", "endAt", "jitter"] as const).filter((key) => spec[key] != null);
  return {
    cards,
    lost: [
      ...(zone !== null && cards.some((card) => card.kind !== "cron") ? [`its zone ${zone}`] : []),
      ...left.map(
        (key) =>
          ({
            onlyOn: "its calendar",
            dst: "its clock changes",
            startAt: "its start",
            endAt: "its end",
            jitter: "its jitter",
          })[key],
      ),
    ],
  };
}

const isCron = (text: string): boolean => {
  try {
    parseCron(text);
    return true;
  } catch {
    return false;
  }
};

function readCronLine(line: string): NewCard | null {
  // Six fields with a question mark are Quartz's, which counts weekdays from Sunday as 1.
  if (/(?:^|\s)\?(?:\s|$)/.test(line) && line.split(/\s+/).length > 5) return null;
  if (isCron(line)) return { kind: "cron", value: line };
  const tokens = line.split(/\s+/);
  const prefix = /^(CRON_)?TZ=/.test(tokens[0] ?? "") ? 1 : 0;
  const length = prefix + (tokens[prefix]?.startsWith("@") ? 1 : 5);
  if (tokens.length <= length) return null;
  const value = tokens.slice(0, length).join(" ");
  return isCron(value) ? { kind: "cron", value } : null;
}

const units: Readonly<Record<string, string>> = {
  second: "s",
  sec: "s",
  minute: "m",
  min: "m",
  hour: "h",
  hr: "h",
  day: "d",
  week: "w",
};

function readInterval(line: string): NewCard | null {
  const rest = line.toLowerCase().replace(/^@?every\s+/, "");
  const words = rest.replace(
    /(\d+(?:\.\d+)?)\s*(second|sec|minute|min|hour|hr|day|week)s?\b/g,
    (_, count, unit) => `${count}${units[unit]}`,
  );
  const single = /^(second|minute|hour|day|week)$/.exec(words)?.[1];
  const text = single ? `1${units[single]}` : words.replace(/\s+and\s+|,|\s+/g, "");
  const read = readDuration(text);
  return "ms" in read && read.ms >= 1000 ? { kind: "interval", value: text } : null;
}
