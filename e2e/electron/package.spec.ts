import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { stringify } from "yaml";
import { feedFileName, publicKeyText, signFeed } from "../../electron/main/updates/feed.ts";
import { startRedis } from "../../electron/runtime/bullmq/testing/redis.ts";
import { hasLists } from "../../electron/runtime/local/tree/children.ts";
import { executableName, fuses, mostBytes } from "../../packaging/config.ts";
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
  const { stdout, stderr } = await promisify(execFile)(join(program, "almanac"), [...args, "--json"], options);
  // Of what Chromium has to say of this machine, nothing.
  expect(stderr).toBe("");
  return JSON.parse(stdout) as T;
}

/** Whether the kernel lets this user have the namespaces of Chromium's sandbox. */
const mayHaveSandbox = (): boolean => spawnSync("unshare", ["--user", "--map-root-user", "true"], user).status === 0;

interface Started {
  process: ChildProcess;
  browser: Browser;
  page: Page;
}

async function start(sandbox: boolean, extra: Record<string, string> = {}): Promise<Started> {
  const switches = ["--remote-debugging-port=0", "--disable-gpu", ...(sandbox ? [] : ["--no-sandbox"])];
  const child = spawn(join(program, executableName), [...switches, "--data-dir", dataDir], {
    ...user,
    cwd: home,
    env: { ...environment(), ...extra },
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
  // A driver that connects while a window is being made may wait for it for ever.
  const listed = async (): Promise<string> => (await fetch(`http://${new URL(address).host}/json/list`)).text();
  await expect.poll(listed).toContain('"type": "page"');
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

test("what it brings beside Electron is no more to download than the configuration allows", () => {
  const { status } = spawnSync("tar", ["-czf", join(folder, "own.tar.gz"), "-C", program, "resources"]);
  const { size } = statSync(join(folder, "own.tar.gz"));
  test.info().annotations.push({ type: "size", description: `${(size / 1e6).toFixed(2)} MB` });
  expect(status).toBe(0);
  expect(size).toBeLessThan(mostBytes.own);
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
  // The system's own functions are there: what a run starts ends with it wherever the kernel keeps lists of children.
  const { limits } = await almanac<{ limits: string[] }>("doctor", "--data-dir", dataDir);
  expect(limits).toEqual(hasLists() ? [] : [expect.stringContaining("outlives its run")]);
});

/** One of the command line's programs that go on, without a display: its first line on standard output, and its end. */
async function startLasting(
  args: string[],
  extra: Record<string, string> = {},
): Promise<{ first: Record<string, unknown>; end(): Promise<unknown> }> {
  const { DISPLAY: _none, ...env } = environment();
  const child = spawn(join(program, "almanac"), [...args, "--json"], { ...user, env: { ...env, ...extra }, cwd: home });
  const said: string[] = [];
  child.stderr.on("data", (chunk) => said.push(String(chunk)));
  const exited = once(child, "exit");
  const first = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([line]) => JSON.parse(String(line)) as never),
    exited.then(([code]) => {
      throw new Error(`it ended with ${code}:\n${said.join("")}`);
    }),
  ]);
  return {
    first,
    async end() {
      child.kill("SIGTERM");
      return (await exited)[0];
    },
  };
}

test("its command line serves pages, works over Redis, and loses nothing that a slow reader takes", async () => {
  const spans: string[] = [];
  const collector = createServer((request, response) => {
    spans.push(request.url ?? "");
    request.resume().on("end", () => response.end());
  });
  await new Promise<void>((listening) => collector.listen(0, "127.0.0.1", listening));
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
  const served = await startLasting(["serve", "--no-open", "--port", "0", "--data-dir", dataDir], traced);
  const origin = String(served.first["origin"]);
  const response = await fetch(origin);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
  // What is loaded only where somebody asks for it is in the package, too.
  const { token } = await almanac<{ token: string }>("tokens", "create", "program", "--data-dir", dataDir);
  const headers = { Authorization: `Bearer ${token}` };
  expect(await (await fetch(`${origin}/metrics`, { headers })).text()).toContain("almanac_run_duration_seconds_bucket");
  const agent = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const asked = await fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      ...headers,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: agent }),
  });
  expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('"serverInfo"')]);
  // A run's own output, far more than a pipe holds.
  const input = JSON.stringify({ command: "seq 100000" });
  const { runId } = await almanac<{ runId: string }>(
    ...["workflows", "run", "shell.command", "--wait", "--input", input, "--data-dir", dataDir],
  );
  expect(await served.end()).toBe(0);
  expect(spans).toContain("/v1/traces");
  collector.close();
  const line = `'${join(program, "almanac")}' runs logs ${runId} --data-dir '${dataDir}' | (sleep 1; tail -n 1)`;
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line], { ...user, env: environment(), cwd: home });
  expect(stdout.trim()).toMatch(/100000$/);

  await using redis = await startRedis();
  const worker = await startLasting(["worker", "run", "--redis", redis.url, "--data-dir", join(home, "worker")]);
  expect(worker.first).toMatchObject({ event: "ready", workflows: expect.arrayContaining(["shell.command"]) });
  expect(await worker.end()).toBe(0);
});

test("an AppImage takes a signed update from its feed: it ends, is replaced, and the new one starts on the same data", async () => {
  const appImage = join(home, "Almanac.AppImage");
  const started = join(home, "updated");
  writeFileSync(appImage, "the old one", { mode: 0o755 });
  own(appImage);
  const next = Buffer.from(
    `#!/bin/sh\necho "$ALMANAC_DATA_DIR" > '${started}.new' && mv '${started}.new' '${started}'\n`,
  );
  const { privateKey } = generateKeyPairSync("ed25519");
  const sha512 = createHash("sha512").update(next).digest("base64");
  const name = feedFileName("linux", process.arch);
  const file = { url: "Almanac-9.9.9.AppImage", sha512, size: next.length };
  const feed = Buffer.from(stringify({ version: "9.9.9", releaseDate: "2026-01-31T00:00:00.000Z", files: [file] }));
  const files = new Map([
    [`/${name}`, feed],
    [`/${name}.sig`, Buffer.from(signFeed(name, feed, privateKey))],
    [`/${file.url}`, next],
  ]);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(files.get(request.url ?? ""));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { page, process: child, browser } = await start(mayHaveSandbox(), { APPIMAGE: appImage });
  await page.getByRole("link", { name: "Settings" }).click();
  const updates = page.getByRole("region", { name: "Updates" });
  await expect(updates).toContainText("It looks for no updates: no feed is set.");
  expect(asked).toEqual([]);
  await updates.getByLabel("Feed").fill(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await updates.getByLabel("Public key").fill(publicKeyText(privateKey));
  await page.keyboard.press("Enter");
  await updates.getByRole("button", { name: "Look now" }).click();
  await expect(updates).toContainText("Almanac 9.9.9 is available");
  await updates.getByRole("button", { name: "Download it" }).click();
  await expect(updates).toContainText("It is downloaded and verified.");
  expect(readFileSync(appImage, "utf8")).toBe("the old one");
  const ended = once(child, "exit");
  await updates.getByRole("button", { name: "Quit and install" }).click();
  expect(await ended).toEqual([0, null]);
  await browser.close();
  await expect.poll(() => existsSync(started)).toBe(true);
  expect(readFileSync(started, "utf8").trim()).toBe(dataDir);
  expect(readFileSync(appImage)).toEqual(next);
  expect(asked).toEqual([`/${name}`, `/${name}.sig`, `/${file.url}`]);
  server.close();
});
