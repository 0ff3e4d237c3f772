import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../../../shared/domain/errors.ts";
import { refusedInput } from "../../../shared/domain/fieldIssues.ts";
import {
  type KnownModule,
  type ModuleVersion,
  placeText,
  type WorkflowInfo,
  type WorkflowLoadError,
} from "../../../shared/domain/workflow.ts";
import type { ModuleInspection } from "../../runtime/local/messages/protocol.ts";
import type { RunnerSpawner } from "../../runtime/local/processes/runnerProcess.ts";
import type { WorkflowCatalogue } from "../../runtime/runtime.ts";
import { builtinWorkflows } from "../builtin/index.ts";
import { describeWorkflow } from "./inspection.ts";
import { createInspector, loadError } from "./inspector.ts";
import { hashOf } from "./moduleLoader.ts";
import { type FoundFile, findWorkflowFiles } from "./workflowFiles.ts";

export interface CatalogueOptions {
  /** Files and folders. They are read by the first `reload`. */
  paths: readonly string[];
  spawnRunner: RunnerSpawner;
  /** Reload by itself when a file changes; on by default. */
  watchFiles?: boolean;
  loadTimeoutMs?: number;
  /** The files that have offered workflows, with their names: until they are gone they are listed, if only with an error. */
  offered?: () => Offered;
  /** Called when those have changed. */
  onOffered?: (offered: Offered) => void;
  /** Whether steps are kept of workflows whose code does not say; true where left out. */
  defaultDurable?: boolean;
}

/** Names of workflows by file. */
export type Offered = Readonly<Record<string, readonly string[]>>;

/** The catalogue of one machine's workflow files. */
export interface LocalCatalogue extends WorkflowCatalogue {
  /** Looks at one file again, now; what it is where it still offers the workflow, else null. */
  refresh(workflowName: string, path: string): Promise<ModuleVersion | null>;
  /** The files that offer workflows, each once. */
  modules(): KnownModule[];
}

const settleMs = 150;

export function createCatalogue({
  paths: initialPaths,
  spawnRunner,
  watchFiles = true,
  loadTimeoutMs = 15_000,
  offered: offeredBefore = () => ({}),
  onOffered = () => undefined,
  defaultDurable = true,
}: CatalogueOptions): LocalCatalogue {
  const builtins: WorkflowInfo[] = [...builtinWorkflows.values()].map((parts) => ({
    ...describeWorkflow(parts, []),
    source: { kind: "builtin" },
  }));
  let paths = initialPaths.map((path) => resolve(path));
  let workflows = new Map(builtins.map((info) => [info.name, info]));
  let loadErrors: WorkflowLoadError[] = [];
  let offered: Map<string, readonly string[]> | null = null;
  const looked = new Map<string, ModuleInspection>();
  const inputSchemas = new Map<string, z.ZodType | null>();
  const inspector = createInspector(spawnRunner, loadTimeoutMs);
  const listeners = new Set<() => void>();
  let watchers: FSWatcher[] = [];
  let settle: NodeJS.Timeout | null = null;
  let closed = false;
  /** Reads go one after the other. */
  let work: Promise<void> = Promise.resolve();

  const inOrder = (job: () => Promise<void>): Promise<void> => {
    const next = work.then(() => (closed ? undefined : job()));
    work = next.catch(() => undefined);
    return next;
  };

  const inspect = async (path: string): Promise<void> => {
    looked.set(path, await inspector.inspect(path));
  };

  const isCurrent = ({ error, hash, files }: ModuleInspection): boolean => error === null && hashOf(files) === hash;

  const read = async (): Promise<void> => {
    const files = findWorkflowFiles(paths, offeredFiles());
    for (const path of looked.keys()) if (!files.some((file) => file.path === path)) looked.delete(path);
    for (const { path, refused } of files) {
      const known = looked.get(path);
      if (refused === null && (known === undefined || !isCurrent(known))) await inspect(path);
    }
    inspector.rest();
    publish(files);
  };

  const offeredFiles = (): Map<string, readonly string[]> => {
    offered ??= new Map(Object.entries(offeredBefore()));
    return offered;
  };

  /** Notes what the files offer now; one that offers nothing any more keeps what it did. */
  const noteOffered = (files: readonly FoundFile[]): void => {
    const offered = offeredFiles();
    const before = JSON.stringify([...offered]);
    for (const path of offered.keys()) if (!files.some((file) => file.path === path)) offered.delete(path);
    for (const { path, refused } of files) {
      const names = refused === null ? looked.get(path)?.workflows.map(({ name }) => name) : undefined;
      if (names !== undefined && names.length > 0) offered.set(path, names);
    }
    if (JSON.stringify([...offered]) !== before) onOffered(Object.fromEntries(offered));
  };

  const broken = (path: string, error: WorkflowLoadError): WorkflowLoadError => {
    const names = offeredFiles().get(path) ?? [];
    return names.length === 0 ? error : { ...error, message: `${error.message} (it has offered ${names.join(", ")})` };
  };

  const publish = (files: readonly FoundFile[]): void => {
    noteOffered(files);
    const before = JSON.stringify([[...workflows.values()], loadErrors]);
    const next = new Map(builtins.map((info) => [info.name, info]));
    const errors: WorkflowLoadError[] = [];
    for (const { path, refused } of files) {
      if (refused !== null) {
        errors.push(broken(path, loadError(path, refused)));
        continue;
      }
      const inspection = looked.get(path);
      if (inspection === undefined) continue;
      const { error, hash, files: imported } = inspection;
      if (error !== null) errors.push(broken(path, error));
      for (const found of inspection.workflows) {
        const other = next.get(found.name);
        if (other === undefined) {
          next.set(found.name, {
            ...(defaultDurable ? {} : { durable: false }),
            ...found,
            source: { kind: "file", path, hash, files: imported },
          });
        } else {
          const where = other.source.kind === "builtin" ? "a built-in workflow" : other.source.path;
          errors.push(loadError(path, `The name ${found.name} is taken by ${where}: give this workflow another one`));
        }
      }
    }
    workflows = next;
    loadErrors = errors;
    inputSchemas.clear();
    if (JSON.stringify([[...workflows.values()], loadErrors]) !== before) for (const listener of listeners) listener();
  };

  const changed = (_event: string, name: string | null): void => {
    // Databases and logs beside workflows change all the time; a folder's name has no ending.
    if (name !== null && /\.\w+$/.test(name) && !/\.(?:[cm]?[jt]sx?|json)$/.test(name)) return;
    if (settle !== null) clearTimeout(settle);
    settle = setTimeout(() => void inOrder(read).catch(() => undefined), settleMs);
    settle.unref();
  };

  const watchPaths = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    if (!watchFiles || closed) return;
    for (const path of paths) {
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      try {
        // A file's folder rather than the file: editors replace files instead of writing into them.
        const watcher = watch(isFolder ? path : dirname(path), { recursive: isFolder, persistent: false }, changed);
        watcher.on("error", () => watcher.close());
        watchers.push(watcher);
      } catch {
        // No such folder yet: the load error says so, and a reload finds it.
      }
    }
  };

  const inputSchema = (info: WorkflowInfo): z.ZodType | null => {
    const known = inputSchemas.get(info.name);
    if (known !== undefined) return known;
    let schema: z.ZodType | null = builtinWorkflows.get(info.name)?.input ?? null;
    if (info.source.kind === "file" && info.inputSchema !== null) {
      try {
        schema = z.fromJSONSchema(info.inputSchema as Parameters<typeof z.fromJSONSchema>[0]);
      } catch {
        // A schema beyond what can be rebuilt here: the runner checks with the original before anything runs.
        schema = null;
      }
    }
    inputSchemas.set(info.name, schema);
    return schema;
  };

  return {
    list: () => [...workflows.values()],
    get: (name) => workflows.get(name),
    errors: () => loadErrors,
    checkInput(name, input) {
      const info = workflows.get(name);
      if (info === undefined) throw unknownWorkflow(name, [...workflows.keys()], loadErrors);
      const given = input ?? {};
      const parsed = inputSchema(info)?.safeParse(given);
      if (parsed === undefined) return given;
      if (parsed.success) return parsed.data;
      throw refusedInput(parsed.error, given, ["input"]);
    },
    reload: () => {
      watchPaths();
      return inOrder(read);
    },
    setPaths(next) {
      paths = next.map((path) => resolve(path));
      watchPaths();
      return inOrder(read);
    },
    modules() {
      const found = new Map<string, KnownModule>();
      for (const { source } of workflows.values()) {
        if (source.kind !== "file") continue;
        const { path, hash, files } = source;
        found.set(path, { path, module: { hash, files } });
      }
      return [...found.values()];
    },
    async refresh(workflowName, path) {
      await inOrder(async () => {
        const file = findWorkflowFiles(paths, offeredFiles()).find((found) => found.path === path);
        if (file === undefined || file.refused !== null) looked.delete(path);
        else await inspect(path);
        inspector.rest();
        publish(findWorkflowFiles(paths, offeredFiles()));
      });
      const source = workflows.get(workflowName)?.source;
      return source?.kind === "file" && source.path === path ? { hash: source.hash, files: source.files } : null;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      if (settle !== null) clearTimeout(settle);
      for (const watcher of watchers) watcher.close();
      watchers = [];
      inspector.rest();
      await work;
    },
  };
}

function unknownWorkflow(name: string, known: readonly string[], errors: readonly WorkflowLoadError[]): AppError {
  const shown = `${known.slice(0, 20).join(", ")}${known.length > 20 ? ` and ${known.length - 20} more` : ""}`;
  const files = errors.slice(0, 3).map((error) => `${placeText(error)}: ${error.message}`);
  const broken = files.length === 0 ? "" : `. Not loaded: ${files.join("; ")}`;
  const message = `There is no workflow ${JSON.stringify(name)} here; there are ${shown}${broken}`;
  return new AppError("UNKNOWN_WORKFLOW", message, { issues: [{ path: "workflowName", given: name, message }] });
}
