import { readDuration } from "../../../shared/schedule/texts/duration.ts";
import { type DurationUnit, writeDuration } from "./durationParts.ts";

/** What separates the decimals where the reader lives; the other one of the two then groups thousands. */
export type DecimalSign = "." | ",";

/** The reader's own, as `count` writes numbers. */
export const decimalSign: DecimalSign =
  new Intl.NumberFormat().formatToParts(1.5).find(({ type }) => type === "decimal")?.value === "," ? "," : ".";

/**
 * The number that somebody has written: `1000`, `1,000`, `1 000`, `1'000`. Null where it is none, or where it could be two:
 * what groups must group by three, all the way. `whole`: none with decimals; `signed`: also one with a minus before it.
 */
export function readNumber(
  text: string,
  { whole, decimal, signed = false }: { whole: boolean; decimal: DecimalSign; signed?: boolean },
): number | null {
  const written = text.trim();
  if (signed && /^[-−]/.test(written)) {
    const size = readNumber(written.slice(1), { whole, decimal });
    return size === null ? null : 0 - size;
  }
  if (written.length > 32) return null;
  const [integer = "", fraction, more] = written.split(decimal);
  if (more !== undefined || (fraction !== undefined && (whole || !/^\d+$/.test(fraction)))) return null;
  const group = /^\d{1,3}([^\d])\d/.exec(integer)?.[1] ?? "";
  if (group !== "" && !" \u00a0\u2009\u202f'’_,.".includes(group)) return null;
  const parts = group === "" ? [integer] : integer.split(group);
  const grouped =
    parts.length === 1 || (/^\d{1,3}$/.test(parts[0] ?? "") && parts.slice(1).every((part) => /^\d{3}$/.test(part)));
  if (!grouped || !/^\d+$/.test(parts.join(""))) return null;
  const value = Number(`${parts.join("")}.${fraction ?? "0"}`);
  return value <= Number.MAX_SAFE_INTEGER ? value : null;
}

const unitWords: Record<string, string> = {
  w: "w|weeks?",
  d: "d|days?",
  h: "h|hours?|hrs?",
  m: "m|minutes?|mins?",
  s: "s|seconds?|secs?",
  ms: "ms|milliseconds?",
};
const unitPart = new RegExp(
  `^([\\d.,]+)\\s*(?:${Object.entries(unitWords)
    .map(([unit, words]) => `(?<${unit}>${words})`)
    .join("|")})(?![a-z])[\\s,]*`,
  "i",
);

/**
 * The duration that somebody has written beside a unit, as the API takes it: `90` and `1.5` are of that unit, `1h30m`,
 * `2 hours` and `90s` bring their own, and `1:30` is of it and the next smaller one. Empty for nothing; null where it is none.
 */
export function readDurationText(text: string, unit: DurationUnit, decimal: DecimalSign): string | null {
  const written = text.trim();
  if (written === "") return "";
  const amount = readNumber(written, { whole: false, decimal });
  if (amount !== null) return writeDuration(amount, unit);
  if (written.includes(":")) return readClock(written, unit);
  let rest = written;
  let made = "";
  while (rest !== "") {
    const part = unitPart.exec(rest);
    const each = part === null ? null : readNumber(part[1] ?? "", { whole: false, decimal });
    const [own] = Object.entries(part?.groups ?? {}).find(([, word]) => word !== undefined) ?? [];
    if (part === null || each === null || own === undefined) return null;
    made += `${each}${own}`;
    rest = rest.slice(part[0].length);
  }
  return "ms" in readDuration(made) ? made : null;
}

/** `h:mm:ss`; with one colon `h:mm` beside hours, and `m:ss` beside minutes and seconds. */
function readClock(text: string, unit: DurationUnit): string | null {
  const [, first, second, third] = /^(\d{1,6}):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (first === undefined || Number(second) > 59 || Number(third ?? 0) > 59) return null;
  if (third === undefined && (unit === "d" || unit === "w")) return null;
  const [h, m, s] = third === undefined && unit !== "h" ? [0, first, second] : [first, second, third ?? 0];
  const made = [`${Number(h)}h`, `${Number(m)}m`, `${Number(s)}s`].filter((part) => !part.startsWith("0")).join("");
  return made === "" ? "0s" : made;
}
