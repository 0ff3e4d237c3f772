import { z } from "zod";
import type { RunJob } from "../../../../shared/domain/workflow.ts";
import { hostedMessage, ProtocolError } from "./fromRunner.ts";
import type { FromRunner, StopReason } from "./protocol.ts";

/** Messages to the command host. Any number of runs at a time. */
export type ToHost =
  | { type: "run"; job: RunJob }
  /** Asks a run's programs to end, and ends them by force after `graceMs`; `ended` follows. */
  | { type: "stop"; runId: string; reason: StopReason; graceMs: number }
  | { type: "ping" }
  | { type: "secret"; id: number; value: string | null; problem?: string };

/** What it says of one run. */
export type HostedMessage = Extract<FromRunner, { type: "started" | "step" | "log" | "ended" }>;

/** Messages of the command host; several come in one as with a runner. */
export type FromHost =
  | { type: "ready" }
  | { type: "pong" }
  | { type: "secret"; id: number; runId: string; name: string }
  | { type: "run"; runId: string; message: HostedMessage };

const single = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("pong") }),
  z.strictObject({
    type: z.literal("secret"),
    id: z.int().min(0),
    runId: z.string().max(200),
    name: z.string().max(1_000),
  }),
  z.strictObject({ type: z.literal("run"), runId: z.string().max(200), message: hostedMessage }),
]);
const schema = z.union([single, z.strictObject({ type: z.literal("batch"), messages: z.array(single).max(1_000) })]);

/** @throws ProtocolError */
export function parseFromHost(value: unknown): FromHost[] {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ProtocolError("a message that is none of the command host's");
  const message = parsed.data as FromHost | { type: "batch"; messages: FromHost[] };
  return message.type === "batch" ? message.messages : [message];
}
