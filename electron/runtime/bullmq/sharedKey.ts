import { readOneLine } from "./oneLineFile.ts";

/**
 * The key that engine and workers share, as a program was given it: itself, or the file that holds it (a line end is not
 * part of it). Null where neither is. Throws INVALID_INPUT for a file that holds none, so that nothing goes out unsealed
 * where somebody wanted it sealed.
 */
export function sharedKeyOf(env: Record<string, string | undefined>): string | null {
  const key = env["ALMANAC_SHARED_KEY"];
  if (key !== undefined && key !== "") return key;
  const path = env["ALMANAC_SHARED_KEY_FILE"];
  return path === undefined || path === "" ? null : readOneLine("ALMANAC_SHARED_KEY_FILE", path, "the key");
}
