import type { OutcomeMark } from "./schedules.ts";

/** What is drawn of one of the last outcomes; its run and its time are asked for where somebody points at it. */
export type StripMark = Pick<OutcomeMark, "outcome" | "backfilled" | "count">;

const letters: Record<OutcomeMark["outcome"], string> = {
  completed: "c",
  warning: "w",
  failed: "f",
  running: "r",
  missed: "m",
  skipped: "s",
  cancelled: "x",
  interrupted: "i",
  waiting: "q",
};
const outcomes = new Map(Object.entries(letters).map(([outcome, letter]) => [letter, outcome])) as ReadonlyMap<
  string,
  OutcomeMark["outcome"]
>;

/** Outcomes as a short text, for lists: a letter each, a capital where it was backfilled, a number behind it where it is several. */
export function stripText(marks: readonly StripMark[]): string {
  return marks
    .map(({ outcome, backfilled, count }) => {
      const letter = letters[outcome];
      return `${backfilled ? letter.toUpperCase() : letter}${count === 1 ? "" : count}`;
    })
    .join("");
}

/** What {@link stripText} wrote; whatever it would not write is left out. */
export function parseStrip(text: string): StripMark[] {
  return Array.from(text.matchAll(/([a-z])(\d*)/gi), ([, letter = "", digits = ""]): StripMark[] => {
    const outcome = outcomes.get(letter.toLowerCase());
    const backfilled = letter !== letter.toLowerCase();
    return outcome === undefined ? [] : [{ outcome, backfilled, count: digits === "" ? 1 : Number(digits) }];
  }).flat();
}
