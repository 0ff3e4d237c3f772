import type { Command } from "commander";
import { runtimeKindSchema, runtimeKinds } from "../../../shared/api/runtime.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import { leaf, noun } from "../command.ts";
import { type Session, withApp } from "../context.ts";
import { type CliIo, inertLine, printTable } from "../output.ts";
import { readUnseen } from "../unseen.ts";
import { jsonValue } from "../values.ts";

/** The address of Redis is typed unseen or comes on standard input: arguments are seen by others. Empty keeps the one there is. */
async function chooseRuntime(io: CliIo, api: Session["api"], word: string, show: Session["show"]): Promise<void> {
  const kind = runtimeKindSchema.safeParse(word.replace(/^"(.*)"$/, "$1"));
  if (!kind.success) throw invalidField("runtime", word, `${runtimeKinds.join(" or ")} is expected`);
  const before = await api.runtime.choice();
  const hint = before.redis === null ? "such as redis://127.0.0.1:6379" : `empty keeps ${before.redis}`;
  const redis = kind.data === "local" ? "" : await readUnseen(`Address of Redis (${hint})`, "redis");
  if (redis === null) {
    io.err.write("nothing is changed\n");
    process.exitCode = 130;
    return;
  }
  const choice = await api.runtime.choose({ runtime: kind.data, ...(redis === "" ? {} : { redis }) });
  show(choice, () =>
    io.out.write(
      choice.runtime === "local" ? "runs execute on this machine\n" : `runs go to workers over ${choice.redis}\n`,
    ),
  );
}

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
    "settings set runtime bullmq < redis-url.txt",
    "settings set runtime local",
  ]).action(async (key: string, json: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      if (key === "runtime") {
        await chooseRuntime(io, api, json, show);
        return;
      }
      const all = await api.system.setSetting({ key, value: jsonValue(key, json) as never });
      show({ settings: all }, () => io.out.write(`${key} is ${JSON.stringify(all[key])}\n`));
    });
  });
}
