import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { expect, it, onTestFinished } from "vitest";
import { runCli } from "./testing/runCli.ts";

it("gathers diagnostics also where the database is damaged, and replaces no file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-diagnostics-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, "almanac.db"), "this is no database at all".repeat(400));
  const file = join(folder, "d.zip");
  const cli = (...args: string[]) => runCli(["diagnostics", "--data-dir", dataDir, ...args]);

  const made = await cli("--output", file, "--json");
  expect(made.code).toBe(0);
  const inside = Object.entries(unzipSync(readFileSync(file))).map(
    ([name, bytes]) => [name.split("/").slice(1).join("/"), strFromU8(bytes)] as const,
  );
  expect(made.json<{ files: { name: string }[] }>().files.map(({ name }) => name)).toEqual(
    inside.map(([name]) => name),
  );
  expect(JSON.parse(new Map(inside).get("database.json") ?? "")).toMatchObject({ error: { code: "DATABASE_DAMAGED" } });
  expect(statSync(file).mode & 0o077).toBe(0);

  const again = await cli("--output", file);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining("a file that is not there yet")]);
  const printed = await cli("--print");
  expect([printed.code, printed.out]).toEqual([0, expect.stringContaining("==> database.json")]);
});
