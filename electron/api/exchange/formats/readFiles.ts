import { parseAllDocuments } from "yaml";
import type { importFormats } from "../../../../shared/api/exchange.ts";
import { AppError, invalidField } from "../../../../shared/domain/errors.ts";
import { isAnacrontab, readAnacrontab, readCrontab } from "./crontab.ts";
import { type ExchangeDocument, readDocument } from "./document.ts";
import { type Found, type ImportFile, reasonOf } from "./found.ts";
import { isGithubWorkflow, readGithubWorkflow } from "./github.ts";
import { isCronJob, readCronJob } from "./kubernetes.ts";
import { readLaunchd } from "./launchd.ts";
import { readSystemd } from "./systemd.ts";
import { readTasks } from "./taskScheduler.ts";

/** Whose a file is. */
export type FileFormat = Exclude<(typeof importFormats)[number], "auto">;

const field = String.raw`(?:-?[\d*?][\d*?,/#LW~-]*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[a-z]*(?:[-,#\d][a-z\d]*)*)`;
const crontabLine = new RegExp(String.raw`^\s*(?:@[a-z_]+\s+\S|@\d+\s+\S|(?:${field}\s+){4}${field}(?:\s|$))`, "i");

const variable = /^\s*(?:[A-Za-z_]\w*|"[^"=]+"|'[^'=]+')\s*=/;

/** Finds out what a file is by what it holds, and by its name where that says nothing. */
function formatOf(file: ImportFile): FileFormat {
  const { name, text } = file;
  if (file.bytes !== null) return "launchd";
  const start = text.trimStart();
  if (/^BEGIN:VCALENDAR/i.test(start)) {
    throw invalidField(
      "text",
      text.slice(0, 80),
      "schedules are expected; an iCalendar file is imported as an exclusion calendar (calendars import, or Exclusion calendars)",
    );
  }
  if (start.startsWith("<")) return /<plist\b/i.test(start.slice(0, 2000)) ? "launchd" : "taskscheduler";
  if (/\.(?:timer|service)$/.test(name) || /^\[(?:Unit|Timer|Service)\]\s*$/m.test(start)) return "systemd";
  if (/\.plist$/.test(name)) return "launchd";
  if (/^[[{]/.test(start)) return "json";
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  if (/(?:^|[\\/])(?:ana)?crontab$|[\\/]cron\.d[\\/]/.test(name)) return "crontab";
  const job = lines.find((line) => !variable.test(line));
  if (job !== undefined && crontabLine.test(job)) return "crontab";
  // Nothing but comments and variables is what a person has who once had a crontab.
  if (lines.every((line) => variable.test(line))) return "crontab";
  return isAnacrontab(file) ? "crontab" : "yaml";
}

/** What several files of others hold, and the documents of our own among them. */
export function readFiles(
  files: readonly ImportFile[],
  format: "auto" | FileFormat,
  timezone: string,
  found: Found,
): { documents: (ExchangeDocument & { file: string })[]; formats: FileFormat[] } {
  const documents: (ExchangeDocument & { file: string })[] = [];
  const formats = new Set<FileFormat>();
  const units: ImportFile[] = [];
  for (const file of files) {
    try {
      const kind = format === "auto" ? formatOf(file) : format;
      const own = readFile(file, kind, timezone, found, units);
      if (Array.isArray(own)) {
        formats.add(own[0]);
        continue;
      }
      formats.add(kind);
      if (own !== null) documents.push({ ...own, file: file.name });
    } catch (error) {
      // One alone is refused as what it was taken for, with each of its fields.
      if (files.length === 1 || !(error instanceof AppError)) throw error;
      found.refuse({ file: file.name, line: null, text: file.name.split(/[\\/]/).at(-1) ?? "" }, reasonOf(error));
    }
  }
  // A timer's service is another file.
  if (units.length > 0) readSystemd(units, timezone, found);
  return { documents, formats: [...formats] };
}

function readFile(
  file: ImportFile,
  kind: FileFormat,
  timezone: string,
  found: Found,
  units: ImportFile[],
): ExchangeDocument | [FileFormat] | null {
  switch (kind) {
    case "crontab":
      if (isAnacrontab(file)) readAnacrontab(file, timezone, found);
      else readCrontab(file, timezone, found);
      return null;
    case "systemd":
      units.push(file);
      return null;
    case "launchd":
      readLaunchd(file, timezone, found);
      return null;
    case "taskscheduler":
      readTasks(file, timezone, found);
      return null;
    default:
      return readYaml(file, kind, found);
  }
}

/** JSON and YAML: our own, or what is of Kubernetes or GitHub by what it says. */
function readYaml(
  file: ImportFile,
  kind: "json" | "yaml" | "kubernetes" | "github",
  found: Found,
): ExchangeDocument | [FileFormat] {
  const isForeign = kind === "kubernetes" || kind === "github";
  if (!isForeign && !/\bkind["']?\s*:\s*["']?(?:CronJob|\w*List)\b|^\s*["']?on["']?\s*:/m.test(file.text))
    return readDocument(file.text, kind);
  const values = valuesOf(file);
  const jobs = values.filter(isCronJob);
  const workflows = values.filter(isGithubWorkflow);
  const isManifest = values.some((value) => typeof value === "object" && value !== null && "apiVersion" in value);
  if (kind === "kubernetes" || (!isForeign && (jobs.length > 0 || isManifest))) {
    for (const job of jobs) readCronJob(file, job, found);
    if (jobs.length === 0) found.refuse({ file: file.name, line: null, text: "" }, "a file with a CronJob is expected");
    return ["kubernetes"];
  }
  if (kind === "github" || workflows.length > 0) {
    for (const workflow of kind === "github" ? values.slice(0, 1) : workflows)
      readGithubWorkflow(file, workflow, found);
    return ["github"];
  }
  return readDocument(file.text, kind as "json" | "yaml");
}

/** The documents of a file, and what is in lists of them. Throws AppError. */
function valuesOf(file: ImportFile): unknown[] {
  const parsed = parseAllDocuments(file.text, { schema: "core" });
  const documents = Array.isArray(parsed) ? parsed : [];
  const problem = documents.flatMap(({ errors }) => errors)[0];
  if (problem !== undefined)
    throw invalidField("text", file.text.slice(0, 80), `YAML is expected: ${problem.message.split("\n")[0]}`);
  return documents.flatMap((document) => {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    const items = typeof value === "object" && value !== null ? (value as { items?: unknown }).items : undefined;
    return Array.isArray(items) ? [value, ...items] : [value];
  });
}
