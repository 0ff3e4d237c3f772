// Builds everything, or only the targets named: node (with the types of the "almanac" library), renderer, bench. `--stale`
// builds those of them whose sources changed.
import { parseArgs } from "node:util";
import { type BuildTarget, buildAll, buildStaleHere } from "./lib/build.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { stale: { type: "boolean" } } });
const named = positionals as BuildTarget[];
const targets = named.length > 0 ? named : (["node", "renderer"] as const);
await (values.stale === true ? buildStaleHere(targets) : buildAll(targets));
