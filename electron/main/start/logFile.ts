import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import type { Logger } from "../../api/context.ts";
import { logFolder } from "../../api/diagnostics/folders.ts";

const mostBytes = 1_000_000;

/** Writes to the console and to `desktop.log` in the log folder, of which it keeps the last 1 to 2 MB. Never throws. */
export function createLogFile(dataDir: string, now: () => number = Date.now): Logger {
  const file = join(logFolder(dataDir), "desktop.log");
  const write = (level: string, parts: readonly unknown[]): void => {
    try {
      mkdirSync(logFolder(dataDir), { recursive: true, mode: 0o700 });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > mostBytes) renameSync(file, `${file}.1`);
      appendFileSync(file, `${new Date(now()).toISOString()} ${level} ${format(...parts)}\n`, { mode: 0o600 });
    } catch {
      // A full disk is told of by the engine; its log is not worth a fault of its own.
    }
  };
  return {
    info: (...parts: unknown[]) => {
      console.info(...parts);
      write("info", parts);
    },
    warn: (...parts: unknown[]) => {
      console.warn(...parts);
      write("warn", parts);
    },
    error: (...parts: unknown[]) => {
      console.error(...parts);
      write("error", parts);
    },
  };
}
