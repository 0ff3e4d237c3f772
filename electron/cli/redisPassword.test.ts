import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startRedis } from "../runtime/bullmq/testing/redis.ts";
import { runCli } from "./testing/runCli.ts";
import { startCli } from "./testing/startCli.ts";

vi.setConfig({ testTimeout: 180_000 });

const linux = process.platform === "linux";
if (!linux) console.log("processes are read from /proc, which only Linux has: this test is left out");

/** What anybody may read of the processes that have this in their environment: command line, and with their user environment. */
function processesWith(mark: string): { pid: number; commandLine: string; environment: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const environment = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/environ`, "utf8") : "";
      if (!environment.includes(mark)) return [];
      return [{ pid: Number(name), commandLine: readFileSync(`/proc/${name}/cmdline`, "utf8"), environment }];
    } catch {
      // Ended meanwhile.
      return [];
    }
  });
}

test.skipIf(!linux)(
  "the password of Redis and the shared key are in no process that an engine or a worker starts",
  async () => {
    const password = "canary-redis-5c0f31";
    const sharedKey = "canary-key-91bd2e77";
    await using redis = await startRedis(["--appendonly", "yes"], { password });
    const folder = mkdtempSync(join(tmpdir(), "almanac-password-"));
    const [dataDir, workflows] = [join(folder, "data"), join(folder, "workflows")];
    const mark = `ALMANAC_TEST_MARK=${folder}`;
    const env = { ALMANAC_TEST_MARK: folder };
    const cli = async (args: string[], stdin = "") => {
      const options = { env: { ...env, ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "" }, stdin };
      const result = await runCli(["--data-dir", dataDir, ...args], options);
      expect(result.code, result.err).toBe(0);
    };
    const [hold, ready] = [join(folder, "hold"), join(folder, "ready")];
    try {
      // Code of a file, which is executed by a runner, and a command beside it.
      const code = `
        import { existsSync, writeFileSync } from "node:fs";
        import { workflow } from "almanac";
        export const looks = workflow({ name: "looks" }, async () => {
          writeFileSync(${JSON.stringify(ready)}, "");
          while (existsSync(${JSON.stringify(hold)})) await new Promise((done) => setTimeout(done, 50));
        });`;
      writeFileSync(`${workflows}.mjs`, code);
      writeFileSync(hold, "");
      const module = ["--module", `${workflows}.mjs`];
      await using worker = startCli(["worker", "run", "--data-dir", join(folder, "worker"), ...module], {
        ...env,
        ALMANAC_REDIS_URL: redis.url,
        ALMANAC_SHARED_KEY: sharedKey,
      });
      await using scheduler = startCli(["--data-dir", dataDir, "scheduler", "run", ...module], {
        ...env,
        ALMANAC_SHARED_KEY: sharedKey,
      });
      await Promise.all([worker.says("takes up to"), scheduler.says("firing 0 schedules")]);
      await cli(["settings", "set", "runtime", "bullmq"], `${redis.url}\n`);
      const command = `while [ -e '${hold}' ]; do sleep 0.1; done`;
      await Promise.all([
        cli(["workflows", "run", "shell.command", "--input", JSON.stringify({ command }), "--json"]),
        cli(["workflows", "run", "looks", ...module, "--json"]),
      ]);
      await expect.poll(() => existsSync(ready), { timeout: 60_000, interval: 100 }).toBe(true);
      const processes = processesWith(mark);
      rmSync(hold);
      // The engine, the worker, and below it what starts runners and a runner.
      expect(processes.length).toBeGreaterThan(3);
      const having = (what: string, where: "commandLine" | "environment") =>
        processes.filter((one) => one[where].includes(what)).map(({ pid }) => pid);
      // Those that were handed them so pass them on to none.
      const handed = new Map([
        [password, [worker.child.pid]],
        [sharedKey, [worker.child.pid, scheduler.child.pid]],
      ]);
      for (const [what, pids] of handed) {
        expect(having(what, "commandLine")).toEqual([]);
        expect(having(what, "environment").sort()).toEqual(pids.sort());
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test.skipIf(!linux)(
  "a password on the command line is warned of once and taken out of what others see; a file holds the address as well",
  async () => {
    await using redis = await startRedis([], { password: "canary-typed-77aa01" });
    const folder = mkdtempSync(join(tmpdir(), "almanac-password-"));
    try {
      await using worker = startCli(["worker", "run", "--data-dir", join(folder, "typed"), "--redis", redis.url]);
      await worker.says("takes up to");
      const words = /the password in --redis .*ALMANAC_REDIS_URL, or in a file that ALMANAC_REDIS_URL_FILE names/g;
      expect(worker.err().match(words)).toHaveLength(1);
      const commandLine = readFileSync(`/proc/${worker.child.pid}/cmdline`, "utf8");
      expect(commandLine).toContain("worker run");
      expect(commandLine + worker.err()).not.toContain("canary-typed-77aa01");

      const file = join(folder, "address");
      writeFileSync(file, `${redis.url}\n`);
      const environment = { ALMANAC_REDIS_URL_FILE: file };
      await using named = startCli(["worker", "run", "--data-dir", join(folder, "named")], environment);
      await named.says("takes up to");
      expect(named.err()).not.toContain("the password in --redis");
      writeFileSync(file, "");
      const env = { ...environment, ALMANAC_REDIS_URL: "" };
      const empty = await runCli(["--data-dir", join(folder, "named"), "worker", "run", "--json"], { env });
      expect([empty.code, empty.error()], empty.err).toEqual([
        2,
        expect.objectContaining({ path: "ALMANAC_REDIS_URL_FILE", message: expect.stringContaining("it is empty") }),
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
