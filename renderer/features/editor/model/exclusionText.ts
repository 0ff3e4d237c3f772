import { FieldProblem } from "../../../../shared/schedule/texts/fields.ts";
import type { Exclusion } from "../../../../shared/schedule/types.ts";
import { describeEntry } from "../../../../shared/schedule/words/describe.ts";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayAndMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** `24 Dec 2026`; the text itself where it is no date. */
export function dateWords(date: string, short = false): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? date : (short ? dayAndMonth : day).format(at);
}

/** `24–31 Dec 2026`. */
export function rangeWords(from: string, to: string): string {
  if (from === to) return dateWords(from);
  if (from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))}–${dateWords(to)}`;
  return `${dateWords(from, from.slice(0, 4) === to.slice(0, 4))} – ${dateWords(to)}`;
}

/** An exclusion in a few words. */
export function exclusionText(exclusion: Exclusion): string {
  if (typeof exclusion === "string") return dateWords(exclusion);
  if ("calendar" in exclusion) return exclusion.calendar;
  if ("to" in exclusion) {
    const words = rangeWords(exclusion.from, exclusion.to);
    return exclusion.comment ? `${words} (${exclusion.comment})` : words;
  }
  const { comment, ...rule } = exclusion;
  try {
    const words = describeEntry(rule, "exclude").replace(/^on /, "");
    return comment ? `${words} (${comment})` : words;
  } catch (error) {
    if (error instanceof FieldProblem) return "a rule that is not finished";
    throw error;
  }
}
