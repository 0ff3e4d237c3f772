// `npm run -s cli -- …`: the command line of this checkout, rebuilt first when a source file changed.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildStale } from "./lib/build.ts";
import { endWithNpm, enterTypedFolder } from "./lib/npm.ts";
import { root } from "./lib/paths.ts";

await buildStale(["node"]);
enterTypedFolder();
endWithNpm();
const program = join(root, "dist/cli/cli.js");
process.argv[1] = program;
await import(pathToFileURL(program).href);
