import { formatDuration, readDuration } from "../texts/duration.ts";
import { inZone, type Reader, type Reading, refuseWhen } from "./dialect.ts";

/** An interval of so many ms, and a note where it had to be rounded. */
function intervalOf(ms: number, context: { timezone?: string }, given: string): Reading {
  const whole = Math.max(1000, Math.round(ms / 1000) * 1000);
  const problem = readDuration(formatDuration(whole));
  if (!(ms > 0) || "problem" in problem)
    throw refuseWhen(given, "a time between runs from 1 second to 100 years is expected");
  const notes = whole === ms ? [] : [`${formatDuration(ms)} is rounded to ${formatDuration(whole)}.`];
  return { spec: inZone({ interval: formatDuration(whole) }, context.timezone), notes };
}

const GO_UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ns: 0.000_001,
};

/** `@every 1h30m`, with Go's durations. */
export const readGoEvery: Reader = (text, context) => {
  const duration = /^\s*@every\s+(\S+)\s*$/i.exec(text)?.[1];
  if (duration === undefined || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|μs|ns))+$/.test(duration)) {
    throw refuseWhen(text, "@every takes a duration of Go's, such as 1h30m or 90s");
  }
  // What a duration of ours says as it is stays as it is written.
  if (!("problem" in readDuration(duration)) && !/\.|ms/.test(duration)) {
    return { spec: inZone({ interval: duration }, context.timezone), notes: [] };
  }
  let ms = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)/g)) {
    ms += Number(count) * (GO_UNITS[unit as string] as number);
  }
  return intervalOf(ms, context, text);
};

/** `rate(5 minutes)` of AWS. */
export const readAwsRate: Reader = (text, context) => {
  const match = /^\s*rate\(\s*(\d{1,6})\s+(minute|hour|day)(s?)\s*\)\s*$/i.exec(text);
  if (match === null || Number(match[1]) === 0)
    throw refuseWhen(text, "rate(…) takes a number and minutes, hours or days, such as rate(5 minutes)");
  const unit = { minute: "m", hour: "h", day: "d" }[(match[2] as string).toLowerCase()] as string;
  const notes =
    unit === "d" ? ["A day of AWS's is 24 hours; here it keeps the time of day where the clock changes."] : [];
  return { spec: inZone({ interval: `${Number(match[1])}${unit}` }, context.timezone), notes };
};

/** `at(2026-12-24T18:00:00)` of AWS: once. */
export const readAwsAt: Reader = (text, context) => {
  const at = /^\s*at\s*\(\s*(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)\s*\)\s*$/i.exec(text)?.[1];
  if (at === undefined) throw refuseWhen(text, "at(…) takes a local time such as at(2026-12-24T18:00:00)");
  return { spec: inZone({ at }, context.timezone), notes: [] };
};

const ISO_DURATION =
  /^P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** The length of an ISO 8601 duration as one of ours. Throws SpecError: years and months have none. */
function isoDuration(text: string, given: string): { every: string; ms: number } {
  const match = ISO_DURATION.exec(text.toUpperCase().replaceAll(",", "."));
  if (match === null || !/\d/.test(text) || /T$/i.test(text)) {
    throw refuseWhen(given, "an ISO 8601 duration such as PT5M, P1D or P1W is expected");
  }
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  if (years || months) {
    throw refuseWhen(
      given,
      'months and years have no fixed length, so no interval says them: say the days, such as "monthly on the 1st at 9:00"',
    );
  }
  const [w, d, h, m, s] = [weeks ?? 0, days ?? 0, hours ?? 0, minutes ?? 0, seconds ?? 0];
  const ms = Math.round((((w * 7 + d) * 24 + h) * 60 + m) * 60_000 + s * 1000);
  const inDays = h === 0 && m === 0 && s === 0 && Number.isInteger(w) && Number.isInteger(d);
  // Whole days keep the time of day; hours count real time.
  if (inDays) return { every: `${w > 0 ? `${w}w` : ""}${d > 0 || w === 0 ? `${d}d` : ""}`, ms };
  const shown = formatDuration(ms);
  return { every: Number.isInteger(w) && Number.isInteger(d) && w === 0 && d === 0 ? hoursText(ms) : shown, ms };
}

/** Without days, which would keep the local time of day. */
function hoursText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const rest = ms % 3_600_000;
  if (hours < 24) return formatDuration(ms);
  return `${hours}h${rest === 0 ? "" : formatDuration(rest)}`;
}

/** `PT5M`, and repeating intervals such as `R/2026-01-01T09:00:00Z/P1D` or `R5/…`. */
export const readIsoDuration: Reader = (text, context) => {
  const parts = text.trim().split("/");
  const duration = isoDuration(parts.at(-1) as string, text);
  if (duration.ms < 1000 || duration.ms % 1000 !== 0)
    throw refuseWhen(text, "whole seconds, at least one, are expected");
  if (parts.length === 1) return { spec: inZone({ interval: duration.every }, context.timezone), notes: [] };
  const [repeat, start, third] = /^R/i.test(parts[0] as string) ? parts : ["R", ...parts];
  const count = /^R(\d{0,6})$/i.exec(repeat as string);
  const startAt = start === undefined || third === undefined ? Number.NaN : Date.parse(start);
  if (
    count === null ||
    parts.length > 3 ||
    !/T.*(Z|[+-]\d{2}:?\d{2})$/.test(start as string) ||
    Number.isNaN(startAt)
  ) {
    throw refuseWhen(
      text,
      "a repeating interval is R, or R and a number, an instant with its offset, and a duration, such as R/2026-01-01T09:00:00Z/P1D",
    );
  }
  const anchor = new Date(startAt).toISOString().replace(".000Z", "Z");
  const spec = inZone({ interval: { every: duration.every, anchor } }, context.timezone);
  if (count[1] === "") return { spec, notes: [] };
  // The first and so many repetitions; days may be of 23 or 25 hours, so the end lies half a step after the last.
  const endAt = new Date(startAt + Number(count[1]) * duration.ms + Math.floor(duration.ms / 2)).toISOString();
  return {
    spec: { ...spec, endAt: endAt.replace(".000Z", "Z") },
    notes: [`It ends after ${Number(count[1]) + 1} runs.`],
  };
};
