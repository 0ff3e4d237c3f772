import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { owner } from "../api/access/caller.ts";
import { logFolder } from "../api/diagnostics/folders.ts";
import { createCaller } from "../api/router.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { startTlsRedis } from "../runtime/bullmq/testing/groups.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { runCli } from "./testing/runCli.ts";

vi.setConfig({ testTimeout: 180_000 });

// Whatever goes wrong with a Redis, nothing that anybody is told of it holds its password, Sentinel's or the shared key.
const password = "c4n4ry-p/w@5c0f31";
const encoded = encodeURIComponent(password);
const sharedKey = "c4n4ry-key-91bd2e77aa";
const spellings = [
  "c4n4ry",
  ...[password, `:${password}`, sharedKey].map((text) => Buffer.from(text).toString("base64")),
];

let redis: TestRedis;
let tls: Awaited<ReturnType<typeof startTlsRedis>>;
let folder: string;
beforeAll(async () => {
  redis = await startRedis(["--appendonly", "yes"], { password });
  tls = await startTlsRedis();
  folder = mkdtempSync(join(tmpdir(), "almanac-canary-"));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await tls[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything of a value that any logger could print. */
const all = (value: unknown): string =>
  `${inspect(value, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })}\n${JSON.stringify(value)}`;
const expectNone = (where: string, text: string): void => {
  for (const spelling of spellings) expect(text.includes(spelling), `${where} has ${spelling}: ${text}`).toBe(false);
};

/** No address at all, or one that names what is not there. */
const malformed: Record<string, string> = {
  "a password that is not encoded": `redis://:${password}@127.0.0.1:6379`,
  "a password that is encoded wrongly": "redis://:c4n4ry%zz@127.0.0.1:6379",
  "a password as other programs take it": `redis://127.0.0.1:6379/0?password=${encoded}`,
  "a password behind a name that is not known": `rediss://127.0.0.1?auth=${encoded}&ca=/x.pem`,
  "a password where the port goes": "redis://user:c4n4ry",
  "a password behind a #": "redis://127.0.0.1:6379#c4n4ry",
  "another scheme": `http://user:${encoded}@127.0.0.1`,
  "no scheme": `user:${encoded}@127.0.0.1:6379`,
  "Sentinel without a group": `redis-sentinel://:${encoded}@127.0.0.1?sentinelPassword=${encoded}`,
  "Sentinel's password elsewhere": `redis://127.0.0.1?sentinelPassword=${encoded}`,
  "a file that is not there": `rediss://:${encoded}@127.0.0.1?ca=/nowhere/ca.pem`,
};
/** Addresses that can be used, and lead to nothing that can. */
const useless = (): Record<string, string> => ({
  "a wrong password": `redis://user:${encoded}wrong@127.0.0.1:${redis.port}`,
  "nobody there": `redis://:${encoded}@127.0.0.1:1`,
  "no Sentinel": `redis-sentinel://:${encoded}@127.0.0.1:1/main?sentinelPassword=${encoded}`,
  "no Sentinel that this is": `redis-sentinel://:${encoded}@127.0.0.1:${redis.port}/main?sentinelPassword=${encoded}`,
  "no Cluster": `redis-cluster://:${encoded}@127.0.0.1:1,127.0.0.1:2`,
  "no Cluster that this is": `redis-cluster://:${encoded}@127.0.0.1:${redis.port}`,
  "TLS where there is none": `rediss://:${encoded}@127.0.0.1:${redis.port}`,
  "no TLS where it is": `redis://:${encoded}@127.0.0.1:${tls.port}`,
  "a certificate that nobody knows": `rediss://:${encoded}@127.0.0.1:${tls.port}`,
  "a password where there is none": `rediss://user:${encoded}@127.0.0.1:${tls.port}?${tls.url.split("?")[1]}`,
});

test("what is no address is refused without it", async () => {
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user", caller: owner });
  for (const [what, redis] of Object.entries(malformed)) {
    for (const asked of [() => api.runtime.test({ redis }), () => api.runtime.choose({ runtime: "bullmq", redis })]) {
      const error: unknown = await asked().then(
        () => null,
        (refused: unknown) => refused,
      );
      expect(error, what).not.toBe(null);
      expectNone(what, all(error));
    }
    const refused: unknown = await tempApp({ role: "engine", runtime: { runtime: "bullmq", redis } }).catch(
      (error: unknown) => error,
    );
    expect(refused, what).toBeInstanceOf(Error);
    expectNone(what, all(refused));
  }
  expectNone("the log", all(app.errors));
});

test("one that leads to nothing usable is named without it, by the pages, the doctor, diagnostics and whatever is logged", async () => {
  vi.stubEnv("ALMANAC_SHARED_KEY", sharedKey);
  for (const [what, url] of Object.entries(useless())) {
    const logged: unknown[] = [];
    const log = (...parts: unknown[]): void => void logged.push(...parts);
    await using app = await tempApp({
      role: "engine",
      runtime: { runtime: "bullmq", redis: url },
      logger: { info: log, warn: log, error: log },
    });
    await app.start();
    const api = createCaller({ app, actor: "user", caller: owner });
    const { runId } = app.engine.runWorkflow("shell.command", { command: "true" }, "user");
    await expect
      .poll(() => JSON.stringify(app.engine.getRun(runId).waitingFor), { timeout: 30_000 })
      .toMatch(/cannot be reached|refuses|certificate|TLS|not a Redis|knows no group|no Cluster|not allow/i);
    const report = await api.runtime.test({ redis: url });
    expect(report.refused, what).toBe(true);
    const refused: unknown = await api.runtime
      .choose({ runtime: "bullmq", redis: url })
      .catch((error: unknown) => error);
    expect(refused, what).toBeInstanceOf(Error);
    const told = [
      report,
      refused,
      await api.runtime.choice(),
      await api.runtime.workers(),
      await api.system.status(),
      await api.system.settings(),
      await api.system.doctor(),
      await api.system.diagnostics(),
      app.engine.getRun(runId),
      app.runtimes.runtime?.state(),
    ];
    for (const one of told) expectNone(what, all(one));
    expectNone(`the log: ${what}`, all(logged));
  }
  vi.unstubAllEnvs();
});

test("one that is kept is in no file of the data folder, and in no diagnostics that are gathered from the log", async () => {
  const dataDir = join(folder, "kept");
  await using app = await tempApp({ dataDir });
  const api = createCaller({ app, actor: "user", caller: owner });
  await api.runtime.setSharedKey({ key: sharedKey });
  const choice = await api.runtime.choose({ runtime: "bullmq", redis: redis.url.replace(password, encoded) });
  expect(choice).toMatchObject({ runtime: "bullmq", redis: `redis://…@127.0.0.1:${redis.port}`, sharedKey: "kept" });
  mkdirSync(logFolder(dataDir), { recursive: true });
  const line = `2026-03-01T10:00:00.000Z error AUTH ${password} and ${encoded} with ${sharedKey} at ${redis.url}\n`;
  writeFileSync(join(logFolder(dataDir), "desktop.log"), line);
  const { files, zip } = await api.system.diagnostics();
  expect(files.find(({ name }) => name === "log.txt")?.text).toMatch(/error AUTH \S+/);
  expectNone("diagnostics", all(files));
  expectNone("the zip", Buffer.from(zip, "base64").toString("latin1"));
  rmSync(logFolder(dataDir), { recursive: true });
  const env = { ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "" };
  for (const args of [
    ["doctor"],
    ["doctor", "--json"],
    ["diagnostics", "--print"],
    ["settings", "list"],
    ["workers", "list"],
    ["workers", "check"],
  ]) {
    const { out, err } = await runCli([...args, "--data-dir", dataDir], { env });
    expectNone(args.join(" "), out + err);
  }
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) expectNone(path, readFileSync(path, "latin1"));
  }
});

test("the command line names it without that, also where it is refused and where a worker waits for it", async () => {
  const dataDir = join(folder, "line");
  await using _app = await tempApp({ dataDir });
  const cli = (args: string[], url: string, stdin = "") =>
    runCli([...args, "--data-dir", dataDir], {
      stdin,
      env: { ALMANAC_REDIS_URL: url, ALMANAC_SHARED_KEY: sharedKey },
      signal: { name: "SIGINT", when: (_out, err) => /cannot be reached|is away/.test(err) },
    });
  const wrong = useless();
  const asked: [string[], string | undefined, string?][] = [
    [["workers", "check"], wrong["a wrong password"]],
    [["workers", "check", "--json"], wrong["no Sentinel"]],
    [["workers", "check"], malformed["a password as other programs take it"]],
    [["workers", "list", "--runtime", "bullmq"], wrong["a wrong password"]],
    [["settings", "set", "runtime", "bullmq"], "", wrong["a certificate that nobody knows"]],
    [["settings", "set", "runtime", "bullmq"], "", malformed["a password where the port goes"]],
    [["scheduler", "run", "--runtime", "bullmq", "--duration", "2"], wrong["a wrong password"]],
    [["worker", "run"], wrong["a wrong password"]],
    [["worker", "run"], wrong["nobody there"]],
    [["worker", "run"], malformed["a password that is encoded wrongly"]],
  ];
  for (const [args, url = "", stdin = ""] of asked) {
    const { out, err } = await cli(args, url, stdin);
    expect(out + err, args.join(" ")).not.toBe("");
    expectNone(`${args.join(" ")} with ${url}${stdin}`, out + err);
  }
});
