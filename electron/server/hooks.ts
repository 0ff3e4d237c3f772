import type { IncomingMessage, ServerResponse } from "node:http";
import { errorShape, toAppError, trpcCodeOf } from "../api/errors.ts";
import { pageUrl } from "../notifications/pageUrl.ts";
import { answer, answerJson, isJson, readBody, refuse } from "./answers.ts";
import type { ProgramParts } from "./programParts.ts";

const maxBytes = 1024 * 1024;
/** So many runs a minute are started by one hook. */
const mostInMinute = 60;
const keyPattern = /^[\x21-\x7e]{1,200}$/;

/** `POST /hooks/ID` with `Authorization: Bearer …` of the hook's own: starts what it is for, and says which run it is. */
export function createHookAnswers({ app, door, pages }: ProgramParts) {
  const started = new Map<string, { from: number; count: number }>();

  /** How long a hook must wait, ms; 0 where it may start one more, which is counted. */
  function waitMs(id: string): number {
    const now = Date.now();
    const known = started.get(id);
    if (known === undefined || now - known.from >= 60_000) {
      started.set(id, { from: now, count: 1 });
      return 0;
    }
    known.count += 1;
    return known.count <= mostInMinute ? 0 : known.from + 60_000 - now;
  }

  return async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") return refuse(request, response, 405, "POST");
    const entered = door.hook(request, (text) => app.hooks.authenticate(id, text));
    if (!("found" in entered)) {
      const wait: Record<string, string> =
        entered.waitMs === undefined ? {} : { "Retry-After": String(Math.ceil(entered.waitMs / 1000)) };
      return answer(response, entered.status, entered.message, {
        "WWW-Authenticate": 'Bearer realm="almanac"',
        ...wait,
      });
    }
    const hook = entered.found;
    const noted = (status: number, said: string): void => app.hooks.refused(hook.id, { kind: "refused", status, said });
    const key = request.headers["idempotency-key"];
    if (key !== undefined && !keyPattern.test(String(key))) {
      const message = "Idempotency-Key: 1 to 200 visible characters are expected";
      noted(400, message);
      return answer(response, 400, message);
    }
    const body = await readBody(request, maxBytes);
    if (body === null) {
      noted(413, `at most ${maxBytes} bytes are allowed`);
      return refuse(request, response, 413, `at most ${maxBytes} bytes`);
    }
    let input: unknown;
    if (hook.takesInput === 1 && body !== "") {
      if (!isJson(request)) {
        noted(415, "input is expected as application/json");
        return answer(response, 415, "application/json");
      }
      try {
        input = JSON.parse(body);
      } catch (error) {
        const message = `the input is no JSON: ${error instanceof Error ? error.message : error}`;
        noted(400, message);
        return answerJson(response, 400, { error: { code: "INVALID_INPUT", message, issues: [] } });
      }
    }
    const wait = waitMs(hook.id);
    if (wait > 0) {
      app.hooks.refused(hook.id, { kind: "limited" });
      return answer(response, 429, `at most ${mostInMinute} a minute`, {
        "Retry-After": String(Math.ceil(wait / 1000)),
      });
    }
    try {
      const { runId, repeated } = app.hooks.call(hook, input, key === undefined ? null : String(key));
      const page = pageUrl(app.engine, `/runs/${runId}`, pages());
      answerJson(response, repeated ? 200 : 202, { runId, repeated, page });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === "INTERNAL") app.logger.error("a hook failed:", thrown);
      const status = statusOf[trpcCodeOf(error.code)] ?? 500;
      noted(status, error.message);
      answerJson(response, status, { error: errorShape(error) });
    }
  };
}

const statusOf: Partial<Record<ReturnType<typeof trpcCodeOf>, number>> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  SERVICE_UNAVAILABLE: 503,
};
