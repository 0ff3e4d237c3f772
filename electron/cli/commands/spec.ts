import type { Command } from "commander";
import { invalidField } from "../../../shared/domain/errors.ts";
import {
  type CompiledSpec,
  compileSpec,
  countBetween,
  describeSpec,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  type ScheduleSpec,
} from "../../../shared/schedule/index.ts";
import { leaf, noun } from "../command.ts";
import { type CliIo, localTime, paint, printJson } from "../output.ts";
import { instant, jsonValue, wholeNumber } from "../values.ts";

const iso = (at: number): string => new Date(at).toISOString();

function printTimes(io: CliIo, json: boolean, spec: ScheduleSpec, times: readonly number[]): void {
  const zone = spec.timezone ?? "UTC";
  if (json) {
    printJson(io, { times: times.map(iso) });
    return;
  }
  for (const at of times) {
    const there = new Date(at).toLocaleString("sv-SE", { timeZone: zone });
    io.out.write(
      `${iso(at)}  ${paint(io, "gray", `${there} ${zone}`)}${zone === io.zone ? "" : paint(io, "gray", `  ${localTime(io, iso(at))} ${io.zone}`)}\n`,
    );
  }
  if (times.length === 0) io.err.write("no occurrence\n");
}

interface SpecOptions {
  spec: string;
  from?: string;
  to?: string;
  count?: number;
  limit?: number;
  countOnly?: boolean;
}

/** The spec of the options, its zone for dates, and the instant that intervals without an anchor start from. */
function read(local: SpecOptions): { spec: ScheduleSpec; zone: string; compile: (anchorAt: number) => CompiledSpec } {
  const spec = parseSpec(jsonValue("spec", local.spec));
  return { spec, zone: spec.timezone ?? "UTC", compile: (anchorAt) => compileSpec(spec, { anchorAt }) };
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
    .action((local: SpecOptions, command: Command) => {
      const { spec: parsed, zone, compile } = read(local);
      const fromAt = local.from === undefined ? Date.now() : Date.parse(instant("from", local.from, zone));
      const compiled = compile(fromAt);
      const times: number[] = [];
      let at = nextOccurrence(compiled, fromAt);
      while (at !== null && times.length < (local.count ?? 10)) {
        times.push(at);
        at = nextOccurrence(compiled, at);
      }
      printTimes(io, command.optsWithGlobals()["json"] === true, parsed, times);
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
    .action((local: SpecOptions, command: Command) => {
      const { spec: parsed, zone, compile } = read(local);
      const [from, to] = [instant("from", local.from ?? "", zone), instant("to", local.to ?? "", zone)];
      const [fromAt, toAt] = [Date.parse(from), Date.parse(to)];
      if (toAt < fromAt) throw invalidField("to", local.to, `an instant not before ${from} is taken`);
      const json = command.optsWithGlobals()["json"] === true;
      const compiled = compile(fromAt);
      if (local.countOnly !== true) {
        return printTimes(io, json, parsed, occurrencesBetween(compiled, fromAt, toAt, local.limit));
      }
      const count = countBetween(compiled, fromAt, toAt);
      if (json) printJson(io, { count });
      else io.out.write(`${count}\n`);
    });

  leaf(spec, "describe", "the spec as a sentence", ['spec describe --spec \'{"cron":"0 9 * * 1-5"}\''])
    .requiredOption("--spec <json>", "the spec (or @FILE)")
    .action((local: SpecOptions, command: Command) => {
      const text = describeSpec(read(local).spec);
      if (command.optsWithGlobals()["json"] === true) printJson(io, { text });
      else io.out.write(`${text}\n`);
    });
}
