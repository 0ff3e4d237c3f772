import type { Command } from "commander";

/** Adds what every command takes, and its examples: what follows `almanac`, or a whole line that begins otherwise. */
export function withCommon(command: Command, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ ${example.includes("| almanac ") ? example : `almanac ${example}`}`);
  return command
    .option("--data-dir <dir>", "data folder (or ALMANAC_DATA_DIR; default: the desktop app's own)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", `\nExamples:\n${shown.join("\n")}`);
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
export function noun(parent: Command, name: string, description: string, examples: readonly string[]): Command {
  return leaf(parent, name, description, examples);
}
