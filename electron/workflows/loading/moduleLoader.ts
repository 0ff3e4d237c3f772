import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Jiti } from "jiti";
import type { ModuleVersion } from "../../../shared/domain/workflow.ts";
import { collectStepNames, type WorkflowParts, workflowParts } from "../sdk/definitions.ts";
import { createCompiledTexts } from "./compiledTexts.ts";
import { type Transform, withSwc } from "./compiler.ts";
import { tsconfigOf } from "./tsconfig.ts";
import { openToOthers } from "./workflowFiles.ts";

/** A loaded file of workflows. */
export interface LoadedModule extends ModuleVersion {
  workflows: Map<string, WorkflowParts>;
  stepNames: string[];
}

/** The file, or one that it imports, is not the one that was looked at. */
export class ModuleChanged extends Error {}

/** One hash over files by name, whatever their order; one that is not there counts as that. */
export function hashOf(files: readonly string[]): string {
  const all = createHash("sha256");
  for (const file of [...files].sort()) {
    let content = "-";
    try {
      content = createHash("sha256").update(readFileSync(file)).digest("hex");
    } catch {
      // Gone, or not to be read any more.
    }
    all.update(`${file}\0${content}\n`);
  }
  return all.digest("hex");
}

export interface ModuleLoader {
  /**
   * Loads a file, or answers with it as loaded before while neither it nor a file that it imports has changed.
   * @param expected what it was when it was looked at: nothing of a file that has changed since is run
   * @throws ModuleChanged, or whatever the file throws
   */
  load(path: string, expected: ModuleVersion | null): Promise<LoadedModule>;
  /** Loads the compiler and nothing of the user's, so that the first file has less to wait for. */
  prepare(): Promise<void>;
}

export interface ModuleLoaderOptions {
  /** A folder that nobody else may enter, in which what is compiled is kept for the next process; null: it is not. */
  compiledFolder?: string | null;
}

/** @param virtual modules that every file may import with nothing installed beside it, by name */
export function createModuleLoader(
  virtual: () => Promise<Record<string, unknown>>,
  { compiledFolder = null }: ModuleLoaderOptions = {},
): ModuleLoader {
  const compiledTexts = createCompiledTexts(compiledFolder);
  const loaded = new Map<string, { module: LoadedModule; files: Map<string, string> }>();

  return {
    async prepare() {
      const { compile } = await compiler();
      // Another process may have compiled the file already.
      if (compiledFolder === null) compile({ source: "export const n: number = 1", ts: true });
      await virtual();
    },
    async load(path, expected) {
      const known = loaded.get(path);
      if (known !== undefined && unchanged(known.files) && (expected === null || expected.hash === known.module.hash)) {
        return known.module;
      }
      const { createJiti, compile: plain } = await compiler();
      const changed = (): Error => new ModuleChanged(`${path} has changed since it was looked at`);
      const checkUnchanged = (): void => {
        if (expected !== null && hashOf(expected.files) !== expected.hash) throw changed();
      };
      const texts = new Map((expected?.files ?? []).map((file) => [file, hashOfFile(file)]));
      checkUnchanged();
      const tsconfig = tsconfigOf(path);
      // Before it is heard: its paths say what is loaded.
      if (tsconfig !== null) refuseOpen(tsconfig.path);
      const { paths, baseUrl } = tsconfig?.compilerOptions ?? {};
      const compile = withSwc(plain, tsconfig, compiledTexts);
      const jiti = createJiti(path, {
        tsconfigPaths: tsconfig !== null && (paths ?? baseUrl) !== undefined ? tsconfig.path : false,
        fsCache: false,
        moduleCache: true,
        interopDefault: false,
        tryNative: false,
        sourceMaps: true,
        transform: (options) => {
          if (options.filename !== undefined) {
            refuseOpen(options.filename);
            // What is run is what was hashed, not what has taken its place since.
            const known = texts.get(options.filename);
            if (known !== undefined && known !== hashOfText(options.source)) throw changed();
          }
          return compile(options);
        },
        virtualModules: await virtual(),
      });
      forgetUserFiles(jiti, path);
      const { loaded: exported, stepNames } = await collectStepNames(() => jiti.import<Record<string, unknown>>(path));
      checkUnchanged();
      const workflows = new Map<string, WorkflowParts>();
      for (const value of Object.values(exported ?? {})) {
        const parts = workflowParts(value);
        if (parts !== null) workflows.set(parts.name, parts);
      }
      const files = [...importedFiles(jiti, path), ...(tsconfig === null ? [] : [tsconfig.path])];
      // Plain CommonJS and JSON are loaded without being compiled.
      for (const file of files) refuseOpen(file);
      const module: LoadedModule = { hash: expected?.hash ?? hashOf(files), files, workflows, stepNames };
      loaded.set(path, { module, files: new Map(module.files.map((file) => [file, stampOf(file)])) });
      return module;
    },
  };
}

/** Loaded on the first use: runs of built-in workflows never need it. */
async function compiler(): Promise<{ createJiti: typeof import("jiti").createJiti; compile: Transform }> {
  const { createJiti } = await import("jiti");
  const { transform } = createJiti(import.meta.url, { fsCache: false }).options;
  if (transform === undefined) throw new Error("jiti offers no compiler");
  return { createJiti, compile: transform };
}

const hashOfText = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Of its text as the compiler is given it; empty where it cannot be read. */
function hashOfFile(file: string): string {
  try {
    return hashOfText(readFileSync(file, "utf8"));
  } catch {
    return "";
  }
}

/** A file is trusted as far as those that may write it. */
function refuseOpen(file: string): void {
  const open = openToOthers(file);
  if (open !== null) throw new Error(`${file}: ${open}`);
}

/** Name, size and time: enough to notice an edit, cheap enough for every run. */
function stampOf(file: string): string {
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
