import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { executableName, fuses } from "../../packaging/config.ts";
import { root } from "../fixtures/programs.ts";

test.skip(process.platform !== "linux", "what is packed here is tried here only on Linux");
test.describe.configure({ mode: "serial" });

/** Root's programs run without Chromium's sandbox, which people's do not: so they are nobody's here. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const folder = mkdtempSync(join(tmpdir(), "almanac-package-"));
const home = join(folder, "home");
const dataDir = join(home, "data");
const program = join(folder, process.arch === "x64" ? "linux-unpacked" : `linux-${process.arch}-unpacked`);
const own = (path: string): void => {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
};

test.beforeAll(async () => {
  test.setTimeout(300_000);
  const electron = process.env["ALMANAC_ELECTRON"];
  const pack = ["scripts/package.ts", "dir", "--skip-build", "--output", folder];
  const env = {
    ...process.env,
    ...(electron === undefined ? {} : { ELECTRON_OVERRIDE_DIST_PATH: dirname(electron) }),
  };
  await promisify(execFile)(process.execPath, pack, { cwd: root, env, maxBuffer: 1e8 });
  chmodSync(folder, 0o755);
  for (const path of [home, join(home, "run")]) {
    mkdirSync(path, { mode: 0o700 });
    own(path);
  }
  const display = process.env["XAUTHORITY"];
  if (display) {
    copyFileSync(display, join(home, "Xauthority"));
    own(join(home, "Xauthority"));
  }
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A login of its own; nothing of the checkout's. */
const environment = (): Record<string, string> => ({
  PATH: "/usr/bin:/bin",
  HOME: home,
  XDG_RUNTIME_DIR: join(home, "run"),
  XAUTHORITY: join(home, "Xauthority"),
  DISPLAY: process.env["DISPLAY"] ?? "",
});

/** The installed command line, without a display. */
async function almanac<T>(...args: string[]): Promise<T> {
  const { DISPLAY: _none, ...env } = environment();
  const options = { ...user, env, cwd: home };
  const { stdout } = await promisify(execFile)(join(program, "almanac"), [...args, "--json"], options);
  return JSON.parse(stdout) as T;
}

/** Whether the kernel lets this user have the namespaces of Chromium's sandbox. */
const mayHaveSandbox = (): boolean => spawnSync("unshare", ["--user", "--map-root-user", "true"], user).status === 0;

interface Started {
  process: ChildProcess;
  browser: Browser;
  page: Page;
}

async function start(sandbox: boolean): Promise<Started> {
  const switches = ["--remote-debugging-port=0", "--disable-gpu", ...(sandbox ? [] : ["--no-sandbox"])];
  const child = spawn(join(program, executableName), [...switches, "--data-dir", dataDir], {
    ...user,
    cwd: home,
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  const address = await new Promise<string>((found, failed) => {
    child.on("error", failed);
    child.on("exit", (code, signal) => failed(new Error(`it ended (${code ?? signal}):\n${said.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const match = /DevTools listening on (ws:\S+)/.exec(line);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("it has no window's context");
  const page = context.pages()[0] ?? (await context.waitForEvent("page"));
  return { process: child, browser, page };
}

async function quit({ process: child, browser }: Started): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  await browser.close();
}

/** Of the kernel's own account: 2 is a filter over system calls, as Chromium's sandbox sets it. */
function seccompOfPages(main: number): string[] {
  const status = (pid: string) => readFileSync(`/proc/${pid}/status`, "utf8");
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!/^\d+$/.test(pid) || !args.includes("--type=renderer") || !args.startsWith(program)) return [];
      return Number(pid) === main ? [] : [/^Seccomp:\s*(\d)/m.exec(status(pid))?.[1] ?? "?"];
    } catch {
      return [];
    }
  });
}

test("its fuses are what the configuration names, read back from the binary", async () => {
  const wire = await getCurrentFuseWire(join(program, executableName));
  const wanted = Object.entries(fuses).map(([fuse, on]) => [FuseV1Options[Number(fuse)], on ? "ENABLE" : "DISABLE"]);
  const names = new Map([
    [FuseState.ENABLE, "ENABLE"],
    [FuseState.DISABLE, "DISABLE"],
    // An older Electron than the one that is shipped has none of the newest.
    [undefined, "none"],
  ]);
  const found = Object.keys(fuses).map((fuse) => [
    FuseV1Options[Number(fuse)],
    names.get(wire[Number(fuse) as FuseV1Options]) ?? "other",
  ]);
  expect(found.filter(([, state]) => state !== "none")).toEqual(wanted.filter((_fuse, i) => found[i]?.[1] !== "none"));
  expect(found.filter(([, state]) => state === "none").length).toBeLessThanOrEqual(1);
});

test("started by an ordinary user it fires what its own command line made, quits, and starts again", async () => {
  const sandbox = mayHaveSandbox();
  test.info().annotations.push({ type: "sandbox", description: sandbox ? "on" : "not allowed by this kernel" });
  const first = await start(sandbox);
  await expect(first.page.getByRole("heading", { level: 1 })).toBeVisible();
  if (sandbox) expect(new Set(seccompOfPages(first.process.pid ?? 0))).toEqual(new Set(["2"]));

  const input = JSON.stringify({ command: "echo from the package" });
  const what = ["--workflow", "shell.command", "--every", "1s", "--input", input];
  await almanac("schedules", "create", "--id", "tick", "--name", "Packed tick", ...what, "--data-dir", dataDir);
  await expect(first.page.getByText("Packed tick").first()).toBeVisible();
  const completed = async (): Promise<number> =>
    (await almanac<{ successfulRuns: number }>("schedules", "show", "tick", "--data-dir", dataDir)).successfulRuns;
  await expect.poll(completed).toBeGreaterThan(0);
  await almanac("schedules", "pause", "tick", "--data-dir", dataDir);
  await quit(first);

  const second = await start(sandbox);
  await expect(second.page.getByText("Packed tick").first()).toBeVisible();
  await quit(second);
});

test("its command line has the exit codes, and runs work without a display or a window", async () => {
  const alone = join(home, "alone");
  const failing = (...args: string[]) =>
    almanac(...args).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  expect(await failing("schedules", "show", "none", "--data-dir", dataDir)).toBe(2);
  expect(await failing("schedules", "list", "--data-dir", alone)).toBe(1);
  // Not as Node: whatever its environment asks for.
  const { stdout } = await promisify(execFile)(join(program, "almanac"), ["--version"], {
    ...user,
    env: { ...environment(), ELECTRON_RUN_AS_NODE: "1", NODE_OPTIONS: "--require=/nonexistent" },
  });
  expect(stdout.trim()).toBe(
    (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version,
  );
  const { status } = await almanac<{ status: string }>(
    ...["workflows", "run", "shell.command", "--wait", "--input", '{"command":"true"}', "--data-dir", dataDir],
  );
  expect(status).toBe("completed");
});
