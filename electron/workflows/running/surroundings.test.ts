import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createSurroundings } from "./surroundings.ts";

const { env } = process;
const before = { ...env };
const folder = mkdtempSync(join(tmpdir(), "almanac-surroundings-"));
const variables = join(folder, "variables");
writeFileSync(variables, "SURROUNDINGS_FILE=read\n");

afterEach(() => {
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
  "one is renamed": () => {
    process.env["SURROUNDINGS_NEW"] = process.env["PATH"];
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

test.each(Object.keys(changes))("that %s is put back", (what) => {
  const surroundings = createSurroundings();
  changes[what]?.();
  expect({ ...process.env }).not.toEqual(before);
  surroundings.restore();
  expect({ ...process.env }).toEqual(before);
});

test("a folder that was left is gone back to, one that is gone is told", () => {
  const home = process.cwd();
  const gone = mkdtempSync(join(tmpdir(), "almanac-surroundings-"));
  try {
    const surroundings = createSurroundings();
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
