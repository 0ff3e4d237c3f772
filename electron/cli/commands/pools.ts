import type { Command } from "commander";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, printTable } from "../output.ts";
import { collect, wholeNumber } from "../values.ts";

export function addPools(program: Command, io: CliIo): void {
  const pools = noun(program, "pools", "named limits: so many runs at once of all that belong to one", [
    "pools set database --limit 2",
    "schedules update nightly-backup --pool database",
  ]);

  leaf(pools, "list", "the pools, with the workflows and tags that belong to them", ["pools list"]).action(
    async (_local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.pools.list();
        show({ pools: found }, () =>
          printTable(
            io,
            [
              { title: "Pool", cell: ({ name }) => name },
              { title: "At once", cell: ({ limit }) => String(limit), right: true },
              { title: "Workflows", cell: ({ workflows }) => inertLine(workflows.join(", ")) || "–" },
              { title: "Tags", cell: ({ tags }) => inertLine(tags.join(", ")) || "–" },
            ],
            found,
          ),
        );
      });
    },
  );

  leaf(pools, "set <name>", "make a pool, or change one; what runs in it goes on", [
    "pools set database --limit 2",
    "pools set network --limit 4 --workflow http.request --tag remote",
  ])
    .requiredOption("--limit <number>", "so many runs at once; 0 lets none start", wholeNumber(0, 100_000))
    .option("--workflow <name>", "all runs of this workflow belong to it (repeatable)", collect)
    .option("--tag <tag>", "all schedules with this tag belong to it (repeatable)", collect)
    .action(async (name: string, local: { limit: number; workflow?: string[]; tag?: string[] }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const { limit, workflow = [], tag = [] } = local;
        const pool = await api.pools.set({ name, limit, workflows: workflow, tags: tag });
        show(pool, () => io.out.write(`${pool.name}: ${pool.limit} at once\n`));
      });
    });

  leaf(pools, "delete <name>", "remove a pool that no schedule names", ["pools delete database"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) =>
        show(await api.pools.delete({ name }), () => io.out.write(`${name} is gone\n`)),
      );
    },
  );
}
