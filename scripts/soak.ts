// `npm run soak [-- PART…]`: the same tests with the full counts of their fault lists, which take from minutes to hours. A
// part is of a path: `abuse` is every `*abuse.test.ts`, what comes from outside; `runs-at-once` is `runsAtOnce.test.ts`.
import { spawnSync } from "node:child_process";
import { buildStale } from "./lib/build.ts";
import { root } from "./lib/paths.ts";

/** Files are named in camel case. */
function fileWords(part: string): string {
  return part.startsWith("-") ? part : part.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

await buildStale(["node", "renderer"]);
const { status } = spawnSync(
  "vitest",
  ["run", "--test-timeout=7200000", "--hook-timeout=600000", ...process.argv.slice(2).map(fileWords)],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ALMANAC_SOAK: "1" },
    shell: process.platform === "win32",
  },
);
process.exitCode = status ?? 1;
