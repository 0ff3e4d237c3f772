import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { mostSchedules } from "../telemetry/metrics.ts";
import { readinessOf } from "../telemetry/readiness.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { ask } from "./testing/client.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;
let bearer: { authorization: string };

beforeAll(async () => {
  app = await tempApp({ role: "engine" });
  await app.start();
  server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
  const { token } = app.access.tokens.create({ name: "prometheus", scopes: ["read"] });
  bearer = { authorization: `Bearer ${token}` };
});
afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
});

const scrape = async (): Promise<string> => {
  const { status, headers, body } = await ask(server.port, { path: "/metrics", headers: bearer });
  expect(status, body).toBe(200);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  return body;
};
/** The value of one series, by its name and labels as they are written. */
const seriesValue = (text: string, series: string): number | undefined => {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPromtool) console.log("there is no promtool: the format of /metrics is not checked by Prometheus' own program");

it("measures what schedules did: counts, instants, durations and lateness, which promtool takes", async () => {
  await scrape();
  const make = (scheduleId: string, command: string) =>
    app.engine.createSchedule(
      { scheduleId, workflowName: "shell.command", spec: { cron: "0 9 * * 1-5" }, input: { command } },
      "user",
    );
  make("well", "true");
  make("ill", "exit 3");
  for (const scheduleId of ["well", "ill"]) {
    const { runId } = app.engine.triggerSchedule({ scheduleId }, "user");
    await app.engine.waitForRun(runId);
  }
  const text = await scrape();
  expect(seriesValue(text, 'almanac_runs_total{schedule="well",result="completed"}')).toBe(1);
  expect(seriesValue(text, 'almanac_runs_total{schedule="ill",result="failed"}')).toBe(1);
  expect(seriesValue(text, 'almanac_run_duration_seconds_count{workflow="shell.command",result="failed"}')).toBe(1);
  const bucket = 'almanac_run_duration_seconds_bucket{workflow="shell.command",result="completed",le=';
  expect(seriesValue(text, `${bucket}"+Inf"}`)).toBe(1);
  expect(seriesValue(text, `${bucket}"14400"}`)).toBe(1);
  expect(
    seriesValue(text, 'almanac_run_duration_seconds_sum{workflow="shell.command",result="completed"}'),
  ).toBeGreaterThan(0);
  // From Friday morning to Monday morning.
  expect(seriesValue(text, 'almanac_schedule_interval_seconds{schedule="well"}')).toBe(3 * 86_400);
  const since =
    Date.now() / 1000 - (seriesValue(text, 'almanac_schedule_last_success_timestamp_seconds{schedule="well"}') ?? 0);
  expect(since).toBeGreaterThanOrEqual(0);
  expect(text).not.toContain('almanac_schedule_last_success_timestamp_seconds{schedule="ill"');
  expect(seriesValue(text, 'almanac_state{state="owner"}')).toBe(1);
  expect(seriesValue(text, 'almanac_queue_depth{status="running"}')).toBe(0);
  expect(Date.now() / 1000 - (seriesValue(text, "almanac_heartbeat_timestamp_seconds") ?? 0)).toBeLessThan(60);
  if (!hasPromtool) return;
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
});

it("has every metric that the alert rules and the dashboard of the docs ask for", async () => {
  const text = await scrape();
  const file = (name: string): string => fileURLToPath(new URL(`../../docs/operations/${name}`, import.meta.url));
  for (const name of ["alerts.yml", "dashboard.json"]) {
    const named = new Set(readFileSync(file(name), "utf8").match(/\balmanac_[a-z_]+?(?=_bucket|[^a-z_])/g));
    expect(named.size).toBeGreaterThan(5);
    for (const metric of named)
      expect(text, `${name} names ${metric}`).toMatch(new RegExp(`^${metric}[ {]|^# TYPE ${metric} `, "m"));
  }
  JSON.parse(readFileSync(file("dashboard.json"), "utf8"));
  if (!hasPromtool) return;
  for (const args of [
    ["check", "rules", file("alerts.yml")],
    ["test", "rules", file("alerts.test.yml")],
  ]) {
    const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
  }
});

it("gives so many schedules labels of their own, and loses nothing of the others", async () => {
  for (let i = 0; i < mostSchedules + 20; i += 1)
    app.engine.createSchedule(
      {
        scheduleId: `many-${i}`,
        workflowName: "shell.command",
        spec: { cron: "0 0 1 1 *" },
        input: { command: "true" },
      },
      "user",
    );
  const last = `many-${mostSchedules + 19}`;
  const { runId } = app.engine.triggerSchedule({ scheduleId: last }, "user");
  await app.engine.waitForRun(runId);
  const text = await scrape();
  const labels = new Set([...text.matchAll(/^almanac_runs_total\{schedule="([^"\\]+)"/gm)].map(([, label]) => label));
  // "_other" is there besides.
  expect(labels.size).toBe(mostSchedules + 1);
  expect(seriesValue(text, 'almanac_runs_total{schedule="_other",result="completed"}')).toBe(1);
  expect(seriesValue(text, 'almanac_schedules{status="active"}')).toBe(mostSchedules + 22);
});

it("is for tokens alone, and tells probes a word whatever name they know it by", async () => {
  const status = async (path: string, headers: Record<string, string>, method = "GET") =>
    (await ask(server.port, { path, headers, method })).status;
  expect(await status("/metrics", {})).toBe(401);
  expect(await status("/metrics", { authorization: "Bearer almanac_wrong" })).toBe(401);
  expect(await status("/metrics", { ...bearer, host: "evil.test" })).toBe(403);
  expect(await status("/metrics", { ...bearer, origin: "https://evil.test" })).toBe(403);
  expect(await status("/metrics", bearer, "POST")).toBe(405);
  const { token } = app.access.tokens.create({ name: "runner", scopes: ["run"] });
  expect(await status("/metrics", { authorization: `Bearer ${token}` })).toBe(403);

  const probe = await ask(server.port, { path: "/readyz", headers: { host: "10.1.2.3:80" } });
  expect([probe.status, JSON.parse(probe.body)]).toEqual([200, { state: "owner" }]);
  expect(await status("/healthz", { host: "10.1.2.3:80" })).toBe(200);
  expect(await status("/readyz", { origin: "https://evil.test", host: "evil.test" })).toBe(403);
});

it("says standby of a second program on the same folder, and measures there what the first one has fired", async () => {
  const second = await tempApp({ role: "engine", dataDir: app.dataDir });
  try {
    await second.start();
    await using other = {
      ...(await createServer({ app: second, pagesDir: "/nowhere", log: () => {} })),
      async [Symbol.asyncDispose]() {
        await other.close();
      },
    };
    const { status, body } = await ask(other.port, { path: "/readyz" });
    expect([status, JSON.parse(body)]).toEqual([200, { state: "standby" }]);
    const histograms = (text: string) => text.split("\n").filter((line) => line.startsWith("almanac_run_"));
    const own = histograms(await scrape());
    const there = await ask(other.port, { path: "/metrics", headers: bearer });
    expect(histograms(there.body)).toEqual(own);
    expect(own.length).toBeGreaterThan(20);
  } finally {
    await second[Symbol.asyncDispose]();
  }
});

it("is ready where it fires or stands by, and in no other state", () => {
  const own = { role: "owner" as const, problem: null, runtime: null };
  const over = (state: "starting" | "ready" | "paused" | "degraded") => ({
    kind: "bullmq" as const,
    state,
    message: null,
    workers: 0,
    busy: 0,
  });
  const problem = (code: string) => ({ ...own, problem: { code, message: "" } });
  expect(
    [
      own,
      { ...own, role: "client" as const },
      { ...own, runtime: over("ready") },
      { ...own, runtime: over("starting") },
      { ...own, runtime: over("degraded") },
      { ...own, runtime: over("paused") },
      problem("DISK_FULL"),
      problem("NOT_FIRING"),
      { ...own, role: "stopped" as const },
    ].map((status) => readinessOf(status)),
  ).toEqual([
    { state: "owner", ready: true },
    { state: "standby", ready: true },
    { state: "owner", ready: true },
    { state: "starting", ready: false },
    { state: "redis_away", ready: false },
    { state: "queue_paused", ready: true },
    { state: "disk_full", ready: false },
    { state: "not_firing", ready: false },
    { state: "stopped", ready: false },
  ]);
});
