import type { IncomingMessage, ServerResponse } from "node:http";
import { type Caller, needScope } from "../api/access/caller.ts";
import { type CallLimits, createCallLimits } from "../api/access/callLimits.ts";
import type { KnownToken } from "../api/access/tokens.ts";
import { toAppError } from "../api/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { readinessOf } from "../telemetry/readiness.ts";
import { answer, answerJson, isJson, readBody, refuse } from "./answers.ts";
import { createHookAnswers } from "./hooks.ts";
import { lazily } from "./lazily.ts";
import type { McpOverHttp } from "./mcpOverHttp.ts";
import type { ProgramParts } from "./programParts.ts";

/** Of a call; imports of whole files are the longest. */
const maxCallBytes = 6 * 1024 * 1024;

/**
 * What is not for pages: probes, monitors and other programs, which present a token as `Authorization: Bearer …`. Probes alone
 * need none, and learn a word.
 */
export function createPrograms(parts: ProgramParts) {
  const { app, door } = parts;
  const answerHook = createHookAnswers(parts);
  // Loaded only where somebody asks.
  const metrics = lazily<Metrics>(async () => {
    const { createMetrics } = await import("../telemetry/metrics.ts");
    const { writeMeasures: flush, reads, status, planner, breathe } = app;
    return createMetrics({ flush, reads, status, upcoming: planner.upcoming, breathe });
  });
  const mcp = lazily<McpOverHttp>(async () => (await import("./mcpOverHttp.ts")).createMcpOverHttp(parts));
  /** One token's calls under way, over however many connections. */
  const limits = new Map<string, CallLimits>();

  const limitsOf = (tokenId: string): CallLimits => {
    const known = limits.get(tokenId);
    if (known !== undefined) return known;
    const made = createCallLimits();
    limits.set(tokenId, made);
    return made;
  };

  /** Whoever holds a token; answers by itself, and returns null, where nobody does. */
  function tokenOf(request: IncomingMessage, response: ServerResponse): KnownToken | null {
    const entered = door.token(request);
    if ("found" in entered) return entered.found;
    const wait: Record<string, string> =
      entered.waitMs === undefined ? {} : { "Retry-After": String(Math.ceil(entered.waitMs / 1000)) };
    answer(response, entered.status, entered.message, { "WWW-Authenticate": 'Bearer realm="almanac"', ...wait });
    return null;
  }

  const callerOf = (token: KnownToken): Caller => ({
    scopes: token.scopes,
    tokenName: token.name,
    sessionId: null,
    limits: limitsOf(token.id),
    signInAddress: null,
  });

  async function answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = tokenOf(request, response);
    if (token === null) return;
    try {
      needScope({ scopes: token.scopes, tokenName: token.name }, "read", "/metrics");
    } catch (error) {
      return answer(response, 403, toAppError(error).message);
    }
    const { text, contentType } = await metrics.get();
    const body = await text();
    answer(response, 200, body.trimEnd(), { "Content-Type": contentType });
  }

  /** `POST /api/NAME` with the input as JSON; what only answers also as `GET /api/NAME?input=…`. */
  async function answerCall(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = tokenOf(request, response);
    if (token === null) return;
    const { callProcedure, programCall } = await import("../api/http/procedures.ts");
    const isGet = request.method === "GET";
    if (!isGet && request.method !== "POST") return refuse(request, response, 405, "GET or POST");
    if (isGet && programCall(name)?.type === "mutation")
      return answer(response, 405, `${name} changes something: POST`, { Allow: "POST" });
    let text: string | null;
    if (isGet) text = new URL(request.url ?? "/", "http://almanac").searchParams.get("input") ?? "";
    else {
      text = await readBody(request, maxCallBytes);
      if (text === null) return refuse(request, response, 413, `at most ${maxCallBytes} bytes`);
      if (text !== "" && !isJson(request)) return answer(response, 415, "application/json");
    }
    let input: unknown;
    try {
      input = text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      const message = `the input is no JSON: ${error instanceof Error ? error.message : error}`;
      return answerJson(response, 400, { error: { code: "INVALID_INPUT", message, issues: [] } });
    }
    const { status, body } = await callProcedure(name, input, {
      app,
      actor: `token ${token.name}`,
      caller: callerOf(token),
    });
    answerJson(response, status, body);
  }

  async function answerMcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = tokenOf(request, response);
    if (token === null) return;
    await (await mcp.get()).answer(request, response, callerOf(token));
  }

  async function answerOpenapi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET") return refuse(request, response, 405, "GET");
    const { openapiDocument } = await import("../api/http/openapi.ts");
    answerJson(response, 200, openapiDocument());
  }

  return {
    /** Answers a probe, whichever name it gives this server: it asks by address. False where it is none. */
    probe(path: string, response: ServerResponse): boolean {
      if (path === "/healthz") answer(response, 200, "ok");
      else if (path === "/readyz") {
        const { state, ready } = readinessOf(app.status());
        answerJson(response, ready ? 200 : 503, { state });
      } else return false;
      return true;
    },
    /** Answers a program that names this server rightly; false where the path is none of theirs. */
    async program(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
      const hook = /^\/hooks\/([\w-]{1,40})$/.exec(path)?.[1];
      const call = /^\/api\/(.{1,200})$/.exec(path)?.[1];
      if (hook !== undefined) await answerHook(hook, request, response);
      else if (call !== undefined) await answerCall(call, request, response);
      else if (path === "/openapi.json") await answerOpenapi(request, response);
      else if (path === "/mcp") await answerMcp(request, response);
      else if (path !== "/metrics") return false;
      else if (request.method !== "GET") refuse(request, response, 405, "GET");
      else await answerMetrics(request, response);
      return true;
    },
    async close(): Promise<void> {
      (await metrics.made())?.close();
      await (await mcp.made())?.close();
    },
  };
}
export type Programs = ReturnType<typeof createPrograms>;
