import { type BigIntStats, statSync } from "node:fs";
import { AppError } from "../../../shared/domain/errors.ts";

/** What tells a file from every other on this machine; null where the path leads to none. */
export function fileIdentity(path: string): string | null {
  let stat: BigIntStats | undefined;
  try {
    stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A folder on the way is gone, or may not be read any more.
    return null;
  }
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

/** Throws DATABASE_UNAVAILABLE where the path does not lead (any more) to the file that is open. */
export function checkInPlace(path: string, identity: string | null): void {
  const found = fileIdentity(path);
  if (found === identity) return;
  const what =
    found === null
      ? `The database ${path} is gone: it was moved or deleted, or its folder was. Put it back`
      : `Another file lies in the place of the database ${path}. Put the one that was there back, or restart Almanac to use this one`;
  throw new AppError("DATABASE_UNAVAILABLE", `${what}. Until then nothing fires and nothing is changed.`);
}
