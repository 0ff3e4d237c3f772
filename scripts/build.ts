// Builds everything and the types of the "almanac" library, or only the targets named: node, renderer, bench.
import { execFileSync } from "node:child_process";
import { type BuildTarget, buildAll } from "./lib/build.ts";
import { root } from "./lib/paths.ts";

const named = process.argv.slice(2) as BuildTarget[];
if (named.length > 0) {
  await buildAll(named);
} else {
  await buildAll(["node", "renderer"]);
  execFileSync("tsc", ["-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}
