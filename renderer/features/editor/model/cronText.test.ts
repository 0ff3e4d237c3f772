import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCron } from "../../../../shared/schedule/texts/cron.ts";
import {
  type CronFieldName,
  piecesOf,
  readCronText,
  readToken,
  withSeconds,
  withToken,
  writeToken,
} from "./cronText.ts";

describe("readCronText", () => {
  it("judges each field by itself, also before the expression is whole", () => {
    const { tokens } = readCronText("0 25 *");
    expect(tokens.map((token) => [token.name, token.problem === null])).toEqual([
      ["minute", true],
      ["hour", false],
      ["dayOfMonth", true],
    ]);
    expect(tokens[1]?.problem).toMatch(/^25 is out of range: takes 0–23, a list/);
  });

  it("marks days and months that never come together", () => {
    const marked = (expression: string) =>
      readCronText(expression).tokens.flatMap(({ name, problem }) => (problem === null ? [] : [name]));
    expect(marked("0 0 30 2 *")).toEqual(["dayOfMonth", "month"]);
    expect(marked("0 0 0 31 2,4 *")).toEqual(["dayOfMonth", "month"]);
    expect(marked("0 0 31 2,3 *")).toEqual([]);
    expect(marked("0 0 L 2 *")).toEqual([]);
  });

  it("tells seconds, a zone and macros", () => {
    expect(readCronText("0 30 8 * * 1-5").tokens.map((token) => token.name)[0]).toBe("second");
    expect(readCronText("CRON_TZ=Asia/Tokyo 0 9 * * *").prefix).toBe("CRON_TZ=Asia/Tokyo ");
    expect(readCronText("@daily").tokens.map((token) => token.text)).toEqual(["0", "0", "*", "*", "*"]);
    expect(readCronText("").tokens).toEqual([]);
  });

  it("changes one field and leaves the others as they are written", () => {
    expect(withToken("CRON_TZ=Asia/Tokyo  0 9 * * MON-FRI", "hour", "8-10")).toBe(
      "CRON_TZ=Asia/Tokyo  0 8-10 * * MON-FRI",
    );
    expect(withToken("@daily", "hour", "6")).toBe("0 6 * * *");
    expect(withToken("0 0 9 * * 1-5 too much", "hour", "6")).toBe("0 6 9 * * 1-5 too much");
    expect(withSeconds(withSeconds("0 9 * * *", true), false)).toBe("0 9 * * *");
  });
});

describe("tokens", () => {
  it("are written so that cron takes them and they read back the same", () => {
    const names: CronFieldName[] = ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"];
    const [max, min] = [
      { minute: 59, hour: 23, dayOfMonth: 31, month: 12, dayOfWeek: 6 },
      { dayOfMonth: 1, month: 1 },
    ];
    const selection = fc.constantFrom(...names).chain((name) =>
      fc.record({
        name: fc.constant(name),
        numbers: fc.uniqueArray(fc.integer({ min: min[name as "month"] ?? 0, max: max[name as "month"] }), {
          minLength: 1,
        }),
        lastDay: name === "dayOfMonth" ? fc.boolean() : fc.constant(false),
        week: name === "dayOfWeek" ? fc.constantFrom(null, 1, 5, -1) : fc.constant(null),
      }),
    );
    fc.assert(
      fc.property(selection, ({ name, numbers, lastDay, week }) => {
        const sorted = numbers.toSorted((a, b) => a - b);
        const kept = week !== null && week > 0 ? sorted.slice(0, 1) : sorted;
        const text = writeToken(name, { numbers: kept, lastDay, week, any: false });
        const read = readToken(name, text);
        expect(read?.numbers).toEqual(kept);
        expect([read?.lastDay, read?.week]).toEqual([lastDay, week]);
        const tokens = names.map((other) => (other === name ? text : "*"));
        expect(() => parseCron(tokens.join(" "))).not.toThrow();
      }),
    );
  });

  it("are any where nothing is chosen", () => {
    expect(writeToken("hour", { numbers: [], lastDay: false, week: null, any: false })).toBe("*");
    expect(readToken("hour", "*")?.any).toBe(true);
    expect(readToken("hour", "nonsense")).toBeNull();
  });
});

describe("piecesOf", () => {
  const told = (expression: string) =>
    piecesOf(expression).map(({ text, of, wrong }) => `${of}${wrong ? "!" : ""}:${text}`);

  it("tells the fields with the space between them, and what is wrong", () => {
    expect(told(" 0  25 *")).toEqual(["null: ", "minute:0", "null:  ", "hour!:25", "null: ", "dayOfMonth:*"]);
    expect(told("0 0 30 2 *")).toContain("dayOfMonth!:30");
    expect(told("* * * * * * *").at(-1)).toBe("null!:*");
  });

  it("tells a zone and macros", () => {
    expect(told("CRON_TZ=Asia/Tokyo 0 9")).toEqual(["zone:CRON_TZ=Asia/Tokyo ", "minute:0", "null: ", "hour:9"]);
    expect(told("CRON_TZ=Asia/Nowhere ")[0]).toBe("zone!:CRON_TZ=Asia/Nowhere ");
    expect(told("@daily")).toEqual(["macro:@daily"]);
    expect(told("@dail")).toEqual(["macro!:@dail"]);
  });

  it("make up the text, whatever is typed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("0", "*/5", "mon", " ", "\t", "@daily", "TZ=UTC", "CRON_TZ=", "é😀"), {
          maxLength: 12,
        }),
        (parts) => {
          const text = parts.join("");
          expect(
            piecesOf(text)
              .map((piece) => piece.text)
              .join(""),
          ).toBe(text);
        },
      ),
    );
  });
});
