import type { Command } from "commander";
import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import { placeText, type WorkflowLoadError } from "../../../shared/domain/workflow.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { waitForRun } from "../following.ts";
import { type CliIo, inertLine, printTable } from "../output.ts";
import { existingPath, jsonValue } from "../values.ts";
import { showRun } from "./runs.ts";
import { exitCodeOf } from "./schedules.ts";

/** Files that did not load, each with its place, a line each. */
export function printLoadErrors(io: CliIo, errors: readonly WorkflowLoadError[]): void {
  for (const error of errors) io.err.write(`${inertLine(placeText(error))}: ${inertLine(error.message)}\n`);
}

const memoryBy = { workflow: "set here", code: "as its code says", settings: "as Settings say" } as const;
const memoryWords = ({ limit, by }: WorkflowRow["memory"]): string =>
  `${limit === "none" ? "no limit of memory" : `${limit} of memory`}, ${memoryBy[by]}`;

export function addWorkflows(program: Command, io: CliIo): void {
  const workflows = noun(program, "workflows", "what can be scheduled", [
    "workflows list",
    'workflows run shell.command --input \'{"command":"date"}\' --wait',
  ]);

  leaf(workflows, "list", "workflows, and files that did not load", [
    "workflows list",
    "workflows list --module ./workflows",
  ])
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .action(async (local: { module?: string[] }, command: Command) => {
      const modules = local.module === undefined ? {} : { modulePaths: local.module };
      await withApp(io, command, { loadWorkflows: true, ...modules }, async ({ api, show }) => {
        show(await api.workflows.list(), ({ workflows: rows, errors }) => {
          printTable(
            io,
            [
              { title: "Workflow", cell: (row) => row.name },
              { title: "From", cell: (row) => (row.source.kind === "builtin" ? "built in" : row.source.path) },
              { title: "Memory", cell: ({ memory }) => memory.limit, right: true },
              { title: "Schedules", cell: (row) => String(row.schedules.length), right: true },
              { title: "What it does", cell: (row) => row.description },
            ],
            rows,
          );
          printLoadErrors(io, errors);
        });
      });
    });

  leaf(workflows, "update <name>", "what all runs of a workflow may take whose schedule does not say", [
    "workflows update nightly_report --memory-limit 2GiB",
    "workflows update nightly_report --memory-limit default",
  ])
    .requiredOption("--memory-limit <size>", "memory with all programs a run starts: 2GiB, none, or default")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .action(async (name: string, local: { memoryLimit: string; module?: string[] }, command: Command) => {
      const modules = local.module === undefined ? {} : { modulePaths: local.module };
      await withApp(io, command, { loadWorkflows: true, ...modules }, async ({ api, show }) => {
        const memoryLimit = local.memoryLimit === "default" ? null : local.memoryLimit;
        const row = await api.workflows.update({ name, memoryLimit });
        show(row, () => {
          if (row === null) io.out.write(`${inertLine(name)} has no limit of its own any more\n`);
          else io.out.write(`${row.name}: ${memoryWords(row.memory)}\n`);
        });
      });
    });

  leaf(workflows, "run <name>", "run a workflow once, outside any schedule", [
    'workflows run shell.command --input \'{"command":"date"}\' --wait',
    "workflows run minute_health_check --module examples/minute-health-check.ts --wait",
  ])
    .option("--input <json>", "its input (or @FILE)")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--wait", "wait for the run to end; fires schedules meanwhile if nobody else does")
    .action(async (name: string, local: { input?: string; module?: string[]; wait?: boolean }, command: Command) => {
      const input = local.input === undefined ? {} : jsonValue("input", local.input);
      const modules = local.module === undefined ? {} : { modulePaths: local.module };
      const role = local.wait === true ? "engine" : "client";
      await withApp(io, command, { role, loadWorkflows: true, ...modules }, async (session) => {
        const { app, api, show } = session;
        const made = await api.workflows.run({ name, input });
        if (local.wait !== true) return show(made, ({ runId }) => io.out.write(`${runId}\n`));
        await app.start();
        exitCodeOf(await waitForRun(app, made.runId));
        await showRun(session, made.runId);
      });
    });
}
