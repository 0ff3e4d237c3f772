import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { RunDetail } from "../../shared/api/runs.ts";
import type { WorkersView } from "../../shared/api/workers.ts";
import { soak } from "../engine/faults/world.ts";
import { freePort } from "../runtime/bullmq/testing/redis.ts";
import { cliProgram } from "./testing/runCli.ts";

// Each fact is waited for as long as a busy machine may need.
vi.setConfig({ testTimeout: 300_000 });
const soon = { timeout: 120_000, interval: 100 };

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "almanac-page-"));
const terminals: Terminal[] = [];
afterAll(async () => {
  // The last opened first: what talks to Redis ends before it.
  for (const terminal of terminals.reverse()) await terminal.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Commands under a heading of the page, a text for each fenced block of `sh`, in order. */
function blocksUnder(heading: string): string[] {
  const page = readFileSync(join(root, "docs/many-machines.md"), "utf8");
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, text = ""]) => text.replaceAll(/^ +/gm, ""));
}

interface Terminal {
  readonly child: ChildProcess;
  said(): string;
  /** Resolves with its code. */
  readonly ended: Promise<number | null>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Pastes commands into a shell of their own. */
function paste(commands: string): Terminal {
  const child = spawn("sh", ["-c", `set -e\n${commands}`], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      ALMANAC_DATA_DIR: join(folder, "data"),
      ALMANAC_REDIS_URL: "",
      ALMANAC_SHARED_KEY: "",
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  const ended = new Promise<number | null>((done) => child.on("close", done));
  const terminal: Terminal = {
    child,
    said: () => text,
    ended,
    end(signal) {
      // The shell with all that it started.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, signal);
      return ended;
    },
  };
  terminals.push(terminal);
  return terminal;
}

const says = (terminal: Terminal, words: string): Promise<void> =>
  expect.poll(() => terminal.said(), soon).toContain(words);
const done = async (commands: string): Promise<string> => {
  const terminal = paste(commands);
  expect(await terminal.ended, terminal.said()).toBe(0);
  return terminal.said();
};

// The page's own words, with three changes: another port, the built command line in place of npm (which would build it), and
// a check every second that waits in its first step as long as a file is there, in place of one every minute that is over at
// once. That a worker is killed in that step takes its lock of half a minute, and is left to the soak.
test("the commands of the page on many machines, pasted in order, let a workflow run on one of two workers", async () => {
  const port = await freePort();
  const hold = join(folder, "hold");
  const heldRun = join(folder, "held-run");
  const cli = `'${process.execPath}' '${cliProgram}'`;
  const blocks = blocksUnder("The minute health check on two workers").map((text) =>
    text.replaceAll("6379", String(port)).replaceAll("npm run -s cli --", cli),
  );
  const [redis, workflows, worker, serve, scheduler, setting, look] = blocks as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  expect(blocks).toHaveLength(7);
  let example = readFileSync(join(root, "examples/minute-health-check.ts"), "utf8");
  const change = (from: string, to: string): void => {
    expect(example).toContain(from);
    example = example.replace(from, to);
  };
  change('cron: "* * * * *"', 'cron: "* * * * * *"');
  change('timeout: "20s"', 'timeout: "20m"');
  change('async () => ({ api: "healthy", db: "healthy" })', "() => held()");
  example += `
    import { existsSync, writeFileSync } from "node:fs";
    import { runContext } from "almanac";
    const held = async () => {
      const { runId } = runContext();
      while (existsSync(${JSON.stringify(hold)})) {
        writeFileSync(${JSON.stringify(heldRun)}, runId);
        await new Promise((done) => setTimeout(done, 50));
      }
      return { api: "healthy", db: "healthy" };
    };`;
  mkdirSync(join(folder, "examples"));
  writeFileSync(join(folder, "examples/minute-health-check.ts"), example);

  paste(redis);
  await done(workflows);
  const workers = [paste(worker), paste(worker)];
  // Without pages or with them: what fires makes the data folder.
  const server = paste(serve.trim().concat(" --no-open --port 0"));
  await Promise.all([...workers.map((one) => says(one, "takes up to 10 runs at once")), says(server, "http://")]);
  await server.end("SIGTERM");
  const engine = paste(scheduler);
  await says(engine, "firing 1 schedule");
  expect(await done(setting)).toContain(`runs go to workers over redis://127.0.0.1:${port}`);

  const runs = async (): Promise<RunDetail[]> =>
    (JSON.parse(await done(`${cli} runs list --workflow minute_health_check --json`)) as { runs: RunDetail[] }).runs;
  const over = async (): Promise<RunDetail[]> => (await runs()).filter(({ worker: who }) => who !== null);
  const show = async (runId: string): Promise<RunDetail> => JSON.parse(await done(`${cli} runs show ${runId} --json`));
  // Until the setting is followed they run here; what begins once they go to workers waits in its first step.
  await expect.poll(async () => (await over()).length, soon).toBeGreaterThan(0);
  writeFileSync(hold, "");
  await expect.poll(() => existsSync(heldRun) && readFileSync(heldRun, "utf8"), soon).toBeTruthy();
  const runId = readFileSync(heldRun, "utf8");
  await expect
    .poll(() => show(runId), soon)
    .toMatchObject({ steps: [{ key: "check_services", status: "running", firstRunAttempt: 1 }] });
  const { worker: first } = await show(runId);

  // A worker says how many it executes each few seconds.
  await expect.poll(() => done(look), soon).toContain("1 of 10");
  const seen = await done(look);
  for (const words of ["minute_health_check", "1 of 10", "0 of 10", "running"]) expect(seen).toContain(words);
  const listed = JSON.parse(await done(`${cli} workers list --json`)) as WorkersView;
  expect(listed.workers).toMatchObject([{ state: "online" }, { state: "online" }]);
  const busy = listed.workers.find(({ running }) => running.length === 1);
  expect(busy).toMatchObject({ running: [{ runId, workflowName: "minute_health_check" }] });
  expect(first).toMatch(`pid ${busy?.pid} on `);
  if (soak) process.kill(busy?.pid ?? 0, "SIGKILL");
  if (soak) await expect.poll(() => show(runId), soon).toMatchObject({ status: "running", attempt: 2 });
  rmSync(hold);

  await expect.poll(() => show(runId), soon).toMatchObject({ status: "completed", result: { unhealthy: [] } });
  const run = await show(runId);
  expect(run).toMatchObject({
    attempt: soak ? 2 : 1,
    lateResults: [],
    steps: [
      { key: "check_services", status: "completed", firstRunAttempt: 1, runAttempt: soak ? 2 : 1 },
      { key: "report_status", status: "completed", firstRunAttempt: soak ? 2 : 1, runAttempt: soak ? 2 : 1 },
    ],
  });
  if (soak) {
    expect(run.worker).not.toBe(first);
    expect(run.attempts).toMatchObject([{ attempt: 1, status: "interrupted", worker: first }]);
    expect(await done(`${cli} runs show ${runId}`)).toMatch(/Begun first[\s\S]*in attempt 1, again in 2/);
  }
  expect(await done(`${cli} runs logs ${runId}`)).toBe("all services are healthy\n");
  expect((await runs()).filter((one) => one.runId === runId)).toHaveLength(1);
  await engine.end("SIGTERM");
});
