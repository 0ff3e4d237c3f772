import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import type { AnalyseResult } from "chardet";
import type iconvLite from "iconv-lite";

// Loaded when first needed: nearly all output is UTF-8, and the engine's own process knows this file too.
const load = createRequire(import.meta.url);
const iconv = (): typeof iconvLite => load("iconv-lite") as typeof iconvLite;
const analyse = (data: Buffer): AnalyseResult =>
  (load("chardet") as { analyse(data: Buffer): AnalyseResult }).analyse(data);

/** Makes text of a program's output, piece by piece. */
export interface OutputDecoder {
  push(chunk: Buffer): string;
  end(): string;
}

/** How sure one must be of an encoding to prefer it to the usual one. */
const sureFrom = 45;
/** A line that is longer is not waited for. */
const longestLine = 8_192;

/** Whether an encoding of this name is known: `latin1`, `windows-1251`, `cp850`, `shift_jis`, … */
export function isKnownEncoding(name: string): boolean {
  return iconv().encodingExists(name);
}

/**
 * `encoding` is a name, or `detect`: UTF-8, UTF-16 where it begins like it, and each line that is not UTF-8 in the
 * encoding that `locale` names, that the first of them looks like, or Windows-1252. Bytes that are no text stay U+FFFD.
 */
export function createOutputDecoder(encoding: string, locale = ""): OutputDecoder {
  if (encoding !== "detect") return named(encoding);
  let settled: OutputDecoder | null = null;
  let other: string | null = null;
  let held: Buffer = Buffer.alloc(0);
  let isFirst = true;

  const decodeLine = (line: Buffer): string => {
    if (isUtf8(line) || line.includes(0)) return line.toString("utf8");
    other ??= encodingOf(locale) ?? lookalike(line);
    return iconv().decode(line, other);
  };

  const decode = (data: Buffer): string => {
    if (isUtf8(data)) return data.toString("utf8");
    let text = "";
    for (let from = 0; from < data.length; ) {
      const at = data.indexOf(10, from);
      const to = at < 0 ? data.length : at + 1;
      text += decodeLine(data.subarray(from, to));
      from = to;
    }
    return text;
  };

  return {
    push(chunk) {
      if (settled !== null) return settled.push(chunk);
      let data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = Buffer.alloc(0);
      if (isFirst) {
        if (data.length < 2 && (data[0] ?? 0) >= 0xfe) {
          held = data;
          return "";
        }
        isFirst = false;
        const wide = wideEncoding(data);
        if (wide !== null) {
          settled = named(wide);
          return settled.push(data);
        }
      }
      // The end of a character, or of a line that is none in UTF-8, is still to come.
      const whole = data.subarray(0, data.length - unfinished(data));
      if (isUtf8(whole)) {
        held = data.subarray(whole.length);
        return whole.toString("utf8");
      }
      const lineAt = data.lastIndexOf(10) + 1;
      if (data.length - lineAt <= longestLine && !isUtf8(data.subarray(lineAt, whole.length))) {
        held = data.subarray(lineAt);
        data = data.subarray(0, lineAt);
      } else {
        held = data.subarray(whole.length);
        data = whole;
      }
      return decode(data);
    },
    end() {
      if (settled !== null) return settled.end();
      const rest = held;
      held = Buffer.alloc(0);
      return decode(rest);
    },
  };
}

function named(encoding: string): OutputDecoder {
  const decoder = iconv().getDecoder(encoding);
  return { push: (chunk) => decoder.write(chunk), end: () => decoder.end() ?? "" };
}

/** UTF-16 by its mark, or by the zeros beside Latin letters, as Windows' own programs write it. */
function wideEncoding(data: Buffer): string | null {
  if (data[0] === 0xff && data[1] === 0xfe) return "utf-16le";
  if (data[0] === 0xfe && data[1] === 0xff) return "utf-16be";
  const start = data.subarray(0, Math.min(64, data.length - (data.length % 2)));
  if (start.length < 8) return null;
  const zeros = [0, 1].map((odd) => start.filter((byte, at) => at % 2 === odd && byte === 0).length);
  if (zeros[0] === 0 && zeros[1] === start.length / 2) return "utf-16le";
  return zeros[1] === 0 && zeros[0] === start.length / 2 ? "utf-16be" : null;
}

/** Bytes at the end that begin a character of UTF-8 without ending it. */
function unfinished(data: Buffer): number {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** The encoding of a locale such as `de_DE.ISO-8859-1`; null where it is UTF-8, or says nothing. */
function encodingOf(locale: string): string | null {
  const name = /\.([A-Za-z0-9-]+)/.exec(locale)?.[1] ?? "";
  return name === "" || /^utf-?8$/i.test(name) || !iconv().encodingExists(name) ? null : name;
}

function lookalike(line: Buffer): string {
  const [best] = analyse(line);
  const isSure = best !== undefined && best.confidence >= sureFrom && iconv().encodingExists(best.name);
  return isSure && best.name !== "ISO-8859-1" ? best.name : "windows-1252";
}
