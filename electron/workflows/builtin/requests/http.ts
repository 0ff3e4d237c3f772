import { z } from "zod";
import { durationSchema } from "../../../../shared/api/schedules.ts";
import { RunFailure } from "../../running/failures.ts";
import { runContext } from "../../sdk/context.ts";
import type { WorkflowParts } from "../../sdk/definitions.ts";
import { durationMs } from "../../sdk/durations.ts";
import { runStorage } from "../../sdk/runScope.ts";
import { fillIn, fillInValues } from "../templates.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;
const maxBodyBytes = 256 * 1024;

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
    .default("60s")
    .meta({ title: "Timeout", description: "Time for the whole answer, such as 30s." }),
  followRedirects: z.boolean().default(true).meta({ title: "Follow redirects" }),
});

export const httpRequest: WorkflowParts = {
  name: "http.request",
  description: "Sends an HTTP request. Fails on a status that is not accepted.",
  input: httpInputSchema,
  declaration: null,
  handler: async (given) => {
    const input = given as z.output<typeof httpInputSchema>;
    const url = await addressOf(input.url);
    const body = input.body === undefined ? undefined : await fillIn(input.body);
    const headers = headersOf(await fillInValues(input.headers), body);
    if (body !== undefined && (input.method === "GET" || input.method === "HEAD")) {
      throw new RunFailure("INVALID_INPUT", `input.body: a ${input.method} request has no body`);
    }
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(durationMs(input.timeout));
    const { signal } = runContext();
    try {
      const response = await fetch(url, {
        method: input.method,
        headers,
        body: body ?? null,
        redirect: input.followRedirects ? "follow" : "manual",
        signal: AbortSignal.any([signal, timeout]),
      });
      const received = await readBody(response);
      const durationMs = Math.round(performance.now() - startedAt);
      runStorage
        .getStore()
        ?.write("stdout", `${input.method} ${url} ${response.status} ${response.statusText} in ${durationMs} ms\n`);
      const result = {
        status: response.status,
        statusText: response.statusText,
        url: response.url,
        headers: Object.fromEntries(response.headers),
        ...received,
        durationMs,
      };
      if (!isAccepted(input.acceptedStatuses, response.status)) {
        throw new RunFailure("HTTP_STATUS", `${url.host} answered ${response.status} ${response.statusText}`.trim(), {
          retryable: true,
          details: result,
        });
      }
      return result;
    } catch (error) {
      if (error instanceof RunFailure || signal.aborted) throw error;
      if (timeout.aborted) {
        throw new RunFailure("TIMEOUT", `${url.host} did not answer in ${input.timeout}`, { retryable: true });
      }
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
      const why = cause !== "" ? cause : error instanceof Error ? error.message : "the request failed";
      throw new RunFailure("WORKFLOW_ERROR", `${url.host} could not be reached: ${why}`, { retryable: true });
    }
  },
};

async function addressOf(text: string): Promise<URL> {
  // A template that makes the whole beginning (a secret webhook address) is an address; elsewhere it is a value in one.
  const filled = await fillIn(text, ({ value, at }) => (at === 0 ? value : encodeURIComponent(value)));
  const url = URL.parse === undefined ? tryUrl(filled) : URL.parse(filled);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new RunFailure("INVALID_INPUT", `input.url: an http or https address (given: ${JSON.stringify(text)})`);
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function headersOf(given: Readonly<Record<string, string>>, body: string | undefined): Headers {
  let headers: Headers;
  try {
    headers = new Headers(given);
  } catch {
    throw new RunFailure("INVALID_INPUT", "input.headers: names of letters, digits and '-', values on one line each");
  }
  if (body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", isJson(body) ? "application/json" : "text/plain;charset=UTF-8");
  }
  return headers;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The body up to a limit; the rest is not fetched. JSON is parsed, text is text, anything else is counted. */
async function readBody(response: Response): Promise<{ body: unknown; bytes: number; truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.length;
    chunks.push(part);
    // Leaving the loop ends the transfer.
    if (bytes > maxBodyBytes) break;
  }
  const truncated = bytes > maxBodyBytes;
  const data = Buffer.concat(chunks).subarray(0, maxBodyBytes);
  const type = response.headers.get("content-type") ?? "";
  if (/[/+]json\b/i.test(type) && !truncated) {
    const text = data.toString("utf8");
    if (isJson(text)) return { body: JSON.parse(text), bytes, truncated };
  }
  const binary = data.includes(0);
  return { body: binary ? null : data.toString("utf8"), bytes, truncated };
}

function isAccepted(statuses: string, status: number): boolean {
  return statuses.split(",").some((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return status >= from && status <= to;
  });
}
