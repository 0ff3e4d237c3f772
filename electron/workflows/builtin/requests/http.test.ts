import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../../../runtime/local/testing/harness.ts";
import { certificate } from "../../../server/testing/client.ts";
import { failed, secrets, startBuiltins } from "../testing.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startBuiltins();
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("http.request", () => {
  let server: Server;
  let base: string;
  /** Another origin: the same answers. */
  let other: string;
  let otherServer: Server;
  const asked: { request: IncomingMessage; body: string; at: string }[] = [];
  beforeAll(async () => {
    const answer: RequestListener = (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        const at = `http://${request.headers.host}`;
        asked.push({ request, body, at });
        const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://x");
        const to = searchParams.get("to");
        if (path === "/json") response.setHeader("content-type", "application/json").end('{"ok":true}');
        else if (path === "/missing") response.writeHead(404).end("nothing here");
        else if (path === "/slow") return;
        else if (path === "/large") response.end("x".repeat(2_000_000));
        else if (path === "/binary") response.end(Buffer.from([0, 1, 2]));
        else if (path === "/go") {
          response.setHeader("set-cookie", [
            "first=1; Path=/",
            "second=2; Path=/; HttpOnly; Max-Age=9; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
          ]);
          response.writeHead(Number(searchParams.get("status")), { location: to ?? "" }).end("gone");
        } else if (path === "/latin") {
          response.setHeader("content-type", "text/plain; charset=ISO-8859-1").end(Buffer.from("größer", "latin1"));
        } else if (path === "/told") {
          const { headers, method } = request;
          response.setHeader("content-type", "application/json").end(JSON.stringify({ method, headers, body }));
        } else if (path === "/moved") response.writeHead(302, { location: "/json" }).end();
        else response.end(`echo ${request.headers["authorization"] ?? ""}`);
      });
    };
    server = createServer(answer);
    otherServer = createServer(answer);
    for (const one of [server, otherServer]) await new Promise<void>((done) => one.listen(0, done));
    [base = "", other = ""] = [server, otherServer].map(
      (one) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`,
    );
    secrets["URL"] = `${base}/json?key=a&b=c`;
  });
  afterAll(() => {
    for (const one of [server, otherServer]) {
      one.closeAllConnections();
      one.close();
    }
  });
  const run = (input: Record<string, unknown>, more = {}) =>
    harness.run({ workflowName: "http.request", input, ...more });

  test("sends templates and secrets, and gives the parsed answer", async () => {
    const watched = run({
      url: `${base}/json?day={{date}}&at={{scheduledTime}}`,
      method: "POST",
      headers: { Authorization: "Bearer {{secret.TOKEN}}" },
      body: '{"run":"{{runId}}"}',
    });
    expect(await watched.ended).toMatchObject({
      kind: "completed",
      result: { status: 200, body: { ok: true }, truncated: false },
    });
    const { request, body } = asked.at(-1) ?? { request: null, body: "" };
    expect(request?.url).toBe("/json?day=2026-03-01&at=2026-03-01T09%3A30%3A00.000Z");
    expect(request?.headers["authorization"]).toBe(`Bearer ${secrets["TOKEN"]}`);
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(body).toBe(`{"run":"${watched.runId}"}`);
    expect(watched.log()).toContain("POST");
  });

  test("hides a secret that comes back, and takes a whole address from one", async () => {
    const outcome = await run({ url: `${base}/echo`, headers: { Authorization: "{{secret.TOKEN}}" } }).ended;
    expect(outcome).toMatchObject({ kind: "completed", result: { body: "echo ••••••" } });
    const whole = run({ url: "{{secret.URL}}" });
    expect(await whole.ended).toMatchObject({ kind: "completed", result: { status: 200, url: "••••••" } });
    expect(asked.at(-1)?.request.url).toBe("/json?key=a&b=c");
    expect(whole.log()).not.toContain("key=a");
  });

  test("fails on a status that is not accepted, a time-out, and what is no address", async () => {
    expect(await run({ url: `${base}/missing` }).ended).toMatchObject(
      failed("HTTP_STATUS", "404", { details: { body: "nothing here" } }),
    );
    expect(await run({ url: `${base}/missing`, acceptedStatuses: "200-299, 404" }).ended).toMatchObject({
      kind: "completed",
    });
    expect(await run({ url: `${base}/moved`, followRedirects: false, acceptedStatuses: "302" }).ended).toMatchObject({
      kind: "completed",
    });
    expect(await run({ url: `${base}/slow`, timeout: "100ms" }).ended).toMatchObject(
      failed("TIMEOUT", "did not answer in 100ms"),
    );
    expect(await run({ url: "file:///etc/passwd" }).ended).toMatchObject(failed("INVALID_INPUT", "input.url"));
    expect(await run({ url: "http://127.0.0.1:1/" }).ended).toMatchObject(
      failed("WORKFLOW_ERROR", "could not be reached"),
    );
    expect(await run({ url: base, acceptedStatuses: "all" }).ended).toMatchObject(
      failed("INVALID_INPUT", "acceptedStatuses"),
    );
  });

  test("goes on as fetch does, and tells another origin no key", async () => {
    const go = async (status: number, to: string, input: Record<string, unknown> = {}) => {
      const watched = run({
        url: `${base}/go?status=${status}&to=${encodeURIComponent(to)}`,
        method: "POST",
        headers: { "X-Api-Key": "{{secret.TOKEN}}", Cookie: "mine=0", Accept: "text/x", Authorization: "Basic eDp5" },
        body: "text",
        ...input,
      });
      const outcome = await watched.ended;
      const told = outcome.kind === "completed" ? (outcome.result as { body: Record<string, unknown> }).body : outcome;
      return { told, log: watched.log() };
    };
    for (const status of [301, 302, 303]) {
      const { told, log } = await go(status, "/told");
      expect(told).toMatchObject({
        method: "GET",
        body: "",
        headers: { "x-api-key": "••••••", authorization: "Basic eDp5" },
      });
      expect(told).not.toHaveProperty("headers.content-type");
      expect(told).toMatchObject({ headers: { cookie: "mine=0; first=1; second=2" } });
      expect(log).toContain(`[${status}: POST becomes GET, goes on to ${base}/told]`);
    }
    for (const status of [307, 308])
      expect((await go(status, "/told")).told).toMatchObject({ method: "POST", body: "text" });
    const { told, log } = await go(307, `${other}/told`);
    expect(told).toMatchObject({ method: "POST", body: "text", headers: { accept: "text/x" } });
    for (const name of ["x-api-key", "authorization", "cookie"]) expect(told).not.toHaveProperty(`headers.${name}`);
    expect(log).toContain(`${other}/told, another origin, without authorization, x-api-key, cookie`);
    const before = asked.length;
    const refused = await go(308, `${other}/told`, { body: "key={{secret.TOKEN}}" });
    expect(refused.told).toMatchObject(failed("HTTP_STATUS", "the body holds a secret and is not sent there"));
    expect(asked.slice(before).map(({ at }) => at)).toEqual([base]);
    expect((await go(307, "/told", { body: "key={{secret.TOKEN}}" })).told).toMatchObject({ body: "key=••••••" });
    expect((await go(302, "ftp://x/")).told).toMatchObject(failed("HTTP_STATUS", "names no http or https address"));
    const round = `/go?status=307&to=${encodeURIComponent("/go?status=307&to=")}`;
    expect((await go(307, round)).told).toMatchObject(failed("HTTP_STATUS", "more than 20 redirects"));
  });

  test("tells all cookies, the text in its own encoding, and no password of an address", async () => {
    const url = base.replace("//", "//me:pass%2Fword@");
    const outcome = await run({ url: `${url}/go?status=200` }).ended;
    expect(outcome).toMatchObject({
      result: {
        headers: { "set-cookie": ["first=1; Path=/", expect.stringContaining("second=2; Path=/; HttpOnly")] },
        cookies: [
          { name: "first", value: "1" },
          { name: "second", value: "2", httpOnly: true, maxAge: 9, expires: "2099-01-01T00:00:00.000Z" },
        ],
        url: `${base}/go?status=200`,
      },
    });
    expect(asked.at(-1)?.request.headers.authorization).toBe(`Basic ${Buffer.from("me:pass/word").toString("base64")}`);
    expect(await run({ url: `${base}/latin` }).ended).toMatchObject({ result: { body: "größer" } });
    const failing = [`${url}/missing`, "http://me:pass%2Fword@127.0.0.1:1/", "htp://me:pass%2Fword@host/"].map((at) =>
      run({ url: at }),
    );
    for (const watched of failing) {
      expect(JSON.stringify(await watched.ended) + watched.log()).not.toMatch(/pass(%2F|\/)word/);
    }
    expect(await run({ url: base, timeout: "0s" }).ended).toMatchObject(failed("INVALID_INPUT", "input.timeout"));
  });

  test("goes through the environment's proxies, but for no_proxy, and trusts a company's own authority", async () => {
    const { cert, key } = certificate();
    const secure = createTlsServer({ cert, key }, (_, response) => response.end("secure"));
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`);
      response.end("by proxy");
    });
    proxy.on("connect", (request, socket) => {
      through.push(`CONNECT ${request.url}`);
      const [host = "", port = ""] = (request.url ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on("error", () => undefined);
    });
    for (const one of [secure, proxy]) await new Promise<void>((done) => one.listen(0, done));
    const portOf = (one: { address(): unknown }): number => (one.address() as AddressInfo).port;
    const secureUrl = `https://127.0.0.1:${portOf(secure)}/`;
    const caFile = harness.file("ca.pem", cert);
    const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
    const given = { http_proxy: proxyUrl.replace("//", "//pu:pw@"), HTTPS_PROXY: proxyUrl, no_proxy: "127.0.0.2" };
    Object.assign(process.env, given);
    await using own = await startHarness();
    // Its host starts with its first run.
    await own.run({ workflowName: "shell.command", input: { command: "true" } }).ended;
    for (const name of Object.keys(given)) delete process.env[name];
    const request = (url: string, more = {}) =>
      own.run({ workflowName: "http.request", input: { url, ...more } }).ended;
    try {
      expect(await request("http://example.test/a")).toMatchObject({ result: { body: "by proxy" } });
      expect(await request(secureUrl, { caFile })).toMatchObject({ result: { body: "secure" } });
      const auth = Buffer.from("pu:pw").toString("base64");
      expect(through).toEqual([`GET http://example.test/a Basic ${auth}`, `CONNECT 127.0.0.1:${portOf(secure)}`]);
      expect(await request(`http://127.0.0.2:${portOf(server)}/`)).toMatchObject({ result: { status: 200 } });
      expect(await run({ url: secureUrl }).ended).toMatchObject(
        failed("WORKFLOW_ERROR", "name its authority in caFile"),
      );
      expect(await run({ url: secureUrl, caFile }).ended).toMatchObject({ result: { body: "secure" } });
      expect(await run({ url: secureUrl, caFile: "/no/such.pem" }).ended).toMatchObject(
        failed("INVALID_INPUT", "input.caFile: there is no file"),
      );
      expect(await run({ url: secureUrl, caFile: harness.file("no.pem", "x") }).ended).toMatchObject(
        failed("INVALID_INPUT", "no certificate"),
      );
      expect(through).toHaveLength(2);
    } finally {
      for (const one of [secure, proxy]) {
        one.closeAllConnections();
        one.close();
      }
    }
  });

  test("reads no more than it keeps, and no binary as text", async () => {
    expect(await run({ url: `${base}/large` }).ended).toMatchObject({
      kind: "completed",
      result: { truncated: true, body: "x".repeat(262_144) },
    });
    expect(await run({ url: `${base}/binary` }).ended).toMatchObject({
      kind: "completed",
      result: { body: null, bytes: 3 },
    });
  });

  test("ends at once when it is cancelled", async () => {
    const watched = run({ url: `${base}/slow` });
    await watched.started;
    harness.runtime.cancel(watched.runId, 5_000);
    expect(await watched.ended).toMatchObject({ kind: "cancelled" });
  });

  test("uses its runner again", async () => {
    const first = run({ url: `${base}/json` });
    await first.ended;
    const second = run({ url: `${base}/json` });
    await second.ended;
    expect(second.worker).toBe(first.worker);
  });
});
