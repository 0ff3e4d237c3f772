#!/usr/bin/env node
import { nodeProblem } from "./nodeProblem.ts";

// Said before anything is loaded: the native module of an older Node's would end with words that help nobody.
const problem = nodeProblem(process.versions.node);
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
const { runCommandLine } = await import("./commandLine.ts");
// Nothing that is left over may keep the process.
process.exit(await runCommandLine(process.argv.slice(2)));
