// `npm run dev [-- serve options]`: the pages with hot reload, on an engine that restarts when its sources change.
import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createServer, type ProxyOptions } from "vite";
import { rendererBuild } from "../vite.config.ts";
import { buildStale } from "./lib/build.ts";
import { freePort } from "./lib/machine.ts";
import { root } from "./lib/paths.ts";

const enginePort = await freePort();
const target = `http://127.0.0.1:${enginePort}`;
// The engine answers its own origin alone, so that is what it is shown.
const toEngine: ProxyOptions = { target, changeOrigin: true, ws: true, headers: { origin: target } };

const pages = await createServer({
  ...rendererBuild(join(root, "dist/renderer")),
  logLevel: "info",
  server: { host: "127.0.0.1", proxy: { "/trpc": { ...toEngine, rewriteWsOrigin: true }, "/session": toEngine } },
});
await pages.listen();
const origin = pages.resolvedUrls?.local[0] ?? "";

let engine: ChildProcess | undefined;
let restarting: NodeJS.Timeout | undefined;

async function startEngine(): Promise<void> {
  await buildStale(["node"]);
  const args = ["serve", "--port", String(enginePort), "--no-open", "--json", ...process.argv.slice(2)];
  const started = spawn(process.execPath, [join(root, "dist/cli/cli.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  engine = started;
  createInterface({ input: started.stdout }).on("line", (line) => {
    const address = /https?:\/\/[^\s"]+/.exec(line)?.[0];
    if (address !== undefined) console.log(`\n  ${origin}${new URL(address).hash}\n`);
  });
}

async function restartEngine(): Promise<void> {
  const ended = new Promise((done) => engine?.once("exit", done));
  if (engine?.exitCode === null && engine.kill()) await ended;
  await startEngine().catch((error: unknown) => console.error(String(error)));
}

for (const folder of ["electron", "shared"]) {
  watch(join(root, folder), { recursive: true }, () => {
    clearTimeout(restarting);
    restarting = setTimeout(restartEngine, 300);
  });
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    engine?.kill();
    process.exit(0);
  });
}
await startEngine();
