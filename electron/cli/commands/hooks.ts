import type { Command } from "commander";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, printTable } from "../output.ts";

export function addHooks(program: Command, io: CliIo): void {
  const hooks = noun(program, "hooks", "addresses of `serve` that start a schedule or a workflow from outside", [
    "hooks create deploy --schedule deploy",
    "hooks list",
    "hooks rotate deploy",
    "hooks delete deploy",
  ]);

  leaf(hooks, "list", "the hooks, with what each starts; never their secrets", ["hooks list"]).action(
    async (_local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.hooks.list();
        show({ hooks: found }, () =>
          printTable(
            io,
            [
              { title: "Name", cell: ({ name }) => name },
              { title: "Starts", cell: ({ scheduleId, workflowName }) => inertLine(scheduleId ?? workflowName ?? "") },
              { title: "Input", cell: ({ takesInput }) => (takesInput ? "what is posted" : "its own") },
              { title: "Address", cell: ({ path }) => path },
              { title: "Last used", cell: ({ lastUsedAt }) => localTime(io, lastUsedAt) },
              {
                title: "Answer",
                cell: ({ lastStatus, lastSaid }) => inertLine(`${lastStatus ?? ""} ${lastSaid ?? ""}`.trim()),
              },
              { title: "Started", cell: ({ started }) => String(started) },
              { title: "Refused", cell: ({ refused, limited }) => String(refused + limited) },
              { title: "Wrong secret", cell: ({ wrongSecrets }) => String(wrongSecrets) },
            ],
            found,
          ),
        );
      });
    },
  );

  leaf(hooks, "create <name>", "make a hook and print its address and secret, once: the secret is kept nowhere", [
    "hooks create deploy --schedule deploy",
    "hooks create report --workflow report --takes-input",
  ])
    .option("--schedule <id>", "the schedule it starts")
    .option("--workflow <name>", "the workflow it starts, in place of a schedule")
    .option("--takes-input", "what is posted is the run's input; else it is not looked at")
    .action(
      async (name: string, local: { schedule?: string; workflow?: string; takesInput?: boolean }, command: Command) => {
        await withApp(io, command, { loadWorkflows: local.workflow !== undefined }, async ({ api, show }) => {
          const { schedule, workflow, takesInput } = local;
          const made = await api.hooks.create({
            name,
            ...(schedule === undefined ? {} : { scheduleId: schedule }),
            ...(workflow === undefined ? {} : { workflowName: workflow }),
            ...(takesInput === undefined ? {} : { takesInput }),
          });
          show(made, () => {
            io.out.write(`${made.path}\n${made.token}\n`);
            io.err.write(`keep it: the secret of ${inertLine(name)} is not shown again\n`);
          });
        });
      },
    );

  leaf(hooks, "rotate <name>", "give a hook another secret at the same address, and print it, once", [
    "hooks rotate deploy",
  ]).action(async (name: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      const made = await api.hooks.rotate({ name });
      show(made, () => {
        io.out.write(`${made.path}\n${made.token}\n`);
        io.err.write(`the secret that ${inertLine(name)} had before is used no more\n`);
      });
    });
  });

  leaf(hooks, "delete <name>", "remove a hook; its address answers nobody any more", ["hooks delete deploy"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) =>
        show(await api.hooks.delete({ name }), () => io.out.write(`${name} is gone\n`)),
      );
    },
  );
}
