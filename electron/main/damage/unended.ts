import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeUnexplainedEnd } from "./crashes.ts";

/** Of a program that is up. */
const upSchema = z.object({ version: z.string(), startedAt: z.number(), session: z.string() });
export type Up = z.infer<typeof upSchema>;

const upFile = (dataDir: string): string => join(dataDir, "desktop-up.json");

/**
 * Notes in the data folder that the program is up; returns the way to take that back, which every end of its own does. Where
 * the last program's note is still there it has ended by none of them, of which a report is written: a fault in native code
 * or a kill leaves no time to write one. Not so where the machine or the session has ended since, and it with them.
 * Never throws. Call it once no other instance has the folder.
 */
export function noteUp(dataDir: string, up: Up): () => void {
  const file = upFile(dataDir);
  const last = read(file);
  if (last !== null && last.session === up.session) {
    const now = Math.max(last.startedAt, lastWritten(dataDir) ?? last.startedAt);
    writeUnexplainedEnd(dataDir, { version: last.version, startedAt: last.startedAt, now });
  }
  try {
    writeFileSync(file, `${JSON.stringify(up)}\n`, { mode: 0o600 });
  } catch {
    // A folder that cannot be written in is told of by whoever opens it.
  }
  return () => {
    try {
      rmSync(file, { force: true });
    } catch {
      // The next start tells of an end that was none, which is better than none of one that was.
    }
  };
}

function read(file: string): Up | null {
  try {
    return upSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/** When the database was last written: whoever fires does that every few seconds. */
function lastWritten(dataDir: string): number | undefined {
  const times = ["almanac.db", "almanac.db-wal"].map((name) => {
    try {
      return statSync(join(dataDir, name)).mtimeMs;
    } catch {
      return 0;
    }
  });
  return Math.max(...times) || undefined;
}
