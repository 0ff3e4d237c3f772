import { SpecError } from "../errors.ts";
import { readDuration } from "../texts/duration.ts";
import type { AfterOutcome, EventEntry, ScheduleSpec } from "../types.ts";
import { type Reading, refuseWhen } from "./dialect.ts";
import { numberOfWord, UNIT_TEXT, unitOfWord } from "./vocabulary.ts";

// What is no time, in words: "at boot", "10 minutes after the machine wakes", "when the nightly backup fails".

/** An event as it was said, with what was guessed of it. */
interface Read {
  event: EventEntry;
  notes: string[];
}

const MACHINE = "(?:the |my |this )?(?:machine|computer|system|laptop|server|pc)";
const WHEN = "(?:when(?:ever)?|once|after|each time|every time|if)";
const AT = "(?:at|on|upon|after|each|every)";
const whole = (...forms: string[]) => new RegExp(`^(?:${forms.join("|")})$`, "i");

const BOOT = whole(
  `(?:${AT} )?(?:the )?(?:re)?boot`,
  `${AT} (?:${MACHINE}(?:['’]?s)? )?(?:start-?up|start)`,
  `${AT} (?:${MACHINE}(?:['’]?s)? )(?:re)?boot`,
  `${WHEN} ${MACHINE} (?:has )?(?:re)?(?:boots?|booted|starts?|started)(?: up)?`,
);
const START = whole(
  `${AT} (?:almanac|the (?:program|engine|scheduler))(?:['’]?s)? start`,
  `${WHEN} (?:almanac|the (?:program|engine|scheduler)) (?:has )?start(?:s|ed)`,
);
const WAKE = whole(
  `${AT} (?:${MACHINE}(?:['’]?s)? |the )?(?:wake|waking|wake-?up|resume)`,
  `${WHEN} ${MACHINE} (?:has )?(?:wakes?|woken|woke|resumes?|resumed)(?: up)?`,
);
/** A start that is not said to be the machine's. */
const ANY_START = whole(`${AT} (?:start-?up|start)`);

const VERBS: readonly [RegExp, AfterOutcome, string?][] = [
  [/ (?:has )?(?:completes|completed|succeeds|succeeded)(?: successfully)?$/i, "completed"],
  [/ (?:has )?(?:fails|failed)$/i, "failed"],
  [/ (?:has )?(?:ends|ended)(?: in any way)?$/i, "ended"],
  [/ (?:has finished|finishes|finished|is done)$/i, "completed", "finishes"],
];
const AFTER = new RegExp(`^${WHEN} (.+)$`, "i");
const OF = /^(?:on|after|upon) (?:the |each |every )?(failure|success|completion|end) of (.+)$/i;
const OUTCOMES: Readonly<Record<string, AfterOutcome>> = {
  failure: "failed",
  success: "completed",
  completion: "completed",
  end: "ended",
};

const bare = (name: string): string =>
  name
    .trim()
    .replace(/^(?:the )?(?:schedule|job|run of|runs of) /i, "")
    .replace(/^(["'“”‘’])(.+)["'“”‘’]$/, "$2")
    .trim();

function readAfter(text: string): Read | null {
  const of = OF.exec(text);
  if (of !== null) {
    const scheduleId = bare(of[2] as string);
    return {
      event: { after: { scheduleId, outcome: OUTCOMES[(of[1] as string).toLowerCase()] as AfterOutcome } },
      notes: [],
    };
  }
  const said = AFTER.exec(text)?.[1];
  if (said === undefined) return null;
  const verb = VERBS.find(([pattern]) => pattern.test(said));
  // What is no verb of a run's is a time or a wish: "after 9:00", "when it rains".
  if (verb === undefined && (!/^after /i.test(text) || /^\d| (?:at|on) /.test(said))) return null;
  const scheduleId = bare(verb === undefined ? said : said.replace(verb[0], ""));
  if (scheduleId === "" || /^["“”]|["“”]$/.test(scheduleId) || scheduleId.length > 200) return null;
  const outcome = verb?.[1] ?? "completed";
  const notes =
    verb?.[2] === undefined ? [] : [`"${verb[2]}" is read as completing; however it ends is said as "ends".`];
  return { event: { after: outcome === "completed" ? { scheduleId } : { scheduleId, outcome } }, notes };
}

/** `10 minutes`, `an hour and 30 minutes`, `1h30m` before what is waited for; the rest of the text with it. */
function takeDelay(text: string): { delay: string; rest: string } | null {
  const said = /^(.+?) (after .+)$/i.exec(text);
  if (said === null) return null;
  const [, span = "", rest = ""] = said;
  const compact = span.replace(/ /g, "");
  if (/^(?:\d+[wdhms])+$/i.test(compact)) {
    const read = readDuration(compact.toLowerCase());
    return "ms" in read ? { delay: compact.toLowerCase(), rest } : null;
  }
  const counts = new Map<string, number>();
  for (const part of span.split(/\s*,\s*|\s+and\s+/i)) {
    const [count, word, ...more] = part
      .replace(/^(\d+)(?=[a-z])/i, "$1 ")
      .toLowerCase()
      .split(" ");
    const [number, unit] = [numberOfWord(count), unitOfWord(word)];
    if (number === null || unit === null || unit === "month" || more.length > 0 || counts.has(UNIT_TEXT[unit]))
      return null;
    counts.set(UNIT_TEXT[unit], number);
  }
  const delay = ["w", "d", "h", "m", "s"].flatMap((unit) => (counts.has(unit) ? [`${counts.get(unit)}${unit}`] : []));
  return { delay: delay.join(""), rest };
}

function readEvent(text: string): Read | null {
  const delayed = takeDelay(text);
  if (delayed !== null) {
    const read = readEvent(delayed.rest);
    return read === null || read.event.delay !== undefined
      ? null
      : { ...read, event: { ...read.event, delay: delayed.delay } };
  }
  if (START.test(text)) return { event: { start: true }, notes: [] };
  if (WAKE.test(text)) return { event: { wake: true }, notes: [] };
  if (BOOT.test(text)) {
    const notes = ANY_START.test(text)
      ? [`It is read as the machine's start; Almanac's own is said as "when Almanac starts".`]
      : [];
    return { event: { boot: true }, notes };
  }
  return readAfter(text);
}

/** Where a list of several may be cut: `at boot and weekdays at 9:00`. */
const JOINT = /\s*(?:[,;]|\s(?:and|or)\s)\s*/gi;

/** A list of more is none that anybody says. */
const MAX_PARTS = 40;

/**
 * Words of which some at least are events; null where none is. `times` reads the others, and throws where they are no
 * words for when.
 */
export function readEvents(given: string, times: (text: string) => Reading): Reading | null {
  const text = given.trim().replace(/\s+/g, " ").replace(/\.$/, "");
  const joints = [...text.matchAll(JOINT)];
  if (joints.length > MAX_PARTS) return readOne(text);
  const cuts = joints.map(({ index, 0: joint }) => ({ end: index, next: index + joint.length }));
  // By where the rest begins: what is read of it is read once.
  const known = new Map<number, Reading | null>();
  const readFrom = (start: number): Reading | null => {
    const found = known.get(start);
    if (found !== undefined) return found;
    const read = readRest(start);
    known.set(start, read);
    return read;
  };
  const readRest = (start: number): Reading | null => {
    for (const { end, next } of cuts) {
      if (end < start) continue;
      const first = readEvent(text.slice(start, end));
      const rest = readFrom(next) ?? (first === null ? null : attempt(() => times(text.slice(next))));
      if (rest === null) continue;
      if (first !== null) return joined(first.event, first.notes, rest);
      // Times on both sides are one phrase: "monday and friday at 9:00 and after backup".
      if (Object.keys(rest.spec).some((key) => key !== "on")) continue;
      const before = attempt(() => times(text.slice(start, end)));
      if (before !== null) return { spec: { ...before.spec, ...rest.spec }, notes: [...before.notes, ...rest.notes] };
    }
    return readOne(text.slice(start));
  };
  return readFrom(0);
}

function readOne(text: string): Reading | null {
  const read = readEvent(text);
  return read === null ? null : { spec: { on: read.event }, notes: read.notes };
}

function attempt(read: () => Reading): Reading | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

function joined(event: EventEntry, notes: readonly string[], { spec, notes: more }: Reading): Reading {
  const on = [event, ...[spec.on ?? []].flat()] as EventEntry[];
  return { spec: { ...spec, on: on.length === 1 ? (on[0] as EventEntry) : on }, notes: [...notes, ...more] };
}

/** A schedule by which others may be started. */
export interface NamedSchedule {
  scheduleId: string;
  name: string;
}

/**
 * A spec whose events come after schedules that are said by name, with their ids. An id is taken as it is. Throws
 * SpecError where none, or more than one, is called so.
 */
export function resolveSchedules(spec: ScheduleSpec, schedules: readonly NamedSchedule[]): ScheduleSpec {
  if (spec.on === undefined) return spec;
  const known = new Set(schedules.map(({ scheduleId }) => scheduleId));
  const resolve = (event: EventEntry): EventEntry => {
    if (!("after" in event) || known.has(event.after.scheduleId)) return event;
    const said = event.after.scheduleId;
    const wanted = said.toLowerCase();
    const called = schedules.filter(
      ({ scheduleId, name }) => name.toLowerCase() === wanted || scheduleId.toLowerCase() === wanted,
    );
    if (called.length > 1)
      throw refuseWhen(
        said,
        `several schedules are called so; an id is expected: ${called
          .map((one) => one.scheduleId)
          .slice(0, 5)
          .join(", ")}`,
      );
    const [only] = called;
    if (only === undefined)
      throw refuseWhen(said, `the name or id of a schedule is expected, and there is none "${said.slice(0, 80)}"`);
    return { ...event, after: { ...event.after, scheduleId: only.scheduleId } };
  };
  const on = spec.on as EventEntry | readonly EventEntry[];
  return { ...spec, on: Array.isArray(on) ? (on as readonly EventEntry[]).map(resolve) : resolve(on as EventEntry) };
}
