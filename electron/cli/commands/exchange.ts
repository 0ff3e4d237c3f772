import { existsSync, writeFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import {
  type ImportedBefore,
  type ImportFileInput,
  type ImportFormat,
  type ImportItem,
  type ImportReport,
  type ImportUndone,
  importFormats,
} from "../../../shared/api/exchange.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { findMine } from "../../api/exchange/findMine.ts";
import { leaf, noun } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, plural, printTable } from "../output.ts";
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

function nextText(io: CliIo, { schedule }: ImportItem): string {
  const next = (schedule?.next ?? []).map((at) => localTime(io, at)).join(", ");
  return next === "" && schedule?.spec.on !== undefined ? "on event" : next;
}

const placeOf = ({ file, line }: { file: string; line: number }): string =>
  [file, line > 0 ? `line ${line}` : ""].filter((part) => part !== "").join(", ");

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
      { title: "Next three", cell: (item) => nextText(io, item) },
      { title: "Command", cell: commandText },
    ],
    report.items.slice(0, shownRows),
  );
  if (report.items.length > shownRows) io.out.write(`and ${report.items.length - shownRows} more\n`);
  for (const item of report.items) {
    for (const note of item.notes) io.err.write(`${inertLine(item.id)}: ${inertLine(note)}\n`);
  }
  for (const { file, line, text, reason } of report.invalid) {
    io.err.write(
      `${inertLine(placeOf({ file, line }) || "this")} cannot be taken: ${inertLine(`${reason} (${text})`)}\n`,
    );
  }
  for (const { mailTo, channels, schedules } of report.mail)
    if (channels.length > 0)
      io.err.write(
        `MAILTO=${inertLine(mailTo)}: --mail-rules tells of failures of ${plural(schedules, "schedule")} by ${channels.map(inertLine).join(", ")}\n`,
      );
  for (const line of report.skipped) io.err.write(`left out: ${inertLine(line)}\n`);
}

function printCounts(io: CliIo, report: ImportReport, mailRules: boolean): void {
  const would = report.written ? "" : "would be ";
  const rules = report.written && mailRules ? `, ${plural(report.rules, "notification rule")} set` : "";
  io.out.write(
    `${report.created} ${would}created, ${report.updated} ${would}changed, ${report.unchanged} the same${rules}\n`,
  );
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
  mailRules?: boolean;
  yes?: boolean;
}

/** The files of a command line and whose they are, where that stands before them. */
function filesOf(words: readonly string[]): { format: ImportFormat; files: string[] } {
  const [first = "", ...rest] = words;
  const kind = importFormats.find((format) => format === first && format !== "auto");
  if (kind === undefined) return { format: "auto", files: [...words] };
  if (rest.length > 0) return { format: kind, files: rest };
  if (existsSync(first)) return { format: "auto", files: [first] };
  throw invalidField("file", undefined, `import ${kind} FILE is expected (\`-\`: standard input)`);
}

/** `2 schedules created, 1 changed, 1 exclusion calendar`: what is none is left out. */
const sumText = (parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(", ");

const importedText = ({ created, updated, calendars, rules }: ImportedBefore): string =>
  sumText([
    [created, `${plural(created, "schedule")} created`],
    [updated, created > 0 ? `${updated} changed` : `${plural(updated, "schedule")} changed`],
    [calendars, `${plural(calendars, "exclusion calendar")} set`],
    [rules, `${plural(rules, "notification rule")} set`],
  ]);

function printUndone(io: CliIo, { deleted, changedBack, calendars, rules, kept }: ImportUndone): void {
  const done = sumText([
    [deleted, `${plural(deleted, "schedule")} deleted`],
    [changedBack, `${plural(changedBack, "schedule")} as before`],
    [calendars, `${plural(calendars, "exclusion calendar")} as before`],
    [rules, `${plural(rules, "notification rule")} as before`],
  ]);
  io.out.write(`undone: ${done || "nothing was left to do"}\n`);
  for (const { kind, id, why } of kept) io.err.write(`the ${kind} ${inertLine(id)} stays: ${inertLine(why)}\n`);
}

function addImports(program: Command, io: CliIo): void {
  const imports = noun(program, "imports", "imports that can be undone", [
    "imports list",
    "imports undo 5f2c7a1e-8d0b-4c36-9a55-0e6f1c2b7d94",
  ]);

  leaf(imports, "list", "imports that can be undone, newest first", ["imports list", "imports list --limit 1 --json"])
    .option("--limit <number>", "at most so many", wholeNumber(1, 100), 20)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.exchange.imports({ limit });
        show({ imports: found }, () =>
          printTable(
            io,
            [
              { title: "Id", cell: ({ undoId }) => undoId },
              { title: "Imported", cell: ({ at }) => localTime(io, at) },
              { title: "By", cell: ({ actor }) => actor },
              { title: "Wrote", cell: importedText },
            ],
            found,
          ),
        );
      });
    });

  leaf(
    imports,
    "undo <id>",
    "delete what an import created, and set back what it changed; what has been edited since stays, and is named",
    [
      "imports undo 5f2c7a1e-8d0b-4c36-9a55-0e6f1c2b7d94",
      "imports undo 5f2c7a1e-8d0b-4c36-9a55-0e6f1c2b7d94 --yes --json",
    ],
  )
    .option("--yes", "undo without being asked")
    .action(async (undoId: string, local: { yes?: boolean }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const imported = await api.exchange.imported({ undoId });
        const question = `${localTime(io, imported.at)} by ${inertLine(imported.actor)}: ${importedText(imported)}. Undo it?`;
        if (local.yes !== true && !(await confirmed(io, question)))
          throw new AppError("CONFIRMATION_REQUIRED", `${question} Nothing is undone: --yes says yes beforehand`);
        show(await api.exchange.undoImport({ undoId }), (undone) => printUndone(io, undone));
      });
    });
}

export function addExchange(program: Command, io: CliIo): void {
  const kinds = importFormats.filter((format) => format !== "auto").join(", ");
  const load = leaf(
    program,
    "import <what...>",
    `take schedules in from files of ours or of others; whose they are is found out, or stands before them: ${kinds}; mine: your crontab, and timers or agents of yours`,
    [
      "import schedules.yaml",
      "import schedules.json --dry-run",
      "import crontab /var/spool/cron/me --timezone Europe/Berlin",
      "crontab -l | almanac import crontab - --yes",
      "import systemd ~/.config/systemd/user/*.timer",
      "import mine --dry-run",
    ],
  );
  load
    .option("--timezone <zone>", "zone of what names none (default: the machine's)")
    .option("--dry-run", "say what would happen, and write nothing")
    .option("--yes", "import without being asked")
    .option("--mail-rules", "make rules of MAILTO that tell of failures by an e-mail channel")
    .option("--skip-invalid", "leave out what cannot be taken (default: it is named, and nothing is imported)")
    .action(async (what: string[], local: ImportOptions, command: Command) => {
      const mine = what.join() === "mine" && !existsSync("mine");
      const { format, files } = mine ? { format: "auto" as const, files: [] } : filesOf(what);
      const found = mine ? await findMine() : null;
      if (found !== null) io.err.write(`looked for: ${found.looked.map(inertLine).join("; ")}\n`);
      if (found?.files.length === 0)
        throw new AppError("NOT_FOUND", "nothing of yours is scheduled by other programs here, as far as was looked");
      const input = {
        files: found?.files ?? withServices(files).map(importedFile),
        format,
        ...(local.timezone === undefined ? {} : { timezone: local.timezone }),
        ...(local.skipInvalid === undefined ? {} : { skipInvalid: local.skipInvalid }),
        ...(local.mailRules === undefined ? {} : { mailRules: local.mailRules }),
      };
      await withApp(io, command, { loadWorkflows: true }, async ({ api, options, show }) => {
        const review = await api.exchange.import({ ...input, dryRun: true });
        const toWrite = review.created + review.updated;
        if (local.dryRun === true || options.json !== true) {
          show(review, () => {
            printReview(io, review);
            if (local.dryRun === true) printCounts(io, review, false);
          });
        }
        const bad = review.invalid.length;
        if (bad > 0 && local.skipInvalid !== true) {
          const message = `${bad} of what is there cannot be taken; --skip-invalid leaves ${bad === 1 ? "it" : "them"} out`;
          // A person has read of each above.
          const issues = review.invalid.map((one) => ({
            path: placeOf(one) || "text",
            message: one.reason,
            given: one.text,
          }));
          throw new AppError("INVALID_INPUT", message, options.json === true ? { issues } : {});
        }
        if (local.dryRun === true) return;
        if (toWrite > 0 && local.yes !== true) {
          const question = `${review.created} would be created, ${review.updated} changed.`;
          if (!(await confirmed(io, question)))
            throw new AppError("CONFIRMATION_REQUIRED", `${question} Nothing is written: --yes says yes beforehand`);
        }
        const report = await api.exchange.import(input);
        show(report, () => {
          printCounts(io, report, local.mailRules === true);
          if (report.created + report.updated + report.rules > 0)
            io.err.write(`almanac imports undo ${report.undoId} undoes it\n`);
        });
      });
    });
  addImports(program, io);

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
      `a file that can be written is expected: ${error instanceof Error ? error.message : error}`,
    );
  }
}
