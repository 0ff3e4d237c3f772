import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { type Asked, ask as askPort, certificate } from "./testing/client.ts";

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;
let pagesDir: string;
let host: string;
let origin: string;

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
});

afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
  await rm(pagesDir, { recursive: true, force: true });
  await rm(join(tmpdir(), "almanac-secret.txt"), { force: true });
});

const ask = (asked: Asked) => askPort(server.port, asked);

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

describe("names", () => {
  it("sends localhost, which another program may answer to as well, on to its own address, and signs nobody in there", async () => {
    const headers = { host: `localhost:${server.port}` };
    const answer = await ask({ path: "/schedules/a?x=1", headers });
    expect(answer.status).toBe(307);
    expect(answer.headers.location).toBe(`${origin}/schedules/a`);
    const posted = { ...headers, origin: `http://localhost:${server.port}`, "content-type": "application/json" };
    expect((await ask({ method: "POST", path: "/session", headers: posted, body: "{}" })).status).toBe(403);
  });

  it("beyond this machine asks for TLS or a proxy that has it", async () => {
    for (const refused of ["0.0.0.0", "::", "192.0.2.1", "example.test"]) {
      await expect(createServer({ app, pagesDir, host: refused })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        issues: [{ path: "host", given: refused, message: expect.stringContaining("--behind-proxy") }],
      });
    }
  });

  it("answers at the addresses it prints where it listens everywhere, over TLS", async () => {
    const { cert, key } = certificate();
    const everywhere = await createServer({
      app,
      pagesDir,
      host: "0.0.0.0",
      tls: { cert, key },
      allowHosts: ["box.example"],
    });
    try {
      const { port } = everywhere;
      expect(everywhere.url).toMatch(new RegExp(`^https://${hostname().toLowerCase()}:${port}/#token=`));
      const status = async (name: string, headers = {}) =>
        (await askPort(port, { headers: { host: name, ...headers }, tls: true })).status;
      for (const other of everywhere.others) {
        const answered = await new Promise<number>((resolve, reject) => {
          httpsRequest(other, { rejectUnauthorized: false }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
            .on("error", reject)
            .end();
        });
        expect(answered).toBe(200);
      }
      for (const name of [hostname(), "box.example", "127.0.0.1"]) {
        expect(await status(`${name}:${port}`, { origin: `https://${name}:${port}` })).toBe(200);
        expect(await status(`${name}:${port}`, { origin: `http://${name}:${port}` })).toBe(403);
      }
      expect(await status(`evil.test:${port}`)).toBe(403);
      expect(await status("box.example:1")).toBe(403);
      // Plain HTTP gets no answer at all.
      await expect(askPort(port, { headers: { host: `127.0.0.1:${port}` } })).rejects.toThrow();
    } finally {
      await everywhere.close();
    }
  });

  it("behind a proxy goes by the name people open, whatever host the proxy passes on", async () => {
    const proxied = await createServer({ app, pagesDir, behindProxy: true, allowHosts: ["almanac.example"] });
    try {
      const { port } = proxied;
      expect(proxied.url).toMatch(/^https:\/\/almanac\.example\/#token=/);
      const status = async (name: string, from: string) =>
        (await askPort(port, { headers: { host: name, origin: from } })).status;
      expect(await status("almanac.example", "https://almanac.example")).toBe(200);
      expect(await status(`127.0.0.1:${port}`, "https://almanac.example")).toBe(200);
      expect(await status("almanac.example", "http://almanac.example")).toBe(403);
      expect(await status("almanac.example", "https://evil.test")).toBe(403);
      expect(await status("evil.test", "https://almanac.example")).toBe(403);
    } finally {
      await proxied.close();
    }
    await expect(createServer({ app, pagesDir, behindProxy: true })).rejects.toMatchObject({
      issues: [{ path: "allow-host" }],
    });
  });

  it("says what is wrong with a certificate", async () => {
    const tls = { cert: "no certificate", key: "no key" };
    await expect(createServer({ app, pagesDir, tls })).rejects.toMatchObject({ issues: [{ path: "cert" }] });
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
    const { token } = app.access.tokens.create({ name: "all", scopes: ["admin"] });
    const answer = await ask({ path: "/trpc/schedules.list", headers: { authorization: `Bearer ${token}`, origin } });
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
