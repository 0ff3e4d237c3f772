import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scopes } from "../../shared/api/access.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { defaultDataDir } from "../folders/trusted.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { ask, openSocket, sessionOf, signIn, tokenOf } from "./testing/client.ts";
import { tokenCommand } from "./tokenCommand.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;
let port: number;
const logged: string[] = [];

beforeAll(async () => {
  app = await tempApp();
  await app.start();
  server = await createServer({ app, pagesDir: "/nowhere", log: (line) => logged.push(line) });
  port = server.port;
});

afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
});

let made = 0;
/** A session of a browser that signed in with a token of these scopes. */
async function session(...allowed: (typeof scopes)[number][]): Promise<string> {
  const { token } = app.access.tokens.create({
    name: `t${made++}`,
    scopes: allowed.length === 0 ? ["admin"] : allowed,
  });
  return sessionOf(port, token);
}

const check = (text: string): Promise<{ status: number }> =>
  ask(port, { path: "/session", headers: { authorization: `Bearer ${text}` } });

/** Calls a procedure over a socket of its own; the code of the error, or null. */
async function call(text: string, path: string, method = "query", input?: unknown): Promise<string | null> {
  const open = openSocket(port, { session: text });
  await open.opened;
  open.socket.send(JSON.stringify({ id: 1, method, params: { path, input } }));
  const answer = await open.until(({ id }) => id === 1);
  open.socket.terminate();
  return answer.error?.data.code ?? null;
}

describe("the command that makes a token", () => {
  const asked = async (at: number, headers: Record<string, string> = {}) =>
    (await ask(at, { path: "/token-command", headers })).body.trim();

  it("names this server's own data folder, to programs of this machine alone", async () => {
    const command = "almanac tokens create NAME --scope admin";
    expect(await asked(port)).toBe(`${command} --data-dir ${app.dataDir}`);
    const proxied = await createServer({
      ...{ app, pagesDir: "/nowhere", behindProxy: true, allowHosts: ["almanac.example"] },
    });
    // The proxy is on this machine; who asks it need not be, whatever is said of them.
    const host = "almanac.example";
    expect(await asked(proxied.port, { host })).toBe(`${command} --data-dir FOLDER`);
    for (const address of ["192.0.2.9", "127.0.0.1"])
      expect(await asked(proxied.port, { host, "x-forwarded-for": address })).toBe(`${command} --data-dir FOLDER`);
    await proxied.close();
  });

  it("is as a shell takes it, and short for the usual folder", () => {
    const env = { XDG_CONFIG_HOME: "/home/ada/.config", APPDATA: "/home/ada" };
    expect(tokenCommand(defaultDataDir(env), true, env)).not.toContain("--data-dir");
    expect(tokenCommand("/srv/Ada's data", true, env)).toMatch(/ --data-dir '\/srv\/Ada'\\''s data'$/);
  });
});

describe("the address that is printed", () => {
  it("signs one browser in, once, without any cookie", async () => {
    const token = tokenOf(server.url);
    const first = await signIn(port, token);
    expect(first.status).toBe(200);
    expect(first.headers["set-cookie"]).toBeUndefined();
    const kept = (JSON.parse(first.body) as { session: string }).session;
    expect(kept).not.toContain(token);
    expect((await check(kept)).status).toBe(204);
    expect((await signIn(port, token)).status).toBe(401);
    expect(logged.some((line) => line.startsWith("signed in from 127.0.0.1 by address"))).toBe(true);
    expect(logged.join("\n")).not.toContain(token);
  });

  it("can be made again for another browser, and is another one at each start", async () => {
    const kept = await session();
    const open = openSocket(port, { session: kept });
    await open.opened;
    open.socket.send(JSON.stringify({ id: 1, method: "mutation", params: { path: "access.signInAddress" } }));
    const { result } = await open.until(({ id }) => id === 1);
    const { address } = (result as { data: { address: string } }).data;
    open.socket.terminate();
    expect(address.startsWith(`${server.origin}/#token=`)).toBe(true);
    expect((await signIn(port, tokenOf(address))).status).toBe(200);
    expect((await signIn(port, tokenOf(address))).status).toBe(401);
  });

  it.each([
    ["a wrong token", {}, '{"token":"wrong"}', 401],
    ["no token", {}, "{}", 401],
    ["a token that is no text", {}, '{"token":{"length":43}}', 401],
    ["no JSON", {}, "token", 401],
    ["text", { "content-type": "text/plain" }, "{}", 415],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, "{}", 415],
    ["a foreign origin", { origin: "https://evil.test" }, "{}", 403],
    ["the origin of a file", { origin: "null" }, "{}", 403],
  ])("is not %s", async (_what, headers, body, status) => {
    const answer = await ask(port, {
      method: "POST",
      path: "/session",
      headers: { origin: server.origin, "content-type": "application/json", ...headers } as Record<string, string>,
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('session":');
  });

  it("wants to be asked by a page: a request without an origin is none", async () => {
    const headers = { "content-type": "application/json" };
    expect((await ask(port, { method: "POST", path: "/session", headers, body: "{}" })).status).toBe(403);
  });
});

describe("sessions", () => {
  it("open a socket by its first message, and nothing else does", async () => {
    const kept = await session();
    expect(await call(kept, "system.status")).toBe(null);
    for (const wrong of ["", `${kept}x`, kept.slice(0, -1), tokenOf(server.url)]) {
      const open = openSocket(port, { session: wrong });
      await open.opened;
      open.socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "system.status" } }));
      expect((await open.until(({ error }) => error !== undefined)).error?.data.code).toBe("UNAUTHORIZED");
      await open.closed;
      expect(open.received.every(({ result }) => result === undefined)).toBe(true);
    }
  });

  it("are not taken from an address or a cookie, nor from another origin", async () => {
    const kept = await session();
    const cookie = { cookie: `almanac_${port}=${kept}; almanac-session=${kept}` };
    expect((await ask(port, { path: "/session", headers: cookie })).status).toBe(401);
    for (const path of [
      "/trpc",
      `/trpc?session=${kept}`,
      `/trpc?connectionParams=1&session=${kept}`,
      "/other?connectionParams=1",
    ])
      expect(await openSocket(port, { path }).closed).toBe(404);
    for (const headers of [
      { origin: "null" },
      { origin: "https://evil.test" },
      { origin: server.origin.replace("http", "https") },
      { host: `evil.test:${port}` },
      { "sec-fetch-site": "cross-site" },
    ] as Record<string, string>[])
      expect(await openSocket(port, { session: kept, headers }).closed).toBe(403);
  });

  it("are listed with where they are from, and end at once where they are signed out", async () => {
    const [mine, other] = [await session(), await session()];
    const open = openSocket(port, { session: other });
    await open.opened;
    open.socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "system.changes" } }));
    await open.until(({ id }) => id === 1);
    const listed = app.access.sessions.list(mine.split(".")[0] ?? "");
    const found = listed.find(({ sessionId }) => other.startsWith(sessionId));
    expect(found).toMatchObject({ from: "127.0.0.1", scopes: ["admin"], origin: server.origin, current: false });
    expect(listed.filter(({ current }) => current).length).toBe(1);
    expect(await call(mine, "access.signOut", "mutation", { sessionId: found?.sessionId })).toBe(null);
    expect(await open.closed).toBe(4401);
    expect((await check(other)).status).toBe(401);
    expect((await check(mine)).status).toBe(204);
  });

  it("end with the token that signed them in, also where another process revokes it", async () => {
    const { token } = app.access.tokens.create({ name: "gone", scopes: ["read"] });
    const kept = await sessionOf(port, token);
    const open = openSocket(port, { session: kept });
    await open.opened;
    open.socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "system.status" } }));
    await open.until(({ id }) => id === 1);
    await using other = await tempApp({ dataDir: app.dataDir });
    other.access.tokens.revoke("gone");
    expect(await open.closed).toBe(4401);
    expect((await signIn(port, token)).status).toBe(401);
  });

  it("end with the server they are of, and are nothing to one at another port", async () => {
    const second = await createServer({ app, pagesDir: "/nowhere" });
    const kept = await sessionOf(second.port, tokenOf(second.url));
    expect((await check(kept)).status).toBe(401);
    const samePort = second.port;
    await second.close();
    const third = await createServer({ app, pagesDir: "/nowhere", port: samePort });
    const headers = { authorization: `Bearer ${kept}` };
    expect((await ask(samePort, { path: "/session", headers })).status).toBe(401);
    await third.close();
  });
});

describe("scopes", () => {
  it("allow what they name, and admin all of it", async () => {
    const asked: [path: string, method: string, input: unknown, needed: (typeof scopes)[number]][] = [
      ["schedules.list", "query", {}, "read"],
      ["runs.list", "query", {}, "read"],
      ["schedules.trigger", "mutation", { scheduleId: "none" }, "run"],
      ["runs.cancel", "mutation", { runId: "none" }, "run"],
      ["schedules.delete", "mutation", { scheduleId: "none" }, "edit"],
      ["workflows.run", "mutation", { name: "none" }, "edit"],
      ["access.tokens", "query", undefined, "admin"],
      ["system.secrets", "query", undefined, "admin"],
      ["system.setSetting", "mutation", { key: "a", value: 1 }, "admin"],
      ["workflows.setPaths", "mutation", { paths: [] }, "admin"],
    ];
    for (const scope of scopes) {
      const kept = await session("read", scope);
      for (const [path, method, input, needed] of asked) {
        const allowed = needed === "read" || needed === scope || scope === "admin";
        const code = await call(kept, path, method, input);
        expect(`${scope} ${path} ${code === "FORBIDDEN"}`).toBe(`${scope} ${path} ${!allowed}`);
      }
    }
  });

  it("let nobody run a command of their own by way of what may only be started", async () => {
    const kept = await session("read", "run");
    const input = { command: "true" };
    expect(await call(kept, "schedules.trigger", "mutation", { scheduleId: "none", input })).toBe("FORBIDDEN");
    const range = { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" };
    expect(await call(kept, "backfills.create", "mutation", { scheduleId: "none", ...range, input })).toBe("FORBIDDEN");
  });

  it("keep a token that may not look out of the pages", async () => {
    const { token } = app.access.tokens.create({ name: "hook", scopes: ["run"] });
    expect((await signIn(port, token)).status).toBe(403);
  });
});

describe("limits", () => {
  it("refuse to be guessed at, and let no other user of this machine keep its owner out", async () => {
    const other = await createServer({ app, pagesDir: "/nowhere", log: (line) => logged.push(line) });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await signIn(other.port, `guess-${i}`)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await signIn(other.port, tokenOf(other.url))).status).toBe(200);
    expect(app.access.signIns(10).some(({ outcome, from }) => outcome === "refused" && from === "127.0.0.1")).toBe(
      true,
    );
    await other.close();
  });

  it("take nothing from an address elsewhere that has guessed, right or wrong, and all from another", async () => {
    const options = { app, pagesDir: "/nowhere", behindProxy: true, allowHosts: ["almanac.example"] };
    const proxied = await createServer({ ...options, log: (line) => logged.push(line) });
    const from = (address: string, token: string) =>
      signIn(proxied.port, token, {
        host: "almanac.example",
        origin: "https://almanac.example",
        "x-forwarded-for": `203.0.113.1, ${address}`,
      });
    for (let i = 0; i < 10; i++) expect((await from("192.0.2.9", `guess-${i}`)).status).toBe(401);
    const right = tokenOf(proxied.url);
    const refused = await from("192.0.2.9", right);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await from("192.0.2.10", right)).status).toBe(200);
    await proxied.close();
  });

  it("end a socket that says too much before it says who it is, and one that says nothing", async () => {
    const open = openSocket(port, {});
    await open.opened;
    open.socket.send("x".repeat(100_000));
    expect(await open.closed).toBe(1006);
    const silent = Array.from({ length: 60 }, () => openSocket(port, {}));
    await Promise.all(silent.map(({ opened }) => opened));
    // The oldest go, so that whoever comes now is let in.
    await silent[0]?.closed;
    expect(await call(await session(), "system.status")).toBe(null);
    for (const { socket } of silent) socket.terminate();
  });

  it("of subscriptions hold for each connection, and of connections for each session", async () => {
    const kept = await session();
    const open = openSocket(port, { session: kept });
    await open.opened;
    const ask_ = (id: number) => ({ id, method: "subscription", params: { path: "system.changes" } });
    open.socket.send(JSON.stringify(Array.from({ length: 100 }, (_, i) => ask_(i + 1))));
    await open.until(() => open.received.filter(({ error }) => error !== undefined).length === 68);
    expect(open.received.every(({ error }) => error === undefined || error.data.code === "TOO_MANY_REQUESTS")).toBe(
      true,
    );
    // One that is stopped makes room for another.
    open.socket.send(JSON.stringify({ id: 1, method: "subscription.stop" }));
    await open.until(({ id, result }) => id === 1 && (result as { type?: string })?.type === "stopped");
    open.socket.send(JSON.stringify(ask_(1000)));
    await open.until(({ id, result }) => id === 1000 && (result as { type?: string })?.type === "started");
    open.socket.send(JSON.stringify(Array.from({ length: 100_000 }, (_, i) => ask_(i + 2000))));
    expect((await open.until(({ id }) => id === null)).error?.data.code).toBe("PARSE_ERROR");

    const more = Array.from({ length: 40 }, () => openSocket(port, { session: kept }));
    await Promise.all(more.map(({ opened }) => opened));
    await Promise.race(more.map(({ closed }) => closed));
    const refused = await Promise.all(more.map(({ closed }) => Promise.race([closed, Promise.resolve(0)])));
    expect(refused.filter((code) => code !== 0).length).toBeGreaterThan(0);
    for (const { socket } of [open, ...more]) socket.terminate();
    expect(await call(await session(), "system.status")).toBe(null);
  });

  it("of idle connections let the oldest go, and nobody wait", async () => {
    const idle = Array.from({ length: 700 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    // It may close before the last is there.
    const oldestClosed = once(idle[0]!, "close");
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    await oldestClosed;
    expect((await ask(port, {})).status).toBe(503);
    expect(idle.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(512);
    for (const socket of idle) socket.destroy();
  });
});

describe("the calendar of what comes", () => {
  const feed = (query = "", headers: Record<string, string> = {}) =>
    ask(port, { path: `/upcoming.ics${query}`, headers });
  const token = (...allowed: (typeof scopes)[number][]) =>
    app.access.tokens.create({ name: `f${made++}`, scopes: allowed }).token;

  it("is for whoever presents a token that reads, in each of the ways that calendar programs have", async () => {
    app.engine.createSchedule(
      {
        scheduleId: "fed",
        workflowName: "shell.command",
        spec: { cron: "0 9 * * *", timezone: "Europe/Berlin" },
        input: { command: "true" },
      },
      "user",
    );
    const reader = token("read");
    const basic = (text: string) => `Basic ${Buffer.from(`any:${text}`).toString("base64")}`;
    for (const answer of [
      await feed(`?token=${reader}&days=7`),
      await feed("?days=7", { authorization: `Bearer ${reader}` }),
      await feed("?days=7", { authorization: basic(reader) }),
      await feed("?days=7", { authorization: basic(token("admin")) }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toContain("text/calendar");
      expect(answer.body.match(/BEGIN:VEVENT/g)).toHaveLength(7);
    }
    expect(logged.join("\n")).not.toContain(reader);
  });

  it("is nobody else's, and no address may hold a token that does more than read", async () => {
    const none = await feed();
    expect(none.status).toBe(401);
    expect(none.headers["www-authenticate"]).toContain("Basic");
    expect(await feed("?token=wrong")).toMatchObject({ status: 401 });
    const strong = await feed(`?token=${token("admin")}`);
    expect([strong.status, strong.body]).toEqual([403, expect.stringContaining("--scope read")]);
    expect(await feed(`?days=0&token=${token("read")}`)).toMatchObject({ status: 400 });
    expect(await feed("", { authorization: `Bearer ${token("run")}` })).toMatchObject({ status: 403 });
  });
});
