import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Run } from "../../shared/domain/run.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { cliProgram, runCli } from "./testing/runCli.ts";

// Several processes; a busy machine takes its time over them.
vi.setConfig({ testTimeout: 180_000 });

let dataDir: string;
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), "almanac-secrets-")), "data");
  openDatabase({ dataDir }).close();
});
afterEach(() => rm(join(dataDir, ".."), { recursive: true, force: true }));

const cli = (args: string[], stdin = "") => runCli(["--data-dir", dataDir, ...args, "--json"], { stdin });

it("stores a secret from standard input for runs to use; nothing that is kept or printed shows it", async () => {
  expect((await cli(["secrets", "set", "TOKEN"], "swordfish 42\n")).json()).toEqual({ name: "TOKEN" });
  const listed = await cli(["secrets", "list"]);
  expect(listed.json()).toEqual({ secrets: [{ name: "TOKEN", updatedAt: expect.any(String) }] });

  const input = JSON.stringify({ command: "printf '%s' {{secret.TOKEN}} | wc -c; echo {{secret.TOKEN}} >&2; exit 3" });
  await cli(["schedules", "create", "--id", "s", "--workflow", "shell.command", "--every", "1h", "--input", input]);
  const ran = await cli(["schedules", "trigger", "s", "--wait"]);
  expect(ran.code).toBe(1);
  const run = ran.json<Run>();
  expect(run.error).toMatchObject({ code: "EXIT_CODE", details: { stdout: "12\n••••••\n" } });

  const printed = [ran, listed, await cli(["runs", "logs", run.runId]), await cli(["export"]), await cli(["doctor"])];
  for (const { out, err } of printed) expect(out + err).not.toContain("swordfish");
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const content = await readFile(join(file.parentPath, file.name));
    expect(content.includes("swordfish"), file.name).toBe(false);
  }
});

/** `script` gives a program a terminal of its own; null where the system has none. */
const terminal = spawnSync("script", ["--version"]).error === undefined && process.platform === "linux";
if (!terminal) console.log("the test of typing a secret is left out: this system has no util-linux script");

it.skipIf(!terminal)("takes a secret typed at a terminal, which does not show it", async () => {
  const type = async (keys: string): Promise<{ shown: string; code: number | null }> => {
    const command = `'${process.execPath}' '${cliProgram}' secrets set TOKEN --data-dir '${dataDir}'`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let shown = "";
    child.stdout.on("data", (chunk) => {
      const asked = shown.includes("Value of TOKEN: ");
      shown += String(chunk);
      if (!asked && shown.includes("Value of TOKEN: ")) child.stdin.write(keys);
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { shown, code };
  };
  expect(await type("half\u0003")).toEqual({ shown: "Value of TOKEN: \r\nnothing is stored\r\n", code: 130 });
  expect(await type("\u0004")).toMatchObject({ shown: expect.stringContaining("error: value: a value"), code: 2 });
  expect((await cli(["secrets", "list"])).json()).toEqual({ secrets: [] });
  expect(await type("swordfisch\u007f\u007fh\r")).toEqual({
    shown: "Value of TOKEN: \r\nTOKEN is stored\r\n",
    code: 0,
  });
  const input = JSON.stringify({ command: "test {{secret.TOKEN}} = swordfish" });
  expect((await cli(["workflows", "run", "shell.command", "--input", input, "--wait"])).json()).toMatchObject({
    status: "completed",
  });
});

it("refuses what is no name or value, and says which secrets there are", async () => {
  expect((await cli(["secrets", "set", "a b"], "x")).error()).toMatchObject({ code: "INVALID_INPUT", path: "name" });
  expect((await cli(["secrets", "set", "A"], "")).error()).toMatchObject({ code: "INVALID_INPUT", path: "value" });
  await cli(["secrets", "set", "A"], "xyz");
  const refused = await cli(["secrets", "delete", "B"]);
  expect([refused.code, refused.error()]).toMatchObject([
    2,
    { code: "NOT_FOUND", message: expect.stringMatching(/A$/) },
  ]);
  expect((await cli(["secrets", "delete", "A"])).json()).toEqual({ deleted: "A" });
  expect((await cli(["secrets", "list"])).json()).toEqual({ secrets: [] });
});
