import { createHash } from "node:crypto";

const hex = (text: string, length: number): string => createHash("sha256").update(text).digest("hex").slice(0, length);

/** A run's trace: the same wherever it is asked for, so that nothing has to be handed to other processes and machines. */
export const traceIdOf = (runId: string): string => hex(`trace ${runId}`, 32);
export const firingSpanIdOf = (runId: string): string => hex(`firing ${runId}`, 16);
/** The span of one attempt: what commands of it have for their parent. */
export const runSpanIdOf = (runId: string, attempt: number): string => hex(`run ${runId} ${attempt}`, 16);

/** W3C's `traceparent` of an attempt. */
export const traceparentOf = (runId: string, attempt: number): string =>
  `00-${traceIdOf(runId)}-${runSpanIdOf(runId, attempt)}-01`;

/** Whether spans are sent anywhere: only where an address for them is set, by OpenTelemetry's own variables. */
export function isTracing(env: NodeJS.ProcessEnv): boolean {
  const address = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  return !!address && env["OTEL_SDK_DISABLED"] !== "true" && env["OTEL_TRACES_EXPORTER"] !== "none";
}
