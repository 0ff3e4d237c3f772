import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "./paths.ts";

/** What can be built on its own: node programs (with the preload), the pages, the benchmarks. */
export type BuildTarget = "node" | "renderer" | "bench";

const sources: Record<BuildTarget, string[]> = {
  node: ["electron", "shared"],
  renderer: ["renderer", "shared"],
  bench: ["bench", "electron", "shared"],
};
const alwaysWatched = ["vite.config.ts", "package-lock.json"];
const dist = join(root, "dist");
const stampFile = (target: BuildTarget): string => join(dist, `.stamp-${target}`);

function* filesUnder(path: string): Generator<string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesUnder(child);
    else if (!/\.test\.tsx?$/.test(entry.name)) yield child;
  }
}

/** A hash over name, size and time of every file that goes into a target: cheap enough for every start. */
function fingerprint(target: BuildTarget): string {
  const hash = createHash("sha1");
  for (const folder of [...sources[target], ...alwaysWatched]) {
    for (const file of filesUnder(join(root, folder))) {
      const { mtimeMs, size } = statSync(file);
      hash.update(`${relative(root, file)}\0${mtimeMs}\0${size}\n`);
    }
  }
  return hash.digest("hex");
}

/** True when a target's sources changed since it was last built, or it never was. */
export function isStale(target: BuildTarget): boolean {
  try {
    return readFileSync(stampFile(target), "utf8") !== fingerprint(target);
  } catch {
    return true;
  }
}

const built: Record<BuildTarget, string> = { node: "the program", renderer: "its pages", bench: "the benchmarks" };

/**
 * Builds those targets that are stale, in a process of its own: what a build takes of memory, near a gigabyte, would stay
 * with the program that follows in this one, for as long as it runs.
 */
export async function buildStale(targets: readonly BuildTarget[]): Promise<void> {
  if (!targets.some(isStale)) return;
  const builder = spawn(process.execPath, [join(root, "scripts/build.ts"), "--stale", ...targets], {
    // Standard output is the program's, whose readers may be programs.
    stdio: ["ignore", 2, 2],
  });
  const [code, signal] = (await once(builder, "close")) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`the build failed (${code ?? signal})`);
}

/** Builds those targets that are stale, in this process. Safe to call from several at once: one builds, the others wait. */
export async function buildStaleHere(targets: readonly BuildTarget[]): Promise<void> {
  await withLock(async () => {
    for (const target of targets) {
      if (!isStale(target)) continue;
      // On a slow machine it takes minutes, which a person would take for a program that hangs.
      console.error(`Building ${built[target]} (new or changed) …`);
      await buildTarget(target);
    }
  });
}

/** Builds targets whether stale or not. */
export async function buildAll(targets: readonly BuildTarget[]): Promise<void> {
  await withLock(async () => {
    for (const target of targets) await buildTarget(target);
    if (targets.includes("node")) emitLibraryTypes();
    // Of what npm packs it is no part either; npm itself packs no such list.
    writeFileSync(join(dist, ".npmignore"), `${leftByEarlierBuilds().join("\n")}\n`);
  });
}

/** Declarations of the package `almanac`, for those who import it; nothing that runs needs them. */
function emitLibraryTypes(): void {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "scripts/tsconfig.almanac.json")], { stdio: "inherit" });
}

async function buildTarget(target: BuildTarget): Promise<void> {
  // Taken first: an edit made during the build must leave the target stale.
  const before = fingerprint(target);
  const [{ build }, configs] = await Promise.all([import("vite"), import("../../vite.config.ts")]);
  const staging = join(root, ".cache", `build-${process.pid}`);
  try {
    if (target === "node") {
      await build(configs.programsBuild(join(staging, "programs")));
      await build(configs.runnerBuild(join(staging, "programs")));
      publish(join(staging, "programs"), dist);
      for (const config of configs.electronBuilds(join(staging, "electron"))) await build(config);
      publish(join(staging, "electron"), dist);
    } else if (target === "bench") {
      await build(configs.benchBuild(join(staging, "bench")));
      publish(join(staging, "bench"), join(dist, "benchmarks"));
    } else {
      await build(configs.rendererBuild(join(staging, "renderer")));
      publish(join(staging, "renderer"), join(dist, "renderer"));
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  mkdirSync(dist, { recursive: true });
  writeFileSync(stampFile(target), before);
}

/**
 * Moves a finished build into place file by file, entries last. Programs that run meanwhile keep the chunks they were
 * built with: names carry a hash, and files no longer used go only once they are an hour old.
 */
function publish(from: string, to: string): void {
  const files = [...filesUnder(from)].map((file) => relative(from, file));
  const fresh = new Set(files);
  const parts = files.filter((file) => !isEntry(file));
  mkdirSync(dist, { recursive: true });
  if (parts.length > 0) writeFileSync(partsFile(to), JSON.stringify(parts));
  files.sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)));
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    moveFile(join(from, file), join(to, file));
  }
  for (const file of partsIn(to)) {
    const old = Date.now() - statSync(join(to, file)).mtimeMs > 3_600_000;
    if (old && !fresh.has(file)) rmSync(join(to, file), { force: true });
  }
}

/** Where a folder of `dist` keeps the names of what its last build made beside its entries. */
const partsFile = (folder: string): string => join(dist, `.stamp-parts-${basename(folder)}`);

/** What programs load beside their entries, by its place in the folder. */
const partsIn = (folder: string): string[] =>
  ["chunks", "assets"].flatMap((part) => [...filesUnder(join(folder, part))].map((file) => relative(folder, file)));

/** What earlier builds left in `dist` for programs that run since, by its place there: a package has no use for it. */
export function leftByEarlierBuilds(): string[] {
  return [dist, join(dist, "renderer")].flatMap((folder) => {
    if (!existsSync(partsFile(folder))) return [];
    const last = new Set(JSON.parse(readFileSync(partsFile(folder), "utf8")) as string[]);
    return partsIn(folder).flatMap((file) => (last.has(file) ? [] : [relative(dist, join(folder, file))]));
  });
}

const isEntry = (file: string): boolean => !/^(chunks|assets)[\\/]/.test(file);

function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

const lockFile = join(root, ".cache", "build.lock");

async function withLock(work: () => Promise<void>): Promise<void> {
  mkdirSync(dirname(lockFile), { recursive: true });
  while (!tryLock()) await delay(50);
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock(): boolean {
  try {
    const handle = openSync(lockFile, "wx");
    writeFileSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch {
    if (!isHeld()) rmSync(lockFile, { force: true });
    return false;
  }
}

function isHeld(): boolean {
  try {
    const pid = Number(readFileSync(lockFile, "utf8"));
    // An empty file is a lock whose owner is just writing its id.
    if (pid === 0) return Date.now() - statSync(lockFile).mtimeMs < 5_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
