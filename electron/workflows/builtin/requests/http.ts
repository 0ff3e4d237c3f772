import { homedir } from "node:os";
import type { CookieJar } from "tough-cookie";
import type { Dispatcher, Response } from "undici";
import { z } from "zod";
import { durationSchema } from "../../../../shared/api/schedules.ts";
import { readDuration } from "../../../../shared/schedule/texts/duration.ts";
import { RunFailure } from "../../running/failures.ts";
import { runContext } from "../../sdk/context.ts";
import type { WorkflowParts } from "../../sdk/definitions.ts";
import { durationMs } from "../../sdk/durations.ts";
import { runStorage } from "../../sdk/runScope.ts";
import { expandPath, wholePath } from "../commands/paths.ts";
import { fillIn, fillInValues } from "../templates.ts";
import { addressOf, parseAddress } from "./address.ts";
import { cookiesOf, headersOf, isAccepted, parsedJson, readBody } from "./answer.ts";
import { createDispatcher } from "./dispatcher.ts";
import { type Hop, isRedirect, mostRedirects, redirected } from "./redirects.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/** A text that is no duration is refused by its own schema. */
function readMs(text: string): number {
  const read = readDuration(text);
  return "ms" in read ? read.ms : 1;
}

const statusesSchema = z
  .string()
  .regex(/^\s*\d{3}\s*(-\s*\d{3}\s*)?(,\s*\d{3}\s*(-\s*\d{3}\s*)?)*$/, "statuses and ranges such as 200-299, 304")
  .default("200-299")
  .meta({ title: "Accepted statuses", description: "Statuses and ranges that mean success, such as 200-299, 304." });

export const httpInputSchema = z.strictObject({
  url: z
    .string()
    .min(1)
    .max(16_384)
    .meta({
      title: "URL",
      description: "An http or https address. Templates in it are filled in, encoded.",
      examples: ["https://example.com/report?day={{date}}"],
    }),
  method: z.enum(methods).default("GET").meta({ title: "Method" }),
  headers: z.record(z.string(), z.string()).default({}).meta({
    title: "Headers",
    description: "Such as Authorization: Bearer {{secret.TOKEN}}.",
  }),
  body: z.string().max(1_000_000).optional().meta({
    title: "Body",
    description: "Text to send; sent as JSON where it is JSON and no Content-Type is given.",
  }),
  acceptedStatuses: statusesSchema,
  timeout: durationSchema
    .refine(
      (text) => readMs(text) > 0,
      "longer than nothing, such as 30s: a request without an end would wait for ever",
    )
    .default("60s")
    .meta({ title: "Timeout", description: "Time for the whole answer, such as 30s." }),
  followRedirects: z.boolean().default(true).meta({
    title: "Follow redirects",
    description: "To another origin without the headers that may be a key, and without a body that holds a secret.",
  }),
  caFile: z.string().min(1).max(4_096).optional().meta({
    title: "Certificate authorities",
    description: "A PEM file of authorities to trust beside the usual ones, such as ~/company-ca.pem.",
  }),
});

type HttpInput = z.output<typeof httpInputSchema>;

export const httpRequest: WorkflowParts = {
  name: "http.request",
  description: "Sends an HTTP request. Fails on a status that is not accepted.",
  input: httpInputSchema,
  memoryLimit: null,
  declaration: null,
  queue: null,
  handler: async (given) => {
    const input = given as HttpInput;
    const first = await firstHop(input);
    // What a timer holds.
    const timeoutMs = Math.min(durationMs(input.timeout), 2 ** 31 - 2_000);
    const caFile = input.caFile === undefined ? undefined : caFileOf(await fillIn(input.caFile));
    const dispatcher = await createDispatcher({ caFile, timeoutMs });
    const timeout = AbortSignal.timeout(timeoutMs);
    const { signal } = runContext();
    const startedAt = performance.now();
    let host = first.hop.url.host;
    try {
      const { response, hop } = await follow(first, input, {
        dispatcher,
        signal: AbortSignal.any([signal, timeout]),
        onHop: (url) => {
          host = url.host;
        },
      });
      const received = await readBody(response);
      // Through a proxy there may be none.
      const statusText = response.statusText ?? "";
      const took = Math.round(performance.now() - startedAt);
      say("stdout", `${hop.method} ${hop.url.href} ${response.status} ${statusText} in ${took} ms`);
      const result = {
        status: response.status,
        statusText,
        url: hop.url.href,
        headers: headersOf(response),
        cookies: await cookiesOf(response),
        ...received,
        durationMs: took,
      };
      if (isAccepted(input.acceptedStatuses, response.status)) return result;
      throw new RunFailure("HTTP_STATUS", `${host} answered ${response.status} ${statusText}`.trim(), {
        retryable: true,
        details: result,
      });
    } catch (error) {
      if (error instanceof RunFailure || signal.aborted) throw error;
      if (timeout.aborted) {
        throw new RunFailure("TIMEOUT", `${host} did not answer in ${input.timeout}`, { retryable: true });
      }
      throw new RunFailure("WORKFLOW_ERROR", `${host} could not be reached: ${causeOf(error)}`, { retryable: true });
    } finally {
      void dispatcher.destroy();
    }
  },
};

interface First {
  hop: Hop;
  /** Whether a secret was put into the body. */
  bodyHoldsSecret: boolean;
}

async function firstHop(input: HttpInput): Promise<First> {
  const { url, authorization } = await addressOf(input.url);
  let bodyHoldsSecret = false;
  const body =
    input.body === undefined
      ? undefined
      : await fillIn(input.body, ({ value, secretName }) => {
          bodyHoldsSecret ||= secretName !== null;
          return value;
        });
  if (body !== undefined && (input.method === "GET" || input.method === "HEAD")) {
    throw new RunFailure("INVALID_INPUT", `input.body: a ${input.method} request has no body`);
  }
  const headers = requestHeaders(await fillInValues(input.headers), body);
  if (authorization !== null && !headers.has("authorization")) headers.set("authorization", authorization);
  return { hop: { url, method: input.method, headers, body }, bodyHoldsSecret };
}

interface Sending {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  onHop: (url: URL) => void;
}

/** Sends the request, and again where the answer sends it elsewhere; each address gets the cookies that it has set. */
async function follow(
  first: First,
  input: HttpInput,
  { dispatcher, signal, onHop }: Sending,
): Promise<{ response: Response; hop: Hop }> {
  const { fetch } = await import("undici");
  // By origin: another server of the same host is told nothing.
  const jars = new Map<string, CookieJar>();
  let hop = first.hop;
  for (let redirects = 0; ; redirects++) {
    const { url, method, body } = hop;
    onHop(url);
    const headers = new Headers(hop.headers);
    const kept = await jars.get(url.origin)?.getCookieString(url.href);
    if (kept) headers.append("cookie", kept);
    const response = await fetch(url, {
      method,
      headers: [...headers],
      body: body ?? null,
      redirect: "manual",
      signal,
      dispatcher,
    });
    const location = response.headers.get("location");
    if (!input.followRedirects || !isRedirect(response.status) || location === null) return { response, hop };
    await response.body?.cancel();
    const next = parseAddress(location, url);
    const what = `${url.host} answered ${response.status}`;
    if (next === null) throw refused(`${what} and names no http or https address`);
    if (redirects === mostRedirects)
      throw refused(`${what}: more than ${mostRedirects} redirects, one after the other`);
    for (const line of response.headers.getSetCookie()) {
      const jar = jars.get(url.origin) ?? new (await import("tough-cookie")).CookieJar();
      jars.set(url.origin, jar);
      await jar.setCookie(line, url.href, { ignoreError: true });
    }
    const redirect = redirected(hop, response.status, next.url, next.authorization);
    if (first.bodyHoldsSecret && redirect.hop.body !== undefined && next.url.origin !== url.origin) {
      throw refused(
        `${what} and sends the request to ${next.url.origin}, another origin: the body holds a secret and is not sent there`,
      );
    }
    say(
      "system",
      `[${response.status}: ${redirect.becameGet ? `${hop.method} becomes GET, ` : ""}goes on to ${next.url.href}${
        redirect.withheld.length === 0 ? "" : `, another origin, without ${redirect.withheld.join(", ")}`
      }]`,
    );
    hop = redirect.hop;
  }
}

function refused(message: string): RunFailure {
  return new RunFailure("HTTP_STATUS", message);
}

function say(stream: "stdout" | "system", line: string): void {
  runStorage.getStore()?.write(stream, `${line}\n`);
}

function caFileOf(text: string): string {
  const env = process.env as Record<string, string>;
  return wholePath(expandPath(text, "caFile", env), homedir());
}

function requestHeaders(given: Readonly<Record<string, string>>, body: string | undefined): Headers {
  let headers: Headers;
  try {
    headers = new Headers(given);
  } catch {
    throw new RunFailure("INVALID_INPUT", "input.headers: names of letters, digits and '-', values on one line each");
  }
  if (body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", parsedJson(body) === undefined ? "text/plain;charset=UTF-8" : "application/json");
  }
  return headers;
}

const untrusted = new Set([
  ...["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
  ...["UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
]);

/** The innermost that says something: of several addresses tried, the first. */
function causeOf(error: unknown): string {
  let at: unknown = error;
  let said = "the request failed";
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    if (at.message !== "") said = at.message;
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && untrusted.has(code))
      return `nobody trusted vouches for its certificate (${at.message}); name its authority in caFile`;
    at = at instanceof AggregateError && at.message === "" ? at.errors[0] : at.cause;
  }
  return said;
}
