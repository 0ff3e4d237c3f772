import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

export interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  tls?: boolean;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks the server at a port of loopback, with exactly the headers that are given (and its own Host where none is). */
export function ask(port: number, { method = "GET", path = "/", headers, body, tls = false }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = (tls ? httpsRequest : httpRequest)(
      {
        host: "127.0.0.1",
        port,
        method,
        path,
        headers: { host: `127.0.0.1:${port}`, ...headers },
        setHost: false,
        agent: false,
        rejectUnauthorized: false,
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Signs in as the pages do. */
export function signIn(port: number, token: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const origin = `http://127.0.0.1:${port}`;
  return ask(port, {
    method: "POST",
    path: "/session",
    headers: { origin, "content-type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });
}

/** The session that a token is traded for. */
export async function sessionOf(port: number, token: string): Promise<string> {
  const { status, body } = await signIn(port, token);
  if (status !== 200) throw new Error(`refused with ${status}: ${body}`);
  return (JSON.parse(body) as { session: string }).session;
}

export const tokenOf = (url: string): string => new URL(url).hash.slice("#token=".length);

/** A socket to the API that speaks tRPC's protocol by hand. */
export interface RawSocket {
  socket: WebSocket;
  /** Every message so far, parsed. */
  received: { id: number | null; error?: { data: { code: string } }; result?: unknown }[];
  /** Resolves with the close code, or with the HTTP status where the upgrade was refused. */
  closed: Promise<number>;
  opened: Promise<void>;
  /** Resolves when a message matches. */
  until(matches: (message: RawSocket["received"][number]) => boolean): Promise<RawSocket["received"][number]>;
}

export function openSocket(
  port: number,
  {
    session,
    headers = {},
    path = "/trpc?connectionParams=1",
  }: {
    session?: string;
    headers?: Record<string, string>;
    path?: string;
  },
): RawSocket {
  const origin = `http://127.0.0.1:${port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { origin, ...headers } });
  const received: RawSocket["received"] = [];
  let told = (): void => {};
  const opened = new Promise<void>((resolve) => {
    socket.on("open", () => {
      if (session !== undefined) socket.send(JSON.stringify({ method: "connectionParams", data: { session } }));
      resolve();
    });
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => resolve(code));
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const text = String(data);
    if (text !== "PING" && text !== "PONG") received.push(JSON.parse(text));
    told();
  });
  return {
    socket,
    received,
    closed,
    opened,
    async until(matches) {
      for (;;) {
        const found = received.find(matches);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}

/** A certificate for 127.0.0.1 that nobody vouches for. */
export function certificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "almanac-cert-"));
  try {
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"].concat(
        ["-subj", "/CN=almanac-test", "-addext", "subjectAltName=IP:127.0.0.1"],
        files,
      ),
      { stdio: "ignore" },
    );
    return { cert: readFileSync(join(folder, "cert.pem"), "utf8"), key: readFileSync(join(folder, "key.pem"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
