import { readFileSync } from "node:fs";
import { invalidField } from "../../../shared/domain/errors.ts";

/** A file of a service manager's or container's secrets is small; anything longer is another file. */
const longestKey = 4_096;

/**
 * The key that engine and workers share, as a program was given it: itself, or the file that holds it (a line end is not
 * part of it). Null where neither is. Throws INVALID_INPUT for a file that holds none, so that nothing goes out unsealed
 * where somebody wanted it sealed.
 */
export function sharedKeyOf(env: Record<string, string | undefined>): string | null {
  const key = env["ALMANAC_SHARED_KEY"];
  if (key !== undefined && key !== "") return key;
  const path = env["ALMANAC_SHARED_KEY_FILE"];
  if (path === undefined || path === "") return null;
  const refused = (why: string): Error =>
    invalidField("ALMANAC_SHARED_KEY_FILE", path, `${why}; a file that holds the key alone is expected`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw refused(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  const inFile = text.replace(/\r?\n$/, "");
  if (inFile.trim() === "") throw refused("it is empty");
  if (inFile.length > longestKey || inFile.includes("\n")) throw refused("it holds more than one line");
  return inFile;
}
