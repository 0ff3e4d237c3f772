import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "./server.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;
let pagesDir: string;
let host: string;
let origin: string;
let token: string;

beforeAll(async () => {
  pagesDir = await mkdtemp(join(tmpdir(), "almanac-pages-"));
  await writeFile(join(pagesDir, "index.html"), '<meta name="csp-nonce" content="__ALMANAC_NONCE__">');
  await writeFile(join(pagesDir, "..", "almanac-secret.txt"), "the secret");
  app = await tempApp();
  app.engine.createSchedule(
    { scheduleId: "kept", workflowName: "shell.command", spec: { cron: "0 0 1 1 *" }, input: { command: "true" } },
    "user",
  );
  server = await createServer({ app, pagesDir });
  const url = new URL(server.url);
  ({ host, origin } = url);
  token = url.hash.slice("#token=".length);
});

afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
  await rm(pagesDir, { recursive: true, force: true });
  await rm(join(tmpdir(), "almanac-secret.txt"), { force: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(options: {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port: server.port,
        method: options.method ?? "GET",
        path: options.path ?? "/",
        headers: { host, ...options.headers },
        setHost: false,
        agent: false,
      },
      (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const signIn = (headers: Record<string, string> = {}, body = JSON.stringify({ token })): Promise<Answer> =>
  ask({ method: "POST", path: "/session", headers: { origin, "content-type": "application/json", ...headers }, body });

async function cookie(): Promise<string> {
  const { headers } = await signIn();
  return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

/** The status of an upgrade: 101 where it was accepted. */
function upgrade(headers: Record<string, string>, path = "/trpc"): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    socket.on("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", () => resolve(0));
  });
}

/** Sends bytes as they are and reads the status line of the answer. */
async function raw(text: string): Promise<string> {
  const socket: Socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  let received = "";
  socket.on("data", (chunk) => {
    received += String(chunk);
  });
  // Not `once`: a reset after the answer is how a server hangs up on what it does not read.
  await new Promise((resolve) => socket.on("close", resolve));
  return received.split("\r\n")[0] ?? "";
}

describe("who may ask", () => {
  it.each([
    ["another name", "evil.test"],
    ["another name that resolves here", "evil.test:PORT"],
    ["a name that ends like ours", "127.0.0.1.evil.test:PORT"],
    ["another port", "127.0.0.1:1"],
    ["no port", "127.0.0.1"],
    ["an empty name", ""],
    ["user information", "user@127.0.0.1:PORT"],
  ])("refuses a Host of %s", async (_what, name) => {
    const answer = await ask({ headers: { host: name.replace("PORT", String(server.port)) } });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain("csp-nonce");
  });

  it("refuses a missing and a repeated Host", async () => {
    expect(await raw("GET / HTTP/1.1\r\n\r\n")).toContain(" 400 ");
    expect(await raw("GET / HTTP/1.0\r\n\r\n")).toContain(" 403 ");
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
      / 40[03] /,
    );
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.test\r\nConnection: close\r\n\r\n`)).toMatch(
      / 40[03] /,
    );
  });

  it.each([
    ["cross-site", {}],
    ["same-site", {}],
    ["cross-site", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
    ["cross-site", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
  ])("refuses a request from %s %o", async (site, headers) => {
    expect((await ask({ headers: { "sec-fetch-site": site, ...headers } })).status).toBe(403);
  });

  it("lets a person follow a link to the page, which alone does nothing", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await ask({ headers })).status).toBe(200);
    expect((await ask({ headers, method: "POST", path: "/session" })).status).toBe(403);
  });

  it("never allows another origin to read", async () => {
    for (const headers of [{}, { origin: "https://evil.test" }, { origin: "null" }]) {
      const answer = await ask({ headers: headers as Record<string, string> });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      expect(answer.status).toBe("origin" in headers ? 403 : 200);
    }
    expect((await ask({ method: "OPTIONS", headers: { origin: "https://evil.test" } })).status).toBe(403);
  });
});

describe("signing in", () => {
  it("takes the token for a cookie that scripts and other sites cannot use", async () => {
    const answer = await signIn();
    expect(answer.status).toBe(204);
    const set = answer.headers["set-cookie"]?.[0] ?? "";
    expect(set).toContain("HttpOnly");
    expect(set).toContain("SameSite=Strict");
    expect(set).not.toContain(token);
    expect((await ask({ path: "/session" })).status).toBe(401);
    expect((await ask({ path: "/session", headers: { cookie: set.split(";")[0] ?? "" } })).status).toBe(204);
  });

  it.each([
    ["a wrong token", {}, '{"token":"wrong"}', 401],
    ["no token", {}, "{}", 401],
    ["a token that is no text", {}, '{"token":{"length":43}}', 401],
    ["no JSON", {}, "token", 401],
    ["text", { "content-type": "text/plain" }, undefined, 415],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, undefined, 415],
    ["a foreign origin", { origin: "https://evil.test" }, undefined, 403],
    ["the origin of a file", { origin: "null" }, undefined, 403],
  ])("refuses %s", async (_what, headers, body, status) => {
    const answer = await signIn(headers as Record<string, string>, body);
    expect(answer.status).toBe(status);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it("refuses a request without an origin", async () => {
    const answer = await ask({
      method: "POST",
      path: "/session",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    expect(answer.status).toBe(403);
  });

  it("makes a new token on every start", async () => {
    await using other = await tempApp();
    const second = await createServer({ app: other, pagesDir });
    expect(second.url.split("#")[1]).not.toBe(`token=${token}`);
    await second.close();
  });
});

describe("sockets", () => {
  it("accepts its own page, signed in", async () => {
    expect(await upgrade({ origin, cookie: await cookie() })).toBe(101);
  });

  it("refuses everyone else before the upgrade", async () => {
    const own = await cookie();
    expect(await upgrade({ origin })).toBe(401);
    expect(await upgrade({ origin, cookie: `${own}x` })).toBe(401);
    expect(await upgrade({ origin, cookie: `almanac_${server.port}=` })).toBe(401);
    expect(await upgrade({ cookie: own })).toBe(403);
    expect(await upgrade({ origin: "null", cookie: own })).toBe(403);
    expect(await upgrade({ origin: "https://evil.test", cookie: own })).toBe(403);
    expect(await upgrade({ origin: origin.replace("http", "https"), cookie: own })).toBe(403);
    expect(await upgrade({ origin, cookie: own, host: `evil.test:${server.port}` })).toBe(403);
    expect(await upgrade({ origin, cookie: own, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await upgrade({ origin, cookie: own }, "/other")).toBe(404);
    // A token in the address would end up in histories and logs: it opens nothing.
    expect(await upgrade({ origin }, `/trpc?token=${token}`)).toBe(404);
  });
});

describe("abuse", () => {
  it.each([
    "/../almanac-secret.txt",
    "/..%2falmanac-secret.txt",
    "/%2e%2e/almanac-secret.txt",
    "//etc/passwd",
    "/a%00b",
    "/%",
  ])("shows nothing outside the pages for %s", async (path) => {
    const answer = await ask({ path });
    expect(answer.body).not.toContain("the secret");
    expect(answer.body).not.toContain("root:");
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("has nothing that %s changes", async (method) => {
    expect((await ask({ method, path: "/", headers: { origin } })).status).toBe(405);
    expect((await ask({ method, path: "/trpc/schedules.delete", headers: { origin } })).status).toBe(405);
  });

  it("has no calls over HTTP, whatever the method", async () => {
    const answer = await ask({ path: "/trpc/schedules.list", headers: { cookie: await cookie(), origin } });
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.body).not.toContain("kept");
  });

  it("hangs up on bodies and headers beyond what it takes", async () => {
    const head = `POST /session HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n`;
    expect(await raw(`${head}Content-Length: 1000000000\r\n\r\n{`)).toContain(" 413 ");
    expect(
      await raw(
        `${head}Transfer-Encoding: chunked\r\n\r\n${"1000\r\n".padEnd(4102, "x")}\r\n${"1000\r\n".padEnd(4102, "x")}\r\n`,
      ),
    ).toContain(" 413 ");
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${"x".repeat(1_000_000)}\r\n\r\n`)).toContain(" 431 ");
  });

  it("still serves while a thousand connections say nothing", async () => {
    const idle = Array.from({ length: 1000 }, () => connect(server.port, "127.0.0.1").on("error", () => {}));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    for (const socket of idle) socket.write("GET / HTTP/1.1\r\nHo");
    expect((await ask({})).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it("has changed nothing by all of that, and logged no fault and no token", () => {
    expect(app.reads.listSchedules({}).total).toBe(1);
    expect(app.engine.getSchedule("kept")).toMatchObject({ status: "active", revision: 1 });
    expect(app.errors).toEqual([]);
  });
});

describe("pages", () => {
  it("carry their own nonce and no permission to be framed", async () => {
    const [first, second] = await Promise.all([ask({}), ask({ path: "/schedules/some-id" })]);
    expect(first.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(first.headers["x-frame-options"]).toBe("DENY");
    expect(first.body).not.toContain("__ALMANAC_NONCE__");
    expect(second.body).not.toBe(first.body);
  });

  it("says which port is taken", async () => {
    await expect(createServer({ app, pagesDir, port: server.port })).rejects.toMatchObject({
      code: "CONFLICT",
      issues: [{ path: "port", given: server.port }],
    });
  });
});
