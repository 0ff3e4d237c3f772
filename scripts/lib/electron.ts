import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.ts";

const probeTimeoutMs = 4_000;
const downloadTimeoutMs = 600_000;

/** Where Electron's binary is, or why there is none that runs here: a phrase that completes "Electron …". */
export type ElectronLookup = { path: string } | { missing: string };

/** Finds Electron's binary, fetching it once if its release host answers within seconds. */
export async function findElectron(): Promise<ElectronLookup> {
  const packageDir = dirname(createRequire(join(root, "package.json")).resolve("electron/package.json"));
  const found = installedBinary(packageDir) ?? (await download(packageDir));
  return typeof found === "string" ? verified(found) : found;
}

/** What decides whether Chromium's sandbox can be set up. */
export interface SandboxFacts {
  platform: NodeJS.Platform;
  /** Of whoever starts it; undefined where the system has none. */
  uid: number | undefined;
  /** A kernel setting's text under /proc/sys, undefined where there is none. */
  setting(name: string): string | undefined;
  /** Whether a file belongs to root and runs as root. */
  isSetuidRoot(file: string): boolean;
}

/**
 * Why the sandbox cannot be set up here, a phrase that completes "Electron …"; undefined where it can. Electron would
 * abort, and without the sandbox a page's faults would have the person's rights.
 */
export function sandboxProblem(binary: string, facts: SandboxFacts = thisMachine): string | undefined {
  if (facts.platform !== "linux" || facts.uid === 0) return undefined;
  const restricted =
    facts.setting("kernel/apparmor_restrict_unprivileged_userns") === "1" ||
    facts.setting("kernel/unprivileged_userns_clone") === "0" ||
    facts.setting("user/max_user_namespaces") === "0";
  const helper = join(dirname(binary), "chrome-sandbox");
  if (!restricted || facts.isSetuidRoot(helper)) return undefined;
  return `may not set up its sandbox here (\`sudo chown root:root ${helper} && sudo chmod 4755 ${helper}\` lets it)`;
}

const thisMachine: SandboxFacts = {
  platform: process.platform,
  uid: process.getuid?.(),
  setting(name) {
    try {
      return readFileSync(join("/proc/sys", name), "utf8").trim();
    } catch {
      return undefined;
    }
  },
  isSetuidRoot(file) {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat !== undefined && stat.uid === 0 && (stat.mode & 0o4000) !== 0;
  },
};

/** Why no window can be shown here: a phrase that completes "Electron …"; undefined when one can. */
export function displayProblem(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform !== "linux" || env["DISPLAY"] || env["WAYLAND_DISPLAY"]) return undefined;
  return "has no display here ($DISPLAY and $WAYLAND_DISPLAY are empty)";
}

/** Switches that the machine, not the program, calls for. */
export function machineSwitches(): string[] {
  // Chromium refuses to start as root with its sandbox on.
  return process.platform === "linux" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
}

function installedBinary(packageDir: string): string | undefined {
  const pathFile = join(packageDir, "path.txt");
  const name = existsSync(pathFile) ? readFileSync(pathFile, "utf8") : defaultName();
  const override = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (override) return join(override, name);
  const path = join(packageDir, "dist", name);
  return existsSync(pathFile) && existsSync(path) ? path : undefined;
}

function defaultName(): string {
  if (process.platform === "win32") return "electron.exe";
  return process.platform === "darwin" ? "Electron.app/Contents/MacOS/Electron" : "electron";
}

async function download(packageDir: string): Promise<string | { missing: string }> {
  if (!(await hostAnswers(packageDir))) return { missing: "could not be fetched (its release host does not answer)" };
  console.error("Fetching Electron (about 120 MB, once) …");
  const installed = spawnSync(process.execPath, [join(packageDir, "install.js")], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: downloadTimeoutMs,
  });
  const path = installedBinary(packageDir);
  if (installed.status === 0 && path !== undefined) return path;
  return { missing: `could not be fetched (${firstLine(installed.stderr) || "the download failed"})` };
}

/** A network that refuses must cost seconds, not the retries of the download itself. */
async function hostAnswers(packageDir: string): Promise<boolean> {
  try {
    const get = (await import(
      pathToFileURL(createRequire(join(packageDir, "install.js")).resolve("@electron/get")).href
    )) as { getArtifactRemoteURL(details: object): Promise<string> };
    const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
    const url = await get.getArtifactRemoteURL({
      artifactName: "electron",
      version,
      platform: process.platform,
      arch: process.arch,
    });
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A binary that is there may still lack a library it needs. */
function verified(path: string): ElectronLookup {
  const probe = spawnSync(path, ["--version", ...machineSwitches()], { timeout: 20_000 });
  if (probe.status === 0) return { path };
  return { missing: `does not start (${probe.error?.message ?? firstLine(probe.stderr)})` };
}

const firstLine = (output: Buffer | null): string =>
  String(output ?? "")
    .trim()
    .split("\n")[0] ?? "";
