import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { crashFolder } from "../../api/diagnostics/folders.ts";

/** A report that nobody has been told of has this at the end of its name. */
const untold = ".untold.txt";
const mostKept = 10;

export interface CrashFacts {
  version: string;
  /** Epoch ms; of the end, as near as it is known. */
  startedAt: number;
  now: number;
}

/** Writes what ended the main process, for the next start and for people. Nothing is sent anywhere. Never throws. */
export function writeCrash(dataDir: string, fault: unknown, facts: CrashFacts): void {
  write(dataDir, "ended by a fault", inspect(fault, { depth: 4, maxStringLength: 10_000 }), facts);
}

/** The same of a program that could not say what ended it. */
export function writeUnexplainedEnd(dataDir: string, facts: CrashFacts): void {
  write(dataDir, unexplained, unexplainedText, facts);
}

const unexplained = "ended unexpectedly";
const unexplainedText = [
  "It could not write down why: something killed it, or a fault ended it outside of its own code. The time is when it last",
  "wrote its data. The system may know more: on Linux coredumpctl and journalctl, elsewhere its own crash reports.",
].join("\n");

function write(dataDir: string, how: string, what: string, facts: CrashFacts): void {
  try {
    const folder = crashFolder(dataDir);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { electron = "none", node } = process.versions;
    const text = [
      `Almanac ${facts.version} ${how}`,
      `at ${new Date(facts.now).toISOString()}, ${Math.round((facts.now - facts.startedAt) / 1000)} s after its start`,
      `Electron ${electron}, Node ${node}, ${process.platform} ${process.arch}`,
      "",
      what,
      "",
    ].join("\n");
    const name = new Date(facts.now).toISOString().replace(/[-:.]/g, "");
    writeFileSync(join(folder, `${name}${untold}`), text, { mode: 0o600 });
    const old = readdirSync(folder).sort().slice(0, -mostKept);
    for (const file of old) rmSync(join(folder, file), { force: true });
  } catch {
    // The fault itself is on the terminal.
  }
}

export interface Crash {
  file: string;
  /** Epoch ms. */
  at: number;
  /** Whether the program wrote down what ended it. */
  explained: boolean;
}

/** The last report that nobody was told of, which is told now; null where there is none. */
export function takeCrash(dataDir: string): Crash | null {
  try {
    const folder = crashFolder(dataDir);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(untold))
      .sort();
    const told = names.map((name) => {
      const file = join(folder, `${name.slice(0, -untold.length)}.txt`);
      renameSync(join(folder, name), file);
      return file;
    });
    const file = told.at(-1);
    if (file === undefined) return null;
    const text = readFileSync(file, "utf8");
    const at = /^at (\S+Z)/m.exec(text)?.[1];
    return { file, at: Date.parse(at ?? ""), explained: !text.split("\n", 1)[0]?.endsWith(unexplained) };
  } catch {
    return null;
  }
}

/** What people are told at the next start. `interrupted`: names of the runs that ended with it. */
export function crashMessage(crash: Crash, interrupted: readonly string[], zone: string) {
  const when = Number.isNaN(crash.at) ? "" : ` at ${new Date(crash.at).toLocaleString(undefined, { timeZone: zone })}`;
  const shown = interrupted.slice(0, 5).map((name) => `• ${name.length > 60 ? `${name.slice(0, 59)}…` : name}`);
  const more = interrupted.length - shown.length;
  return {
    message: `Almanac ${crash.explained ? "ended by a fault" : unexplained}${when}`,
    detail: [
      ...(interrupted.length === 0
        ? ["No run was going on."]
        : ["It interrupted:", ...shown, ...(more > 0 ? [`and ${more} more`] : [])]),
      "",
      `What happened is in ${crash.file}; nothing was sent anywhere.`,
    ].join("\n"),
  };
}
