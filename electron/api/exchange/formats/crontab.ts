import type { InvalidLine } from "../../../../shared/api/exchange.ts";
import type { CreateScheduleInput } from "../../../../shared/api/schedules.ts";
import { isKnownZone, parseSpec, SpecError } from "../../../../shared/schedule/index.ts";
import type { InTurns } from "../../../engine/turns.ts";

/** What a crontab says, as schedules, with what each could not carry over. */
export interface CrontabReading {
  schedules: { input: CreateScheduleInput & { scheduleId: string }; notes: string[]; line: number; text: string }[];
  /** Lines that have no counterpart here, in words. */
  skipped: string[];
  /** Lines that cannot be read. */
  invalid: InvalidLine[];
}

const shells: Record<string, "sh" | "bash" | "zsh"> = { sh: "sh", bash: "bash", zsh: "zsh" };
const variable = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;
const nicknames = /^(@(?:yearly|annually|monthly|weekly|daily|midnight|hourly))\s+(.*)$/i;
const fields = /^((?:\S+\s+){4}\S+)\s+(.*)$/;

/** `\%` is a per cent sign; the first bare one ends the command, and what follows is its standard input, a line each. */
function splitCommand(text: string): { command: string; stdin: string | undefined } {
  const parts: string[] = [""];
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\" && text[i + 1] === "%") {
      parts[parts.length - 1] += "%";
      i++;
    } else if (char === "%") parts.push("");
    else parts[parts.length - 1] += char;
  }
  const [command = "", ...lines] = parts;
  return { command, stdin: lines.length === 0 ? undefined : `${lines.join("\n")}\n` };
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

/** `backup-sh` from `/usr/local/bin/backup.sh --all`: what a person would call it. */
function slugOf(command: string): string {
  const program =
    command
      .trim()
      .split(/\s+/)
      .find((word) => !word.includes("=")) ?? "";
  const slug = (program.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return `crontab-${slug === "" ? "command" : slug.slice(0, 60)}`;
}

class Environment {
  readonly values = new Map<string, string>();

  /** The zone, the shell and the rest of the variables that lines from here on run with. */
  read(defaultZone: string): {
    zone: string;
    shell: string | undefined;
    env: Record<string, string>;
    mailto: string | undefined;
  } {
    const env = Object.fromEntries(this.values);
    const { CRON_TZ: cronZone, TZ: zone, SHELL: shell, MAILTO: mailto, ...rest } = env;
    const named = cronZone ?? zone;
    return {
      zone: named ?? defaultZone,
      shell: shell?.split("/").at(-1),
      env: { ...rest, ...(zone === undefined ? {} : { TZ: zone }) },
      mailto,
    };
  }
}

/** Reads a user's crontab: lines of five fields or a nickname and a command, variables above them, `CRON_TZ`, `%`. */
export function* readCrontab(text: string, defaultZone: string): InTurns<CrontabReading> {
  const reading: CrontabReading = { schedules: [], skipped: [], invalid: [] };
  const environment = new Environment();
  const ids = new Map<string, number>();
  let comment: string | null = null;

  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    yield;
    const line = raw.trim();
    const refuse = (reason: string): void => {
      reading.invalid.push({ line: index + 1, text: line.slice(0, 200), reason });
    };
    if (line === "" || line.startsWith("#")) {
      comment = line.startsWith("#") ? line.replace(/^#+\s*/, "") || null : null;
      continue;
    }
    const assigned = variable.exec(line);
    if (assigned !== null) {
      environment.values.set(assigned[1] ?? "", unquoted(assigned[2] ?? ""));
      continue;
    }
    if (/^@reboot\b/i.test(line)) {
      reading.skipped.push(
        `line ${index + 1}: @reboot runs at the machine's start, which is no time; start it with the machine instead (${line})`,
      );
      continue;
    }
    const match = nicknames.exec(line) ?? fields.exec(line);
    if (match === null) {
      refuse("five fields or a nickname such as @daily, and a command, are taken");
      continue;
    }
    const cron = (match[1] ?? "")
      .replace(/\s+/g, " ")
      .replace(/^@annually$/i, "@yearly")
      .replace(/^@midnight$/i, "@daily");
    const { command, stdin } = splitCommand(match[2] ?? "");
    // A line that is refused counts, too: when it is put right, the others keep their ids.
    const slug = slugOf(command);
    const count = (ids.get(slug) ?? 0) + 1;
    ids.set(slug, count);
    const { zone, shell, env, mailto } = environment.read(defaultZone);
    if (!isKnownZone(zone)) {
      refuse(`CRON_TZ is ${zone.slice(0, 100)}: an IANA time zone such as Europe/Berlin is taken`);
      continue;
    }
    try {
      parseSpec({ cron, timezone: zone });
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      refuse(error.issues.map(({ message }) => message.replace(/; given: .*$/s, "")).join("; "));
      continue;
    }
    const notes: string[] = [];
    if (mailto !== undefined && mailto !== "") notes.push(`output is kept with the run; it is not mailed to ${mailto}`);
    const known = shell === undefined ? undefined : shells[shell];
    if (shell !== undefined && known === undefined)
      notes.push(`the shell ${shell} is not offered; sh runs the command`);
    if (command.includes("{{")) notes.push("{{…}} in the command is read as a template");
    reading.schedules.push({
      input: {
        scheduleId: count === 1 ? slug : `${slug}-${count}`,
        name: command.trim().slice(0, 200) || slug,
        workflowName: "shell.command",
        spec: { cron, timezone: zone },
        input: {
          command,
          ...(stdin === undefined ? {} : { stdin }),
          ...(known === undefined ? {} : { shell: known }),
          ...(Object.keys(env).length === 0 ? {} : { env }),
        },
        // cron starts a job whether or not its last run has ended.
        overlapPolicy: "allow_all",
        note: comment,
      },
      notes,
      line: index + 1,
      text: line.slice(0, 200),
    });
    comment = null;
  }
  return reading;
}
