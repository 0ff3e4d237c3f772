import { RunFailure } from "./failures.ts";

/** The longest result, as JSON text in UTF-8. */
export const maxResultBytes = 1024 * 1024;
const maxDepth = 200;

/**
 * A copy of a value that JSON holds without loss: what is read later equals what was returned. Anything else is refused
 * with the place in it, rather than stored as something different.
 *
 * @param what how the value is called in errors, such as `the result`
 * @param mapText applied to every text and key (hiding of secrets)
 * @throws RunFailure NOT_SERIALIZABLE or RESULT_TOO_LARGE
 */
export function toJsonValue(value: unknown, what: string, mapText: (text: string) => string = (text) => text): unknown {
  if (value === undefined || value === null) return value;
  let size = 0;
  const within = new Set<object>();

  const add = (bytes: number): void => {
    size += bytes;
    if (size > maxResultBytes) throw tooLarge(what);
  };
  const refuse = (path: string, found: string): RunFailure =>
    new RunFailure("NOT_SERIALIZABLE", `${what} cannot be kept as JSON: ${path === "" ? "it" : path} is ${found}`, {
      details: { path: path === "" ? null : path },
    });

  const copy = (item: unknown, path: string, depth: number): unknown => {
    switch (typeof item) {
      case "string":
        // Quotes alone: how long escapes make it is measured at the end.
        add(item.length + 2);
        return mapText(item);
      case "boolean":
        add(4);
        return item;
      case "number":
        if (!Number.isFinite(item)) throw refuse(path, `${item}; return null or a text`);
        add(1);
        return item;
      case "undefined":
        throw refuse(path, "undefined; leave it out or return null");
      case "bigint":
        throw refuse(path, "a BigInt; return it as text");
      case "function":
        throw refuse(path, "a function");
      case "symbol":
        throw refuse(path, "a symbol");
    }
    if (item === null) {
      add(4);
      return null;
    }
    const object = item as object;
    if (within.has(object)) throw refuse(path, "part of itself (a cycle)");
    if (depth >= maxDepth) throw refuse(path.slice(0, 60), `nested deeper than ${maxDepth} levels`);
    within.add(object);
    add(2);
    const copied = Array.isArray(object) ? copyArray(object, path, depth) : copyObject(object, path, depth);
    within.delete(object);
    return copied;
  };

  const copyArray = (items: unknown[], path: string, depth: number): unknown[] => {
    add(items.length);
    const copied: unknown[] = [];
    for (let at = 0; at < items.length; at++) copied.push(copy(read(items, at, path), `${path}[${at}]`, depth + 1));
    return copied;
  };

  const copyObject = (object: object, path: string, depth: number): object => {
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype !== Object.prototype && prototype !== null) throw refuse(path, kindOf(object));
    const copied: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      add(key.length + 4);
      const inner = copy(read(object, key, path), path === "" ? key : `${path}.${key}`, depth + 1);
      // Defined, not assigned: a key named __proto__ stays a key.
      Object.defineProperty(copied, mapText(key), {
        value: inner,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copied;
  };

  const read = (holder: object, key: string | number, path: string): unknown => {
    try {
      return (holder as Record<string | number, unknown>)[key];
    } catch (error) {
      const why = error instanceof Error ? error.message : "a value that is no error";
      throw refuse(`${path === "" ? "" : `${path}.`}${key}`, `a property that throws when read (${why})`);
    }
  };

  let copied: unknown;
  try {
    copied = copy(value, "", 0);
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    throw new RunFailure("NOT_SERIALIZABLE", `${what} cannot be kept as JSON: reading it failed`, { cause: error });
  }
  if (Buffer.byteLength(JSON.stringify(copied)) > maxResultBytes) throw tooLarge(what);
  return copied;
}

function tooLarge(what: string): RunFailure {
  return new RunFailure(
    "RESULT_TOO_LARGE",
    `${what} is larger than 1 MiB as JSON; write it to a file and return its name`,
    {
      details: { maxBytes: maxResultBytes },
    },
  );
}

function kindOf(object: object): string {
  if (object instanceof Date) return "a Date; return it as text (toISOString) or as a number";
  let name = "";
  try {
    name = (object.constructor as { name?: string } | undefined)?.name ?? "";
  } catch {
    // A getter that throws: its name does not matter.
  }
  return `an instance of ${name === "" ? "a class" : name}; return a plain object, an array, text, a number, true, false or null`;
}
