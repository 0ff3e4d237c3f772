import { specError } from "../errors.ts";

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];
const UNIT_MS = new Map(UNITS);

/** The longest duration taken: 100 years. */
export const MAX_DURATION_MS = 36_525 * 86_400_000;

const TAKEN = "a duration such as 30s, 5m, 1h30m, 1d or 2w is expected, of up to 100 years";

/** Why a text is no duration, or its length in ms. Units come from the largest to the smallest, each once. */
export function readDuration(text: string): { ms: number } | { problem: string } {
  // The longest text that means something is far shorter; a bound keeps hostile input cheap.
  if (text.length > 64) return { problem: TAKEN };
  const pattern = /(\d+(?:\.\d+)?)(ms|[wdhms])/y;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return { problem: TAKEN };
    const unit = UNIT_MS.get(match[2] as string) as number;
    if (unit >= previous) return { problem: `${TAKEN}, each unit once and the largest first` };
    previous = unit;
    total += Number(match[1]) * unit;
  }
  if (previous === Number.POSITIVE_INFINITY) return { problem: TAKEN };
  const ms = Math.round(total);
  return ms > MAX_DURATION_MS ? { problem: TAKEN } : { ms };
}

/** Reads a limit of time, which is longer than nothing: with none every run would fail at once. */
export function readTimeLimit(text: string): ReturnType<typeof readDuration> {
  const read = readDuration(text);
  return "ms" in read && read.ms === 0
    ? { problem: "a time longer than nothing is expected, such as 30m: with none every run would fail at once" }
    : read;
}

/** Milliseconds of a duration such as `1h30m`. Throws SpecError. */
export function parseDuration(text: string): number {
  const read = typeof text === "string" ? readDuration(text) : { problem: TAKEN };
  if ("problem" in read) throw specError("", text, read.problem);
  return read.ms;
}

/** Whether a duration is written in whole days or weeks only, so that it keeps the local time of day. */
export function isInDays(text: string): boolean {
  return /^(\d+w)?(\d+d)?$/.test(text) && text !== "";
}

/** The shortest text for a number of milliseconds, such as `1h30m`; `0s` for none. */
export function formatDuration(ms: number): string {
  let rest = Math.round(Math.abs(ms));
  let text = ms < 0 && rest > 0 ? "-" : "";
  if (rest === 0) return "0s";
  for (const [unit, length] of UNITS) {
    // Weeks only where they come out even: "10d" reads better than "1w3d".
    if (unit === "w" && rest % length !== 0) continue;
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text;
}
