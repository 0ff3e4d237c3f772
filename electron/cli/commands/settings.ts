import type { Command } from "commander";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, printTable } from "../output.ts";
import { jsonValue } from "../values.ts";

export function addSettings(program: Command, io: CliIo): void {
  const settings = noun(program, "settings", "what holds for all schedules", ["settings set runsAtOnce 200"]);

  leaf(settings, "list", "all settings, those that nobody has set too", ["settings list"]).action(
    async (_local, command: Command) => {
      await withApp(io, command, {}, async ({ app, show }) => {
        const all = app.engine.getSettings();
        show({ settings: all }, () =>
          printTable(
            io,
            [
              { title: "Setting", cell: ([key]) => key },
              { title: "Value", cell: ([, value]) => inertLine(JSON.stringify(value)) },
            ],
            Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)),
          ),
        );
      });
    },
  );

  leaf(settings, "set <key> <json>", "change a setting, also while another program fires", [
    "settings set runsAtOnce 200",
    "settings set retentionDays 30",
  ]).action(async (key: string, json: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      const all = await api.system.setSetting({ key, value: jsonValue(key, json) as never });
      show({ settings: all }, () => io.out.write(`${key} is ${JSON.stringify(all[key])}\n`));
    });
  });
}
