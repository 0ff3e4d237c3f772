// What people do with the Debian package, done for real: it changes the system, so only `npm run soak -- package` does it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEverySecond } from "../../e2e/fixtures/steps.ts";
import { findElectron } from "./electron.ts";
import { ensureProgram } from "./machine.ts";
import { root } from "./paths.ts";

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const reason = isRoot ? "" : "needs Linux and root: it installs a package";
const folder = mkdtempSync(join(tmpdir(), "almanac-deb-"));
const person = `almanac-try-${process.pid}`;
const home = join(folder, "home");
let deb = "";
let display: ChildProcess | undefined;

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1e8,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
const installed = (): boolean => spawnSync("dpkg", ["-s", "almanac"]).status === 0;

beforeAll(async () => {
  if (!isRoot) return;
  const electron = await findElectron();
  if ("missing" in electron) throw new Error(`Electron ${electron.missing}`);
  const given = process.env["ELECTRON_OVERRIDE_DIST_PATH"] ?? dirname(electron.path);
  execFileSync(process.execPath, ["scripts/package.ts", "deb", "--quick", "--skip-build", "--output", folder], {
    cwd: root,
    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: given },
    stdio: "inherit",
  });
  deb = join(folder, readdirSync(folder).find((name) => name.endsWith(".deb")) ?? "");
  run("chmod", "755", folder);
  run("useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", person);
}, 900_000);

afterAll(() => {
  display?.kill();
  if (isRoot && installed()) run("dpkg", "--purge", "almanac");
  if (isRoot) spawnSync("userdel", [person]);
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

/** What a login of theirs knows. */
const environment = (): Record<string, string> => ({
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: home,
  USER: person,
  XDG_RUNTIME_DIR: join(home, "run"),
  DISPLAY: process.env["TRY_DISPLAY"] ?? "",
});
const ids = (): { uid: number; gid: number } => {
  const { uid, gid } = lstatSync(home);
  return { uid, gid };
};
/** A command line, typed by the person into their shell. */
const shell = (line: string): string => {
  const { stdout, stderr, status } = spawnSync("/bin/sh", ["-c", line], {
    ...ids(),
    cwd: home,
    env: environment(),
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
};

/** An X server of the test's own. */
async function startDisplay(): Promise<void> {
  const xvfb = ensureProgram("Xvfb", "xvfb");
  if (xvfb === undefined) throw new Error("there is no Xvfb, and it cannot be installed");
  display = spawn(xvfb, ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-ac"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const pipe = display.stdio[3];
  if (!pipe || !("on" in pipe)) throw new Error("Xvfb has no pipe");
  const [number] = (await once(pipe, "data")) as [Buffer];
  process.env["TRY_DISPLAY"] = `:${number.toString().trim()}`;
}

async function startFromMenu(): Promise<{ program: ChildProcess; page: Page; said: string[] }> {
  const entry = readFileSync("/usr/share/applications/almanac.desktop", "utf8");
  const exec = /^Exec=(.*)$/m.exec(entry)?.[1] ?? "";
  const [command = "", ...args] = exec.split(" ").filter((part) => !part.startsWith("%"));
  expect(args).toEqual([]);
  const program = spawn(command, [...args, "--remote-debugging-port=0"], {
    ...ids(),
    cwd: home,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const address = await new Promise<string>((found, failed) => {
    program.on("exit", (code, signal) => failed(new Error(`it ended (${code ?? signal}):\n${said.join("\n")}`)));
    createInterface({ input: program.stderr }).on("line", (line) => {
      said.push(line);
      const match = /DevTools listening on (ws:\S+)/.exec(line);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  const [context] = (await chromium.connectOverCDP(address)).contexts();
  if (context === undefined) throw new Error("it has no window");
  return { program, page: context.pages()[0] ?? (await context.waitForEvent("page")), said };
}

const task = "http://schemas.microsoft.com/windows/2004/02/mit/task";
const plist = "<?xml version='1.0'?><plist version='1.0'><dict><key>StartInterval</key></dict></plist>";
/** Files of what can be imported: name, what it holds, its type. */
const openedFiles: readonly [string, string | Uint8Array, string][] = [
  ["home.ics", "BEGIN:VCALENDAR\r\n", "text/calendar"],
  ["crontab", "* * * * * true\n", "text/x-crontab"],
  ["backup.timer", "[Timer]\nOnCalendar=daily\n", "text/x-systemd-timer"],
  ["app.backup.plist", plist, "application/x-launchd-plist"],
  ["backup.task.xml", "<Task/>", "application/x-windows-task+xml"],
  ["backup", `<?xml version="1.0"?>\n<Task xmlns="${task}"/>`, "application/x-windows-task+xml"],
  ["backup16", Buffer.from(`\ufeff<Task xmlns="${task}"/>`, "utf16le"), "application/x-windows-task+xml"],
  ["almanac.json", "{}", "application/x-almanac+json"],
  ["home.almanac.json", "{}", "application/x-almanac+json"],
  ["almanac.yaml", "a: 1\n", "application/x-almanac+yaml"],
];

test.skipIf(!isRoot)(
  `a deb is installed, used by an ordinary user and removed ${reason}`,
  { timeout: 900_000 },
  async () => {
    run("apt-get", "satisfy", "-y", "-q", "--no-install-recommends", run("dpkg-deb", "-f", deb, "Depends").trim());
    // What a desktop tells files apart with.
    for (const [program, name] of [
      ["update-mime-database", "shared-mime-info"],
      ["update-desktop-database", "desktop-file-utils"],
      ["gio", "libglib2.0-bin"],
    ] as const)
      expect([program, ensureProgram(program, name)]).toEqual([program, expect.any(String)]);
    run("dpkg", "-i", deb);
    const files = run("dpkg", "-L", "almanac")
      .split("\n")
      .filter((path) => path !== "" && existsSync(path) && !lstatSync(path).isDirectory());
    expect(files).toContain("/usr/bin/almanac");
    // Nothing of it can be changed by who did not install it.
    expect(files.filter((path) => !lstatSync(path).isSymbolicLink() && (lstatSync(path).mode & 0o022) !== 0)).toEqual(
      [],
    );
    expect(lstatSync("/usr/lib/almanac/chrome-sandbox").mode & 0o7777).toBe(0o4755);

    // What it opens is what it can tell by name or content; other files of those kinds stay with whoever had them.
    const opener = (type: string): string => shell(`xdg-mime query default ${type}`).trim();
    for (const [name, text, type] of openedFiles) {
      writeFileSync(join(home, name), text);
      const told = shell(`gio info -a standard::content-type ${name}`);
      expect([name, /content-type: (\S+)/.exec(told)?.[1]]).toEqual([name, type]);
      expect([type, opener(type)]).toEqual([type, "almanac.desktop"]);
    }
    expect(opener("x-scheme-handler/almanac")).toBe("almanac.desktop");
    for (const type of ["application/xml", "application/json", "application/x-yaml", "application/yaml", "text/plain"])
      expect([type, opener(type)]).not.toEqual([type, "almanac.desktop"]);

    await startDisplay();
    mkdirSync(join(home, "run"), { mode: 0o700 });
    run("chown", person, join(home, "run"));
    const { program, page, said } = await startFromMenu();
    await createEverySecond(page, { name: "Tick", command: "date >> ~/ticks" });
    const list = () =>
      JSON.parse(shell("almanac schedules list --json")) as {
        schedules: { scheduleId: string; successfulRuns: number }[];
      };
    await expect
      .poll(() => list().schedules[0]?.successfulRuns ?? 0, { timeout: 60_000, interval: 1000 })
      .toBeGreaterThan(1);
    expect(list().schedules.map(({ scheduleId }) => scheduleId)).toEqual(["tick"]);
    // The window has Chromium's sandbox: only the command line goes without.
    const lines = readdirSync("/proc").flatMap((pid) => {
      try {
        // Chromium's children write theirs anew, with spaces.
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split(/[\0 ]/);
        return line[0]?.startsWith("/usr/lib/almanac/") ? [line] : [];
      } catch {
        return [];
      }
    });
    expect(lines.filter((line) => line.includes("--type=renderer"))).not.toEqual([]);
    expect(lines.filter((line) => line.includes("--no-sandbox") && !line.includes("--command-line"))).toEqual([]);
    expect(said.filter((line) => line.includes("Uncaught"))).toEqual([]);

    const ended = once(program, "exit");
    program.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    run("dpkg", "-r", "almanac");
    expect(files.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync("/usr/lib/almanac")).toBe(false);
    expect(existsSync("/etc/apparmor.d/almanac-desktop")).toBe(false);
    // Nothing of the person's names it either: what is left of it is data.
    const ofPerson = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((path) =>
      /almanac|mimeapps/i.test(path),
    );
    const data = /^(?:\.config\/Almanac|run\/almanac|almanac\.(?:json|yaml)$|home\.almanac\.json$)/;
    expect(ofPerson.filter((path) => !data.test(path))).toEqual([]);
    expect(existsSync(join(home, ".config/Almanac/almanac.db"))).toBe(true);
    expect(readFileSync(join(home, "ticks"), "utf8").trim().split("\n").length).toBeGreaterThan(1);
  },
);
