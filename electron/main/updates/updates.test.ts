import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { stringify } from "yaml";
import type { UpdateStatus } from "../../../shared/api/updates.ts";
import { feedFileName, publicKeyText, readFeed, signFeed } from "./feed.ts";
import { fetchSmall } from "./fetchFeed.ts";
import { createInstaller } from "./installer.ts";
import { FeedRefused } from "./refused.ts";
import { createUpdates, type UpdatesParts } from "./updates.ts";

const makeKey = (): KeyObject => generateKeyPairSync("ed25519").privateKey;
const key = makeKey();
const name = "latest-linux.yml";
const sha512 = (bytes: Buffer): string => createHash("sha512").update(bytes).digest("base64");
const newProgram = Buffer.from("#!/bin/sh\necho the new one\n");

interface Offered {
  version?: string;
  releaseDate?: string;
  file?: string;
  /** What the feed says of it. */
  described?: Buffer;
}
const feedText = ({
  version = "0.2.0",
  releaseDate = "2026-03-01T00:00:00.000Z",
  file = "Almanac-0.2.0.AppImage",
  described = newProgram,
}: Offered = {}): Buffer =>
  Buffer.from(
    stringify({ version, releaseDate, files: [{ url: file, sha512: sha512(described), size: described.length }] }),
  );

/** A feed on loopback; what it has can be changed under whoever looks. */
async function startFeed(): Promise<{
  url: string;
  files: Map<string, Buffer>;
  asked: string[];
  publish(o?: Offered): void;
}> {
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const file = files.get((request.url ?? "").replace("/releases/", ""));
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const publish = (offered: Offered = {}): void => {
    const bytes = feedText(offered);
    files.set(name, bytes);
    files.set(`${name}.sig`, Buffer.from(signFeed(name, bytes, key)));
    files.set(offered.file ?? "Almanac-0.2.0.AppImage", newProgram);
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`, files, asked, publish };
}

async function copyOfProgram(settings: Record<string, unknown>, changes: Partial<UpdatesParts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "almanac-updates-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const appImage = join(folder, "Almanac.AppImage");
  writeFileSync(appImage, "#!/bin/sh\necho the old one\n");
  chmodSync(appImage, 0o755);
  vi.stubEnv("APPIMAGE", appImage);
  onTestFinished(() => void vi.unstubAllEnvs());
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const ended: (() => void)[] = [];
  const updates = createUpdates({
    version: "0.1.0",
    platform: "linux",
    arch: "x64",
    installed: { as: "appimage", cannotInstall: null },
    packaged: { feed: null, publicKey: null },
    settings: () => settings,
    setSetting: (setting, value) => {
      settings[setting] = value;
    },
    fetchSmall,
    createInstaller: async (file) =>
      createInstaller(file, {
        version: "0.1.0",
        platform: "linux",
        folder: join(folder, "updates"),
        quit() {},
        logger,
      }),
    endToInstall: (install) => void ended.push(install),
    now: () => Date.parse("2026-04-01T00:00:00Z"),
    logger,
    ...changes,
  });
  const settled = async (): Promise<UpdateStatus> => {
    await vi.waitFor(() => expect(updates.status().state).not.toBe("downloading"), { timeout: 20_000 });
    return updates.status();
  };
  return { updates, appImage, ended, settled, settings };
}
const following = (url: string, signer = key) => ({
  "desktop.updateFeed": url,
  "desktop.updateKey": publicKeyText(signer),
});

describe("updates", () => {
  it("asks nobody before a feed is set, and says so", async () => {
    const asks = vi.fn();
    const { updates } = await copyOfProgram({}, { fetchSmall: asks });
    expect(updates.status()).toMatchObject({ state: "off", feed: null });
    await expect(updates.check()).rejects.toMatchObject({ code: "CONFLICT" });
    expect(asks).not.toHaveBeenCalled();
  });

  it("finds, verifies, downloads and puts the new program in the old one's place", async () => {
    const feed = await startFeed();
    feed.publish();
    const { updates, appImage, ended, settled } = await copyOfProgram(following(feed.url));
    expect(await updates.check()).toMatchObject({
      state: "available",
      offer: { version: "0.2.0", isVerified: true, url: `${feed.url}/Almanac-0.2.0.AppImage` },
      checkedAt: "2026-04-01T00:00:00.000Z",
    });
    expect(updates.download()).toMatchObject({ state: "downloading" });
    expect(await settled()).toMatchObject({ state: "ready" });
    expect(readFileSync(appImage, "utf8")).toContain("the old one");
    updates.install();
    ended[0]?.();
    expect(readFileSync(appImage)).toEqual(newProgram);
    // Of the copy that asks nothing is told.
    expect(feed.asked).toEqual([`/releases/${name}`, `/releases/${name}.sig`, "/releases/Almanac-0.2.0.AppImage"]);
  });

  it("is content with what it is, and remembers what it has seen", async () => {
    const feed = await startFeed();
    feed.publish({ version: "0.1.0" });
    const { updates, settings } = await copyOfProgram(following(feed.url));
    expect(await updates.check()).toMatchObject({ state: "current", offer: null });
    expect(settings["desktop.updateSeen"]).toMatchObject({ version: "0.1.0" });
    expect(() => updates.download()).toThrow("no update");
  });

  it.each<[string, (files: Map<string, Buffer>) => void, RegExp]>([
    ["an altered feed", (files) => files.set(name, Buffer.concat([feedText(), Buffer.from("\n")])), /signature/],
    ["a feed without a signature", (files) => files.delete(`${name}.sig`), /no signature/],
    ["a signature that is none", (files) => files.set(`${name}.sig`, Buffer.from("<html>")), /signature/],
    [
      "a signature by another key",
      (files) => files.set(`${name}.sig`, Buffer.from(signFeed(name, feedText(), makeKey()))),
      /signature/,
    ],
    [
      "the signed feed of another system",
      (files) => files.set(`${name}.sig`, Buffer.from(signFeed("latest-mac.yml", feedText(), key))),
      /signature/,
    ],
  ])("refuses %s", async (_what, alter, problem) => {
    const feed = await startFeed();
    feed.publish();
    alter(feed.files);
    const { updates } = await copyOfProgram(following(feed.url));
    expect(await updates.check()).toMatchObject({
      state: "refused",
      offer: null,
      problem: expect.stringMatching(problem),
    });
    expect(() => updates.download()).toThrow("no update");
  });

  it("refuses an older version, and an older feed shown again", async () => {
    const feed = await startFeed();
    feed.publish({ version: "0.0.9" });
    const { updates } = await copyOfProgram(following(feed.url));
    expect(await updates.check()).toMatchObject({
      state: "refused",
      problem: expect.stringContaining("older than this 0.1.0"),
    });
    feed.publish({ version: "0.3.0", releaseDate: "2026-03-02T00:00:00Z" });
    expect(await updates.check()).toMatchObject({ state: "available", offer: { version: "0.3.0" } });
    // Newer than what runs, signed, and yet not the newest that its signer is known to have made.
    feed.publish({ version: "0.2.0" });
    expect(await updates.check()).toMatchObject({
      state: "refused",
      problem: expect.stringContaining("0.3.0 of 2026-03-02"),
    });
    feed.publish({ version: "0.3.0", releaseDate: "2026-03-01T00:00:00Z" });
    expect(await updates.check()).toMatchObject({ state: "refused" });
  });

  it.each([
    ["altered", Buffer.from("#!/bin/sh\necho not the one\n")],
    ["cut short", newProgram.subarray(0, 10)],
    ["longer than described", Buffer.concat([newProgram, Buffer.alloc(1_000_000)])],
  ])("refuses a file that is %s, and leaves the program as it is", async (_what, bytes) => {
    const feed = await startFeed();
    feed.publish();
    feed.files.set("Almanac-0.2.0.AppImage", bytes);
    const { updates, appImage, settled } = await copyOfProgram(following(feed.url));
    await updates.check();
    updates.download();
    expect(await settled()).toMatchObject({ state: "refused", problem: expect.stringContaining("is not the one") });
    expect(() => updates.install()).toThrow("No update is ready");
    expect(readFileSync(appImage, "utf8")).toContain("the old one");
    expect(existsSync(join(appImage, "../updates/downloaded/pending/Almanac-0.2.0.AppImage"))).toBe(false);
  });

  it("only tells of what nobody has signed for, and of what this copy cannot install", async () => {
    const feed = await startFeed();
    feed.publish();
    const unsigned = await copyOfProgram({ "desktop.updateFeed": feed.url });
    expect(await unsigned.updates.check()).toMatchObject({ state: "available", offer: { isVerified: false } });
    expect(() => unsigned.updates.download()).toThrow("cannot be verified");
    expect(feed.asked).not.toContain(`/releases/${name}.sig`);

    feed.publish({ file: "almanac-0.2.0-linux-x64.tar.gz" });
    const archive = { as: "archive" as const, cannotInstall: "by hand" };
    const { updates } = await copyOfProgram(following(feed.url), { installed: archive });
    expect(await updates.check()).toMatchObject({
      state: "available",
      offer: { url: `${feed.url}/almanac-0.2.0-linux-x64.tar.gz`, isVerified: true },
    });
    expect(() => updates.download()).toThrow("by hand");
  });

  it("says what kept it from looking, and forgets what another feed has offered", async () => {
    const feed = await startFeed();
    const { updates, settings } = await copyOfProgram(following(feed.url));
    expect(await updates.check()).toMatchObject({ state: "failed", problem: expect.stringContaining(`no ${name}`) });
    feed.publish();
    expect(await updates.check()).toMatchObject({ state: "available" });
    settings["desktop.updateFeed"] = "http://127.0.0.1:9/elsewhere";
    expect(updates.status()).toMatchObject({ state: "idle", offer: null });
    expect(await updates.check()).toMatchObject({ state: "failed" });
    settings["desktop.updateFeed"] = "ftp://nowhere";
    expect(updates.status()).toMatchObject({ state: "off" });
  });
});

describe("a feed's file", () => {
  it("is taken whole or not at all, whatever is in it", () => {
    const good = feedText();
    const read = (bytes: Uint8Array) => readFeed(name, bytes, null, null);
    expect(read(good)).toMatchObject({ version: "0.2.0", isVerified: false });
    for (const file of ["../evil.AppImage", "/etc/passwd", "https://elsewhere/a.AppImage", "a b", ""])
      expect(() => read(feedText({ file }))).toThrow(FeedRefused);
    for (const version of ["1", "v0.2.0", "0.2", "latest"])
      expect(() => read(feedText({ version }))).toThrow(FeedRefused);
    expect(() => read(Buffer.from("a: &a [*a, *a]\nb: [*a, *a]"))).toThrow(FeedRefused);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, at) => {
        const altered = Buffer.concat([good.subarray(0, at), noise, good.subarray(at)]);
        try {
          expect(read(altered).files.every(({ url }) => !url.includes("/"))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FeedRefused);
        }
        // With a key, no changed byte goes unnoticed.
        if (noise.length > 0)
          expect(() => readFeed(name, altered, signFeed(name, good, key), publicKeyText(key))).toThrow(FeedRefused);
      }),
    );
  });

  it("has a name for each system", () => {
    expect(feedFileName("linux", "x64")).toBe(name);
    expect(feedFileName("linux", "arm64")).toBe("latest-linux-arm64.yml");
    expect([feedFileName("win32", "x64"), feedFileName("darwin", "arm64")]).toEqual(["latest.yml", "latest-mac.yml"]);
  });
});
