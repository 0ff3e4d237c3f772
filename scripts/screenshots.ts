// `npm run screenshots [-- PART]`: pictures of every page under test-results/screenshots, or those with PART in their name.
// `-- readme` takes README's alone, and puts it where README has it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildStale } from "./lib/build.ts";
import { ensureChromium } from "./lib/machine.ts";
import { root } from "./lib/paths.ts";

await buildStale(["node", "renderer", "bench"]);
const browser = await ensureChromium();
const { status } = spawnSync(
  process.execPath,
  [join(root, "dist/benchmarks/screens/program.js"), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...(browser !== undefined && "path" in browser ? { ALMANAC_CHROMIUM: browser.path } : {}) },
  },
);
process.exitCode = status ?? 1;
