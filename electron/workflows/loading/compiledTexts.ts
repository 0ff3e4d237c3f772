import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a compiler makes of a file's text. */
export interface CompiledText {
  code: string;
  /** Where its lines come from; null where they are the file's own. */
  map: string | null;
  /** It could not be compiled; nothing is kept of it. */
  error?: unknown;
}

/**
 * What has been compiled in one process is there for the next one, which then need not load the compiler: that takes more of
 * its start than all the rest. One text for each file and compiler, the last one.
 */
export interface CompiledTexts {
  /** The text that `compile` makes of `source`, by whatever `options` say, or has made of the same before. Throws what it throws. */
  get(options: object, source: string, compile: () => CompiledText): CompiledText;
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** @param folder one that nobody else may enter; null: nothing is kept */
export function createCompiledTexts(folder: string | null): CompiledTexts {
  if (folder === null) return { get: (_options, _source, compile) => compile() };
  return {
    get(options, source, compile) {
      const path = join(folder, hashOf(JSON.stringify(options)));
      const of = hashOf(source);
      const known = read(path, of);
      if (known !== null) return known;
      const compiled = compile();
      if (compiled.error === undefined) write(folder, path, JSON.stringify([of, compiled.code, compiled.map]));
      return compiled;
    },
  };
}

function read(path: string, of: string): CompiledText | null {
  let kept: unknown;
  try {
    kept = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Not there, or none of ours: it is compiled anew.
    return null;
  }
  if (!Array.isArray(kept)) return null;
  const [source, code, map] = kept as unknown[];
  if (source !== of || typeof code !== "string" || (map !== null && typeof map !== "string")) return null;
  return { code, map };
}

/** Whole or not at all: others read it meanwhile. */
function write(folder: string, path: string, text: string): void {
  const part = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, path);
  } catch {
    // The disk is full: the next one compiles it again.
  }
}
