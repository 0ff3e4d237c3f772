// `npm run docs`: writes the parts of docs/cli.md and docs/library.md that are made of the code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runnerImport } from "vite";
import { documentedPages } from "./lib/docs/documents.ts";
import { root } from "./lib/paths.ts";

type CommandLine = typeof import("../electron/cli/commandLine.ts");

// Vite reads the sources as the build does, with the texts they take in.
const { module } = await runnerImport<CommandLine>(join(root, "electron/cli/commandLine.ts"), {
  root,
  configFile: false,
  logLevel: "error",
});
const { createProgram, exitCodes } = module;
for (const { path, now, wanted } of documentedPages({ program: createProgram(), exitCodes })) {
  if (now !== wanted) writeFileSync(join(root, path), wanted);
  console.log(`${path}: ${now === wanted ? "is current" : "written"}`);
}
