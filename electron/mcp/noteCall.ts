import { z } from "zod";
import type { ToolAnswer, ToolParts } from "./parts.ts";

export type ToolName = "read" | "preview" | "apply" | "run" | "backfill";

const about = z.object({ scheduleId: z.string() }).partial().catch({});
/** What a call says of itself, whichever tool it is of. */
const inputSchema = z
  .object({
    what: z.string(),
    action: z.string(),
    scheduleId: z.string(),
    runId: z.string(),
    spec: z.unknown(),
    text: z.unknown(),
    create: about,
    update: about,
    backfill: about,
    pause: about,
    resume: about,
    delete: about,
  })
  .partial()
  .catch({});
const plans = ["spec", "text", "create", "update", "backfill", "pause", "resume", "delete"] as const;

/** What was asked in a word or two, and the schedule that it is about. */
function readCall(parts: ToolParts, tool: ToolName, input: unknown, answer: ToolAnswer) {
  const given = inputSchema.parse(input);
  if (tool === "apply") {
    const done = z.object({ what: z.string(), result: about }).safeParse(answer.structuredContent);
    return done.success ? { what: done.data.what, id: done.data.result.scheduleId } : { what: "a plan", id: undefined };
  }
  if (tool === "preview") {
    const kind = plans.find((plan) => given[plan] !== undefined) ?? "nothing";
    const of = kind === "nothing" || kind === "spec" || kind === "text" ? undefined : given[kind]?.scheduleId;
    return { what: kind, id: of };
  }
  const what = (tool === "read" ? given.what : given.action) ?? "";
  if (given.scheduleId !== undefined || given.runId === undefined) return { what, id: given.scheduleId };
  try {
    return { what, id: parts.app.engine.getRun(given.runId).scheduleId ?? undefined };
  } catch {
    // There is no such run, as its answer says.
    return { what, id: undefined };
  }
}

/** Writes a call into the history, with the token and the client that it is by. */
export function noteCall(
  parts: ToolParts,
  call: { tool: ToolName; input: unknown; client: string; answer: ToolAnswer },
): void {
  const { tool, input, client, answer } = call;
  const { what, id } = readCall(parts, tool, input, answer);
  const isThere = id !== undefined && parts.app.reads.readSchedule(id) !== undefined;
  parts.app.agentCalls.note({
    actor: parts.actor(client),
    tool,
    what,
    scheduleId: isThere ? id : null,
    refused: answer.isError === true ? (answer.content[0]?.text.split("\n")[0] ?? "refused") : null,
  });
}
