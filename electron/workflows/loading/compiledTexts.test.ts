import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type CompiledText, createCompiledTexts } from "./compiledTexts.ts";
import { createModuleLoader } from "./moduleLoader.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "almanac-texts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const mustNot = (): CompiledText => {
  throw new Error("compiled again");
};

it("gives one process what another has compiled, of the same text by the same options alone, the last of each file", () => {
  const folder = join(newFolder(), "texts");
  const [one, other] = [createCompiledTexts(folder), createCompiledTexts(folder)];
  const made = { code: "one", map: "{}" };
  expect(one.get({ filename: "a.ts", ts: true }, "text", () => made)).toEqual(made);
  expect(other.get({ filename: "a.ts", ts: true }, "text", mustNot)).toEqual(made);
  for (const [options, source] of [
    [{ filename: "a.ts", ts: false }, "text"],
    [{ filename: "b.ts", ts: true }, "text"],
    [{ filename: "a.ts", ts: true }, "another"],
  ] as const) {
    const compiled = { code: `${options.filename} ${source}`, map: null };
    expect(other.get(options, source, () => compiled)).toEqual(compiled);
  }
  expect(() => one.get({ filename: "a.ts", ts: true }, "text", mustNot)).toThrow("compiled again");
  expect(readdirSync(folder)).toHaveLength(3);
});

it("keeps nothing of what does not compile, and reads nothing that is none of its own", () => {
  const folder = join(newFolder(), "texts");
  const texts = createCompiledTexts(folder);
  const error = new Error("does not parse");
  expect(texts.get({}, "text", () => ({ code: "", map: null, error }))).toMatchObject({ error });
  const good = { code: "good", map: null };
  expect(texts.get({}, "text", () => good)).toEqual(good);
  const [file = ""] = readdirSync(folder);
  for (const content of ["", "{", "null", "[]", '["","code",null]', '[1,2,3,4,"']) {
    writeFileSync(join(folder, file), content);
    expect(texts.get({}, "text", () => good)).toEqual(good);
  }
  expect(createCompiledTexts(null).get({}, "text", () => good)).toEqual(good);
});

it("keeps what a file was compiled to, and an edit in the same place", async () => {
  const folder = newFolder();
  const [path, texts] = [join(folder, "a.ts"), join(folder, "texts")];
  const load = async (text: string): Promise<{ files: string[]; kept: string }> => {
    writeFileSync(path, `export const text: string = "${text}";\n`);
    const loader = createModuleLoader(async () => ({}), { compiledFolder: texts });
    await loader.prepare();
    await loader.load(path, null);
    const files = readdirSync(texts);
    return { files, kept: readFileSync(join(texts, files[0] ?? ""), "utf8") };
  };
  const [first, again, edited] = [await load("first"), await load("first"), await load("second")];
  expect(first.files).toHaveLength(1);
  expect(again).toEqual(first);
  expect(edited.files).toEqual(first.files);
  expect(edited.kept).toContain("second");
});
