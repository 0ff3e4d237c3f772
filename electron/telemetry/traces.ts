import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Run, RunTrigger } from "../../shared/domain/run.ts";
import type { Engine } from "../engine/contract.ts";
import type { ReadModel } from "../storage/reads/readModel.ts";
import { firingSpanIdOf, runSpanIdOf, traceIdOf } from "./traceIds.ts";

/** What is still to be sent when the program ends has so long. */
const lastWordsMs = 2000;

export interface TracingParts {
  engine: Pick<Engine, "onRunMove" | "getRun">;
  reads: Pick<ReadModel, "attempts" | "steps">;
  version: string;
  report(error: unknown): void;
}

const faasTrigger: Record<RunTrigger, string> = {
  schedule: "timer",
  catchup: "timer",
  backfill: "other",
  manual: "other",
  retry: "other",
  event: "other",
  hook: "http",
};

function resultOf({ status, error }: Pick<Run, "status" | "error">): string {
  if (status === "completed") return "success";
  if (status === "cancelled") return "cancellation";
  if (status === "skipped") return "skip";
  if (status === "interrupted") return "error";
  return error?.code === "TIMEOUT" ? "timeout" : "failure";
}

const failed = (span: Span, error: { code: string; message: string } | null | undefined): void => {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error?.message.slice(0, 500) ?? "" });
  if (error != null) span.setAttribute("error.type", error.code);
};

/**
 * Sends each run that this process's engine ends as spans over OTLP: its firing (from the instant it was for), each of its attempts,
 * and its steps. Where to is for OpenTelemetry's own variables to say. Returns the way to stop, which sends what is left.
 */
export function traceRuns({ engine, reads, version, report }: TracingParts): () => Promise<void> {
  const random = new RandomIdGenerator();
  /** Of the span that is begun next: runs have ids that other processes know without being told. */
  let next: { traceId: string; spanId: string } | null = null;
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "almanac", "service.version": version }))
      .merge(detectResources({ detectors: [envDetector] })),
    idGenerator: {
      generateTraceId: () => next?.traceId ?? random.generateTraceId(),
      generateSpanId: () => next?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer("almanac", version);

  const begin = (
    name: string,
    startTime: number,
    {
      ids,
      parent,
      attributes,
      after,
    }: { ids?: typeof next; parent?: Span; attributes: Attributes; after?: string | null },
  ): Span => {
    next = ids ?? null;
    try {
      const source = after ?? null;
      return tracer.startSpan(
        name,
        {
          startTime,
          kind: SpanKind.INTERNAL,
          attributes,
          // The run of another schedule that this one was started by.
          ...(source === null
            ? {}
            : {
                links: [
                  {
                    context: {
                      traceId: traceIdOf(source),
                      spanId: firingSpanIdOf(source),
                      traceFlags: TraceFlags.SAMPLED,
                    },
                  },
                ],
              }),
        },
        parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent),
      );
    } finally {
      next = null;
    }
  };

  function send(runId: string): void {
    const run = engine.getRun(runId);
    const endedAt = Date.parse(run.completedAt ?? run.createdAt);
    const createdAt = Date.parse(run.createdAt);
    const traceId = traceIdOf(runId);
    const common: Attributes = {
      "cicd.pipeline.name": run.workflowName,
      "cicd.pipeline.run.id": runId,
      ...(run.scheduleId === null ? {} : { "almanac.schedule.id": run.scheduleId }),
    };
    // A backfill's instants lie far back: what it waited for is not that.
    const isTimed = run.trigger === "schedule" || run.trigger === "catchup";
    const fromAt =
      isTimed && run.scheduledTime !== null ? Math.min(Date.parse(run.scheduledTime), createdAt) : createdAt;
    const firing = begin(`fire ${run.scheduleId ?? run.workflowName}`, fromAt, {
      ids: { traceId, spanId: firingSpanIdOf(runId) },
      attributes: {
        ...common,
        "faas.trigger": faasTrigger[run.trigger],
        "almanac.trigger": run.trigger,
        ...(run.scheduledTime === null ? {} : { "faas.time": run.scheduledTime }),
      },
      after: run.event?.runId ?? null,
    });
    const attempt = (number: number, startedAt: number, result: string): Span =>
      begin(`run ${run.workflowName}`, startedAt, {
        ids: { traceId, spanId: runSpanIdOf(runId, number) },
        parent: firing,
        attributes: { ...common, "cicd.pipeline.result": result, "almanac.attempt": number },
      });
    for (const earlier of reads.attempts(runId)) {
      const span = attempt(earlier.attempt, earlier.startedAt, earlier.status === "failed" ? "failure" : "error");
      failed(span, earlier.error);
      span.end(earlier.completedAt);
    }
    if (run.startedAt !== null) {
      const span = attempt(run.attempt, Date.parse(run.startedAt), resultOf(run));
      for (const step of reads.steps(runId)) {
        const part = begin(step.name, step.startedAt, {
          parent: span,
          attributes: {
            "cicd.pipeline.task.name": step.name,
            "cicd.pipeline.task.run.id": `${runId}/${step.key}`,
            "cicd.pipeline.task.run.result": step.status === "completed" ? "success" : "failure",
          },
        });
        if (step.error != null) failed(part, step.error);
        part.end(step.completedAt ?? endedAt);
      }
      if (run.status === "failed" || run.status === "interrupted") failed(span, run.error);
      span.end(endedAt);
    }
    if (run.status === "failed" || run.status === "interrupted") failed(firing, run.error);
    firing.end(endedAt);
  }

  const stop = engine.onRunMove(({ runId, kind }) => {
    if (kind !== "ended") return;
    try {
      send(runId);
    } catch (error) {
      report(error);
    }
  });
  return async () => {
    stop();
    const sent = provider.shutdown().catch(report);
    await Promise.race([sent, new Promise((done) => setTimeout(done, lastWordsMs).unref())]);
  };
}
