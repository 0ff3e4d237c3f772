import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { logFolder } from "../../api/diagnostics/folders.ts";
import { createLogFile } from "./logFile.ts";

it("keeps what was said with its time, for the person alone, and no more than its two files", () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => {});
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-log-"));
  const log = createLogFile(dataDir, () => 0);
  log.warn("a page asked:", { times: 2 });
  const file = join(logFolder(dataDir), "desktop.log");
  expect(readFileSync(file, "utf8")).toBe("1970-01-01T00:00:00.000Z warn a page asked: { times: 2 }\n");
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  for (let i = 0; i < 3; i++) {
    writeFileSync(file, "x".repeat(1_000_001));
    log.warn("next");
  }
  expect(readdirSync(logFolder(dataDir)).sort()).toEqual(["desktop.log", "desktop.log.1"]);
  expect(readFileSync(file, "utf8")).toBe("1970-01-01T00:00:00.000Z warn next\n");
  // A folder that cannot be written is no fault of the program.
  rmSync(dataDir, { recursive: true });
  writeFileSync(dataDir, "");
  log.warn("still there");
  expect(said).toHaveBeenCalledTimes(5);
  rmSync(dataDir);
  said.mockRestore();
});
