import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { instantSchema } from "../../shared/api/schedules.ts";
import { invalidField } from "../../shared/domain/errors.ts";
import { fromLocal, startOfLocalDay } from "../../shared/schedule/index.ts";

/** A whole number within bounds, for an option. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(
        `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""} is expected.`,
      );
    }
    return value;
  };

/** Seconds, with a fraction if need be, as milliseconds. */
export const seconds = (text: string): number => {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 2_147_483) {
    throw new InvalidArgumentError("a number of seconds above 0 is expected, at most 2147483.");
  }
  return Math.round(value * 1000);
};

/** One of a list, for an option; the reader carries the list as `values`. */
export function oneOf<T extends string>(values: readonly T[]): ((text: string) => T) & { values: readonly T[] } {
  const read = (text: string): T => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`one of ${values.join(", ")} is expected.`);
    return found;
  };
  return Object.assign(read, { values });
}

/** Collects paths of an option that may be repeated; each must be there. */
export const existingPath = (text: string, before: string[] | undefined): string[] => {
  if (!existsSync(text)) throw new InvalidArgumentError("a file or folder that exists is expected.");
  return collect(text, before);
};

export const collect = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** JSON as an option's text, or `@FILE` (`@-`: standard input). Throws AppError naming the option's field. */
export function jsonValue(field: string, text: string): unknown {
  const source = text.startsWith("@") ? readText(field, text.slice(1)) : text;
  try {
    return JSON.parse(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidField(field, text, `JSON is expected, such as {"key":"value"}: ${why}`);
  }
}

/** More than any import or spec that is taken; a device would be read without an end. */
const mostBytes = 20_000_000;

/** A file's text, or that of standard input (`-`). Throws AppError naming the field. */
export const readText = (field: string, file: string): string => readBytes(field, file).toString("utf8");

/** A file's bytes, or those of standard input (`-`). Throws AppError naming the field. */
export function readBytes(field: string, file: string): Buffer {
  let handle: number | undefined;
  try {
    handle = file === "-" ? 0 : openSync(file, "r");
    return readAll(handle);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidField(field, file, `a file that can be read is expected: ${why}`);
  } finally {
    if (handle !== undefined && handle !== 0) closeSync(handle);
  }
}

function readAll(handle: number): Buffer {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= mostBytes; ) {
    const chunk = Buffer.allocUnsafe(65_536);
    const read = readSome(handle, chunk);
    if (read === 0) return Buffer.concat(chunks);
    if (read === undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      continue;
    }
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  throw new Error(`it is longer than ${mostBytes / 1_000_000} MB`);
}

/** How many bytes were read, 0 at the end; undefined where a pipe has nothing yet and does not wait. */
function readSome(handle: number, into: Buffer): number | undefined {
  try {
    return readSync(handle, into);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return undefined;
    if (code === "EOF") return 0;
    throw error;
  }
}

const localPattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * An instant as typed: ISO 8601 with `Z` or an offset, or a local date or date and time in `zone` (a date is its
 * first instant). Returns ISO UTC; throws AppError naming the field.
 */
export function instant(field: string, text: string, zone: string): string {
  const taken = "an instant such as 2026-01-31T09:00:00Z, or a date such as 2026-01-31 is expected";
  const local = localPattern.exec(text);
  if (local !== null) {
    const [year, month, day, hour = 0, minute = 0, second = 0] = local.slice(1).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      ...number[],
    ];
    const real = new Date(Date.UTC(year, month - 1, day));
    if (real.getUTCMonth() !== month - 1 || hour > 23 || minute > 59 || second > 59)
      throw invalidField(field, text, taken);
    if (local[4] === undefined) return new Date(startOfLocalDay(zone, text)).toISOString();
    const [at] = fromLocal(zone, { year, month, day, hour, minute, second });
    if (at === undefined)
      throw invalidField(field, text, `a local time that exists in ${zone} is expected (clocks skip this one)`);
    return new Date(at).toISOString();
  }
  if (!instantSchema.safeParse(text).success || Number.isNaN(Date.parse(text))) throw invalidField(field, text, taken);
  return new Date(text).toISOString();
}
