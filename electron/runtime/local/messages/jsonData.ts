/** What a value from another process may be at most: a result of 1 MiB with its quotes and escapes stays far below. */
const mostUnits = 4 * 1024 * 1024;
/** Results nest 200 deep at most, and stand inside a record. */
const mostDepth = 256;

/**
 * Why a value is not plain data that JSON holds, in a few words; null where it is. Values may come as copies of objects
 * (Electron), not only from JSON, and may be as large, deep or cyclic as whoever sent them likes: nothing here recurses.
 */
export function notJsonData(value: unknown): string | null {
  let units = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostDepth) return `nested deeper than ${mostDepth} levels`;
    const next: unknown[] = [];
    for (const item of level) {
      units += typeof item === "string" ? item.length + 2 : 2;
      if (units > mostUnits) return "too large";
      if (item === null || typeof item === "string" || typeof item === "boolean") continue;
      if (typeof item === "number") {
        if (!Number.isFinite(item)) return `the number ${item}`;
        continue;
      }
      if (typeof item !== "object") return `a ${typeof item}`;
      if (Array.isArray(item)) {
        for (const one of item) next.push(one);
        continue;
      }
      const prototype = Object.getPrototypeOf(item);
      if (prototype !== null && prototype !== Object.prototype) return "an object that is no plain one";
      for (const [key, one] of Object.entries(item)) {
        units += key.length;
        next.push(one);
      }
    }
    level = next;
  }
  return null;
}
