import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { crashMessage, takeCrash } from "./crashes.ts";
import { noteUp } from "./unended.ts";

const folder = (): string => {
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-up-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
};
const up = { version: "1.2.3", startedAt: Date.UTC(2026, 0, 2, 9), session: "boot 1" };

it("reports an end that left no report, at the time of the last write, once", () => {
  const dataDir = folder();
  noteUp(dataDir, up);
  expect(takeCrash(dataDir)).toBeNull();
  writeFileSync(join(dataDir, "almanac.db-wal"), "");
  const at = Date.UTC(2026, 0, 2, 10);
  utimesSync(join(dataDir, "almanac.db-wal"), at / 1000, at / 1000);

  const ended = noteUp(dataDir, { ...up, version: "1.2.4", startedAt: at + 60_000 });
  const crash = takeCrash(dataDir);
  expect(crash).toMatchObject({ at, explained: false });
  expect(readFileSync(crash?.file ?? "", "utf8")).toContain(
    "Almanac 1.2.3 ended unexpectedly\nat 2026-01-02T10:00:00.000Z, 3600 s",
  );
  if (crash !== null) expect(crashMessage(crash, [], "UTC").message).toContain("ended unexpectedly at 1/2/2026");

  ended();
  noteUp(dataDir, up);
  expect(takeCrash(dataDir)).toBeNull();
});

it("reports none where the session has ended since, nor for a note that cannot be read, and never throws", () => {
  const dataDir = folder();
  noteUp(dataDir, up);
  noteUp(dataDir, { ...up, session: "boot 2" });
  expect(takeCrash(dataDir)).toBeNull();
  writeFileSync(join(dataDir, "desktop-up.json"), '{"version":1}');
  noteUp(dataDir, up);
  expect(takeCrash(dataDir)).toBeNull();
  noteUp(join(dataDir, "missing"), up)();
});
