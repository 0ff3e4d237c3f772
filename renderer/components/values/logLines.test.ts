import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogChunk, LogStream } from "../../../shared/domain/run.ts";
import { appendLog, emptyLog, findLines, inert, plainText, rowOfHash } from "./logLines.ts";

const chunk = (sequence: number, text: string, stream: LogStream = "stdout"): LogChunk => ({
  sequence,
  at: sequence,
  stream,
  text,
});
const texts = (chunks: LogChunk[]) => appendLog(emptyLog, chunks).lines.map((line) => line.text);

describe("appendLog", () => {
  it("joins a line that came in pieces", () => {
    expect(texts([chunk(0, "one\ntw"), chunk(1, "o\nthree")])).toEqual(["one", "two", "three"]);
  });

  it("keeps empty lines and drops nothing after the last newline", () => {
    expect(texts([chunk(0, "a\n\nb\n")])).toEqual(["a", "", "b"]);
  });

  it("keeps streams apart when they interleave inside a line", () => {
    expect(texts([chunk(0, "out "), chunk(1, "err\n", "stderr"), chunk(2, "put\n")])).toEqual(["out put", "err"]);
  });

  it("passes over chunks read before", () => {
    const once = appendLog(emptyLog, [chunk(0, "a\n"), chunk(1, "b\n")]);
    expect(appendLog(once, [chunk(0, "a\n"), chunk(1, "b\n")])).toBe(once);
  });

  it("cuts a line too long to draw", () => {
    const lines = texts([chunk(0, `${"x".repeat(5000)}\nend\n`)]);
    expect(lines.slice(0, -1).join("")).toBe("x".repeat(5000));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(2000);
    expect(lines.at(-1)).toBe("end");
  });

  it("reads the same however the text was cut into chunks", () => {
    const text = fc
      .array(fc.constantFrom("a", "bc", "\n", "\n\n", " "), { maxLength: 40 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
        const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length])].sort(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, index) => chunk(index, whole.slice(at[index], end)));
        expect(texts(pieces)).toEqual(texts([chunk(0, whole)]));
      }),
    );
  });
});

describe("inert", () => {
  it("takes out colours, titles, links and cursor moves", () => {
    expect(inert("\u001b[31mred\u001b[0m")).toBe("red");
    expect(inert("\u001b]0;title\u0007text")).toBe("text");
    expect(inert("\u001b]8;;https://evil.test\u001b\\click\u001b]8;;\u001b\\")).toBe("click");
    expect(inert("a\u001b[2J\u001b[1;1Hb\u0000c\u0008")).toBe("abc");
  });

  it("leaves no control character but tab and newline", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
        expect(inert(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  it("ends lines as terminals do", () => {
    expect(inert("50%\r100%\r\ndone")).toBe("50%\n100%\ndone");
  });
});

it("findLines ignores case and finds nothing for nothing", () => {
  const { lines } = appendLog(emptyLog, [chunk(0, "Alpha\nbeta\nALPHA\n")]);
  expect(findLines(lines, "alpha")).toEqual([0, 2]);
  expect(findLines(lines, "")).toEqual([]);
});

describe("plainText", () => {
  it("is what each stream printed, a line in its place, however long it is and wherever it was cut", () => {
    const part = fc.oneof(
      fc.constantFrom("a", "\n", "\n\n", "end\n"),
      fc.integer({ min: 1, max: 1300 }).map((length) => "x".repeat(length)),
    );
    const printed = fc.array(fc.tuple(fc.constantFrom<LogStream>("stdout", "stderr"), part), { maxLength: 30 });
    fc.assert(
      fc.property(printed, (parts) => {
        const { lines } = appendLog(
          emptyLog,
          parts.map(([stream, text], index) => chunk(index, text, stream)),
        );
        // The oracle: a line stands where its stream began it.
        const whole: string[] = [];
        const open: Partial<Record<LogStream, number>> = {};
        for (const [stream, text] of parts) {
          for (const character of text) {
            const at = open[stream] ?? whole.length;
            if (character === "\n") {
              whole[at] ??= "";
              delete open[stream];
            } else {
              whole[at] = (whole[at] ?? "") + character;
              open[stream] = at;
            }
          }
        }
        expect(plainText(lines)).toBe(whole.map((line) => `${line}\n`).join(""));
      }),
    );
  });
});

describe("rowOfHash", () => {
  it("takes what names a line, and nothing else", () => {
    expect(["L1", "L100000"].map(rowOfHash)).toEqual([0, 99_999]);
    expect(["", "L0", "L", "L-1", "L1.5", "l1", "L1x", "L9999999999"].map(rowOfHash)).toEqual(Array(8).fill(undefined));
  });
});
