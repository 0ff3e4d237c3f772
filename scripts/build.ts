// Builds everything, or only the targets named: node (with the types of the "almanac" library), renderer, bench.
import { type BuildTarget, buildAll } from "./lib/build.ts";

const named = process.argv.slice(2) as BuildTarget[];
await buildAll(named.length > 0 ? named : ["node", "renderer"]);
