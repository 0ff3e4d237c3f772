// `npm run -s cli -- …`: the command line of this checkout, rebuilt first when a source file changed.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildStale } from "./lib/build.ts";
import { root } from "./lib/paths.ts";

await buildStale(["node"]);
// npm moves to the package's folder; paths on the command line are meant from where it was typed.
const typedIn = process.env["INIT_CWD"];
if (typedIn !== undefined && existsSync(typedIn)) process.chdir(typedIn);
const program = join(root, "dist/cli/cli.js");
process.argv[1] = program;
await import(pathToFileURL(program).href);
