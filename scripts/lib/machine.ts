import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { root } from "./paths.ts";

const isRoot = process.getuid?.() === 0;
let listsUpdated = false;

/** The full path of a program on PATH, or undefined. */
export function onPath(program: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Installs Debian packages where that can be done without asking anyone; true when it went well. */
function aptInstall(...packages: string[]): boolean {
  if (!isRoot || onPath("apt-get") === undefined) return false;
  console.log(`installing ${packages.join(" ")}`);
  const options = { stdio: ["ignore", "ignore", "inherit"] as ["ignore", "ignore", "inherit"], timeout: 240_000 };
  if (!listsUpdated) spawnSync("apt-get", ["update", "-q"], options);
  listsUpdated = true;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return (
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { ...options, env })
      .status === 0
  );
}

/** A program's path, after installing its Debian package if it is missing; undefined when it cannot be had. */
export function ensureProgram(program: string, ...packages: string[]): string | undefined {
  return onPath(program) ?? (aptInstall(...packages) ? onPath(program) : undefined);
}

/** A Chromium that Playwright can drive: its own, the system's, or one installed now. */
export async function ensureChromium(): Promise<{ own: true } | { path: string } | undefined> {
  const { chromium } = await import("playwright");
  if (existsSync(chromium.executablePath())) return { own: true };
  const system = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(onPath).find(Boolean);
  if (system !== undefined) return { path: system };
  console.log("fetching a browser for the tests");
  spawnSync(process.execPath, [join(root, "node_modules/playwright/cli.js"), "install", "chromium"], {
    stdio: "ignore",
    timeout: 120_000,
    env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "5000" },
  });
  if (existsSync(chromium.executablePath())) return { own: true };
  const installed = ensureProgram("chromium", "chromium", "fonts-dejavu-core");
  return installed === undefined ? undefined : { path: installed };
}

/** A TCP port on loopback that nothing listened on a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
