import {
  cancelRunSchema,
  listRunsSchema,
  type RunColumn,
  type RunDetail,
  type RunPage,
  retryRunSchema,
  runGridSchema,
  runIdSchema,
  runLogsSchema,
  takeResultSchema,
} from "../../../shared/api/runs.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { procedure, router, running } from "./trpc.ts";

const noRun = (runId: string) =>
  new AppError("NOT_FOUND", `there is no run "${runId}"`, {
    issues: [{ path: "runId", given: runId, message: "the id of a run" }],
  });

export const runs = router({
  list: procedure.input(listRunsSchema).query(({ ctx, input }): RunPage => ctx.app.reads.listRuns(input)),
  get: procedure.input(runIdSchema).query(({ ctx, input }): RunDetail => {
    const run = ctx.app.reads.runRow(input.runId);
    if (run === undefined) throw noRun(input.runId);
    return {
      ...run,
      attempts: ctx.app.reads.attempts(input.runId),
      steps: ctx.app.reads.steps(input.runId),
      lateResults: ctx.app.reads.lateResults(input.runId),
    };
  }),
  grid: procedure.input(runGridSchema).query(({ ctx, input }): RunColumn[] => {
    const { rows } = ctx.app.reads.listRuns(input);
    return rows.reverse().map((run) => ({
      run,
      attempts: [
        ...(run.attempt > 1 ? ctx.app.reads.attempts(run.runId) : []).map(({ attempt, status }) => ({
          attempt,
          status,
        })),
        { attempt: run.attempt, status: run.status },
      ],
      steps: ctx.app.reads.steps(run.runId).map(({ name, status, startedAt, completedAt }) => ({
        name,
        status,
        durationMs: completedAt === null ? null : Math.max(0, completedAt - startedAt),
      })),
    }));
  }),
  logs: procedure.input(runLogsSchema).query(({ ctx, input }) => {
    const run = ctx.app.reads.runRow(input.runId);
    if (run === undefined) throw noRun(input.runId);
    return {
      chunks: ctx.app.reads.logs(input.runId, input.after, input.limit ?? 1000),
      droppedBytes: run.logDroppedBytes,
    };
  }),
  cancel: running
    .input(cancelRunSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.cancelRun(input.runId, input.graceMs, ctx.actor)),
  takeResult: running.input(takeResultSchema).mutation(({ ctx, input }) => ctx.app.engine.takeResult(input, ctx.actor)),
  retry: running.input(retryRunSchema).mutation(({ ctx, input }) => ctx.app.engine.retryRun(input, ctx.actor)),
});
