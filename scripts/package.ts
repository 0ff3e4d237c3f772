// `npm run package [-- KIND…]`: the desktop program as people install it, in dist-packages/. Kinds: dir, tar.gz, deb
// (Linux: the last two where none is named), AppImage, dmg, nsis. It fails where the tar.gz is larger than is allowed.
// `--quick` compresses no deb, which is only to be tried.
// `ELECTRON_OVERRIDE_DIST_PATH` names a folder that holds Electron, where it cannot be fetched; `ALMANAC_SQLITE_BINDING`
// the part of better-sqlite3 that is built for that one. `--feed URL --public-key KEY` is where the package looks for updates,
// and what they are signed with (`npm run feed`); without them it asks nobody until its Settings name a feed.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flipFuses } from "@electron/fuses";
import { type AfterPackContext, Arch, build, Platform } from "electron-builder";
import { packagedFeedFile } from "../electron/main/updates/installed.ts";
import { configuration, executableName, fuseConfig, mostBytes, unusedFiles } from "../packaging/config.ts";
import { feedAddressSchema, publicKeySchema } from "../shared/api/updates.ts";
import { readArguments } from "./lib/arguments.ts";
import { buildAll, leftByEarlierBuilds } from "./lib/build.ts";
import { createDeb } from "./lib/deb.ts";
import { root } from "./lib/paths.ts";

const kinds = ["dir", "tar.gz", "deb", "AppImage", "dmg", "nsis"] as const;
type Kind = (typeof kinds)[number];

const usage = `npm run package -- [${kinds.join("|")}]… [--output FOLDER] [--skip-build] [--quick] [--feed URL --public-key KEY]`;
const { values, positionals } = readArguments(usage, {
  allowPositionals: true,
  options: {
    output: { type: "string" },
    "skip-build": { type: "boolean" },
    quick: { type: "boolean" },
    feed: { type: "string" },
    "public-key": { type: "string" },
  },
});
const feed = {
  feed: checked("--feed", feedAddressSchema, values.feed),
  publicKey: checked("--public-key", publicKeySchema, values["public-key"]),
};
const unknown = positionals.filter((kind) => !kinds.includes(kind as Kind));
if (unknown.length > 0) {
  console.error(`no kind of package "${unknown.join('", "')}"; there are: ${kinds.join(", ")}`);
  process.exit(2);
}
const usual: Record<string, Kind[]> = { linux: ["tar.gz", "deb"], darwin: ["dmg"], win32: ["nsis"] };
const asked = positionals.length > 0 ? (positionals as Kind[]) : (usual[process.platform] ?? ["dir"]);
const output = values.output ?? join(root, "dist-packages");

const { version, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  devDependencies: Record<string, string>;
};
const given = electronAtHand();
const shipped = devDependencies["electron"]?.replace(/^\D*/, "") ?? "";
// A later Electron may have fuses that nobody has decided about; an earlier one lacks some.
const strict = given === undefined || Number(given.version.split(".")[0]) >= Number(shipped.split(".")[0]);

if (values["skip-build"] !== true) await buildAll(["node", "renderer"]);
const builderKinds = asked.filter((kind) => kind === "AppImage" || kind === "dmg" || kind === "nsis");
const platform = { dmg: Platform.MAC, nsis: Platform.WINDOWS, AppImage: Platform.LINUX };
await pack(Platform.current(), ["dir"]);
for (const kind of builderKinds) await pack(platform[kind], [kind]);

const folder = join(output, process.platform === "linux" ? linuxFolder() : "");
const archive = asked.includes("tar.gz") ? tarball() : null;
if (archive !== null) report(archive);
if (asked.includes("deb"))
  report(createDeb({ folder, output, version, arch: debArch(), quick: values.quick === true }));
if (archive !== null && statSync(archive).size > mostBytes.archive) {
  console.error(`${archive} is larger than packaging/config.ts allows: ${megabytes(mostBytes.archive)} (mostBytes)`);
  process.exit(1);
}

function checked(option: string, schema: typeof feedAddressSchema, value: string | undefined): string | null {
  if (value === undefined) return null;
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  console.error(`${option} ${JSON.stringify(value)} is given; expected is ${error.issues[0]?.message}`);
  process.exit(2);
}

function linuxFolder(): string {
  return process.arch === "x64" ? "linux-unpacked" : `linux-${process.arch}-unpacked`;
}
function debArch(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

async function pack(target: Platform, names: string[]): Promise<void> {
  const arch = Arch[process.arch as keyof typeof Arch] ?? Arch.x64;
  await build({
    projectDir: root,
    targets: target.createTarget(names, arch),
    config: {
      ...configuration,
      directories: { ...configuration.directories, output },
      files: [
        ...[configuration.files ?? []].flat(),
        ...leftByEarlierBuilds().map((file) => `!dist/${file.replaceAll("\\", "/")}`),
      ],
      ...(given === undefined ? {} : { electronDist: given.folder, electronVersion: given.version }),
      afterPack: finish,
    },
  }).catch(sayWhatIsMissing);
}

/** Without the network there is a plain reason, which a trace of calls would only hide. */
function sayWhatIsMissing(error: unknown): never {
  const unreachable = error instanceof Error && ["RequestError", "TimeoutError", "HTTPError"].includes(error.name);
  if (!unreachable) throw error;
  console.error(`Electron, or what electron-builder packs it with, cannot be fetched: ${error.message}`);
  if (given === undefined)
    console.error("ELECTRON_OVERRIDE_DIST_PATH names a folder with an Electron to pack instead.");
  process.exit(1);
}

/** What electron-builder does not do itself: the native part for the Electron at hand, and the fuses. */
async function finish({ appOutDir, electronPlatformName, packager }: AfterPackContext): Promise<void> {
  const binding = process.env["ALMANAC_SQLITE_BINDING"];
  if (given !== undefined && binding) {
    const prebuilds = join(appOutDir, "resources/app.asar.unpacked/node_modules/better-sqlite3/prebuilds");
    cpSync(binding, join(prebuilds, `${process.platform}-${process.arch}.node`));
  }
  writeFileSync(join(packager.getResourcesDir(appOutDir), packagedFeedFile), JSON.stringify(feed));
  const name = {
    darwin: `${packager.appInfo.productFilename}.app/Contents/MacOS/${packager.appInfo.productFilename}`,
    win32: `${packager.appInfo.productFilename}.exe`,
  }[electronPlatformName];
  if (electronPlatformName === "linux") {
    // Which Electron it is: electron-builder takes the note away.
    writeFileSync(join(appOutDir, "version"), packager.config.electronVersion ?? shipped);
    for (const file of unusedFiles) rmSync(join(appOutDir, file), { force: true });
  }
  await flipFuses(join(appOutDir, name ?? executableName), fuseConfig(strict));
}

/** Electron without a program of its own, where a folder with one is named. */
function electronAtHand(): { folder: string; version: string } | undefined {
  const named = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (!named) return undefined;
  const copy = join(root, ".cache/electron-to-pack");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const own = new Set([join(named, "resources/app"), join(named, "resources/default_app.asar")]);
  cpSync(named, copy, { recursive: true, filter: (path) => !own.has(path) });
  const versionFile = join(named, "version");
  if (!existsSync(versionFile)) throw new Error(`${versionFile} is missing: which Electron is that?`);
  return { folder: copy, version: readFileSync(versionFile, "utf8").trim().replace(/^v/, "") };
}

function tarball(): string {
  const file = join(output, `almanac-${version}-${process.platform}-${process.arch}.tar.gz`);
  const top = `almanac-${version}`;
  const { status } = spawnSync(
    "tar",
    [
      "--create",
      "--use-compress-program=gzip -9",
      "--file",
      file,
      "--owner=0",
      "--group=0",
      `--transform=s,^\\.,${top},`,
      "-C",
      folder,
      ".",
    ],
    { stdio: "inherit" },
  );
  if (status !== 0) throw new Error(`tar ended with exit code ${status}`);
  return file;
}

function report(file: string): void {
  console.log(`${file}: ${megabytes(statSync(file).size)}`);
}
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
