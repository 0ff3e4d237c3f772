import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { RunDetail } from "../../shared/api/runs.ts";
import { count, createRandom, soak } from "../engine/faults/world.ts";
import { startRedis } from "../runtime/bullmq/testing/redis.ts";
import { runCli } from "./testing/runCli.ts";
import { type RunningCli, startCli } from "./testing/startCli.ts";

vi.setConfig({ testTimeout: soak ? 7_200_000 : 240_000 });

// Two real engines on one folder, of which one or the other is killed or frozen at any moment of what it has to do with Redis.
// A file outside of all that says what was executed.
test("engines over Redis that are killed and frozen at any moment lose no run, and none is executed or recorded twice", async () => {
  const random = createRandom();
  console.log(`seed ${random.seed}`);
  await using redis = await startRedis(["--appendonly", "yes"]);
  const folder = mkdtempSync(join(tmpdir(), "almanac-killed-"));
  const dataDir = join(folder, "data");
  const witness = join(folder, "witness");
  const env = { ALMANAC_REDIS_URL: redis.url };
  const cli = (...args: string[]) =>
    runCli(["--data-dir", dataDir, ...args], { env: { ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "" } });
  const engines: RunningCli[] = [];
  const startEngine = async (): Promise<void> => {
    const engine = startCli(["--data-dir", dataDir, "scheduler", "run", "--runtime", "bullmq"], env);
    engines.push(engine);
    await engine.says("firing 0 schedules");
  };
  try {
    await using worker = startCli(["worker", "run", "--data-dir", join(folder, "worker"), "--concurrency", "8"], env);
    await Promise.all([worker.says("takes up to"), startEngine()]);
    const command = `echo $ALMANAC_RUN_ID >> '${witness}'`;
    const rules = ["--overlap", "allow_all", "--every", "1s", "--input", JSON.stringify({ command })];
    const made = await cli("schedules", "create", "--id", "often", "--workflow", "shell.command", ...rules);
    expect(made.code, made.err).toBe(0);
    for (let round = 0; round < count(3, 100); round++) {
      const second = startCli(["--data-dir", dataDir, "scheduler", "run", "--runtime", "bullmq"], env);
      engines.push(second);
      await second.says("standing by");
      await delay(random.between(0, 1_500));
      const [first] = engines;
      // Longer than its lease: the other one takes over, where it was not stopped while it wrote, and it finds that out.
      if (soak && round % 4 === 3) {
        first?.child.kill("SIGSTOP");
        await Promise.race([second.says("now firing"), delay(20_000)]);
        first?.child.kill("SIGCONT");
        await delay(random.between(0, 2_000));
      }
      first?.child.kill("SIGKILL");
      await first?.ended;
      engines.shift();
      await second.says("now firing");
    }
    await cli("schedules", "pause", "often");
    const runs = async (): Promise<RunDetail[]> =>
      (await cli("runs", "list", "--json", "--limit", "10000")).json<{ runs: RunDetail[] }>().runs;
    const isOver = async (): Promise<boolean> =>
      (await runs()).every(({ status }) => status !== "pending" && status !== "running");
    await expect.poll(isOver, { timeout: 60_000, interval: 500 }).toBe(true);
    const all = await runs();
    expect(all.length).toBeGreaterThan(3);
    expect(all.filter(({ status, attempt }) => status !== "completed" || attempt !== 1)).toEqual([]);
    expect(new Set(all.map(({ scheduledTime }) => scheduledTime)).size).toBe(all.length);
    const executed = existsSync(witness) ? readFileSync(witness, "utf8").trim().split("\n").sort() : [];
    expect(executed).toEqual(all.map(({ runId }) => runId).sort());
    for (const engine of engines) expect(await engine.end()).toBe(0);
    expect(await worker.end()).toBe(0);
  } finally {
    for (const engine of engines) await engine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
});
