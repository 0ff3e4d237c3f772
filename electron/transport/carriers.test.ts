import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import type { ChangeEvent } from "../../shared/api/events.ts";
import { type PortEnd, portClosed, portSocketClass } from "../../shared/api/portSocket.ts";
import { watchedSocketClass } from "../../shared/api/watchedSocket.ts";
import type { AlmanacApp } from "../api/context.ts";
import type { AppRouter } from "../api/router.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { createServer } from "../server/server.ts";
import { attachMessagePort } from "./messagePort.ts";

interface Connected extends AsyncDisposable {
  client: ReturnType<typeof createTRPCClient<AppRouter>>;
  /** Cuts the connection from the engine's side. */
  cut(): void;
  connections(): number;
}

async function overPort(app: AlmanacApp): Promise<Connected> {
  const closers: (() => void)[] = [];
  const connect = async (): Promise<PortEnd> => {
    const { port1, port2 } = new MessageChannel();
    closers.push(attachMessagePort(port1, app));
    return port2 as unknown as PortEnd;
  };
  const socket = createWSClient({
    url: "port:",
    WebSocket: portSocketClass(connect) as unknown as typeof WebSocket,
    retryDelayMs: () => 1,
  });
  return {
    client: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }),
    cut: () => closers.at(-1)?.(),
    connections: () => closers.length,
    async [Symbol.asyncDispose]() {
      await socket.close();
    },
  };
}

async function overSocket(app: AlmanacApp): Promise<Connected> {
  const server = await createServer({ app, pagesDir: "/nowhere" });
  const { origin, hash } = new URL(server.url);
  const signedIn = await fetch(`${origin}/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ token: hash.slice("#token=".length) }),
  });
  const { session } = (await signedIn.json()) as { session: string };
  const sockets: NodeWebSocket[] = [];
  class PageSocket extends NodeWebSocket {
    constructor(url: string) {
      super(url, { headers: { origin } });
      sockets.push(this);
    }
  }
  const socket = createWSClient({
    url: `${origin.replace("http", "ws")}/trpc`,
    connectionParams: { session },
    WebSocket: PageSocket as unknown as typeof WebSocket,
    retryDelayMs: () => 1,
  });
  return {
    client: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }),
    cut: () => sockets.at(-1)?.terminate(),
    connections: () => sockets.length,
    async [Symbol.asyncDispose]() {
      await socket.close();
      await server.close();
    },
  };
}

const hourly = {
  scheduleId: "hourly",
  workflowName: "shell.command",
  spec: { cron: "0 * * * *" },
  input: { command: "true" },
};

async function refusal(call: Promise<unknown>): Promise<{ code: string; issues: { path: string; message: string }[] }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return (error as TRPCClientError<AppRouter>).data?.app as never;
}

describe.each([
  ["a message port", overPort],
  ["a WebSocket", overSocket],
])("the router over %s", (_name, connect) => {
  it("answers queries and mutations", async () => {
    await using app = await tempApp();
    await using connected = await connect(app);
    const made = await connected.client.schedules.create.mutate(hourly);
    expect(made).toMatchObject({ scheduleId: "hourly", status: "active" });
    const { rows, total } = await connected.client.schedules.list.query({});
    expect(total).toBe(1);
    expect(rows[0]).toMatchObject({ scheduleId: "hourly", specText: expect.stringContaining("hour"), outcomes: [] });
    expect(await connected.client.system.status.query()).toMatchObject({ dataDir: app.dataDir, desktop: false });
  });

  it("names every refused field with what was given and what is taken", async () => {
    await using app = await tempApp();
    await using connected = await connect(app);
    const spec = { calendar: [{ hour: 25, dayOfWeek: "mon-fri" }] };
    const refused = await refusal(
      connected.client.schedules.create.mutate({ ...hourly, scheduleId: "../..", spec, maxAttempts: 0 }),
    );
    expect(refused.code).toBe("INVALID_INPUT");
    expect(refused.issues.map((issue) => issue.path).sort()).toEqual([
      "maxAttempts",
      "scheduleId",
      "spec.calendar[0].hour",
    ]);
    expect(refused.issues.find(({ path }) => path === "spec.calendar[0].hour")).toMatchObject({ given: 25 });
    expect((await connected.client.schedules.list.query({})).total).toBe(0);
  });

  it("gives the engine's own refusals with their code", async () => {
    await using app = await tempApp();
    await using connected = await connect(app);
    await connected.client.schedules.create.mutate(hourly);
    expect((await refusal(connected.client.schedules.create.mutate(hourly))).code).toBe("ALREADY_EXISTS");
    expect((await refusal(connected.client.schedules.get.query({ scheduleId: "none" }))).code).toBe("NOT_FOUND");
    const unknown = connected.client.schedules.create.mutate({ ...hourly, scheduleId: "b", workflowName: "no.such" });
    expect((await refusal(unknown)).code).toBe("UNKNOWN_WORKFLOW");
  });

  it("pushes changes, and begins anew with an empty group when the connection comes back", async () => {
    await using app = await tempApp();
    await using connected = await connect(app);
    const groups: ChangeEvent[][] = [];
    let told: () => void = () => {};
    const until = async (reached: () => boolean): Promise<void> => {
      while (!reached()) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    };
    const subscription = connected.client.system.changes.subscribe(undefined, {
      onData: (events) => {
        groups.push(events as ChangeEvent[]);
        told();
      },
    });
    await until(() => groups.length === 1);
    expect(groups[0]).toEqual([]);
    await connected.client.schedules.create.mutate(hourly);
    await until(() =>
      groups.flat().some(({ topic, ids }) => topic === "schedules" && ids?.includes("hourly") === true),
    );

    const before = groups.length;
    connected.cut();
    await until(() => groups.slice(before).some((events) => events.length === 0));
    expect(connected.connections()).toBeGreaterThan(1);
    subscription.unsubscribe();
  });

  it("never shows a refused secret back", async () => {
    await using app = await tempApp();
    await using connected = await connect(app);
    const value = "hunter2".repeat(10_000);
    const refused = await refusal(connected.client.system.setSecret.mutate({ name: "TOKEN", value }));
    expect(refused.code).toBe("INVALID_INPUT");
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
});

describe("a message port", () => {
  it.each([
    ["is closed before it was opened", (port: MessagePort) => port.close()],
    ["says that it is closed before it was opened", (port: MessagePort) => port.postMessage(portClosed)],
    [
      "is refused",
      () => {
        throw new Error("no engine yet");
      },
    ],
  ])("that %s is asked for again, and the call goes through", async (_name, fail) => {
    await using app = await tempApp();
    const heard: string[] = [];
    let attempts = 0;
    const socket = createWSClient({
      url: "port:",
      WebSocket: portSocketClass(async () => {
        const { port1, port2 } = new MessageChannel();
        if (++attempts <= 2) fail(port1);
        else attachMessagePort(port1, app);
        return port2 as unknown as PortEnd;
      }) as unknown as typeof WebSocket,
      retryDelayMs: () => 1,
      onError: () => heard.push("error"),
      onClose: () => heard.push("close"),
      onOpen: () => heard.push("open"),
    });
    const client = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
    expect(await client.system.status.query()).toMatchObject({ dataDir: app.dataDir });
    // As a browser's own socket tells it.
    expect(heard).toEqual(["error", "close", "error", "close", "open"]);
    await socket.close();
  });

  it("is closed by anything but text", async () => {
    await using app = await tempApp();
    const { port1, port2 } = new MessageChannel();
    attachMessagePort(port1, app);
    const closed = new Promise((resolve) => port2.on("close", () => resolve("closed")));
    port2.start();
    port2.postMessage({ id: 1, method: "query" });
    expect(await closed).toBe("closed");
  });

  it("answers text that is no message with an error, and goes on", async () => {
    await using app = await tempApp();
    const { port1, port2 } = new MessageChannel();
    attachMessagePort(port1, app);
    const answers: string[] = [];
    const three = new Promise<void>((resolve) =>
      port2.on("message", (text: string) => answers.push(text) === 3 && resolve()),
    );
    port2.postMessage("{no json");
    port2.postMessage(JSON.stringify({ id: 7, method: "query", params: { path: "system.status" } }));
    await three;
    expect(answers[0]).toBe("OPEN");
    expect(JSON.parse(answers[1] ?? "")).toMatchObject({
      id: null,
      error: { data: { code: "PARSE_ERROR", app: { code: "INVALID_INPUT" } } },
    });
    expect(JSON.parse(answers[2] ?? "")).toMatchObject({ id: 7, result: { data: { dataDir: app.dataDir } } });
    port2.close();
  });
});

/** A way to a port that can fall silent: what comes is neither passed on nor refused, and no end of it closes. */
async function silentWay(to: () => number) {
  const sockets: Socket[] = [];
  let isSilent = false;
  const proxy = createTcpServer((near) => {
    const far = connectTcp(to(), "127.0.0.1");
    sockets.push(near, far);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (data) => isSilent || into.write(data));
      from.on("close", () => isSilent || into.destroy());
      from.on("error", () => {});
    }
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    fallSilent: () => {
      isSilent = true;
    },
    speak: () => {
      isSilent = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

describe("a page's socket", () => {
  it("notices that nobody is at the other end any more, gives up attempts that are not answered, and is back with the engine", async () => {
    await using app = await tempApp();
    let port = 0;
    await using way = await silentWay(() => port);
    const host = `127.0.0.1:${way.port}`;
    const server = await createServer({ app, pagesDir: "/nowhere", allowHosts: [host] });
    port = Number(new URL(server.url).port);
    const origin = `http://${host}`;
    const signedIn = await fetch(`${origin}/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ token: new URL(server.url).hash.slice("#token=".length) }),
    });
    const { session } = (await signedIn.json()) as { session: string };
    // What would be done after a time is done where the test says so.
    const timers = new Set<{ ms: number; work: () => void }>();
    const asked: WebSocket[] = [];
    class PageSocket extends WebSocket {
      constructor(url: string) {
        // Node's own takes headers in place of protocols.
        super(url, { headers: { origin } } as unknown as string[]);
        asked.push(this);
      }
    }
    const passed = { ms: 0 };
    const pass = (ms: number) => {
      passed.ms += ms;
      for (const timer of [...timers]) {
        if (timer.ms !== ms) continue;
        timers.delete(timer);
        timer.work();
      }
    };
    const told: string[] = [];
    const until = async (what: string, count: number) =>
      expect.poll(() => told.filter((each) => each === what).length, { timeout: 20_000 }).toBe(count);
    const socket = createWSClient({
      url: `ws://${host}/trpc`,
      connectionParams: { session },
      WebSocket: watchedSocketClass<WebSocket>(PageSocket, {
        quietMs: 5,
        answerMs: 8,
        openMs: 20,
        now: () => passed.ms,
        later: (ms, work) => {
          const timer = { ms, work };
          timers.add(timer);
          return () => timers.delete(timer);
        },
        tell: (each, type) => each.dispatchEvent(new Event(type)),
      }) as unknown as typeof WebSocket,
      retryDelayMs: () => 1,
      onOpen: () => told.push("open"),
      onClose: () => told.push("close"),
    });
    const client = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
    const pongs: string[] = [];
    expect(await client.schedules.list.query({})).toMatchObject({ total: 0 });
    asked[0]?.addEventListener("message", ({ data }) => pongs.push(String(data)));

    // Quiet for long, it is asked, and answers.
    pass(5);
    await expect.poll(() => pongs).toContain("PONG");
    pass(8);
    expect(told).toEqual(["open"]);

    way.fallSilent();
    pass(5);
    expect(told).toEqual(["open"]);
    pass(8);
    expect(told).toEqual(["open", "close"]);
    // Nor is an attempt waited for that nobody answers.
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(2);
    pass(20);
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(3);
    pass(20);
    way.speak();
    await until("open", 2);
    expect(await client.schedules.list.query({})).toMatchObject({ total: 0 });
    await socket.close();
    await server.close();
  });
});
