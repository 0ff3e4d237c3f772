import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type AuthInfo, createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Caller } from "../api/access/caller.ts";
import { createCaller } from "../api/router.ts";
import { createMcpServer } from "../mcp/mcpServer.ts";
import { createPlans } from "../mcp/plans.ts";
import { pageUrl } from "../notifications/pageUrl.ts";
import { readBody, refuse, safetyHeaders } from "./answers.ts";
import type { ProgramParts } from "./programParts.ts";

const maxBytes = 4 * 1024 * 1024;
/** Streams that agents hold open to be told of changes; nothing is told yet, so few are needed. */
const maxStreams = 32;

/** So many clients are known by name; beyond them the one that began first is not any more. */
const maxClients = 1000;
const beginningSchema = z.object({ method: z.literal("initialize"), params: z.object({ clientInfo: z.unknown() }) });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever reads it next says what is wrong with it.
    return undefined;
  }
}

export interface McpOverHttp {
  /** Answers a request of somebody whose token is known. */
  answer(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
  close(): Promise<void>;
}

/** Almanac's tools for agents at `/mcp`: what an agent may do is what its token may. */
export function createMcpOverHttp({ app, origin, pages }: ProgramParts): McpOverHttp {
  const plans = createPlans(() => Date.now());
  const callers = new WeakMap<AuthInfo, { caller: Caller; client: unknown }>();
  /** What clients have called themselves when they began, by the session that they were given then. */
  const clients = new Map<string, { tokenName: string | null; client: unknown }>();

  /** The name of a client: said as it begins, and known again by the session. New ones are given one. */
  function introduced(
    text: string,
    session: string,
    { tokenName }: Caller,
  ): { client: unknown; session: string | null } {
    const begun = beginningSchema.safeParse(parsed(text));
    if (!begun.success) {
      const known = clients.get(session);
      return { client: known?.tokenName === tokenName ? known?.client : undefined, session: null };
    }
    const { clientInfo: client } = begun.data.params;
    const made = randomBytes(12).toString("base64url");
    clients.set(made, { tokenName, client });
    const oldest = clients.keys().next().value;
    if (clients.size > maxClients && oldest !== undefined) clients.delete(oldest);
    return { client, session: made };
  }

  const handler = createMcpHandler(
    ({ authInfo }) => {
      const known = authInfo === undefined ? undefined : callers.get(authInfo);
      if (known === undefined) throw new Error("a request of nobody");
      const { caller, client: before } = known;
      const token = caller.tokenName ?? "";
      return createMcpServer({
        app,
        actor: (client) => `agent ${client}, token ${token}`,
        api: (client) => createCaller({ app, actor: `agent ${client}, token ${token}`, caller }),
        plans,
        client: before,
        holder: token,
        howToAllow: `Ask the person for a token that may: almanac tokens create NAME --scope read --scope run --scope edit`,
        urlOf: (path) => pageUrl(app.engine, path, pages()),
      });
    },
    {
      maxRequestBodySize: maxBytes,
      maxSubscriptions: maxStreams,
      onerror: (error) => app.logger.warn("/mcp:", error.message),
    },
  );

  return {
    async answer(incoming, response, caller) {
      const { method = "GET" } = incoming;
      let body: string | null = null;
      if (method === "POST") {
        body = await readBody(incoming, maxBytes);
        if (body === null) return refuse(incoming, response, 413, `at most ${maxBytes} bytes`);
      }
      const gone = new AbortController();
      response.on("close", () => gone.abort());
      const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
        // What has signed in is not for tools to see.
        value === undefined || name === "authorization" ? [] : [[name, String(value)] as [string, string]],
      );
      const request = new Request(`${origin()}/mcp`, { method, headers, body, signal: gone.signal });
      // What its token is stays here: the handler passes on who it was, and sees no more.
      const authInfo: AuthInfo = { token: "", clientId: caller.tokenName ?? "", scopes: [...caller.scopes] };
      const { client, session } = introduced(body ?? "", String(incoming.headers["mcp-session-id"] ?? ""), caller);
      callers.set(authInfo, { caller, client });
      const answered = await handler.fetch(request, { authInfo });
      if (response.destroyed) return;
      response.writeHead(answered.status, {
        ...safetyHeaders,
        "Cache-Control": "no-store",
        ...Object.fromEntries(answered.headers),
        ...(session === null ? {} : { "Mcp-Session-Id": session }),
      });
      if (answered.body === null) return void response.end();
      const stream = Readable.fromWeb(answered.body as ReadableStream);
      stream.on("error", () => response.destroy());
      response.on("close", () => stream.destroy());
      stream.pipe(response);
    },
    close: () => handler.close(),
  };
}
