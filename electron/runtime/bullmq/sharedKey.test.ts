import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sharedKeyOf } from "./sharedKey.ts";

const folder = mkdtempSync(join(tmpdir(), "almanac-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): { ALMANAC_SHARED_KEY_FILE: string } => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return { ALMANAC_SHARED_KEY_FILE: path };
};

test("the shared key is what the environment says, or what stands in the file that it names", () => {
  expect(sharedKeyOf({})).toBeNull();
  expect(sharedKeyOf({ ALMANAC_SHARED_KEY: "", ALMANAC_SHARED_KEY_FILE: "" })).toBeNull();
  expect(sharedKeyOf({ ALMANAC_SHARED_KEY: "said" })).toBe("said");
  for (const end of ["", "\n", "\r\n"]) expect(sharedKeyOf(file("key", `in a file ${end}`))).toBe("in a file ");
  expect(sharedKeyOf({ ...file("key", "in a file"), ALMANAC_SHARED_KEY: "said" })).toBe("said");
});

test("a file that holds no key is refused by its name, and what it holds is not said", () => {
  expect(() => sharedKeyOf({ ALMANAC_SHARED_KEY_FILE: join(folder, "none") })).toThrow(/none.*|ENOENT/);
  for (const text of ["", "\n", "  \n", "one\ntwo\n", "x".repeat(5_000)]) {
    const env = file("bad", text);
    expect(() => sharedKeyOf(env)).toThrow(/^ALMANAC_SHARED_KEY_FILE: it (is empty|holds more than one line)/);
    if (text.trim() !== "") expect(() => sharedKeyOf(env)).not.toThrow(text.trim().slice(0, 20));
  }
});
