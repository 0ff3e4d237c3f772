/** Letters that are written from right to left: Hebrew, Arabic and its relatives, and their forms for display. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name as part of a sentence: one that is written from right to left keeps to itself and turns nothing around it. */
export function isolated(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
