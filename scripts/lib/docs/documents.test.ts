import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProgram, exitCodes } from "../../../electron/cli/commandLine.ts";
import { root } from "../paths.ts";
import { undescribedCommands, wrongExamples } from "./commandLine.ts";
import { documentedPages } from "./documents.ts";
import { undescribedExports } from "./library.ts";

it("finds the pages that are made of the code as the code has them", () => {
  for (const { path, now, wanted } of documentedPages({ program: createProgram(), exitCodes }))
    expect(now, `${path} is not what the code says now: npm run docs makes it so`).toBe(wanted);
});

it("finds a description with every command and option, and a comment with every export", () => {
  expect(undescribedCommands(createProgram())).toEqual([]);
  expect(undescribedExports()).toEqual([]);
});

it("finds the commands and options of every example", () => {
  expect(wrongExamples(createProgram())).toEqual([]);
});

it("finds a link in README to every page of docs", () => {
  const readMe = readFileSync(join(root, "README.md"), "utf8");
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  expect(pages.filter((name) => !readMe.includes(`](docs/${name})`))).toEqual([]);
});
