import { createServer as createNetServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { createServer } from "./server.ts";
import { ask } from "./testing/client.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const app of opened.splice(0).reverse()) await app[Symbol.asyncDispose]();
});

async function desktop(dataDir?: string) {
  const app = await tempApp({
    role: "engine",
    ...(dataDir === undefined ? {} : { dataDir }),
    listen: (own, port) => createServer({ app: own, port }),
  });
  opened.push(app);
  return app;
}

async function freePort(): Promise<number> {
  const probe = createNetServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}

it("listens for programs alone where a person chose a port, again after a start, and not where it was switched off", async () => {
  const app = await desktop();
  await app.start();
  expect(app.listening?.state()).toEqual({ port: null, origin: null, error: null });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  expect(await app.listening?.choose(port)).toEqual({ port, origin, error: null });
  expect(app.served.origins()).toEqual([origin]);
  const status = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
    (await ask(port, { path, headers, method })).status;
  const { token } = app.access.tokens.create({ name: "all", scopes: ["read", "run", "edit", "admin"] });
  const bearer = { authorization: `Bearer ${token}` };
  expect(await status("/healthz")).toBe(200);
  expect(await status("/metrics", bearer)).toBe(200);
  expect(await status("/api/schedules.summary", bearer)).toBe(200);
  expect(await status("/openapi.json")).toBe(200);
  expect(await status("/mcp", {}, "POST")).toBe(401);
  // No pages, and nobody is signed in, whatever they hold.
  for (const path of ["/", "/settings", "/trpc", "/icon.svg"])
    expect([path, await status(path, bearer)]).toEqual([path, 404]);
  const json = { "content-type": "application/json", origin };
  const signIn = await ask(port, { path: "/session", method: "POST", headers: json, body: JSON.stringify({ token }) });
  expect(signIn.status).toBe(405);
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "x",
  };
  expect(await status("/trpc", { ...upgrade, origin })).toBe(404);
  expect(await status("/healthz", { host: "evil.test" })).toBe(200);
  expect(await status("/metrics", { ...bearer, host: "evil.test" })).toBe(403);

  app.engine.createSchedule(
    { scheduleId: "deploy", workflowName: "shell.command", spec: { cron: "0 0 1 1 *" }, input: { command: "true" } },
    "user",
  );
  const hook = app.hooks.create({ name: "ci", scheduleId: "deploy" });
  const called = await ask(port, {
    path: hook.path,
    method: "POST",
    headers: { authorization: `Bearer ${hook.token}` },
  });
  // Its pages are in the window.
  expect(JSON.parse(called.body)).toMatchObject({ page: expect.stringMatching(/^almanac:\/\/runs\//) });

  await app.close(0);
  const again = await desktop(app.dataDir);
  await again.start();
  expect(again.listening?.state()).toEqual({ port, origin, error: null });
  expect(await again.listening?.choose(null)).toEqual({ port: null, origin: null, error: null });
  await expect(ask(port, { path: "/healthz" })).rejects.toThrow();
});

it("says at the field that a port is taken and keeps what it had, and at a start that it does not listen", async () => {
  const app = await desktop();
  await app.start();
  const [own, other] = [await freePort(), createNetServer()];
  await app.listening?.choose(own);
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const taken = (other.address() as { port: number }).port;
  await expect(app.listening?.choose(taken)).rejects.toMatchObject({
    code: "CONFLICT",
    issues: [{ path: "port", given: taken, message: `a port that is free, for ${taken} is taken by another program` }],
  });
  expect(app.listening?.state()).toMatchObject({ port: own, error: null });
  expect((await ask(own, { path: "/healthz" })).status).toBe(200);

  app.engine.setSetting("desktop.listenPort", taken);
  await expect
    .poll(() => app.listening?.state())
    .toEqual({
      port: taken,
      origin: null,
      error: expect.stringContaining("is taken by another program"),
    });
  await new Promise((done) => other.close(done));
  // Chosen once more, it is taken at once.
  expect(await app.listening?.choose(taken)).toMatchObject({ port: taken, error: null });
  // What another program has written there is no port.
  app.engine.setSetting("desktop.listenPort", "80; rm -rf /");
  await expect.poll(() => app.listening?.state()).toEqual({ port: null, origin: null, error: null });
});
