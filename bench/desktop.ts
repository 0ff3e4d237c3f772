import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { executableName } from "../packaging/config.ts";
import { fillWithHistory, historySeed } from "./lib/history.ts";
import { processTree, proportionalMiB } from "./lib/processTree.ts";
import { type Bench, type BenchTable, runAsProgram } from "./lib/report.ts";
import { quantile } from "./lib/statistics.ts";
import { openWindow, startDisplay } from "./lib/window.ts";

const scheduleCount = 10_000;
const runCount = 100_000;
/** So long nothing is done before memory is looked at. */
const idleMs = 20_000;

const exampleWorkflow = "minute_health_check";

/** The first paint may take so much of what a bare window takes. */
const limit = (bareMs: number): number => 1.5 * bareMs + 500;

const half = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** What a process of the program is, by its command line. */
function partOf(pid: number, main: number): string {
  if (pid === main) return "main process";
  const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  const type = /--type=([\w-]+)/.exec(line)?.[1];
  if (type === "renderer") return "renderer";
  if (type === "utility") return line.includes("node.mojom.NodeService") ? "runners, idle" : "Chromium's services";
  return type === undefined ? "other programs" : "Chromium's services";
}

/** Proportional set size of each part of a program, MiB. */
function memoryByPart(main: number): Map<string, { processes: number; miB: number }> {
  const parts = new Map<string, { processes: number; miB: number }>();
  for (const pid of processTree(main)) {
    const part = partOf(pid, main);
    const { processes, miB } = parts.get(part) ?? { processes: 0, miB: 0 };
    parts.set(part, { processes: processes + 1, miB: miB + proportionalMiB([pid]) });
  }
  return parts;
}

export const bench: Bench = {
  name: "desktop",
  /** The packed desktop program's start and memory, beside a bare window of the same Electron. */
  async run({ quick = false }) {
    const electron = process.env["ALMANAC_ELECTRON"];
    if (electron === undefined || process.platform !== "linux") {
      const why = electron === undefined ? "there is no Electron here" : "memory is read from Linux's /proc";
      return [{ title: `Desktop: not measured, ${why}`, columns: [], rows: [] }];
    }
    const folder = mkdtempSync(join(tmpdir(), "almanac-bench-desktop-"));
    const display = await startDisplay();
    try {
      execFileSync(process.execPath, ["scripts/package.ts", "dir", "--skip-build", "--output", folder], {
        env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: dirname(electron) },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const unpacked = join(folder, process.arch === "x64" ? "linux-unpacked" : `linux-${process.arch}-unpacked`);
      const dataDir = join(folder, "data");
      fillWithHistory(dataDir, scheduleCount, runCount);
      const env = {
        ...(display === null ? {} : { DISPLAY: display.name }),
        XDG_CONFIG_HOME: join(folder, "config"),
        ALMANAC_BARE_FOLDER: join(folder, "bare"),
      };
      const openBare = () => openWindow(electron, [join(process.cwd(), "bench/bareDesktop")], env);
      const openOwn = () => openWindow(join(unpacked, executableName), ["--data-dir", dataDir], env);

      const [bare, own, rows]: [number[], number[], number[]] = [[], [], []];
      const times = quick ? 3 : 9;
      // The first of each fills the system's caches.
      for (let i = 0; i <= times; i++) {
        const still = await openBare();
        await still.end();
        const window = await openOwn();
        await window.page.waitForFunction(() => document.querySelectorAll('[role="grid"] [role="row"] a').length > 5);
        const rowsMs = window.sinceStart();
        await window.end();
        if (i === 0) continue;
        bare.push(still.firstPaintMs);
        own.push(window.firstPaintMs);
        rows.push(rowsMs);
      }
      const most = limit(half(bare));
      const timesTable: BenchTable = {
        title: `Start of the packed desktop program, ${scheduleCount.toLocaleString("en")} schedules (ms)`,
        columns: ["what", "at most", "p50", "least", "most", "kept"],
        rows: [
          ["bare window: process to first paint", "–", ...spread(bare), "–"],
          ["Almanac: process to first paint", Math.round(most), ...spread(own), half(own) <= most ? "yes" : "NO"],
          ["Almanac: process to rows", "–", ...spread(rows), "–"],
        ],
        notes: [
          `${times} starts of each, in turn; at most: 1.5 × the bare window's p50 + 500; ${runCount.toLocaleString("en")} runs, seed ${historySeed}`,
        ],
      };
      return [timesTable, await memory(openBare, openOwn, join(unpacked, "almanac"), dataDir)];
    } finally {
      display?.end();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const spread = (values: readonly number[]): number[] =>
  [half(values), Math.min(...values), Math.max(...values)].map(Math.round);

async function memory(
  openBare: () => ReturnType<typeof openWindow>,
  openOwn: () => ReturnType<typeof openWindow>,
  commandLine: string,
  dataDir: string,
): Promise<BenchTable> {
  const still = await openBare();
  await delay(idleMs);
  const bare = memoryByPart(still.process.pid ?? 0);
  await still.end();
  const window = await openOwn();
  // A command and a workflow of a file, so that what executes them is there, as it is from the first runs on.
  const almanac = (...args: string[]) => promisify(execFile)(commandLine, [...args, "--data-dir", dataDir]);
  await almanac("settings", "set", "workflowPaths", JSON.stringify([join(process.cwd(), "examples")]));
  await almanac("workflows", "run", "shell.command", "--wait", "--input", JSON.stringify({ command: "true" }));
  await almanac("workflows", "run", exampleWorkflow, "--wait");
  await delay(idleMs);
  const own = memoryByPart(window.process.pid ?? 0);
  await window.end();
  const names = [...new Set([...own.keys(), ...bare.keys()])];
  const total = (parts: typeof own): number => [...parts.values()].reduce((sum, { miB }) => sum + miB, 0);
  return {
    title: `Memory after ${idleMs / 1000} s with nothing to do (MiB, proportional set size)`,
    columns: ["part", "processes", "MiB", "bare MiB"],
    rows: [
      ...names.map((name) => [
        name,
        own.get(name)?.processes ?? 0,
        Math.round(own.get(name)?.miB ?? 0),
        Math.round(bare.get(name)?.miB ?? 0),
      ]),
      [
        "all",
        [...own.values()].reduce((sum, { processes }) => sum + processes, 0),
        Math.round(total(own)),
        Math.round(total(bare)),
      ],
    ],
  };
}

await runAsProgram(bench);
