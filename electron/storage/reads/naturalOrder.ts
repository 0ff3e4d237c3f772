/** Longer runs of digits are no numbers that anybody counts by. */
const digitsKept = 12;
/** What is not ASCII is folded by the language's own rules, which take longer. */
const ascii = /^[ -~]*$/;

/** A key by which texts sort as people count, in any case: `job 2` before `job 10`. */
export function naturalKey(text: string): string {
  const folded = ascii.test(text) ? text.toLowerCase() : text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return folded.replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, "").padStart(digitsKept, "0"));
}
