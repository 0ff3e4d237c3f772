// `npm test [-- check|unit|web|electron]…`: everything CI runs, on a machine that nothing was prepared on.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildStale } from "./lib/build.ts";
import { findElectron } from "./lib/electron.ts";
import { ensureChromium, ensureProgram } from "./lib/machine.ts";
import { root } from "./lib/paths.ts";
import { playwrightReport, vitestReport } from "./lib/testReports.ts";

const suites = ["check", "unit", "web", "electron"] as const;
type Suite = (typeof suites)[number];
interface Outcome {
  suite: Suite;
  passed: number;
  failed: number;
  note?: string;
  /** What failed, by name and first words: a long output's last lines are what is read of it. */
  failures?: string[];
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.includes(name as Suite));
if (unknown.length > 0) {
  console.error(`no suite "${unknown.join('", "')}"; there are: ${suites.join(", ")}`);
  process.exit(2);
}
const wanted = (suite: Suite): boolean => asked.length === 0 || asked.includes(suite);
const results = join(root, "test-results");

function run(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
      shell: process.platform === "win32",
    });
    child.on("error", (error) => {
      console.error(error.message);
      done(1);
    });
    child.on("close", (code) => done(code ?? 1));
  });
}

/** Reads a reporter's counts; a suite that wrote none, or failed outside its tests, counts as one failure. */
function counted<Report>(
  suite: Suite,
  code: number,
  file: string,
  read: (report: Report) => Pick<Outcome, "passed" | "failed" | "failures">,
): Outcome {
  const { passed, failed, failures } = existsSync(file)
    ? read(JSON.parse(readFileSync(file, "utf8")) as Report)
    : { passed: 0, failed: 0 };
  return { suite, passed, failed: code === 0 ? failed : Math.max(failed, 1), ...(failures && { failures }) };
}

async function check(): Promise<Outcome> {
  const code = await run("npm", ["run", "-s", "check"]);
  return { suite: "check", passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

async function unit(): Promise<Outcome> {
  // Faults are injected into system calls, and clocks are set, with them; where they cannot be had, those tests say so.
  if (process.platform === "linux") {
    ensureProgram("strace", "strace");
    ensureProgram("faketime", "faketime");
    ensureProgram("systemd-analyze", "systemd");
    ensureProgram("promtool", "prometheus");
  }
  // Runs over Redis are tested on a real one that the tests start; nothing of that is skipped where it cannot be had.
  const redis = ensureProgram("redis-server", "redis-server");
  const file = join(results, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = await run("vitest", ["run", ...reporters], { ALMANAC_IN_ZONES: "1" });
  const outcome = counted("unit", code, file, vitestReport);
  const note = "there is no redis-server, and it cannot be installed here (apt needs root): put one on the PATH";
  return redis === undefined ? { ...outcome, note } : outcome;
}

async function playwright(suite: "web" | "electron", prefix: string[], env: Record<string, string>): Promise<Outcome> {
  const file = join(results, `${suite}.json`);
  const [command, ...args] = [
    ...prefix,
    "playwright",
    "test",
    `--project=${suite}`,
    `--output=${join(results, suite)}`,
  ];
  const code = await run(command ?? "playwright", args, { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  return counted(suite, code, file, playwrightReport);
}

async function web(): Promise<Outcome> {
  const browser = await ensureChromium();
  if (browser === undefined) return { suite: "web", passed: 0, failed: 1, note: "no Chromium can be had here" };
  return playwright("web", [], "path" in browser ? { ALMANAC_CHROMIUM: browser.path } : {});
}

async function electron(): Promise<Outcome> {
  const mustRun = process.env["ALMANAC_REAL_ELECTRON"] === "1";
  const without = (note: string): Outcome => ({ suite: "electron", passed: 0, failed: mustRun ? 1 : 0, note });
  const found = await findElectron();
  if ("missing" in found) return without(`Electron ${found.missing}`);
  let prefix: string[] = [];
  if (process.platform === "linux" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) {
    const xvfb = ensureProgram("xvfb-run", "xvfb", "xauth");
    if (xvfb === undefined) return without("there is no display and no xvfb-run");
    prefix = [xvfb, "-a"];
  }
  return playwright("electron", prefix, { ALMANAC_ELECTRON: found.path });
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
await buildStale(["node", "renderer"]);
const outcomes: Outcome[] = [];
for (const [suite, runSuite] of Object.entries({ check, unit, web, electron }) as [Suite, () => Promise<Outcome>][]) {
  if (wanted(suite)) outcomes.push(await runSuite());
}

console.log("");
for (const { suite, failures = [] } of outcomes) {
  for (const failure of failures) console.log(`${suite}: ${failure}`);
}
for (const { suite, passed, failed, note } of outcomes) {
  const skipped = note !== undefined && failed === 0;
  console.log(
    `${suite.padEnd(9)} ${skipped ? "skipped" : `${passed} passed, ${failed} failed`}${note ? `: ${note}` : ""}`,
  );
}
const sum = (pick: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + pick(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
