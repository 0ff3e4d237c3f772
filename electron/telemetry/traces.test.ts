import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { isTracing } from "./traceIds.ts";

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  status: { code?: number; message?: string };
  links?: { traceId: string }[];
}

/** What takes spans over OTLP, as JSON, and keeps them. */
async function collector() {
  const spans: SentSpan[] = [];
  const resources: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/v1/traces") {
        for (const of of JSON.parse(Buffer.concat(chunks).toString("utf8")).resourceSpans) {
          resources.push(
            Object.fromEntries(
              of.resource.attributes.map(({ key, value }: SentSpan["attributes"][number]) => [key, value.stringValue]),
            ),
          );
          for (const scope of of.scopeSpans) spans.push(...scope.spans);
        }
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    resources,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const attributesOf = ({ attributes }: SentSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

afterEach(() => void vi.unstubAllEnvs());

it("sends a firing with its attempts as one trace, whose id a command has in TRACEPARENT", async () => {
  await using sink = await collector();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url);
  vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
  const app = await tempApp({ role: "engine" });
  await app.start();
  const make = (scheduleId: string, command: string, more = {}) =>
    app.engine.createSchedule(
      { scheduleId, workflowName: "shell.command", spec: { cron: "0 0 1 1 *" }, input: { command }, ...more },
      "user",
    );
  make("again", 'echo "$TRACEPARENT"; exit $((2 - ALMANAC_ATTEMPT))', { maxAttempts: 2, retryDelay: "1s" });
  make("follower", "true", { spec: { on: { after: { scheduleId: "again" } } } });
  const { runId } = app.engine.triggerSchedule({ scheduleId: "again" }, "user");
  const run = await app.engine.waitForRun(runId);
  expect(run).toMatchObject({ status: "completed", attempt: 2 });
  await vi.waitFor(
    () => expect(app.reads.listRuns({ scheduleId: "follower" } as never).rows[0]?.status).toBe("completed"),
    {
      timeout: 20_000,
    },
  );
  await app[Symbol.asyncDispose]();

  const traceId = sink.spans.find(({ name }) => name === "fire again")?.traceId;
  const own = sink.spans.filter((span) => span.traceId === traceId);
  const firing = own.find(({ parentSpanId }) => !parentSpanId);
  expect(attributesOf(firing as SentSpan)).toMatchObject({
    "faas.trigger": "other",
    "cicd.pipeline.name": "shell.command",
    "cicd.pipeline.run.id": runId,
    "almanac.schedule.id": "again",
  });
  const attempts = own.filter(({ parentSpanId }) => parentSpanId === firing?.spanId);
  expect(attempts.map((span) => [span.status.code ?? 0, attributesOf(span)["cicd.pipeline.result"]])).toEqual([
    [2, "failure"],
    [0, "success"],
  ]);
  for (const { startTimeUnixNano, endTimeUnixNano } of own)
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
  const [line] =
    String((run.result as { stdout?: string } | null)?.stdout ?? JSON.stringify(run.result)).match(/00-[0-9a-f-]+/) ??
    [];
  expect(line).toBe(`00-${traceId}-${attempts[1]?.spanId}-01`);
  const followed = sink.spans.find(({ name }) => name === "fire follower");
  expect(followed?.links?.map((link) => link.traceId)).toEqual([traceId]);
  expect(sink.resources[0]).toMatchObject({ "service.name": "almanac", "deployment.environment.name": "test" });
});

it("sends nothing where no address is set, or OpenTelemetry is switched off", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  expect(isTracing({})).toBe(false);
  expect(isTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBe(false);
  expect(isTracing(endpoint)).toBe(true);
  expect(isTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" })).toBe(true);
  expect(isTracing({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toBe(false);
  expect(isTracing({ ...endpoint, OTEL_TRACES_EXPORTER: "none" })).toBe(false);
});
