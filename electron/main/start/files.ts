import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { MAX_IMPORT_BYTES } from "../../../shared/api/exchange.ts";

export interface OpenedFile {
  name: string;
  bytes: Uint8Array;
}

/** Reads files for the import's review. Throws for people where one cannot be read, or they are too much together. */
export function readOpened(paths: readonly string[]): OpenedFile[] {
  let left = MAX_IMPORT_BYTES;
  return paths.map((path) => {
    const bytes = readAtMost(path, left);
    left -= bytes.length;
    return { name: basename(path), bytes };
  });
}

/** A device or a pipe would never end, and opening a pipe would wait for its writer. */
function readAtMost(path: string, most: number): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is no file`);
    const buffer = Buffer.alloc(most + 1);
    let filled = 0;
    for (;;) {
      const read = readSync(file, buffer, filled, buffer.length - filled, null);
      if (read === 0) return new Uint8Array(buffer.subarray(0, filled));
      filled += read;
      if (filled > most) throw new Error(`too large: at most ${MAX_IMPORT_BYTES / 1_000_000} MB are allowed at once`);
    }
  } finally {
    closeSync(file);
  }
}
