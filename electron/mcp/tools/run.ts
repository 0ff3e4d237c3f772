import { z } from "zod";
import { retryRunSchema } from "../../../shared/api/runs.ts";
import { triggerScheduleSchema } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { answered, cut, type ToolAnswer, type ToolParts } from "../parts.ts";

const { scheduleId, input, force, asOf } = triggerScheduleSchema.shape;
const { asScheduleIs } = retryRunSchema.shape;

export const runInput = z.object({
  action: z
    .enum(["trigger", "retry", "cancel", "wait"])
    .describe("trigger: start a schedule now. retry, cancel, wait: of a run."),
  scheduleId: scheduleId.optional().describe("for trigger"),
  runId: z.string().min(1).max(100).optional().describe("for retry, cancel and wait"),
  input: input.describe("trigger: in the place of the schedule's own; needs the right to edit"),
  force: force.describe("trigger: although a run is active"),
  asOf: asOf.describe("trigger: the scheduled time that the run is told"),
  asScheduleIs: asScheduleIs.describe("retry: with what its schedule has now, in the place of what the run had"),
  waitSeconds: z
    .number()
    .int()
    .min(0)
    .max(50)
    .optional()
    .describe("how long to wait for its end; 0 where left out, 30 for wait"),
});
export const runOutput = z.object({
  runId: z.string(),
  status: z.string(),
  ended: z.boolean(),
  error: z.string().nullable(),
  result: z.string().nullable(),
  page: z.string(),
});

export async function run(parts: ToolParts, given: z.output<typeof runInput>, client: string): Promise<ToolAnswer> {
  const api = parts.api(client);
  const need = (field: "scheduleId" | "runId"): string => {
    const value = given[field];
    if (value === undefined) throw new AppError("INVALID_INPUT", `${given.action} needs ${field}`);
    return value;
  };
  const start = async (): Promise<string> => {
    if (given.action === "trigger") {
      const { force: anyway, asOf: at, input: own } = given;
      return (await api.schedules.trigger({ scheduleId: need("scheduleId"), force: anyway, asOf: at, input: own }))
        .runId;
    }
    if (given.action === "retry")
      return (await api.runs.retry({ runId: need("runId"), asScheduleIs: given.asScheduleIs })).runId;
    if (given.action === "cancel") await api.runs.cancel({ runId: need("runId") });
    return need("runId");
  };
  const runId = await start();
  const seconds = given.waitSeconds ?? (given.action === "wait" ? 30 : 0);
  if (seconds > 0)
    await parts.app.engine.waitForRun(runId, AbortSignal.timeout(seconds * 1000)).catch((error: unknown) => {
      // It goes on; what it is now is answered.
      if (!(error instanceof Error && ["TimeoutError", "AbortError"].includes(error.name))) throw error;
    });
  const now = await api.runs.get({ runId });
  const ended = now.completedAt !== null;
  const error = now.error === null ? null : cut(`${now.error.code}: ${now.error.message}`, 1000);
  const result = now.result === null ? null : cut(JSON.stringify(now.result) ?? "", 4000);
  const lines = [`${runId}: ${now.status}${ended ? "" : ", not over yet"}`];
  if (error !== null) lines.push(`error: ${error}`);
  if (result !== null) lines.push(`result: ${result}`);
  const { owner, problem } = parts.app.status();
  if (!ended && owner === null)
    lines.push(
      "Nobody fires: it waits until Almanac is started (`almanac serve`, `almanac scheduler run`, the desktop program).",
    );
  else if (!ended && problem !== null) lines.push(`Problem: ${problem.message}`);
  return answered(lines, { runId, status: now.status, ended, error, result, page: parts.urlOf(`/runs/${runId}`) });
}
