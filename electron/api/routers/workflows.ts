import which from "which";
import {
  runWorkflowSchema,
  updateWorkflowSchema,
  type WorkflowRow,
  type WorkflowsPage,
  workflowPathsSchema,
} from "../../../shared/api/workflows.ts";
import { agents } from "../../../shared/domain/agents.ts";
import { formatMemory } from "../../../shared/domain/memory.ts";
import type { WorkflowInfo } from "../../../shared/domain/workflow.ts";
import type { AlmanacApp } from "../context.ts";
import { administering, editing, procedure, router } from "./trpc.ts";

function workflowsPage(app: AlmanacApp): WorkflowsPage {
  const memoryOf = (workflow: WorkflowInfo): WorkflowRow["memory"] => {
    const { mb, by } = app.engine.memoryOfWorkflow(workflow);
    return { limit: formatMemory(mb), by };
  };
  const schedules = app.reads.schedulesOfWorkflows();
  return {
    workflows: app.catalogue.list().map((workflow) => ({
      ...workflow,
      schedules: schedules.get(workflow.name) ?? [],
      lastRuns: app.reads.lastOutcomesOfWorkflow(workflow.name, 10),
      memory: memoryOf(workflow),
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
  /** What all its runs may take whose schedule says nothing. Answers with the workflow as it is then. */
  update: editing.input(updateWorkflowSchema).mutation(({ ctx, input }): WorkflowRow | null => {
    ctx.app.engine.setWorkflowMemory(input.name, input.memoryLimit);
    return workflowsPage(ctx.app).workflows.find(({ name }) => name === input.name) ?? null;
  }),
  /** The command-line agents that this machine has, by their commands. */
  agents: procedure.query(async (): Promise<string[]> => {
    const found = await Promise.all(agents.map(({ command }) => which(command, { nothrow: true })));
    return agents.filter((_, index) => found[index] !== null).map(({ command }) => command);
  }),
  reload: editing.mutation(async ({ ctx }): Promise<WorkflowsPage> => {
    await ctx.app.catalogue.reload();
    return workflowsPage(ctx.app);
  }),
  setPaths: administering.input(workflowPathsSchema).mutation(async ({ ctx, input }): Promise<WorkflowsPage> => {
    await ctx.app.setWorkflowPaths(input.paths);
    return workflowsPage(ctx.app);
  }),
});
