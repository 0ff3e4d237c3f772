import type { Command } from "commander";

/** Adds what every command takes, and its examples. */
export function withCommon(command: Command, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ almanac ${example}`).join("\n");
  return command
    .option("--data-dir <dir>", "data folder (or ALMANAC_DATA_DIR; default: the desktop app's own)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", `\nExamples:\n${shown}`);
}

/** A command without subcommands. */
export function leaf(
  parent: Command,
  nameAndArguments: string,
  description: string,
  examples: readonly string[],
): Command {
  return withCommon(parent.command(nameAndArguments).description(description), examples);
}

/** A noun: its verbs are subcommands. */
export function noun(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description);
}
