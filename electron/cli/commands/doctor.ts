import type { Command } from "commander";
import { restoreDamaged } from "../../api/restore.ts";
import { leaf } from "../command.ts";
import { dataDirOf, withApp } from "../context.ts";
import { type CliIo, localTime, paint, printFields } from "../output.ts";

export function addDoctor(program: Command, io: CliIo): void {
  leaf(program, "doctor", "check the data folder: database, who fires, runtime, versions, counters", [
    "doctor",
    "doctor --recount",
    "doctor --restore",
  ])
    .option("--recount", "rebuild the schedules' counters from their runs")
    .option(
      "--restore",
      "put the last good backup in the place of a damaged database, which is kept; end Almanac first",
    )
    .action(async (local: { recount?: boolean; restore?: boolean }, command: Command) => {
      const restored =
        local.restore === true ? restoreDamaged(dataDirOf(command.optsWithGlobals(), io.env)) : undefined;
      await withApp(io, command, {}, async ({ app, show }) => {
        const recounted = local.recount === true ? await app.engine.recount() : undefined;
        const report = app.doctor({ thorough: true });
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
            counters:
              report.countersOff.length === 0 ? "right" : `off for ${report.countersOff.join(", ")}: doctor --recount`,
            ...(recounted === undefined ? {} : { recounted: `${recounted.length} schedules corrected` }),
            ...(restored === undefined ? {} : { restored: `${restored.restored}; what was there is ${restored.kept}` }),
            ...report.versions,
          });
          const ok = report.problems.length === 0;
          io.out.write(`\n${ok ? paint(io, "green", "all is well") : paint(io, "red", report.problems.join("\n"))}\n`);
        });
        if (report.problems.length > 0) process.exitCode = 1;
      });
    });
}
