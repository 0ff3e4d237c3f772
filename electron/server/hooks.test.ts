import { afterAll, beforeAll, expect, it } from "vitest";
import { testHook } from "../api/access/hookTest.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { ask } from "./testing/client.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;

beforeAll(async () => {
  app = await tempApp();
  for (const scheduleId of ["deploy", "slow"])
    app.engine.createSchedule(
      {
        scheduleId,
        workflowName: "shell.command",
        spec: { cron: "0 0 1 1 *" },
        input: { command: "true" },
        overlapPolicy: scheduleId === "slow" ? "skip" : "allow_all",
      },
      "user",
    );
  server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
});
afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
});

const post = async (path: string, token: string, headers: Record<string, string> = {}, body = "") => {
  const answer = await ask(server.port, {
    method: "POST",
    path,
    headers: { authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return { status: answer.status, headers: answer.headers, body: answer.body, json: () => JSON.parse(answer.body) };
};
const json = { "content-type": "application/json" };

it("starts its schedule, once for each key, and takes nothing of what is posted", async () => {
  const hook = app.hooks.create({ name: "ci", scheduleId: "deploy" });
  const first = await post(hook.path, hook.token, { "idempotency-key": "build-7", ...json }, '{"command":"rm -rf /"}');
  expect([first.status, first.json()]).toEqual([
    202,
    { runId: expect.any(String), repeated: false, page: `${server.origin}/runs/${first.json().runId}` },
  ]);
  const run = app.engine.getRun(first.json().runId);
  expect(run).toMatchObject({ scheduleId: "deploy", trigger: "hook", input: { command: "true" } });
  expect(app.reads.activity("deploy", 1, undefined)[0]).toMatchObject({ kind: "triggered", actor: "hook ci" });
  const again = await post(hook.path, hook.token, { "idempotency-key": "build-7" });
  expect([again.status, again.json()]).toEqual([200, { ...first.json(), repeated: true }]);
  const other = await post(hook.path, hook.token, { "idempotency-key": "build-8" });
  expect(other.status).toBe(202);
  expect(app.reads.listRuns({ scheduleId: "deploy" }).rows).toHaveLength(2);
  expect(app.hooks.list()).toEqual([expect.objectContaining({ name: "ci", lastUsedAt: expect.any(String) })]);
});

it("tells nothing to whoever has not its secret, the same as where there is no hook", async () => {
  const [one, two] = [
    app.hooks.create({ name: "one", scheduleId: "deploy" }),
    app.hooks.create({ name: "two", scheduleId: "slow" }),
  ];
  const { token } = app.access.tokens.create({ name: "everything", scopes: ["admin"] });
  const refusals = [];
  for (const [path, secret] of [
    [one.path, two.token],
    [one.path, token],
    [one.path, "almanac_wrong"],
    ["/hooks/AAAAAAAAAAAA", one.token],
  ] as const) {
    const { status, body } = await post(path, secret);
    refusals.push([status, body]);
  }
  expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
  expect(refusals[0]?.[0]).toBe(401);
  expect((await ask(server.port, { path: one.path })).status).toBe(405);
  expect((await post(one.path, one.token, { origin: "https://evil.test" })).status).toBe(403);
  app.hooks.delete("one");
  expect((await post(one.path, one.token)).status).toBe(401);
  // It signs nobody in, either.
  expect((await ask(server.port, { path: "/metrics", headers: { authorization: `Bearer ${two.token}` } })).status).toBe(
    401,
  );
});

it("checks what is posted by the workflow's schema where it takes input, and says why it did not start", async () => {
  const hook = app.hooks.create({ name: "free", workflowName: "shell.command", takesInput: true });
  const good = await post(hook.path, hook.token, json, '{"command":"echo there"}');
  expect(app.engine.getRun(good.json().runId)).toMatchObject({
    scheduleId: null,
    trigger: "hook",
    input: { command: "echo there" },
  });
  const bad = await post(hook.path, hook.token, json, '{"comand":"true"}');
  expect([bad.status, bad.json().error.code]).toEqual([400, "INVALID_INPUT"]);
  expect((await post(hook.path, hook.token, json, "{")).status).toBe(400);
  expect((await post(hook.path, hook.token, { "content-type": "text/plain" }, "x")).status).toBe(415);
  expect((await post(hook.path, hook.token, { "idempotency-key": "x".repeat(201) })).status).toBe(400);

  const slow = app.hooks.create({ name: "slow", scheduleId: "slow" });
  expect((await post(slow.path, slow.token)).status).toBe(202);
  const meanwhile = await post(slow.path, slow.token);
  expect([meanwhile.status, meanwhile.json().error.code]).toEqual([409, "OVERLAP"]);
  expect(() => app.hooks.create({ name: "none", workflowName: "no.such" })).toThrow(/no workflow/);
  expect(() => app.hooks.create({ name: "none", scheduleId: "no-such" })).toThrow(/no-such/);
  expect(() => app.hooks.create({ name: "slow", scheduleId: "deploy" })).toThrow(/already/);
});

it("starts at most sixty runs a minute", async () => {
  const hook = app.hooks.create({ name: "eager", scheduleId: "deploy" });
  const answers = await Promise.all(Array.from({ length: 62 }, () => post(hook.path, hook.token)));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(60).fill(202), 429, 429]);
  expect(answers.find(({ status }) => status === 429)?.headers["retry-after"]).toMatch(/^\d+$/);
});

it("tells what became of its calls, takes another secret, and is tested over the network", async () => {
  const hook = app.hooks.create({ name: "told", scheduleId: "deploy" });
  const told = () => app.hooks.list().find(({ name }) => name === "told");
  expect(told()).toMatchObject({
    lastUsedAt: null,
    lastStatus: null,
    started: 0,
    refused: 0,
    limited: 0,
    wrongSecrets: 0,
  });
  const { runId } = (await post(hook.path, hook.token, { "idempotency-key": "once" })).json();
  expect(told()).toMatchObject({ lastStatus: 202, lastSaid: null, lastRunId: runId, started: 1 });
  await post(hook.path, hook.token, { "idempotency-key": "once" });
  expect(told()).toMatchObject({ lastStatus: 200, lastRunId: runId, started: 1 });
  await post(hook.path, hook.token, { "idempotency-key": "x".repeat(201) });
  for (let i = 0; i < 3; i += 1) await post(hook.path, "almanac_wrong");
  expect(told()).toMatchObject({
    lastStatus: 400,
    lastSaid: expect.stringContaining("Idempotency-Key"),
    lastRunId: null,
    refused: 1,
    wrongSecrets: 3,
    wrongSecretAt: expect.any(String),
  });

  const again = app.hooks.rotate("told");
  expect([again.path, again.started]).toEqual([hook.path, 1]);
  expect((await post(hook.path, hook.token)).status).toBe(401);
  expect((await post(hook.path, again.token)).status).toBe(202);
  expect(() => app.hooks.rotate("none")).toThrow(/there is no hook "none"/);

  const test = await testHook(app, "told", undefined);
  expect(test).toMatchObject({ status: 202, runId: expect.any(String), origin: server.origin });
  expect(told()?.started).toBe(3);
  expect(await testHook(app, "slow", undefined)).toMatchObject({
    status: 409,
    runId: null,
    said: expect.stringContaining("run"),
  });
  // Its own secret is good all the while, and the test's no longer than the test.
  expect((await post(hook.path, again.token)).status).toBe(202);
  expect(app.hooks.testSecret(again.hookId).token).not.toBe(app.hooks.testSecret(again.hookId).token);
});

it("counts calls beyond its limit, and cannot be tested where nothing listens", async () => {
  expect(app.hooks.list().find(({ name }) => name === "eager")).toMatchObject({
    started: 60,
    limited: 2,
    lastStatus: 429,
  });
  await using alone = await tempApp();
  alone.hooks.create({ name: "far", workflowName: "shell.command" });
  await expect(testHook(alone, "far", {})).rejects.toThrow(/nothing listens here/);
});
