import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "./server.ts";
import { ask, openSocket, sessionOf, tokenOf } from "./testing/client.ts";

const soak = process.env["ALMANAC_SOAK"] === "1";
/** How much of each is done, in the suite and in the soak. */
const counts = soak
  ? { requests: 20_000, origins: 5000, sockets: 5000, messages: 20_000, subscriptions: 200_000 }
  : { requests: 300, origins: 100, sockets: 120, messages: 300, subscriptions: 20_000 };

// What is held is measured, not what nobody has cleared away yet.
setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;
let port: number;
let kept: string;
const tally: Record<string, Record<string, number>> = {};
const count = (kind: string, what: string | number): void => {
  tally[kind] ??= {};
  const of = tally[kind];
  of[what] = (of[what] ?? 0) + 1;
};

beforeAll(async () => {
  app = await tempApp();
  await app.start();
  app.engine.createSchedule(
    { scheduleId: "kept", workflowName: "shell.command", spec: { cron: "0 0 1 1 *" }, input: { command: "true" } },
    "user",
  );
  server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
  port = server.port;
  kept = await sessionOf(port, tokenOf(server.url));
});

/** What all of it must have left as it was. */
afterAll(async () => {
  console.log(JSON.stringify(tally));
  expect(app.reads.listSchedules({}).total).toBe(1);
  expect(app.engine.getSchedule("kept")).toMatchObject({ status: "active", revision: 1 });
  expect(app.access.tokens.list()).toEqual([]);
  expect(app.access.sessions.list(null).length).toBe(1);
  expect(app.errors).toEqual([]);
  await server.close();
  await app[Symbol.asyncDispose]();
});

/** Who is signed in is served as ever. */
async function served(): Promise<void> {
  const { status } = await ask(port, { path: "/session", headers: { authorization: `Bearer ${kept}` } });
  expect(status).toBe(204);
}

/** Sends bytes as they are; the status that came, or 0 where it was hung up on. */
function raw(text: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0)));
    socket.end(text, "latin1");
  });
}

const oddText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 60 }) },
  fc.string({ unit: "binary-ascii", maxLength: 60 }),
  fc.constantFrom("", "\0", "\r\n\r\n", "..%2f..%2f", "\u00ff".repeat(300), "x".repeat(20_000), "null", "127.0.0.1"),
);
const header = fc.tuple(
  fc.constantFrom(
    "Host",
    "Origin",
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Authorization",
    "Cookie",
    "Upgrade",
    "Connection",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "Expect",
  ),
  fc.oneof(
    oddText,
    fc.constantFrom(
      "chunked",
      "1000000000",
      "-1",
      "websocket",
      "Upgrade",
      "cross-site",
      "application/json",
      "100-continue",
      "https://evil.test",
      "OWN",
      "Bearer x.y",
    ),
  ),
);
const anyRequest = fc.record({
  method: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PRI"),
    },
    oddText,
  ),
  path: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.constantFrom(
        "/",
        "/session",
        "/trpc",
        "/trpc?connectionParams=1",
        "/trpc/schedules.delete",
        "//evil.test/",
        "http://evil.test/",
        "*",
      ),
    },
    oddText,
  ),
  headers: fc.array(header, { maxLength: 3 }),
  ownHost: fc.constantFrom(true, true, true, false),
  body: oddText,
});

it("answers any request with a refusal or a page, and changes nothing", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ method, path, headers, ownHost, body }) => {
      const own = `127.0.0.1:${port}`;
      const lines = headers.map(([name, value]) => `${name}: ${value === "OWN" ? `http://${own}` : value}`);
      if (ownHost) lines.unshift(`Host: ${own}`);
      const status = await raw(
        `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`,
      );
      count("requests", status);
      // 503: there are no built pages here; 204 and 101 would be somebody who is let in.
      expect([0, 307, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 426, 429, 431, 501, 503]).toContain(
        status,
      );
    }),
    { numRuns: counts.requests },
  );
  await served();
});

it("takes no origin for its own but its own", { timeout: 600_000 }, async () => {
  const own = server.origin;
  const near = fc.constantFrom(
    "null",
    `${own}/`,
    `${own}.evil.test`,
    own.replace("http", "https"),
    `http://localhost:${port}`,
    `http://127.0.0.1:${port + 1}`,
    `http://127.0.0.1`,
    `http://[::1]:${port}`,
    `http://evil@127.0.0.1:${port}`,
    ` ${own}x`,
    "file://",
    "app://almanac",
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(near, fc.webUrl()), async (origin) => {
      const headers = { origin, "content-type": "application/json" };
      const posted = await ask(port, { method: "POST", path: "/session", headers, body: "{}" });
      const upgraded = openSocket(port, { headers: { origin } });
      count("origins", posted.status);
      expect([posted.status, await upgraded.closed]).toEqual([403, 403]);
    }),
    { numRuns: counts.origins },
  );
  await served();
});

it("lets no socket in by what it says first, and is not filled up by them", { timeout: 600_000 }, async () => {
  const first = fc.oneof(
    oddText,
    fc.json(),
    fc.json().map((data) => JSON.stringify({ method: "connectionParams", data: { session: data } })),
    fc.constant(JSON.stringify({ method: "connectionParams", data: { session: ["a"], __proto__: { session: "b" } } })),
    fc.constant(JSON.stringify({ id: 1, method: "query", params: { path: "system.status" } })),
  );
  let left = counts.sockets;
  await fc.assert(
    fc.asyncProperty(fc.array(first, { minLength: 10, maxLength: 40 }), async (messages) => {
      const opened = messages.map(() => openSocket(port, {}));
      await Promise.all(
        opened.map(async ({ socket, opened: ready, closed, received }, i) => {
          await Promise.race([ready, closed]);
          if (socket.readyState === 1) socket.send(messages[i] ?? "");
          // What stays silent is ended after its time; here it is left to the next ones to push it out.
          socket.close();
          count("sockets", await closed);
          expect(received.every(({ result }) => result === undefined)).toBe(true);
        }),
      );
      left -= opened.length;
    }),
    { numRuns: Math.ceil(counts.sockets / 25) },
  );
  count("sockets", `opened ${counts.sockets - left}`);
  await served();
});

it("answers any message of a signed-in socket, and holds no more subscriptions than its share", {
  timeout: 600_000,
}, async () => {
  const open = openSocket(port, { session: kept });
  await open.opened;
  const ask_ = (id: number, method: string, path: string) => JSON.stringify({ id, method, params: { path } });
  const answered = async (id: number): Promise<void> => {
    open.socket.send(ask_(id, "query", "system.status"));
    await open.until((message) => message.id === id && message.result !== undefined);
  };
  const odd = fc.oneof(
    oddText,
    fc.json(),
    fc.json().map((params) => `{"id":7,"method":"query","params":${params}}`),
  );
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(odd, { minLength: 20, maxLength: 20 }), async (messages) => {
      for (const message of messages) open.socket.send(message);
      sent += messages.length;
      await answered(1_000_000 + sent);
      open.received.length = 0;
    }),
    { numRuns: Math.ceil(counts.messages / 20) },
  );
  count("messages", `sent ${sent}`);

  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let refused = 0;
  for (let id = 1; id <= counts.subscriptions; id += 200) {
    const batch = Array.from({ length: 200 }, (_, i) => JSON.parse(ask_(id + i, "subscription", "system.changes")));
    open.socket.send(JSON.stringify(batch));
    await answered(2_000_000 + id);
    refused += open.received.filter(({ error }) => error?.data.code === "TOO_MANY_REQUESTS").length;
    open.received.length = 0;
  }
  collectGarbage();
  const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  count("subscriptions", `asked ${counts.subscriptions}, refused ${refused}, ${grown.toFixed(1)} MiB more`);
  expect(refused).toBe(counts.subscriptions - 32);
  expect(grown).toBeLessThan(16);
  open.socket.terminate();
  await served();
});
