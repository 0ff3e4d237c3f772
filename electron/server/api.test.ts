import { afterAll, beforeAll, expect, it } from "vitest";
import type { Scope } from "../../shared/api/access.ts";
import { programCalls } from "../api/http/procedures.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { type Answer, ask } from "./testing/client.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;

beforeAll(async () => {
  app = await tempApp();
  server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
});
afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
});

const tokenFor = (name: string, scopes: Scope[]): string => app.access.tokens.create({ name, scopes }).token;
const call = (name: string, token: string, input?: unknown): Promise<Answer> =>
  ask(server.port, {
    method: "POST",
    path: `/api/${name}`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
  });

it("is called by programs within the scopes of their token, and notes which it was", async () => {
  const [reader, editor] = [tokenFor("reader", ["read"]), tokenFor("editor", ["read", "edit"])];
  const schedule = {
    scheduleId: "nightly",
    workflowName: "shell.command",
    spec: { cron: "0 3 * * *", timezone: "Europe/Berlin" },
    input: { command: "true" },
  };
  const refused = await call("schedules.create", reader, schedule);
  expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([403, "FORBIDDEN"]);
  const made = await call("schedules.create", editor, schedule);
  expect([made.status, JSON.parse(made.body)]).toEqual([
    200,
    expect.objectContaining({ scheduleId: "nightly", revision: 1 }),
  ]);
  expect(app.reads.activity("nightly", 1, undefined)[0]).toMatchObject({ kind: "created", actor: "token editor" });

  const again = await call("schedules.create", editor, schedule);
  expect([again.status, JSON.parse(again.body).error.code]).toEqual([409, "ALREADY_EXISTS"]);
  const wrong = await call("schedules.create", editor, {
    ...schedule,
    spec: { cron: "99 * * * *" },
    scheduleId: "wrong",
  });
  expect(wrong.status).toBe(400);
  expect(JSON.parse(wrong.body).error.issues[0].path).toMatch(/^spec\.cron/);

  const path = `/api/schedules.upcoming?input=${encodeURIComponent(JSON.stringify({ scheduleId: "nightly", count: 2 }))}`;
  const asked = await ask(server.port, { path, headers: { authorization: `Bearer ${reader}` } });
  expect([asked.status, JSON.parse(asked.body).times.length]).toEqual([200, 2]);
});

it("deletes what others come after only where that is confirmed, alone and with others", async () => {
  const editor = tokenFor("deleter", ["read", "edit"]);
  const make = (scheduleId: string, spec: unknown) =>
    call("schedules.create", editor, { scheduleId, workflowName: "shell.command", spec, input: { command: "true" } });
  await make("source", { cron: "0 3 * * *" });
  await make("follower", { on: { after: { scheduleId: "source" } } });
  const refused = await call("schedules.delete", editor, { scheduleId: "source" });
  expect([refused.status, JSON.parse(refused.body).error]).toEqual([
    412,
    {
      code: "CONFIRMATION_REQUIRED",
      message: expect.stringContaining("follower comes after source, and would start no more"),
      issues: [{ path: "confirmed", message: expect.any(String) }],
    },
  ]);
  const many = await call("schedules.bulk", editor, { scheduleIds: ["source", "nightly"], action: "delete" });
  expect(many.status).toBe(412);
  expect(app.engine.getSchedule("nightly").status).toBe("active");
  // With all that come after them they wait for nothing.
  const both = await call("schedules.bulk", editor, { scheduleIds: ["source", "follower"], action: "delete" });
  expect(JSON.parse(both.body)).toEqual({ changed: ["source", "follower"] });
  await call("schedules.bulk", editor, { scheduleIds: ["source", "follower"], action: "restore" });
  expect((await call("schedules.delete", editor, { scheduleId: "source", confirmed: true })).status).toBe(200);
});

it("refuses what is no call of a program", async () => {
  const token = tokenFor("any", ["admin"]);
  const authorization = `Bearer ${token}`;
  const status = async (path: string, asked: Parameters<typeof ask>[1] = {}) =>
    (await ask(server.port, { path, ...asked, headers: { authorization, ...asked.headers } })).status;
  const json = { "content-type": "application/json" };
  expect(await status("/api/schedules.list", { headers: { authorization: "Bearer almanac_no" } })).toBe(401);
  expect(await status("/api/no.such")).toBe(404);
  expect(await status("/api/__proto__.x", {})).toBe(404);
  expect(await status("/api/system.changes", { method: "POST" })).toBe(404);
  expect(await status("/api/access.signInAddress", { method: "POST" })).toBe(404);
  expect(await status("/api/schedules.create")).toBe(405);
  expect(await status("/api/schedules.list", { method: "POST", body: "{", headers: json })).toBe(400);
  expect(
    await status("/api/schedules.list", { method: "POST", body: "{}", headers: { "content-type": "text/plain" } }),
  ).toBe(415);
  expect(await status("/api/schedules.list", { headers: { origin: "https://evil.test" } })).toBe(403);
  expect(await status("/api/schedules.list", { method: "PUT" })).toBe(405);
  const long = { "content-length": String(7 * 1024 * 1024), ...json };
  expect(await status("/api/schedules.list", { method: "POST", headers: long })).toBe(413);
});

it("describes every call in openapi.json by the schema that parses it", async () => {
  const { status, body } = await ask(server.port, { path: "/openapi.json" });
  expect(status).toBe(200);
  const document = JSON.parse(body);
  expect(document.openapi).toBe("3.1.0");
  const calls = programCalls();
  expect(calls.length).toBeGreaterThan(60);
  expect(Object.keys(document.paths).sort()).toEqual(calls.map(({ name }) => `/api/${name}`).sort());
  for (const { name, type, input } of calls) {
    const path = document.paths[`/api/${name}`];
    expect([name, path.get !== undefined, path.post.requestBody !== undefined]).toEqual([
      name,
      type === "query",
      input !== null,
    ]);
  }
  const create = document.paths["/api/schedules.create"].post.requestBody.content["application/json"].schema;
  expect(create).toMatchObject({ type: "object", required: ["workflowName", "spec"], additionalProperties: false });
  expect(create.properties.overlapPolicy.enum).toContain("buffer_one");
  // Whatever is referred to is there.
  const schemas = document.components.schemas as Record<string, unknown>;
  for (const [, name] of body.matchAll(/"\$ref":"([^"]+)"/g)) {
    expect(name).toMatch(/^#\/components\/schemas\//);
    expect(schemas).toHaveProperty([decodeURIComponent(name?.slice("#/components/schemas/".length) ?? "")]);
  }
  expect(body).not.toContain("$defs");
});
