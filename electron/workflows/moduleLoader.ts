import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Jiti } from "jiti";
import { collectStepNames, type WorkflowParts, workflowParts } from "./definitions.ts";

/** A loaded file of workflows. */
export interface LoadedModule {
  hash: string;
  /** The file and what it imports from beside it. */
  files: string[];
  workflows: Map<string, WorkflowParts>;
  stepNames: string[];
}

/** The file is not the one that was looked at. */
export class ModuleChanged extends Error {}

export const hashOf = (content: Buffer | string): string => createHash("sha256").update(content).digest("hex");

export interface ModuleLoader {
  /**
   * Loads a file, or answers with it as loaded before while neither it nor a file that it imports has changed.
   * @param expected its hash when it was looked at: nothing of a file with another one is run
   * @throws ModuleChanged, or whatever the file throws
   */
  load(path: string, expected: string | null): Promise<LoadedModule>;
  /** Loads the compiler and nothing of the user's, so that the first file has less to wait for. */
  prepare(): Promise<void>;
}

/** @param virtual modules that every file may import with nothing installed beside it, by name */
export function createModuleLoader(virtual: () => Promise<Record<string, unknown>>): ModuleLoader {
  const loaded = new Map<string, { module: LoadedModule; files: Map<string, string> }>();

  return {
    async prepare() {
      const { createJiti } = await import("jiti");
      createJiti(import.meta.url, { fsCache: false }).transform({ source: "export const n: number = 1", ts: true });
      await virtual();
    },
    async load(path, expected) {
      const known = loaded.get(path);
      if (known !== undefined && unchanged(known.files) && (expected === null || expected === known.module.hash)) {
        return known.module;
      }
      const content = readFileSync(path);
      const hash = hashOf(content);
      if (expected !== null && expected !== hash) throw new ModuleChanged(`${path} has changed since it was looked at`);
      // Loaded on the first use: runs of built-in workflows never need it.
      const { createJiti } = await import("jiti");
      const jiti = createJiti(path, {
        fsCache: false,
        moduleCache: true,
        interopDefault: false,
        tryNative: false,
        sourceMaps: true,
        virtualModules: await virtual(),
      });
      forgetUserFiles(jiti, path);
      const { loaded: exported, stepNames } = await collectStepNames(() => jiti.import<Record<string, unknown>>(path));
      const workflows = new Map<string, WorkflowParts>();
      for (const value of Object.values(exported ?? {})) {
        const parts = workflowParts(value);
        if (parts !== null) workflows.set(parts.name, parts);
      }
      const module: LoadedModule = { hash, files: importedFiles(jiti, path), workflows, stepNames };
      loaded.set(path, { module, files: new Map(module.files.map((file) => [file, stampOf(file)])) });
      return module;
    },
  };
}

/** Name, size and time: enough to notice an edit, cheap enough for every run. */
export function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

function unchanged(files: ReadonlyMap<string, string>): boolean {
  for (const [file, stamp] of files) if (stampOf(file) !== stamp) return false;
  return true;
}

/** The file and what it imports from beside it; packages under node_modules do not change while a program runs. */
function importedFiles(jiti: Jiti, path: string): string[] {
  return [...new Set([path, ...Object.keys(jiti.cache).filter(isUserFile)])];
}

function isUserFile(file: string): boolean {
  return !/[\\/]node_modules[\\/]/.test(file) && /\.(?:[cm]?[jt]sx?|json)$/.test(file);
}

/** Drops user files from Node's cache, so that the next load reads a changed file anew wherever it is imported. */
function forgetUserFiles(jiti: Jiti, path: string): void {
  for (const file of Object.keys(jiti.cache)) if (file === path || isUserFile(file)) delete jiti.cache[file];
}
