import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright";
import { frames } from "./lib/pageTimes.ts";
import { type Bench, type BenchTable, runAsProgram } from "./lib/report.ts";

const cliProgram = "dist/cli/cli.js";
const floodSeconds = 20;
/** 100,000 lines a second, in pieces of ten milliseconds. */
const flood = `node -e 'let n = 0; const until = Date.now() + ${floodSeconds * 1000}; const timer = setInterval(() => { let text = ""; for (let i = 0; i < 1000; i++) text += "line " + n++ + " of a flood that never ends\\n"; process.stdout.write(text); if (Date.now() > until) clearInterval(timer); }, 10)'`;

async function serve(dataDir: string): Promise<{ program: ChildProcess; address: string }> {
  const program = spawn(
    process.execPath,
    [cliProgram, "serve", "--port", "0", "--no-open", "--json", "--data-dir", dataDir],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  for await (const line of createInterface({ input: program.stdout })) {
    const address = /https?:\/\/[^\s"]+/.exec(line)?.[0];
    if (address !== undefined) return { program, address };
  }
  throw new Error("serve ended before it gave its address");
}

async function measure(browser: Browser, address: string, dataDir: string): Promise<BenchTable> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(address);
  await page.getByRole("link", { name: "Runs" }).first().waitFor();
  const begin = async (command: string, wait: boolean): Promise<string> => {
    const args = ["workflows", "run", "shell.command", "--input", JSON.stringify({ command }), "--data-dir", dataDir];
    const { stdout } = await promisify(execFile)(process.execPath, [
      cliProgram,
      ...args,
      "--json",
      ...(wait ? ["--wait"] : []),
    ]);
    return (JSON.parse(stdout) as { runId: string }).runId;
  };
  const log = page.getByRole("region", { name: "Log" });
  const search = page.getByRole("textbox", { name: "Search the log" });
  const open = async (runId: string): Promise<void> => {
    await page.goto(new URL(`/runs/${runId}`, address).href);
    await log.getByText(/\S/).first().waitFor();
  };
  const scroll = async (): Promise<void> => {
    await log.hover();
    for (let n = 0; n < 40; n++) {
      await page.mouse.wheel(n % 10 === 9 ? 400 : 0, n < 20 ? 900 : -900);
      await delay(25);
    }
    for (const part of [0.5, 0.1, 0.9, 0.3, 1, 0]) {
      await log.evaluate((box, to) => box.scrollTo(0, box.scrollHeight * to), part);
      await delay(50);
    }
  };
  const find = async (text: string): Promise<void> => {
    await search.pressSequentially(text, { delay: 40 });
    for (let n = 0; n < 20; n++) await search.press("Enter", { delay: 20 });
    await search.fill("");
  };

  const rows: BenchTable["rows"] = [];
  const row = async (what: string, act: () => Promise<void>): Promise<void> => {
    const { gaps, longest } = await frames(page, act);
    const at = (p: number): number => Number((gaps[Math.ceil(gaps.length * p) - 1] ?? 0).toFixed(1));
    rows.push([what, gaps.length, at(0.5), at(0.99), at(1), Math.round(longest), 50]);
  };

  const live = await begin(flood, false);
  await open(live);
  await row("live, 100,000 lines a second: followed", () => delay(5_000));
  await row("live: scrolled", scroll);
  await row("live: searched", () => find("99 of"));

  const long = await begin("yes 'a line of output' | head -c 1200000", true);
  await open(long);
  await row("1 MiB of lines: scrolled", scroll);
  await row("1 MiB of lines: searched", () => find("line of"));

  const one = await begin("head -c 1000000 /dev/zero | tr '\\0' x", true);
  await open(one);
  await row("one line of 1 MB: scrolled", scroll);
  await row("one line of 1 MB: searched", () => find("xxxxx"));

  const short = await begin("yes '' | head -c 1000000", true);
  await open(short);
  await row("1,000,000 empty lines: scrolled", scroll);
  return {
    title: "The log of a run in a browser, ms from frame to frame",
    columns: ["what", "frames", "p50", "p99", "most", "longest task", "p99 at most"],
    rows,
    notes: [`Chromium ${browser.version()}, headless, drawn by the processor; engine and flood on the same machine`],
  };
}

export const bench: Bench = {
  name: "viewer",
  /** The page of a run while its log floods, and with logs at their limit. */
  async run() {
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-"));
    const { program, address } = await serve(dataDir);
    const executablePath = process.env["ALMANAC_CHROMIUM"];
    const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
    try {
      return [await measure(browser, address, dataDir)];
    } finally {
      await browser.close();
      program.kill("SIGTERM");
      await new Promise((ended) => program.once("exit", ended));
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

await runAsProgram(bench);
