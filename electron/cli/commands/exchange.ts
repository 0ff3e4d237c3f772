import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { Command } from "commander";
import type { ImportReport } from "../../../shared/api/exchange.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { leaf } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, printTable } from "../output.ts";
import { collect, oneOf, readText, wholeNumber } from "../values.ts";

function printReport(io: CliIo, report: ImportReport): void {
  printTable(
    io,
    [
      { title: "What", cell: (item) => item.kind },
      { title: "Id", cell: (item) => item.id },
      { title: "Action", cell: (item) => item.action },
      { title: "Differs in", cell: (item) => item.changes.map(({ field }) => field).join(", ") },
    ],
    report.items,
  );
  for (const item of report.items) {
    for (const note of item.notes) io.err.write(`${inertLine(item.id)}: ${inertLine(note)}\n`);
  }
  for (const { line, text, reason } of report.invalid)
    io.err.write(`line ${line} cannot be taken: ${inertLine(`${reason} (${text})`)}\n`);
  for (const line of report.skipped) io.err.write(`left out: ${inertLine(line)}\n`);
  const would = report.written ? "" : "would be ";
  io.out.write(`${report.created} ${would}created, ${report.updated} ${would}changed, ${report.unchanged} the same\n`);
}

const isYaml = (file: string): boolean => [".yaml", ".yml"].includes(extname(file).toLowerCase());

export function addExchange(program: Command, io: CliIo): void {
  const load = leaf(program, "import <what> [file]", "take schedules in: a JSON or YAML file, or `crontab FILE`", [
    "import schedules.yaml",
    "import schedules.json --dry-run",
    "import crontab /var/spool/cron/me --timezone Europe/Berlin",
    "crontab -l | almanac import crontab -",
  ]);
  load
    .option("--timezone <zone>", "zone of crontab lines that name none (default: UTC)")
    .option("--dry-run", "say what would happen, and write nothing")
    .option(
      "--skip-invalid",
      "leave out crontab lines that cannot be taken (default: they are named, and nothing is imported)",
    )
    .action(
      async (
        what: string,
        file: string | undefined,
        local: { timezone?: string; dryRun?: boolean; skipInvalid?: boolean },
        command: Command,
      ) => {
        const crontab = what === "crontab" && file !== undefined;
        if (what === "crontab" && file === undefined) {
          throw invalidField("file", undefined, "import crontab FILE is taken (`-`: standard input)");
        }
        if (!crontab && file !== undefined) throw invalidField("what", what, "a file, or crontab and a file are taken");
        const text = readText("file", file ?? what);
        await withApp(io, command, { loadWorkflows: true }, async ({ api, show }) => {
          const report = await api.exchange.import({
            text,
            format: crontab ? "crontab" : isYaml(what) ? "yaml" : "auto",
            ...local,
          });
          show(report, () => printReport(io, report));
          // What would be refused is told as it would be.
          const lines = report.invalid.length;
          if (!report.written && lines > 0 && local.skipInvalid !== true)
            throw new AppError(
              "INVALID_INPUT",
              `${lines} ${lines === 1 ? "line" : "lines"} cannot be taken; --skip-invalid leaves them out`,
            );
        });
      },
    );

  leaf(program, "export", "give schedules and exclusion calendars out as JSON, YAML or iCalendar", [
    "export --file schedules.yaml",
    "export --id tick --format json",
    "export --format ical --days 30 --file upcoming.ics",
  ])
    .option("--file <file>", "write there in place of standard output")
    .option(
      "--format <format>",
      "json, yaml or ical (default: by the file's name, else json)",
      oneOf(["json", "yaml", "ical"] as const),
    )
    .option("--id <id>", "only this schedule (repeatable)", collect)
    .option("--days <number>", "how far ahead an iCalendar file looks", wholeNumber(1, 366), 30)
    .action(
      async (
        local: { file?: string; format?: "json" | "yaml" | "ical"; id?: string[]; days: number },
        command: Command,
      ) => {
        const { file } = local;
        const named =
          file !== undefined && (isYaml(file) ? "yaml" : extname(file).toLowerCase() === ".ics" ? "ical" : undefined);
        const format = local.format ?? (named || "json");
        const chosen = local.id === undefined ? {} : { scheduleIds: local.id };
        await withApp(io, command, {}, async ({ api, show }) => {
          const { text } =
            format === "ical"
              ? await api.exchange.ical({ days: local.days, ...chosen })
              : await api.exchange.export({ format, ...chosen });
          if (file !== undefined) {
            writeOut(file, text);
            show({ file, format }, () => io.err.write(`written to ${file}\n`));
          } else if (format === "json") io.out.write(text);
          else show({ format, text }, () => io.out.write(text));
        });
      },
    );
}

function writeOut(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw invalidField(
      "file",
      file,
      `a file that can be written is taken: ${error instanceof Error ? error.message : error}`,
    );
  }
}
