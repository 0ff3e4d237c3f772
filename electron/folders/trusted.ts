import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import { type Finding, findOpenToOthers, openToOthersText } from "./ownership.ts";

/** Folders to trust for one start of a program, separated like those of PATH. */
const variable = "ALMANAC_TRUSTED_FOLDERS";

/** Where the desktop app keeps its data: Electron's `userData`. */
export function defaultDataDir(env: NodeJS.ProcessEnv): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "Almanac");
  if (process.platform === "win32") return join(env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "Almanac");
  return join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "Almanac");
}

const storedSchema = z.object({ folders: z.array(z.string()) });

/**
 * The folders that the person trusts although others can write there. They are kept with the person, not in a data
 * folder, which is among what they decide about.
 */
export function createTrustedFolders(env: NodeJS.ProcessEnv = process.env) {
  const file = join(defaultDataDir(env), "trusted-folders.json");

  function stored(): string[] {
    try {
      // Whoever can write this file could say anything in it.
      if (findOpenToOthers(file) !== null) return [];
      return storedSchema.parse(JSON.parse(readFileSync(file, "utf8"))).folders;
    } catch {
      return [];
    }
  }

  function write(folders: readonly string[]): void {
    const finding = findOpenToOthers(file);
    if (finding !== null) throw new AppError("FORBIDDEN", openToOthersText("The list of trusted folders", finding));
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}.new`;
    writeFileSync(draft, `${JSON.stringify({ folders: [...folders].sort() }, null, 1)}\n`, {
      mode: 0o600,
      flush: true,
    });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  }

  /** Those of this start, by the environment. */
  const ofStart = (): string[] => (env[variable] ?? "").split(delimiter).filter((folder) => folder !== "");

  return {
    list: (): string[] => stored(),
    isTrusted(folder: string): boolean {
      return [...stored(), ...ofStart().map((path) => resolve(path))].includes(folder);
    },
    /** Throws AppError where it is no folder. Returns its real path, which is what is trusted. */
    trust(path: string): string {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw invalidField("path", path, "a folder that exists is expected");
      const folder = realpathSync(path);
      write([...new Set([...stored(), folder])]);
      return folder;
    },
    /** Throws AppError where it is not trusted. */
    distrust(path: string): string {
      const folders = stored();
      const folder = folders.find((known) => known === path || known === resolve(path));
      if (folder === undefined)
        throw new AppError("NOT_FOUND", `${path} is not trusted; there are ${folders.join(", ") || "none"}`, {
          issues: [{ path: "path", given: path, message: "a folder that is trusted" }],
        });
      write(folders.filter((known) => known !== folder));
      return folder;
    },
  };
}

/** The first thing that lets others change a file or folder, unless the person trusts it; null where all is well. */
export function findUntrusted(path: string): Finding | null {
  if (findOpenToOthers(path) === null) return null;
  const { isTrusted } = createTrustedFolders();
  return findOpenToOthers(path, { isTrusted });
}

/** Throws AppError FORBIDDEN where a data folder, or its database, could be changed or replaced by others. */
export function refuseOpenDataFolder(dataDir: string, database: string): void {
  for (const [what, path] of [
    ["The data folder", dataDir],
    ["The database", database],
  ] as const) {
    const finding = findUntrusted(path);
    if (finding === null) continue;
    throw new AppError("FORBIDDEN", `${openToOthersText(`${what} ${path}`, finding)}. Nothing was opened.`);
  }
}
