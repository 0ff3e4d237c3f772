import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { crashFolder } from "../../api/diagnostics/folders.ts";
import { crashMessage, takeCrash, writeCrash } from "./crashes.ts";

const folder = (): string => {
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-crash-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
};

it("keeps what ended the program, tells of it once, and of no more than the last ones", () => {
  const dataDir = folder();
  expect(takeCrash(dataDir)).toBeNull();
  for (let i = 0; i < 12; i++) {
    writeCrash(dataDir, new Error(`fault ${i}`), { version: "1.2.3", startedAt: 0, now: 60_000 * (i + 1) });
  }
  const crash = takeCrash(dataDir);
  expect(crash?.at).toBe(720_000);
  const text = readFileSync(crash?.file ?? "", "utf8");
  expect(text).toContain("Almanac 1.2.3 ended by a fault\nat 1970-01-01T00:12:00.000Z, 720 s after its start");
  expect(text).toMatch(/Error: fault 11\n\s+at /);
  expect(takeCrash(dataDir)).toBeNull();
  expect(readdirSync(crashFolder(dataDir))).toHaveLength(10);
});

it("never makes a second fault of the first", () => {
  const dataDir = folder();
  writeFileSync(crashFolder(dataDir), "in the way");
  writeCrash(dataDir, { toString: null }, { version: "1", startedAt: 0, now: 0 });
  expect(takeCrash(dataDir)).toBeNull();
});

it("says what it interrupted", () => {
  const crash = { file: "/d/crashes/x.txt", at: Date.UTC(2026, 0, 2, 9), explained: true };
  expect(crashMessage(crash, [], "UTC").detail).toContain("No run was going on.");
  const names = Array.from({ length: 7 }, (_, i) => `Run ${i}`);
  const { message, detail } = crashMessage(crash, names, "UTC");
  expect(message).toContain("2026");
  expect(detail).toContain("• Run 4\nand 2 more");
});
