import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../shared/schedule/texts/duration.ts";
import type { DurationUnit } from "./durationParts.ts";
import { type DecimalSign, readDurationText, readNumber } from "./numberText.ts";

const signs: DecimalSign[] = [".", ","];
const groupSigns = [" ", "\u00a0", "\u202f", "'", "’", "_"];

/** Grouped from the right, a digit at a time. */
function grouped(digits: string, sign: string): string {
  let text = "";
  for (const [index, digit] of [...digits].reverse().entries())
    text = `${digit}${index > 0 && index % 3 === 0 ? sign : ""}${text}`;
  return text;
}

describe("a number", () => {
  it("is read however its thousands are grouped", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom(...signs),
        fc.constantFrom("", ...groupSigns, "other"),
        fc.constantFrom("", " ", "\t"),
        (value, decimal, group, around) => {
          const sign = group === "other" ? (decimal === "." ? "," : ".") : group;
          const text = `${around}${grouped(String(value), sign)}${around}`;
          expect(readNumber(text, { whole: true, decimal })).toBe(value);
        },
      ),
    );
  });

  it("has decimals only after the reader's own sign, and none where it is whole", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 999_999 }),
        fc.nat({ max: 99 }),
        fc.constantFrom(...signs),
        (integer, fraction, decimal) => {
          const written = `${integer}${decimal}${fraction}`;
          expect(readNumber(written, { whole: false, decimal })).toBe(Number(`${integer}.${fraction}`));
          expect(readNumber(written, { whole: true, decimal })).toBeNull();
          // Two digits are no group.
          const other = decimal === "." ? "," : ".";
          expect(readNumber(`${integer}${other}${fraction}`, { whole: false, decimal })).toBeNull();
        },
      ),
    );
  });

  it("has a minus only where one is taken", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.constantFrom(...signs),
        fc.constantFrom("-", "−"),
        (size, decimal, minus) => {
          const written = size.toFixed(3).replace(".", decimal);
          const read = readNumber(`${minus}${written}`, { whole: false, decimal, signed: true });
          expect(read).toBe(0 - Number(size.toFixed(3)));
          expect(readNumber(written, { whole: false, decimal, signed: true })).toBe(Number(size.toFixed(3)));
          expect(readNumber(`${minus}${written}`, { whole: false, decimal })).toBeNull();
          expect(readNumber(`${minus}${minus}${written}`, { whole: false, decimal, signed: true })).toBeNull();
        },
      ),
    );
  });

  it("is never read out of a text that is more than digits and signs between them", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.constantFrom(...signs), (text, decimal) => {
        const read = readNumber(text, { whole: true, decimal });
        if (read === null) return;
        const digits = text.replace(/[\s'’_.,]/g, "");
        expect(digits).toMatch(/^\d+$/);
        expect(read).toBe(Number(digits));
      }),
    );
  });

  it.each([
    "",
    "-1",
    "+1",
    "1,5",
    "1.5",
    "abc",
    "1e9",
    "0x10",
    "1,00",
    "1,0000",
    "1,000 000",
    "12 34",
    "1,",
    ",1",
    "∞",
    "9".repeat(17),
  ])("is not what %j says", (text) => {
    expect(readNumber(text, { whole: true, decimal: "." })).toBeNull();
  });
});

const units: DurationUnit[] = ["s", "m", "h", "d", "w"];
const lengths = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
const msOf = (text: string | null): number | null => (text === null ? null : parseDuration(text));

describe("a duration", () => {
  it("is of the unit beside it, or of those that it names", () => {
    fc.assert(
      fc.property(
        fc.subarray(units, { minLength: 1 }),
        fc.nat({ max: 500 }),
        fc.constantFrom(...units),
        fc.constantFrom("", " "),
        (named, amount, unit, gap) => {
          const largestFirst = [...named].reverse();
          const words = { w: "weeks", d: "day", h: "hours", m: "min", s: "sec" };
          const expected = largestFirst.reduce((sum, each) => sum + amount * lengths[each], 0);
          for (const word of [(each: DurationUnit) => each, (each: DurationUnit) => words[each]]) {
            const text = largestFirst.map((each) => `${amount}${gap}${word(each)}`).join(gap);
            expect(msOf(readDurationText(text, unit, "."))).toBe(expected);
          }
          expect(msOf(readDurationText(String(amount), unit, "."))).toBe(amount * lengths[unit]);
        },
      ),
    );
  });

  it.each([
    ["1:30", "h", 5_400_000],
    ["1:30", "m", 90_000],
    ["1:30", "s", 90_000],
    ["1:30:05", "m", 5_405_000],
    ["0:00", "m", 0],
    ["1h30m", "s", 5_400_000],
    ["1h 30m", "d", 5_400_000],
    ["1 hour, 30 minutes", "d", 5_400_000],
    ["90s", "h", 90_000],
    ["1.5", "h", 5_400_000],
    ["1,000", "s", 1_000_000],
    ["1.5 h", "s", 5_400_000],
    ["250ms", "h", 250],
  ] as const)("%s beside %s is %d ms", (text, unit, ms) => {
    expect(msOf(readDurationText(text, unit, "."))).toBe(ms);
  });

  it("is nothing where nothing is written", () => {
    expect(readDurationText(" ", "m", ".")).toBe("");
  });

  it.each([
    "-1",
    "abc",
    "1,5",
    "1e9",
    "1:60",
    "1:3",
    "1:30:60",
    "30m1h",
    "1h1h",
    "5 fortnights",
    "1h-30m",
    "h",
    "1h30",
    ":30",
  ])("is not what %j says", (text) => {
    for (const unit of units) expect(readDurationText(text, unit, ".")).toBeNull();
  });

  it("is not a time of day beside days", () => {
    expect(readDurationText("1:30", "d", ".")).toBeNull();
  });
});
