import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Surroundings, watchSurroundings } from "./surroundings.ts";

const { env, loadEnvFile } = process;
const before = { ...env };
const folder = mkdtempSync(join(tmpdir(), "almanac-surroundings-"));
const variables = join(folder, "variables");
writeFileSync(variables, "SURROUNDINGS_FILE=read\n");

afterEach(() => {
  process.env = env;
  process.loadEnvFile = loadEnvFile;
  for (const name of Object.keys(env)) if (!(name in before)) delete env[name];
  Object.assign(env, before);
});

/** What a run may do to its environment; each is put back at once. */
const changes: Record<string, () => void> = {
  "a variable is set": () => {
    process.env["SURROUNDINGS_NEW"] = "1";
  },
  "one is set among many": () => void Object.assign(process.env, { SURROUNDINGS_NEW: "1", HOME: "/nowhere" }),
  "one is deleted": () => {
    delete process.env["PATH"];
  },
  "one is defined": () =>
    void Object.defineProperty(process.env, "SURROUNDINGS_NEW", {
      value: "1",
      configurable: true,
      enumerable: true,
      writable: true,
    }),
  "a file of them is loaded": () => process.loadEnvFile(variables),
};

const watched = (): Surroundings => {
  const surroundings = watchSurroundings();
  surroundings.remember();
  return surroundings;
};

test.each(Object.keys(changes))("that %s is put back", (what) => {
  const surroundings = watched();
  changes[what]?.();
  expect({ ...process.env }).not.toEqual(before);
  surroundings.restore();
  expect({ ...process.env }).toEqual(before);
});

test("what was written past it is put back by the longer way alone", () => {
  const surroundings = watched();
  env["SURROUNDINGS_NATIVE"] = "1";
  surroundings.restore();
  expect(process.env["SURROUNDINGS_NATIVE"]).toBe("1");
  surroundings.restoreAll();
  expect({ ...process.env }).toEqual(before);
});

test("the environment stays what it is for code that uses it: text, enumerable, and of the process itself", () => {
  const surroundings = watched();
  process.env["TZ"] = "Asia/Tokyo";
  expect(new Date(0).getHours()).toBe(9);
  Object.assign(process.env, { SURROUNDINGS_NEW: 1 });
  expect(process.env["SURROUNDINGS_NEW"]).toBe("1");
  expect("SURROUNDINGS_NEW" in process.env && Object.keys(process.env).includes("SURROUNDINGS_NEW")).toBe(true);
  expect(process.env["SURROUNDINGS_NONE"]).toBeUndefined();
  surroundings.restore();
  expect(process.env["SURROUNDINGS_NEW"]).toBeUndefined();
});

test("a folder that was left is gone back to, one that is gone is told", () => {
  const home = process.cwd();
  const gone = mkdtempSync(join(tmpdir(), "almanac-surroundings-"));
  try {
    const surroundings = watched();
    process.chdir(folder);
    surroundings.restore();
    expect(process.cwd()).toBe(home);
    process.chdir(gone);
    surroundings.remember();
    process.chdir(home);
    rmSync(gone, { recursive: true });
    expect(surroundings.restore).toThrow("ENOENT");
  } finally {
    process.chdir(home);
  }
});
