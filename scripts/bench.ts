// `npm run bench [-- NAME…]`: builds and runs the benchmarks under bench/, all of them or those named.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildStale } from "./lib/build.ts";
import { findElectron } from "./lib/electron.ts";
import { ensureChromium, ensureProgram } from "./lib/machine.ts";
import { root } from "./lib/paths.ts";

const names = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const options = process.argv.slice(2).filter((arg) => arg.startsWith("-"));
// Benchmarks of the pages and of the engine start the built programs.
await buildStale(["node", "renderer", "bench"]);
const folder = join(root, "dist/benchmarks/bench");
const all = readdirSync(folder)
  .filter((file) => file.endsWith(".js"))
  .map((file) => file.slice(0, -3))
  .sort();
const missing = names.filter((name) => !all.includes(name));
if (missing.length > 0) {
  console.error(`no benchmark "${missing.join('", "')}"; there are: ${all.join(", ")}`);
  process.exit(2);
}
const browser = await ensureChromium();
const asked = names.length > 0 ? names : all;
const env = {
  ...(browser !== undefined && "path" in browser ? { ALMANAC_CHROMIUM: browser.path } : {}),
  ...(asked.includes("desktop") ? await desktopNeeds() : {}),
};

/** Electron, and a display to open its window on. */
async function desktopNeeds(): Promise<{ ALMANAC_ELECTRON?: string }> {
  const electron = await findElectron();
  if (process.platform === "linux" && !process.env["DISPLAY"]) ensureProgram("Xvfb", "xvfb");
  return "path" in electron ? { ALMANAC_ELECTRON: electron.path } : {};
}

for (const name of asked) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", join(folder, `${name}.js`), ...options], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exitCode = 1;
}
