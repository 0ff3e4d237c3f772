import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../storage/opening/database.ts";
import { findWorkflowFiles } from "../workflows/loading/workflowFiles.ts";
import { findOpenToOthers } from "./ownership.ts";
import { createTrustedFolders } from "./trusted.ts";

const me = process.getuid?.() ?? 0;
const asRoot = me === 0;
if (!asRoot) console.log("only root may give a file to another user: the tests that do are left out");
const stranger = 54_321;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "almanac-folders-"));
  vi.stubEnv("XDG_CONFIG_HOME", join(base, "config"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

const made = (...parts: string[]): string => {
  const folder = join(base, ...parts);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
};

/** Each way in which others get at what is in a folder. */
const opens: [name: string, open: (path: string) => void][] = [
  ["writable by everybody", (path) => chmodSync(path, 0o777)],
  ["sticky", (path) => chmodSync(path, 0o1777)],
  ...(asRoot
    ? ([
        [
          "writable by a group of others",
          (path) => {
            chownSync(path, me, 65_533);
            chmodSync(path, 0o775);
          },
        ],
        ["another user's", (path) => chownSync(path, stranger, stranger)],
      ] as [string, (path: string) => void][])
    : []),
];

const refusal = (work: () => unknown): { code?: string; message: string } => {
  try {
    work();
  } catch (error) {
    return error as { code?: string; message: string };
  }
  return { message: "it was taken" };
};

describe.each(opens)("a folder that is %s", (_name, open) => {
  it.each([0, 1, 2])("holds no data folder, %i levels above it, and says what mends it", (level) => {
    const dataDir = made("a", "b", "c");
    openDatabase({ dataDir }).close();
    const opened = [dataDir, dirname(dataDir), dirname(dirname(dataDir))][level] ?? "";
    const before = lstatSync(opened);
    open(opened);
    const error = refusal(() => openDatabase({ dataDir }));
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    expect(error.message).toContain(opened);
    expect(error.message).toMatch(/To mend it: (chmod g-w|chmod go-w|sudo chown)/);
    expect(error.message).toContain("almanac folders trust");
    // What it says mends it.
    chmodSync(opened, before.mode & 0o777);
    chownSync(opened, before.uid, before.gid);
    openDatabase({ dataDir }).close();
  });

  it("makes no new data folder in it", () => {
    const parent = made("open");
    open(parent);
    expect(refusal(() => openDatabase({ dataDir: join(parent, "new") })).code).toBe("FORBIDDEN");
    expect(lstatSync(join(parent, "new"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("offers no workflows, nor does one below it", () => {
    const folder = made("flows", "inner");
    writeFileSync(join(folder, "a.ts"), 'import "almanac";');
    expect(findWorkflowFiles([folder]).map(({ refused }) => refused)).toEqual([null]);
    open(dirname(folder));
    expect(findWorkflowFiles([folder])[0]?.refused).toMatch(/could be changed by others.*To mend it: /);
  });
});

it.runIf(asRoot)("takes no file of another user, wherever it is, nor one that others may write", () => {
  const folder = made("flows");
  for (const name of ["theirs.ts", "open.ts", "mine.ts"]) writeFileSync(join(folder, name), 'import "almanac";');
  chownSync(join(folder, "theirs.ts"), stranger, stranger);
  chmodSync(join(folder, "open.ts"), 0o666);
  const found = findWorkflowFiles([folder]);
  expect(found.filter(({ refused }) => refused === null).map(({ path }) => relative(folder, path))).toEqual([
    "mine.ts",
  ]);
  expect(findOpenToOthers(join(folder, "theirs.ts"))).toMatchObject({ problem: `belongs to ${stranger}` });
  const dataDir = made("data");
  openDatabase({ dataDir }).close();
  chownSync(join(dataDir, "almanac.db"), stranger, stranger);
  expect(refusal(() => openDatabase({ dataDir })).message).toContain("The database");
});

it.runIf(asRoot)("follows links, and looks at every folder that leads to where they go", () => {
  const target = made("elsewhere", "data");
  const link = join(made("mine"), "data");
  symlinkSync(target, link);
  expect(findOpenToOthers(link)).toBeNull();
  chmodSync(dirname(target), 0o777);
  expect(findOpenToOthers(link)).toMatchObject({ path: dirname(target) });
  chmodSync(dirname(target), 0o755);
  chmodSync(dirname(link), 0o777);
  expect(findOpenToOthers(link)).toMatchObject({ path: dirname(link) });
  const loop = join(made("loops"), "a");
  symlinkSync(loop, loop);
  expect(findOpenToOthers(join(loop, "x"))?.problem).toContain("links");
});

it.runIf(asRoot)("sees a folder that was put in the place of one it had found well", () => {
  const dataDir = made("swapped", "data");
  openDatabase({ dataDir }).close();
  renameSync(dirname(dataDir), join(base, "aside"));
  made("swapped", "data");
  chownSync(join(base, "swapped"), stranger, stranger);
  expect(refusal(() => openDatabase({ dataDir })).code).toBe("FORBIDDEN");
});

it("lets a person say that a folder is trusted, with all that is in it, and take it back", () => {
  const shared = made("team");
  chmodSync(shared, 0o777);
  const dataDir = made("team", "data");
  expect(refusal(() => openDatabase({ dataDir })).code).toBe("FORBIDDEN");
  const trusted = createTrustedFolders();
  expect(trusted.trust(shared)).toBe(shared);
  openDatabase({ dataDir }).close();
  expect(trusted.list()).toEqual([shared]);
  trusted.distrust(shared);
  expect(refusal(() => openDatabase({ dataDir })).code).toBe("FORBIDDEN");
  expect(refusal(() => trusted.distrust(shared)).code).toBe("NOT_FOUND");
  expect(refusal(() => trusted.trust(join(shared, "none"))).code).toBe("INVALID_INPUT");

  vi.stubEnv("ALMANAC_TRUSTED_FOLDERS", `/nowhere:${shared}`);
  openDatabase({ dataDir }).close();
});

it("believes no list of trusted folders that others can write", () => {
  const shared = made("team");
  chmodSync(shared, 0o777);
  const trusted = createTrustedFolders();
  trusted.trust(shared);
  expect(trusted.isTrusted(shared)).toBe(true);
  const file = join(base, "config", "Almanac", "trusted-folders.json");
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o666);
  expect(trusted.isTrusted(shared)).toBe(false);
  chmodSync(file, 0o600);
  writeFileSync(file, "{");
  expect(trusted.list()).toEqual([]);
});
