import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CreatedToken, TokenInfo } from "../../shared/api/access.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { runCli } from "./testing/runCli.ts";

// Several processes; a busy machine takes its time over them.
vi.setConfig({ testTimeout: 180_000 });

let dataDir: string;
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), "almanac-tokens-")), "data");
  openDatabase({ dataDir }).close();
});
afterEach(() => rm(join(dataDir, ".."), { recursive: true, force: true }));

const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args]);

it("makes a token that is printed once and kept nowhere, lists it and revokes it", async () => {
  const made = await cli(
    "tokens",
    "create",
    "ci",
    "--scope",
    "run",
    "--scope",
    "read",
    "--expires-at",
    "2126-01-31",
    "--json",
  );
  const { token, ...info } = made.json<CreatedToken>();
  expect(info).toMatchObject({ name: "ci", scopes: ["read", "run"], expiresAt: "2126-01-31T00:00:00.000Z" });
  expect(token).toMatch(/^almanac_[\w-]{12}\.[\w-]{43}$/);
  expect((await cli("tokens", "create", "looks", "--json")).json<CreatedToken>().scopes).toEqual(["read"]);
  expect((await cli("tokens", "create", "ci", "--json")).error().code).toBe("ALREADY_EXISTS");
  const listed = await cli("tokens", "list", "--json");
  expect(listed.json<{ tokens: TokenInfo[] }>().tokens.map(({ name }) => name)).toEqual(["ci", "looks"]);
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const content = await readFile(join(file.parentPath, file.name));
    expect(content.includes(token.split(".")[1] ?? token), file.name).toBe(false);
  }
  expect((await cli("tokens", "revoke", "ci")).out).toBe("ci is revoked\n");
  const again = await cli("tokens", "revoke", "ci", "--json");
  expect(again.code).toBe(2);
  expect(again.error()).toMatchObject({ code: "NOT_FOUND", path: "name" });
});

it("refuses a data folder that others can write to with what mends it, until it is trusted by name", async () => {
  const folder = join(dataDir, "..", "open");
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o777);
  const env = { XDG_CONFIG_HOME: join(dataDir, "..", "config") };
  const there = (...args: string[]) => runCli([...args, "--data-dir", join(folder, "data"), "--json"], { env });
  const refused = await there("schedules", "list");
  expect(refused.code).toBe(1);
  expect(refused.error()).toMatchObject({
    code: "FORBIDDEN",
    message: expect.stringContaining(`chmod go-w ${folder}`),
  });
  expect(await readdir(folder)).toEqual([]);
  expect((await there("folders", "trust", folder)).json()).toEqual({ trusted: folder });
  expect((await there("scheduler", "run", "--duration", "0.1")).code).toBe(0);
  expect((await there("schedules", "list")).json()).toMatchObject({ schedules: [] });
  expect((await there("folders", "list")).json()).toEqual({ folders: [folder] });
  expect((await there("folders", "distrust", folder)).code).toBe(0);
  expect((await there("schedules", "list")).code).toBe(1);
});

it("refuses to serve beyond this machine in plain HTTP, and names what it takes", async () => {
  const refused: [args: string[], path: string][] = [
    [["--host", "0.0.0.0"], "host"],
    [["--behind-proxy"], "allow-host"],
    [["--behind-proxy", "--allow-host", "http://a"], "allow-host"],
    [["--cert", "/dev/null"], "key"],
    [["--cert", "/dev/null", "--key", "/dev/null"], "cert"],
  ];
  for (const [args, path] of refused) {
    const result = await cli("serve", "--port", "0", "--no-open", "--json", ...args);
    expect([result.code, result.error().path]).toEqual([2, path]);
  }
});
