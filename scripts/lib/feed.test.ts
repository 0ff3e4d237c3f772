import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readFeed } from "../../electron/main/updates/feed.ts";
import { FeedRefused } from "../../electron/main/updates/refused.ts";
import { root } from "./paths.ts";

const feed = (...args: string[]) =>
  spawnSync(process.execPath, ["scripts/feed.ts", ...args], { cwd: root, encoding: "utf8" });

it("makes a key, and feeds that programs take by its public part alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-feed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const key = join(folder, "key.pem");
  const publicKey = feed("key", key).stdout.trim();
  expect(statSync(key).mode & 0o077).toBe(0);
  expect(feed("key", key)).toMatchObject({ status: 2, stderr: expect.stringContaining("is there already") });

  const names = [
    "Almanac-1.2.3.AppImage",
    "almanac_1.2.3_amd64.deb",
    "Almanac-1.2.3-arm64.AppImage",
    "Almanac Setup 1.2.3.exe",
  ];
  for (const name of [...names, "Almanac-1.2.2.AppImage"]) writeFileSync(join(folder, name), `the bytes of ${name}`);
  expect(feed("sign", folder, "--key", key, "--version", "1.2.3")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("Almanac Setup 1.2.3.exe"),
  });
  rmSync(join(folder, "Almanac Setup 1.2.3.exe"));
  expect(feed("sign", folder, "--key", key, "--version", "1.2.3").status).toBe(0);
  const taken = (name: string, signer = publicKey) =>
    readFeed(name, readFileSync(join(folder, name)), readFileSync(join(folder, `${name}.sig`), "utf8"), signer);
  const { version, files, isVerified } = taken("latest-linux.yml");
  expect({ version, isVerified }).toEqual({ version: "1.2.3", isVerified: true });
  expect(files).toEqual(
    ["Almanac-1.2.3.AppImage", "almanac_1.2.3_amd64.deb"].map((url) => ({
      url,
      sha512: createHash("sha512").update(`the bytes of ${url}`).digest("base64"),
      size: `the bytes of ${url}`.length,
    })),
  );
  expect(taken("latest-linux-arm64.yml").files.map(({ url }) => url)).toEqual(["Almanac-1.2.3-arm64.AppImage"]);
  expect(() => taken("latest-linux.yml", feed("key", join(folder, "other.pem")).stdout.trim())).toThrow(FeedRefused);
  expect(readdirSync(folder)).not.toContain("latest.yml");
  expect(feed("sign", folder, "--key", key, "--version", "9.9.9")).toMatchObject({ status: 2 });
});
