import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { ModuleVersion, WorkflowInfo } from "../../../shared/domain/workflow.ts";

/** A workflow as two programs on two machines compare theirs. */
export interface OwnWorkflow {
  name: string;
  /** The same text wherever the same files lie; null for built-in ones. */
  version: string | null;
  modulePath: string | null;
  module: ModuleVersion | null;
}

/** What a program has of workflows; files are read again only where their module has changed. */
export function createOwnWorkflows(list: () => readonly WorkflowInfo[]) {
  const versions = new Map<string, { hash: string; version: string }>();
  const versionOf = (path: string, { hash, files }: ModuleVersion): string => {
    const known = versions.get(path);
    if (known?.hash === hash) return known.version;
    const version = portableVersion(path, files);
    versions.set(path, { hash, version });
    return version;
  };
  const of = ({ name, source }: WorkflowInfo): OwnWorkflow => {
    if (source.kind === "builtin") return { name, version: null, modulePath: null, module: null };
    const module = { hash: source.hash, files: source.files };
    return { name, version: versionOf(source.path, module), modulePath: source.path, module };
  };
  return {
    all: (): OwnWorkflow[] => list().map(of),
    get(name: string): OwnWorkflow | undefined {
      const found = list().find((info) => info.name === name);
      return found === undefined ? undefined : of(found);
    },
  };
}

/** Over what stands in the files and how they lie to each other, not where. */
function portableVersion(path: string, files: readonly string[]): string {
  const all = createHash("sha256");
  const named = files.map((file) => [relative(dirname(path), file).replaceAll("\\", "/"), file] as const);
  for (const [name, file] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    let content = "-";
    try {
      content = createHash("sha256").update(readFileSync(file)).digest("hex");
    } catch {
      // Gone meanwhile.
    }
    all.update(`${name}\0${content}\n`);
  }
  return all.digest("hex").slice(0, 16);
}
