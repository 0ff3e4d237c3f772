import { fromLocal, isKnownZone, parseWhen, type ScheduleSpec, zoneTaken } from "../../../../shared/schedule/index.ts";
import { checkUser, type Found, type ImportFile, NotTaken, slugOf, usersOfMachine } from "./found.ts";

const shells: ReadonlyMap<string, "sh" | "bash" | "zsh"> = new Map([
  ["sh", "sh"],
  ["dash", "sh"],
  ["bash", "bash"],
  ["zsh", "zsh"],
]);
const variable = /^\s*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"=]+)"|'([^'=]+)')\s*=\s*(.*?)\s*$/;
const nickname = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every_minute)$/i;

/** A word that is a field of a cron expression and no command: a sixth one says that the line is none of cron's. */
const fieldLike = /^(?:[\d*?][\d*?,/#LW~-]*|(?:mon|tue|wed|thu|fri|sat|sun)(?:[-,](?:mon|tue|wed|thu|fri|sat|sun))*)$/i;

/** `\%` is a per cent sign; the first bare one ends the command, and what follows is its standard input, a line each. */
function splitCommand(text: string): { command: string; stdin: string | undefined } {
  const parts: string[][] = [[]];
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\" && text[i + 1] === "%") {
      parts.at(-1)?.push("%");
      i++;
    } else if (char === "%") parts.push([]);
    else parts.at(-1)?.push(char);
  }
  const [command = "", ...lines] = parts.map((part) => part.join(""));
  return { command, stdin: lines.length === 0 ? undefined : `${lines.join("\n")}\n` };
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

/** `backup-sh` from `/usr/local/bin/backup.sh --all`: what a person would call it. */
function commandSlug(command: string): string {
  const words = command.trim().split(/\s+/);
  const program = words.find((word) => /[A-Za-z0-9]/.test(word) && !/^[A-Za-z_]\w*=/.test(word)) ?? "";
  return slugOf(program.split("/").at(-1) ?? "", "command");
}

type Line = { line: number; text: string; note: string | null } & (
  | { kind: "variable"; name: string; value: string }
  | { kind: "job"; words: string[]; text: string }
);

/** The lines that say something, a comment right above one as its note. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let note: string | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) {
      note = line.startsWith("#") ? line.replace(/^#+\s*/, "").slice(0, 5000) || null : null;
      continue;
    }
    const assigned = variable.exec(line);
    const common = { line: index + 1, text: line, note };
    if (assigned !== null) {
      const name = assigned[1] ?? assigned[2] ?? assigned[3] ?? "";
      lines.push({ ...common, kind: "variable", name, value: unquoted(assigned[4] ?? "") });
      continue;
    }
    lines.push({ ...common, kind: "job", words: line.split(/\s+/, 12) });
    note = null;
  }
  return lines;
}

/** How many words of a line say when. */
const whenWords = (words: readonly string[]): number => (words[0]?.startsWith("@") ? 1 : 5);

/** Of `text` without its first words. */
function withoutWords(text: string, count: number): string {
  let rest = text;
  for (let i = 0; i < count; i++) rest = rest.replace(/^\S+\s*/, "");
  return rest;
}

/** Whether the lines name the user that each runs as: the system's own files do, and what looks as they do. */
function hasUsers(file: ImportFile, jobs: readonly { words: string[] }[]): boolean {
  // A file of a person's own may be called `crontab`, too.
  if (/[\\/]etc[\\/]crontab$|[\\/]cron\.d[\\/]/.test(file.name)) return true;
  const users = usersOfMachine();
  // A word that is the last of its line is its command, whoever is called so: `0 5 * * * backup`.
  return (
    jobs.length > 0 &&
    jobs.every(({ words }) => words.length > whenWords(words) + 1 && users.has(words[whenWords(words)] ?? ""))
  );
}

/** The flags of OpenBSD and FreeBSD before a command: no mail, no log, one at a time. */
const bsdFlags = /^(?:-[nqs]+\s+)+/;

/** Reads a crontab: a person's or the system's, in cronie's and BSD's forms too. */
export function readCrontab(file: ImportFile, defaultZone: string, found: Found): void {
  const lines = linesOf(file.text);
  const jobs = lines.filter((line) => line.kind === "job");
  const users = hasUsers(file, jobs);
  const variables = new Map<string, string>();
  for (const line of lines) {
    if (line.kind === "variable") variables.set(line.name, line.value);
    else readJob(line, { file, users, variables: new Map(variables), defaultZone, found });
  }
}

interface Around {
  file: ImportFile;
  users: boolean;
  variables: ReadonlyMap<string, string>;
  defaultZone: string;
  found: Found;
}

function readJob(job: Extract<Line, { kind: "job" }>, { file, users, variables, defaultZone, found }: Around): void {
  const at = { file: file.name, line: job.line, text: job.text };
  const count = whenWords(job.words);
  const user = users ? job.words[count] : undefined;
  const rest = withoutWords(job.text, count + (users ? 1 : 0));
  const flags = bsdFlags.exec(rest)?.[0] ?? "";
  const { command, stdin } = splitCommand(rest.slice(flags.length));
  const slug = `crontab-${commandSlug(command)}`;
  found.add({ ...at, slug, format: "crontab" }, () => {
    if (job.words.length <= count || command.trim() === "")
      throw new NotTaken("five fields or a nickname such as @daily, and a command, are expected");
    const notes: string[] = [];
    if (user !== undefined) notes.push(checkUser(user));
    const sixth = job.words[count + (users ? 1 : 0)] ?? "";
    if (count === 5 && fieldLike.test(sixth))
      throw new NotTaken(
        `five fields and a command are expected, and a sixth word that is a field, ${sixth}, is no command`,
      );
    const {
      CRON_TZ: cronZone,
      SHELL: shell,
      MAILTO: mailto,
      HOME: home,
      RANDOM_DELAY: delay,
      ...env
    } = Object.fromEntries(variables);
    const timezone = cronZone ?? defaultZone;
    if (!isKnownZone(timezone)) throw new NotTaken(`CRON_TZ is ${timezone.slice(0, 100)}: ${zoneTaken(timezone)}`);
    const spec = whenOf(job.words.slice(0, count), timezone, notes);
    if (env["TZ"] !== undefined) notes.push(`TZ=${env["TZ"]} reaches the command; when it runs is in ${timezone}`);
    const name = shell?.split("/").at(-1);
    const known = name === undefined ? undefined : shells.get(name);
    if (name !== undefined && known === undefined) notes.push(`the shell ${name} is not offered: sh runs the command`);
    if (command.includes("{{")) notes.push("{{…}} in the command is read as a template");
    // Whoever meant a per cent sign, as in date +%F, sees here why the job never worked.
    if (stdin !== undefined)
      notes.push(
        "the first % ends the command, as cron has it: what follows is given to its standard input, each further % a new line; \\% would be a per cent sign",
      );
    if (/s/.test(flags)) notes.push("one at a time, as -s says");
    return {
      notes,
      mailTo: mailto,
      input: {
        name: command.trim().slice(0, 200),
        workflowName: "shell.command",
        spec: { ...spec, ...(Number(delay) > 0 ? { jitter: `${Number(delay)}m` } : {}) },
        input: {
          command,
          ...(stdin === undefined ? {} : { stdin }),
          ...(known === undefined ? {} : { shell: known }),
          ...(home === undefined || home === "" ? {} : { cwd: home }),
          ...withEnvironment(home === undefined ? env : { ...env, HOME: home }),
        },
        // cron starts a job whether or not its last run has ended.
        overlapPolicy: /s/.test(flags) ? "skip" : "allow_all",
        note: job.note,
      },
    };
  });
}

const withEnvironment = (env: Record<string, string>): { env?: Record<string, string> } =>
  Object.keys(env).length === 0 ? {} : { env };

function whenOf(words: readonly string[], timezone: string, notes: string[]): ScheduleSpec {
  const [first = ""] = words;
  const seconds = /^@(\d+)$/.exec(first);
  if (seconds !== null) {
    notes.push("it waits so long after each run ends, as FreeBSD's cron does");
    return { interval: { every: `${seconds[1]}s`, from: "completion" }, timezone };
  }
  if (/^@reboot$/i.test(first)) {
    notes.push("it runs at the first start of Almanac after the machine's");
    return { on: { boot: true }, timezone };
  }
  if (first.startsWith("@") && !nickname.test(first))
    throw new NotTaken(`${first} is no nickname of cron's: @hourly, @daily, @weekly, @monthly, @yearly are expected`);
  if (/^@every_minute$/i.test(first)) return { cron: "* * * * *", timezone };
  // SUSE's cron leaves a line that begins so out of its log.
  const expression = words.join(" ").replace(/^-/, "");
  const dialect = expression.includes("~") ? "openbsd" : "crontab";
  const read = parseWhen(expression, { dialect, timezone });
  notes.push(...read.notes);
  return read.spec;
}

/** Whether a file is an anacrontab: each line a period in days, a delay in minutes, a name and a command. */
export function isAnacrontab(file: ImportFile): boolean {
  const jobs = linesOf(file.text).filter((line) => line.kind === "job");
  if (/(^|[\\/])anacrontab$/.test(file.name)) return true;
  return (
    jobs.length > 0 &&
    jobs.every(
      ({ words }) =>
        /^(?:\d+|@(?:daily|weekly|monthly|yearly|annually))$/.test(words[0] ?? "") &&
        /^\d+$/.test(words[1] ?? "") &&
        words.length >= 4 &&
        !fieldLike.test(words[2] ?? ""),
    )
  );
}

const periods: ReadonlyMap<string, string> = new Map([
  ["1", "daily"],
  ["7", "weekly"],
  ["30", "monthly"],
  ["365", "yearly"],
]);

/** Reads an anacrontab: what is to run once in so many days, whenever the machine is on. */
export function readAnacrontab(file: ImportFile, timezone: string, found: Found): void {
  const variables = new Map<string, string>();
  for (const job of linesOf(file.text)) {
    if (job.kind === "variable") {
      variables.set(job.name, job.value);
      continue;
    }
    const at = { file: file.name, line: job.line, text: job.text };
    const [period = "", delay = "", name = ""] = job.words;
    const command = withoutWords(job.text, 3);
    found.add({ ...at, slug: `anacron-${slugOf(name, "job")}`, format: "anacrontab" }, () => {
      if (command.trim() === "" || !/^\d+$/.test(delay))
        throw new NotTaken("a period in days, a delay in minutes, a name and a command are expected");
      const {
        START_HOURS_RANGE: range,
        RANDOM_DELAY: random,
        MAILTO: mailto,
        SHELL: shell,
        HOME: home,
        ...env
      } = Object.fromEntries(variables);
      const [hour = "3"] = (range ?? "").split("-").filter((part) => part !== "");
      const minutes = Math.min(Number(hour) * 60 + Number(delay), 23 * 60 + 59);
      const time = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
      const every = period.startsWith("@")
        ? period.slice(1).replace("annually", "yearly")
        : (periods.get(period) ?? period);
      const notes = [
        `anacron runs it once in each period, as soon as the machine is on; here it is at ${time}, and made up for once where that is missed`,
      ];
      const known = shells.get(shell?.split("/").at(-1) ?? "sh");
      if (known === undefined) notes.push(`the shell ${shell} is not offered: sh runs the command`);
      return {
        notes,
        mailTo: mailto,
        input: {
          name,
          workflowName: "shell.command",
          spec: {
            ...anacronSpec(every, time, timezone),
            timezone,
            ...(Number(random) > 0 ? { jitter: `${Number(random)}m` } : {}),
          },
          input: {
            command,
            ...(shell === undefined || known === undefined ? {} : { shell: known }),
            ...(home === undefined ? {} : { cwd: home }),
            ...withEnvironment(env),
          },
          catchup: "latest",
          catchupWindow: every === "daily" ? "1d" : every === "weekly" ? "7d" : "30d",
          note: job.note,
        },
      };
    });
  }
}

function anacronSpec(every: string, time: string, timezone: string): ScheduleSpec {
  if (every === "daily") return { calendar: { times: [time] } };
  if (every === "weekly") return { calendar: { dayOfWeek: 1, times: [time] } };
  if (every === "monthly") return { calendar: { dayOfMonth: 1, times: [time] } };
  if (every === "yearly") return { calendar: { month: 1, dayOfMonth: 1, times: [time] } };
  if (!/^[1-9]\d{0,4}$/.test(every))
    throw new NotTaken("a period in days, or @daily, @weekly, @monthly, @yearly is expected");
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const [at = 0] = fromLocal(timezone, { year: 2026, month: 1, day: 1, hour, minute });
  return { interval: { every: `${every}d`, anchor: new Date(at).toISOString() } };
}
