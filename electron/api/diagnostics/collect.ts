import { readdirSync, readFileSync, statSync } from "node:fs";
import { arch, cpus, freemem, homedir, hostname, release, totalmem } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import packageJson from "../../../package.json" with { type: "json" };
import type { Diagnostics } from "../../../shared/api/diagnostics.ts";
import { crashFolder, logFolder } from "./folders.ts";
import { createHide } from "./hide.ts";

export interface DiagnosticsParts {
  dataDir: string;
  /** Values that must not be in it; how many more there are that this program cannot read. */
  secrets: { values: readonly string[]; unreadable: number };
  /** What the opened data folder tells, by the name of the file it goes into. Each may throw, which is told in its place. */
  facts: Record<string, () => unknown>;
  env: NodeJS.ProcessEnv;
  now: number;
}

const mostLogLines = 2000;
const mostCrashes = 5;
const mostBytes = 512 * 1024;

/** Gathers what helps whoever looks into a fault. Never throws for what it cannot read: it says so instead. */
export async function collectDiagnostics(parts: DiagnosticsParts): Promise<Diagnostics> {
  const { dataDir, secrets, facts, env, now } = parts;
  const homes = [homedir(), env["HOME"] ?? "", env["USERPROFILE"] ?? ""];
  const hide = createHide({ secrets: secrets.values, env, homes, host: hostname() });
  const files: Diagnostics["files"] = [];
  const add = (name: string, text: string): void => void files.push({ name, text: hide(text) });
  // Texts are looked at before JSON puts backslashes into them.
  const addJson = (name: string, value: unknown): void =>
    void files.push({ name, text: `${JSON.stringify(hide.inside(value), null, 2)}\n` });

  addJson("program.json", programFacts(now));
  for (const [name, read] of Object.entries(facts)) {
    try {
      addJson(name, await read());
    } catch (error) {
      addJson(name, { error: messageOf(error) });
    }
  }
  add("folder.txt", listing(dataDir));
  const log = [`${logFolder(dataDir)}/desktop.log.1`, `${logFolder(dataDir)}/desktop.log`].map(tailOf).join("");
  if (log !== "") add("log.txt", `${log.trimEnd().split("\n").slice(-mostLogLines).join("\n")}\n`);
  for (const name of namesIn(crashFolder(dataDir)).slice(-mostCrashes))
    add(`crashes/${name}`, tailOf(join(crashFolder(dataDir), name)));

  files.unshift({ name: "README.txt", text: readMe(files, secrets) });
  const when = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "");
  const folder = `almanac-diagnostics-${when}`;
  const zip = zipSync(Object.fromEntries(files.map(({ name, text }) => [`${folder}/${name}`, strToU8(text)])), {
    mtime: now,
  });
  return { fileName: `${folder}.zip`, files, zip: Buffer.from(zip).toString("base64") };
}

function programFacts(now: number): Record<string, unknown> {
  const { electron = null, chrome = null, node, v8 } = process.versions;
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    made: new Date(now).toISOString(),
    almanac: packageJson.version,
    versions: { electron, chrome, node, v8 },
    system: { platform: process.platform, release: release(), arch: arch() },
    machine: { processors: cpus().length, memoryBytes: totalmem(), freeBytes: freemem() },
    process: { upSeconds: Math.round(process.uptime()), rssBytes: rss, heapBytes: heapUsed },
    zone: timeZone,
    locale,
  };
}

/** What is in a data folder: names, sizes and who may read it, and nothing of what is inside. */
function listing(dataDir: string): string {
  const lines = ["", "backups", "logs", "crashes"].flatMap((folder) =>
    namesIn(join(dataDir, folder)).map((name) => {
      const stat = statSync(join(dataDir, folder, name), { throwIfNoEntry: false });
      if (stat === undefined) return `gone ${join(folder, name)}`;
      const mode = (stat.mode & 0o7777).toString(8).padStart(4, "0");
      return `${mode} ${stat.isDirectory() ? "folder" : stat.size} ${stat.mtime.toISOString()} ${join(folder, name)}`;
    }),
  );
  return `${dataDir}\n${lines.join("\n")}\n`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The end of a file, from the beginning of a line; empty where there is none. */
function tailOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= mostBytes) return bytes.toString("utf8");
    const tail = bytes.subarray(-mostBytes);
    return tail.subarray(tail.indexOf(10) + 1).toString("utf8");
  } catch {
    return "";
  }
}

const about: Record<string, string> = {
  "program.json": "versions, the system, memory",
  "database.json": "why the data folder cannot be opened",
  "status.json": "who fires, and what is wrong at the moment",
  "doctor.json": "what the check of the data folder found, how much it holds, backups",
  "settings.json": "settings; of texts that people chose only how long they are",
  "counts.json": "how many of what the database holds",
  "folder.txt": "names and sizes of the files in the data folder",
  "log.txt": `the last ${mostLogLines} lines of the desktop program's log`,
};

function readMe(files: Diagnostics["files"], { values, unreadable }: DiagnosticsParts["secrets"]): string {
  return [
    "What this is for: to find out why something went wrong in Almanac. It was sent nowhere: whoever made it decides who gets it.",
    "",
    ...files.map(({ name }) => `${name}: ${about[name] ?? "what ended the desktop program"}`),
    "",
    "Left out: schedules, what they run, their runs, output and results; values of secrets and of the environment.",
    `Taken out wherever it stood: ${values.length} known secrets, values of environment variables, what looks like a password or`,
    "token in a command line, a header or an address, the home folder (~) and the machine's name. Names of schedules may be in",
    "doctor.json and log.txt. Look it over before you hand it on.",
    ...(unreadable === 0
      ? []
      : [
          `${unreadable} secrets are kept by the system for the desktop program alone, so they could not be looked for here; make this`,
          "in the desktop program's Settings to have that done.",
        ]),
    "",
  ].join("\n");
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
