import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { openToOthersText } from "../../folders/ownership.ts";
import { findUntrusted } from "../../folders/trusted.ts";

const maxFiles = 2_000;
const maxFileBytes = 4 * 1024 * 1024;

/** A file that may hold workflows, or why it is not even looked at. */
export interface FoundFile {
  path: string;
  refused: string | null;
}

/**
 * Files of workflows under the given files and folders. A file named outright is always one; in folders those that
 * mention the package are, so that no other script is executed for being looked at. One of `known`, which has offered
 * workflows before, is told also when it no longer does.
 */
export function findWorkflowFiles(
  paths: readonly string[],
  known: ReadonlyMap<string, unknown> = new Map(),
): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const given of paths) {
    const path = resolve(given);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) found.set(path, { path, refused: "There is no such file or folder" });
    else if (stat.isDirectory()) for (const file of filesIn(path, path, known)) found.set(file.path, file);
    else found.set(path, look(path, dirname(path)));
    if (found.size > maxFiles) break;
  }
  return [...found.values()].slice(0, maxFiles);
}

function* filesIn(folder: string, root: string, known: ReadonlyMap<string, unknown>, depth = 0): Generator<FoundFile> {
  let entries: import("node:fs").Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    yield { path: folder, refused: error instanceof Error ? error.message : "The folder cannot be read" };
    return;
  }
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    if (entry.isDirectory()) {
      if (depth < 8) yield* filesIn(path, root, known, depth + 1);
    } else if (/\.[cm]?[jt]sx?$/.test(entry.name) && !/\.(?:d|test|spec)\.[cm]?[jt]sx?$/.test(entry.name)) {
      const file = look(path, root);
      if (file.refused !== null || mentionsPackage(path)) yield file;
      else if (known.has(path)) yield { path, refused: 'The file no longer imports from "almanac"' };
    }
  }
}

function mentionsPackage(path: string): boolean {
  return /["']almanac["']/.test(readFileSync(path, "utf8"));
}

/** Whether somebody else could have put a file there. */
function look(path: string, root: string): FoundFile {
  try {
    const real = realpathSync(path);
    const outside = relative(realpathSync(root), real);
    const stat = statSync(real);
    const refuse = (refused: string): FoundFile => ({ path, refused });
    if (lstatSync(path).isSymbolicLink() && (outside === ".." || outside.startsWith(`..${sep}`))) {
      return refuse(`The file is a link out of its folder, to ${real}: name that file itself in the workflow folders`);
    }
    if (!stat.isFile()) return refuse("This is no file");
    if (stat.size > maxFileBytes) return refuse("The file is larger than 4 MiB");
    // The links that lead to it, too: by them it could be made another one.
    return { path, refused: openToOthers(path) };
  } catch (error) {
    return { path, refused: error instanceof Error ? error.message : "The file cannot be read" };
  }
}

/** Says so where somebody else could change or replace a file, and what mends it; else null. */
export function openToOthers(file: string): string | null {
  const finding = findUntrusted(file);
  return finding === null ? null : openToOthersText("The file", finding);
}
