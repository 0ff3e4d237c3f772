// `npm run feed -- key FILE`: a key pair to sign updates with; the private key goes to FILE, the public one is printed.
// `npm run feed -- sign FOLDER --key FILE [--version V]`: describes the packages in FOLDER in a feed for each system, and
// signs each. What FOLDER holds then is put on a web server as it is.
import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { valid } from "semver";
import { stringify } from "yaml";
import {
  feedFileName,
  feedFilePattern,
  publicKeyText,
  readFeed,
  signatureFileName,
  signFeed,
} from "../electron/main/updates/feed.ts";
import { readArguments } from "./lib/arguments.ts";
import { root } from "./lib/paths.ts";

const usage = "npm run feed -- key FILE\nnpm run feed -- sign FOLDER --key FILE [--version V]";
const { values, positionals } = readArguments(usage, {
  allowPositionals: true,
  options: { key: { type: "string" }, version: { type: "string" } },
});
const [action, target] = positionals;
if (action === "key" && target !== undefined) makeKey(target);
else if (action === "sign" && target !== undefined && values.key !== undefined) await signFolder(target, values.key);
else fail(usage);

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function makeKey(file: string): void {
  if (existsSync(file)) fail(`${file} is there already: a key that was lost cannot be had again, so none is replaced`);
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  console.log(publicKeyText(privateKey));
}

/** Of the names that electron-builder and `npm run package` give: the system that a package is for. */
function feedOf(name: string): string | null {
  const arch = /arm64|aarch64/.test(name) ? "arm64" : "x64";
  if (/\.(AppImage|deb)$/.test(name) || /linux.*\.tar\.gz$/.test(name)) return feedFileName("linux", arch);
  if (/\.exe$/.test(name)) return feedFileName("win32", arch);
  return /(mac|darwin).*\.zip$/.test(name) ? feedFileName("darwin", arch) : null;
}

async function signFolder(folder: string, keyFile: string): Promise<void> {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const version = values.version ?? own.version;
  if (valid(version) !== version)
    fail(`--version ${JSON.stringify(version)} is given; a version such as 1.2.3 is expected`);
  const key = createPrivateKey(readFileSync(keyFile));
  if (key.asymmetricKeyType !== "ed25519") fail(`${keyFile} is no Ed25519 key; npm run feed -- key FILE makes one`);
  const names = readdirSync(folder)
    .filter((name) => name.includes(version) && statSync(join(folder, name)).isFile())
    .sort();
  const feeds = new Map<string, string[]>();
  for (const name of names) {
    const feed = feedOf(name);
    if (feed !== null) feeds.set(feed, [...(feeds.get(feed) ?? []), name]);
  }
  const unfit = [...feeds.values()].flat().find((name) => !feedFilePattern.test(name));
  if (unfit !== undefined) fail(`${JSON.stringify(unfit)} is named; a name of letters, digits and ._+~- is expected`);
  if (feeds.size === 0) fail(`there is no package of ${version} in ${folder}; npm run package makes them`);
  const releaseDate = new Date().toISOString();
  for (const [feed, packages] of feeds) {
    const files = await Promise.all(packages.map((name) => described(folder, name)));
    const bytes = Buffer.from(stringify({ version, releaseDate, files }));
    const signature = signFeed(feed, bytes, key);
    readFeed(feed, bytes, signature, publicKeyText(key));
    writeFileSync(join(folder, feed), bytes);
    writeFileSync(join(folder, signatureFileName(feed)), signature);
    console.log(`${join(folder, feed)}: ${files.map(({ url }) => url).join(", ")}`);
  }
  console.log(`public key: ${publicKeyText(key)}`);
}

async function described(folder: string, name: string): Promise<{ url: string; sha512: string; size: number }> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
  return { url: name, sha512: hash.digest("base64"), size: statSync(join(folder, name)).size };
}
