import { isInDays, parseDuration } from "../../../shared/schedule/texts/duration.ts";

export type DurationUnit = "s" | "m" | "h" | "d" | "w";

const unitMs: Record<DurationUnit, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * The largest unit that gives a whole number: `90m` is 90 minutes, `24h` is 24 hours and never 1 day (days keep the local
 * time). What is out of range, such as `0h`, is read too: the field that shows it says so.
 */
export function readDurationParts(
  text: string,
  emptyUnit: DurationUnit,
): { amount: number | null; unit: DurationUnit } {
  if (text === "") return { amount: null, unit: emptyUnit };
  const [, written, writtenUnit] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  if (written !== undefined) return { amount: Number(written), unit: writtenUnit as DurationUnit };
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch {
    return { amount: null, unit: emptyUnit };
  }
  const fitting: DurationUnit[] = isInDays(text) ? ["w", "d"] : ["h", "m", "s"];
  const unit = fitting.find((candidate) => ms % unitMs[candidate] === 0) ?? fitting.at(-1) ?? "s";
  return { amount: ms / unitMs[unit], unit };
}

/** Text of an amount, without a fraction: half an hour is `30m`. */
export function writeDuration(amount: number, unit: DurationUnit): string {
  if (Number.isInteger(amount)) return `${amount}${unit}`;
  const smaller: DurationUnit[] = unit === "w" ? ["d"] : unit === "d" ? ["h", "m", "s"] : ["m", "s"];
  const ms = amount * unitMs[unit];
  const whole = smaller.find((candidate) => ms % unitMs[candidate] === 0);
  return whole === undefined ? `${Math.round(ms)}ms` : `${ms / unitMs[whole]}${whole}`;
}
