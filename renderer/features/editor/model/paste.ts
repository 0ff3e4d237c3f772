import { parseCron } from "../../../../shared/schedule/cron.ts";
import { readDuration } from "../../../../shared/schedule/duration.ts";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { parseSpec } from "../../../../shared/schedule/spec.ts";
import type { Exclusion, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { fromSpec, type NewCard } from "./draft.ts";

/** What pasted text becomes: cards and exclusions, and the whole spec where it was one. */
export interface Pasted {
  cards: readonly NewCard[];
  exclusions: readonly Exclusion[];
  /** Set where a spec was pasted (with zone and bounds), or a crontab with `CRON_TZ=`. */
  spec: ScheduleSpec | null;
}

const MAX_TEXT = 200_000;

/**
 * Reads a cron line (also one of a crontab, its command left out), an interval (`15m`, `every 2 hours`), several of
 * these by line, or JSON of a spec, an entry or a list of entries. Null where it is none of them.
 */
export function readPasted(text: string): Pasted | null {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > MAX_TEXT) return null;
  return /^[[{"]/.test(trimmed) ? readJson(trimmed) : readLines(trimmed);
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
  const isWhole = !Array.isArray(value) && hasAny(value, ["cron", "interval", "calendar", "spec"]);
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
  if (hasAny(value, ["cron", "interval", "calendar"])) return accepted(value);
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
  let timezone: string | null = null;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim().replace(/;$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const zone = /^(?:CRON_TZ|TZ)=(\S+)$/.exec(line);
    if (zone?.[1]) {
      timezone = zone[1];
      continue;
    }
    // A crontab sets its environment between its lines.
    if (/^[A-Z_][A-Z0-9_]*\s*=/i.test(line) && !/^(CRON_)?TZ=/.test(line)) continue;
    const card = readCronLine(line) ?? readInterval(line);
    if (card === null) return null;
    cards.push(card);
  }
  if (cards.length === 0) return null;
  return { cards, exclusions: [], spec: timezone === null ? null : { ...specOf(cards), timezone } };
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
  const rest = line.toLowerCase().replace(/^every\s+/, "");
  const words = rest.replace(
    /(\d+(?:\.\d+)?)\s*(second|sec|minute|min|hour|hr|day|week)s?\b/g,
    (_, count, unit) => `${count}${units[unit]}`,
  );
  const single = /^(second|minute|hour|day|week)$/.exec(words)?.[1];
  const text = single ? `1${units[single]}` : words.replace(/\s+and\s+|,|\s+/g, "");
  const read = readDuration(text);
  return "ms" in read && read.ms >= 1000 ? { kind: "interval", value: text } : null;
}
