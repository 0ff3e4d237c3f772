import type { Command } from "commander";
import { invalidField } from "../../../shared/domain/errors.ts";
import {
  type CompiledSpec,
  calendarNames,
  compileSpec,
  countBetween,
  type Dialect,
  describeSpec,
  dialectNames,
  dialects,
  type ExclusionCalendar,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  parseWhen,
  type ScheduleSpec,
  whyNeverFires,
} from "../../../shared/schedule/index.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, localTime, paint, printJson } from "../output.ts";
import { instant, jsonValue, oneOf, wholeNumber } from "../values.ts";

const iso = (at: number): string => new Date(at).toISOString();

function printTimes(io: CliIo, spec: ScheduleSpec, times: readonly number[]): void {
  const zone = spec.timezone ?? "UTC";
  for (const at of times) {
    const there = new Date(at).toLocaleString("sv-SE", { timeZone: zone });
    io.out.write(
      `${iso(at)}  ${paint(io, "gray", `${there} ${zone}`)}${zone === io.zone ? "" : paint(io, "gray", `  ${localTime(io, iso(at))} ${io.zone}`)}\n`,
    );
  }
}

interface SpecOptions {
  spec: string;
  from?: string;
  to?: string;
  count?: number;
  limit?: number;
  countOnly?: boolean;
}

/** A spec as it was asked about, and the zone in which its dates are. */
function read(local: SpecOptions): { spec: ScheduleSpec; zone: string } {
  const spec = parseSpec(jsonValue("spec", local.spec));
  return { spec, zone: spec.timezone ?? "UTC" };
}

/** The spec with its exclusion calendars, which are in the data folder: it is opened only where a spec names one. `anchorAt` is the phase of intervals that have none. */
async function compile(io: CliIo, command: Command, spec: ScheduleSpec, anchorAt: number): Promise<CompiledSpec> {
  const named = calendarNames(spec).length > 0;
  const calendars: readonly ExclusionCalendar[] = named
    ? await withApp(io, command, {}, ({ api }) => api.calendars.list())
    : [];
  return compileSpec(spec, { anchorAt, calendars: new Map(calendars.map((calendar) => [calendar.name, calendar])) });
}

/** Another program's text, or words, as a spec. */
function addParse(spec: Command, io: CliIo): void {
  leaf(
    spec,
    "parse <text>",
    "another program's text, or words, as a spec, with notes on what was guessed or left out",
    [
      "spec parse 'Mon *-*-1..7 03:00'",
      "spec parse '0 0 12 ? * 2' --dialect quartz --timezone Europe/Berlin",
      "spec parse 'weekdays at 9 and 14:45'",
    ],
  )
    .option("--dialect <name>", `${dialects.join(", ")} (default: found out by its grammar)`, oneOf(dialects))
    .option("--timezone <zone>", "IANA zone it is to be read in, where the text names none")
    .action((text: string, local: { dialect?: Dialect; timezone?: string }, command: Command) => {
      const parsed = parseWhen(text, { ...local, now: Date.now() });
      if (command.optsWithGlobals()["json"] === true) return printJson(io, parsed);
      io.out.write(`${JSON.stringify(parsed.spec)}\n`);
      io.err.write(`${dialectNames[parsed.dialect]}: ${describeSpec(parsed.spec)}\n`);
      for (const note of parsed.notes) io.err.write(`note: ${note}\n`);
    });
}

export function addSpec(program: Command, io: CliIo): void {
  const spec = noun(program, "spec", "ask a spec when it fires, without any schedule", [
    'spec next --spec \'{"cron":"0 9 * * 1-5","timezone":"Europe/Berlin"}\'',
    'spec describe --spec \'{"cron":"0 9 * * 1-5"}\'',
  ]);

  leaf(spec, "next", "the next occurrences, strictly after an instant", [
    'spec next --spec \'{"cron":"0 9 * * 1-5","timezone":"Europe/Berlin"}\' --count 3',
    'spec next --spec \'{"interval":"90m"}\' --from 2026-01-01T00:00:00Z --json',
  ])
    .requiredOption("--spec <json>", "the spec (or @FILE)")
    .option("--from <time>", "an instant, or a date in the spec's zone (default: now)")
    .option("--count <number>", "how many", wholeNumber(1, 100_000), 10)
    .action(async (local: SpecOptions, command: Command) => {
      const { spec: parsed, zone } = read(local);
      const fromAt = local.from === undefined ? Date.now() : Date.parse(instant("from", local.from, zone));
      const compiled = await compile(io, command, parsed, fromAt);
      const times: number[] = [];
      let at = nextOccurrence(compiled, fromAt);
      while (at !== null && times.length < (local.count ?? 10)) {
        times.push(at);
        at = nextOccurrence(compiled, at);
      }
      const never = times.length === 0 ? whyNeverFires(compiled, fromAt + 1) : null;
      if (command.optsWithGlobals()["json"] === true) {
        printJson(io, { times: times.map(iso), ...(never ? { neverFires: never } : {}) });
        return;
      }
      printTimes(io, parsed, times);
      if (times.length === 0) {
        const unnamed = never?.paths.filter((path) => !never.message.includes(path)) ?? [];
        const reason = never ? `: ${never.message}${unnamed.length > 0 ? ` (${unnamed.join(", ")})` : ""}` : "";
        io.err.write(`no occurrence after ${iso(fromAt)}${reason}\n`);
      }
    });

  leaf(spec, "between", "the occurrences of a range", [
    'spec between --spec \'{"cron":"0 * * * *"}\' --from 2026-01-01 --to 2026-01-02',
    'spec between --spec \'{"cron":"* * * * *"}\' --from 2026-01-01 --to 2027-01-01 --count-only',
  ])
    .requiredOption("--spec <json>", "the spec (or @FILE)")
    .requiredOption("--from <time>", "first instant (included), or a date in the spec's zone")
    .requiredOption("--to <time>", "end of the range (not included)")
    .option("--limit <number>", "list at most so many (default: all)", wholeNumber(1))
    .option("--count-only", "only how many there are")
    .action(async (local: SpecOptions, command: Command) => {
      const { spec: parsed, zone } = read(local);
      const [from, to] = [instant("from", local.from ?? "", zone), instant("to", local.to ?? "", zone)];
      const [fromAt, toAt] = [Date.parse(from), Date.parse(to)];
      if (toAt < fromAt) throw invalidField("to", local.to, `an instant not before ${from} is expected`);
      const json = command.optsWithGlobals()["json"] === true;
      const compiled = await compile(io, command, parsed, fromAt);
      if (local.countOnly === true) {
        const count = countBetween(compiled, fromAt, toAt);
        if (json) printJson(io, { count });
        else io.out.write(`${count}\n`);
        return;
      }
      const times = occurrencesBetween(compiled, fromAt, toAt, local.limit);
      if (json) {
        printJson(io, { times: times.map(iso) });
        return;
      }
      printTimes(io, parsed, times);
      if (times.length === 0) io.err.write(`no occurrence from ${from} to ${to}\n`);
    });

  addParse(spec, io);

  leaf(spec, "describe", "the spec as a sentence", ['spec describe --spec \'{"cron":"0 9 * * 1-5"}\''])
    .requiredOption("--spec <json>", "the spec (or @FILE)")
    .action((local: SpecOptions, command: Command) => {
      const text = describeSpec(read(local).spec);
      if (command.optsWithGlobals()["json"] === true) printJson(io, { text });
      else io.out.write(`${text}\n`);
    });
}
