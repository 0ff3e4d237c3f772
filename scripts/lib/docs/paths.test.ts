import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../paths.ts";

const sources = globSync("{docs,electron,renderer,shared,scripts,e2e,bench,examples,packaging}/**/*", {
  cwd: root,
}).map((path) => path.replaceAll("\\", "/"));
/** A file with its folder, or a folder of the code; pages leave out what stands in front where it is plain. */
const fileNamed = /^[\w.-]+(\/[\w.-]+)*\/[\w.-]+\.(ts|tsx|md|json|yml|sql|mjs)$/;
const folderNamed = /^(electron|renderer|shared|scripts|e2e|bench|packaging|examples)\/[\w/-]+$/;

it("names no file in the pages that is not there", () => {
  const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: root })];
  const gone = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/`([^`\s]+)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => fileNamed.test(path) || folderNamed.test(path))
      .filter((path) => !sources.some((file) => file === path || file.endsWith(`/${path}`)))
      .map((path) => `${page}: ${path}`),
  );
  expect(pages.length).toBeGreaterThan(10);
  expect([...new Set(gone)]).toEqual([]);
});
