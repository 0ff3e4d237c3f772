// `npm start`: builds what is stale and opens the desktop program; without Electron or a display, the browser.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildStale } from "./lib/build.ts";
import { displayProblem, findElectron, machineSwitches, sandboxProblem } from "./lib/electron.ts";
import { endWithNpm, enterTypedFolder } from "./lib/npm.ts";
import { root } from "./lib/paths.ts";

const args = process.argv.slice(2);
const browserAsked = args.includes("--browser");
const passedOn = args.filter((arg) => arg !== "--browser");

async function electronOrReason(): Promise<{ path: string } | { missing: string }> {
  const noDisplay = displayProblem(process.env, process.platform);
  if (noDisplay !== undefined) return { missing: noDisplay };
  const found = await findElectron();
  const noSandbox = "path" in found ? sandboxProblem(found.path) : undefined;
  return noSandbox === undefined ? found : { missing: noSandbox };
}

async function serve(): Promise<void> {
  const program = join(root, "dist/cli/cli.js");
  process.argv = [process.argv[0] ?? "node", program, "serve", ...passedOn];
  await import(pathToFileURL(program).href);
}

function openDesktop(path: string): void {
  const child = spawn(path, [root, ...machineSwitches(), ...passedOn], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
}

enterTypedFolder();
endWithNpm();
const [electron] = await Promise.all([browserAsked ? undefined : electronOrReason(), buildStale(["node", "renderer"])]);
if (electron !== undefined && "path" in electron) {
  openDesktop(electron.path);
} else {
  if (electron !== undefined) console.error(`Electron ${electron.missing}; serving the same pages to the browser.`);
  await serve();
}
