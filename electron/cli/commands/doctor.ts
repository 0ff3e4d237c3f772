import type { Command } from "commander";
import type { BackupView } from "../../../shared/api/system.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { holdsText, isDamaged, lossLines, planRestore, restore } from "../../api/restore.ts";
import { leaf } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { dataDirOf, withApp } from "../context.ts";
import { type CliIo, localTime, paint, printFields, printTable } from "../output.ts";

export function addDoctor(program: Command, io: CliIo): void {
  leaf(program, "doctor", "check the data folder: database, who fires, runtime, backups, versions, counters", [
    "doctor",
    "doctor --recount",
    "doctor --restore",
    "doctor --restore almanac-20260301T090000000Z.db",
  ])
    .option("--recount", "rebuild the schedules' counters from their runs")
    .option(
      "--restore [backup]",
      "put the last good backup in the place of a damaged database, or the named one in the place of any; end Almanac first",
    )
    .option("--yes", "yes to what a restore loses")
    .action(async (local: { recount?: boolean; restore?: string | true; yes?: boolean }, command: Command) => {
      const dataDir = dataDirOf(command.optsWithGlobals(), io.env);
      const restored =
        local.restore === undefined
          ? undefined
          : await goBack(io, dataDir, local.restore === true ? undefined : local.restore, local.yes === true);
      await withApp(io, command, {}, async ({ app, show }) => {
        const recounted = local.recount === true ? await app.engine.recount() : undefined;
        const report = await app.doctor({ thorough: true });
        const done = {
          ...(recounted === undefined ? {} : { recounted }),
          ...(restored === undefined ? {} : { restored }),
        };
        show({ ...report, ...done }, () => {
          const { database, owner } = report;
          printFields(io, {
            "data folder": report.dataDir,
            database: `${database.path} (${(database.bytes / 1_048_576).toFixed(1)} MiB, schema ${database.schemaVersion}, ${database.journalMode})`,
            integrity: database.integrity.join("; "),
            "foreign keys": database.foreignKeyViolations === 0 ? "ok" : `${database.foreignKeyViolations} violations`,
            holds: `${database.schedules} schedules, ${database.runs} runs`,
            "fired by":
              owner === null
                ? "nobody at the moment"
                : `${owner.program}, pid ${owner.pid} on ${owner.host}, last heard ${localTime(io, owner.heartbeatAt)} (${io.zone})`,
            runtime: report.runtime,
            limits: report.limits.length === 0 ? "none: what a run starts ends with it" : report.limits.join("; "),
            runs: `${report.runs.running} of ${report.runs.runsAtOnce} at once are running`,
            counters:
              report.countersOff.length === 0 ? "right" : `off for ${report.countersOff.join(", ")}: doctor --recount`,
            ...(recounted === undefined ? {} : { recounted: `${recounted.length} schedules corrected` }),
            ...(restored === undefined ? {} : { restored: `${restored.restored}; what was there is ${restored.kept}` }),
            ...report.versions,
          });
          printBackups(io, report.backups);
          const ok = report.problems.length === 0;
          io.out.write(`\n${ok ? paint(io, "green", "all is well") : paint(io, "red", report.problems.join("\n"))}\n`);
        });
        if (report.problems.length > 0) process.exitCode = 1;
      });
    });
}

function printBackups(io: CliIo, backups: readonly BackupView[]): void {
  if (backups.length === 0) return;
  io.out.write("\n");
  printTable(
    io,
    [
      { title: "backup", cell: ({ name }) => name },
      { title: `made (${io.zone})`, cell: ({ createdAt }) => localTime(io, createdAt) },
      { title: "MiB", cell: ({ bytes }) => (bytes / 1_048_576).toFixed(1), right: true },
      { title: "holds", cell: holdsText },
      { title: "newest change", cell: ({ holds }) => localTime(io, holds?.newestChangeAt ?? null) },
    ],
    backups,
  );
}

/** Says what a restore loses before it is done; a sound database is gone back from with a yes alone. */
async function goBack(io: CliIo, dataDir: string, name: string | undefined, yes: boolean) {
  const damaged = isDamaged(dataDir);
  if (damaged || name !== undefined) {
    const plan = planRestore(dataDir, name);
    const lines = lossLines(plan);
    const loss = lines.length === 0 ? "nothing would be lost" : lines.join("; ");
    const { backup } = plan;
    const what = `${backup.name} holds ${holdsText(backup)} of ${localTime(io, backup.createdAt)} (${io.zone}). Going back to it: ${loss}.`;
    if (!damaged && !yes && !(await confirmed(io, what)))
      throw new AppError("CONFIRMATION_REQUIRED", `${what} Nothing was changed: add --yes.`);
    io.err.write(`${what}\n`);
  }
  return restore(dataDir, name);
}
