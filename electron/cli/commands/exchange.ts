import { existsSync, writeFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import {
  type ImportFileInput,
  type ImportFormat,
  type ImportItem,
  type ImportReport,
  importFormats,
} from "../../../shared/api/exchange.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { leaf } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, printTable } from "../output.ts";
import { collect, oneOf, readBytes, wholeNumber } from "../values.ts";

/** How many rows a person is shown. */
const shownRows = 300;

function commandText(item: ImportItem): string {
  const { command, program, args } = (item.schedule?.input ?? {}) as Record<string, unknown>;
  if (typeof command === "string") return command;
  return typeof program === "string" ? [program, ...(Array.isArray(args) ? args : [])].join(" ") : "";
}

function actionText(item: ImportItem): string {
  if (item.action === "create") return "new";
  return item.action === "update" ? `changes ${item.changes.map(({ field }) => field).join(", ")}` : "the same";
}

function printReview(io: CliIo, report: ImportReport): void {
  const where = report.formats.length > 0 ? `${report.formats.join(", ")}; ` : "";
  io.out.write(`${where}what names no zone is in ${report.timezone}\n`);
  printTable(
    io,
    [
      { title: "Id", cell: (item) => item.id },
      { title: "What", cell: actionText },
      { title: "When", cell: (item) => item.schedule?.words ?? "exclusion calendar" },
      { title: "Zone", cell: (item) => item.schedule?.timezone ?? "" },
      { title: "Next three", cell: (item) => (item.schedule?.next ?? []).map((at) => localTime(io, at)).join(", ") },
      { title: "Command", cell: commandText },
    ],
    report.items.slice(0, shownRows),
  );
  if (report.items.length > shownRows) io.out.write(`and ${report.items.length - shownRows} more\n`);
  for (const item of report.items) {
    for (const note of item.notes) io.err.write(`${inertLine(item.id)}: ${inertLine(note)}\n`);
  }
  for (const { file, line, text, reason } of report.invalid) {
    const place = [file, line > 0 ? `line ${line}` : ""].filter((part) => part !== "").join(", ");
    io.err.write(`${inertLine(place || "this")} cannot be taken: ${inertLine(`${reason} (${text})`)}\n`);
  }
  for (const line of report.skipped) io.err.write(`left out: ${inertLine(line)}\n`);
}

function printCounts(io: CliIo, report: ImportReport): void {
  const would = report.written ? "" : "would be ";
  io.out.write(`${report.created} ${would}created, ${report.updated} ${would}changed, ${report.unchanged} the same\n`);
}

const isYaml = (file: string): boolean => [".yaml", ".yml"].includes(extname(file).toLowerCase());

/** A file as it is sent: as text where it is text in UTF-8. */
function importedFile(file: string): ImportFileInput {
  const bytes = readBytes("file", file);
  const name = file === "-" ? "" : resolve(file);
  try {
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { name, base64: bytes.toString("base64") };
  }
}

/** A timer's service stands beside it. */
function withServices(files: readonly string[]): string[] {
  const services = files
    .filter((file) => file.endsWith(".timer"))
    .map((file) => file.replace(/\.timer$/, ".service"))
    .filter((file) => existsSync(file));
  return [...new Set([...files, ...services])];
}

interface ImportOptions {
  timezone?: string;
  dryRun?: boolean;
  skipInvalid?: boolean;
  yes?: boolean;
}

/** The files of a command line and whose they are, where that stands before them. */
function filesOf(words: readonly string[]): { format: ImportFormat; files: string[] } {
  const [first = "", ...rest] = words;
  const kind = importFormats.find((format) => format === first && format !== "auto");
  if (kind === undefined) return { format: "auto", files: [...words] };
  if (rest.length > 0) return { format: kind, files: rest };
  if (existsSync(first)) return { format: "auto", files: [first] };
  throw invalidField("file", undefined, `import ${kind} FILE is taken (\`-\`: standard input)`);
}

export function addExchange(program: Command, io: CliIo): void {
  const kinds = importFormats.filter((format) => format !== "auto").join(", ");
  const load = leaf(
    program,
    "import <what...>",
    `take schedules in from files of ours or of others; whose they are is found out, or stands before them: ${kinds}`,
    [
      "import schedules.yaml",
      "import schedules.json --dry-run",
      "import crontab /var/spool/cron/me --timezone Europe/Berlin",
      "crontab -l | almanac import crontab - --yes",
      "import systemd ~/.config/systemd/user/*.timer",
    ],
  );
  load
    .option("--timezone <zone>", "zone of what names none (default: the machine's)")
    .option("--dry-run", "say what would happen, and write nothing")
    .option("--yes", "import without being asked")
    .option("--skip-invalid", "leave out what cannot be taken (default: it is named, and nothing is imported)")
    .action(async (what: string[], local: ImportOptions, command: Command) => {
      const { format, files } = filesOf(what);
      const input = {
        files: withServices(files).map(importedFile),
        format,
        ...(local.timezone === undefined ? {} : { timezone: local.timezone }),
        ...(local.skipInvalid === undefined ? {} : { skipInvalid: local.skipInvalid }),
      };
      await withApp(io, command, { loadWorkflows: true }, async ({ api, options, show }) => {
        const review = await api.exchange.import({ ...input, dryRun: true });
        const toWrite = review.created + review.updated;
        if (local.dryRun === true || options.json !== true) {
          show(review, () => {
            printReview(io, review);
            if (local.dryRun === true) printCounts(io, review);
          });
        }
        const bad = review.invalid.length;
        if (bad > 0 && local.skipInvalid !== true) {
          // What is refused is told as it would be.
          if (local.dryRun !== true && options.json === true) await api.exchange.import(input);
          throw new AppError(
            "INVALID_INPUT",
            `${bad} of what is there cannot be taken; --skip-invalid leaves ${bad === 1 ? "it" : "them"} out`,
          );
        }
        if (local.dryRun === true) return;
        if (toWrite > 0 && local.yes !== true) {
          const question = `${review.created} would be created, ${review.updated} changed.`;
          if (!(await confirmed(io, question)))
            throw new AppError("CONFIRMATION_REQUIRED", `${question} Nothing is written: --yes says yes beforehand`);
        }
        const report = await api.exchange.import(input);
        show(report, () => printCounts(io, report));
      });
    });

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
