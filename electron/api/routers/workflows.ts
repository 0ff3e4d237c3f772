import { runWorkflowSchema, type WorkflowsPage, workflowPathsSchema } from "../../../shared/api/workflows.ts";
import type { AlmanacApp } from "../context.ts";
import { administering, editing, procedure, router } from "./trpc.ts";

function workflowsPage(app: AlmanacApp): WorkflowsPage {
  const schedules = app.reads.schedulesOfWorkflows();
  return {
    workflows: app.catalogue.list().map((workflow) => ({
      ...workflow,
      schedules: schedules.get(workflow.name) ?? [],
      lastRuns: app.reads.lastOutcomesOfWorkflow(workflow.name, 10),
    })),
    errors: app.workflowErrors(),
    paths: app.workflowPaths(),
  };
}

export const workflows = router({
  list: procedure.query(({ ctx }): WorkflowsPage => workflowsPage(ctx.app)),
  /** Runs what the caller says, a command too: the same as making a schedule of it. */
  run: editing
    .input(runWorkflowSchema)
    .mutation(({ ctx, input }) => ctx.app.engine.runWorkflow(input.name, input.input ?? {}, ctx.actor)),
  reload: editing.mutation(async ({ ctx }): Promise<WorkflowsPage> => {
    await ctx.app.catalogue.reload();
    return workflowsPage(ctx.app);
  }),
  setPaths: administering.input(workflowPathsSchema).mutation(async ({ ctx, input }): Promise<WorkflowsPage> => {
    await ctx.app.setWorkflowPaths(input.paths);
    return workflowsPage(ctx.app);
  }),
});
