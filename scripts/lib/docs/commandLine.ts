import type { Argument, Command, Option } from "commander";

/** Those that every command takes; told once. */
const common = new Set(["--data-dir", "--json", "--version", "--help"]);

const shownOptions = (command: Command): Option[] =>
  command.options.filter((option) => !option.hidden && !common.has(option.long ?? ""));

/** A description as Markdown, with what it would take for markup kept as text. */
const prose = (text: string): string => text.replace(/[*<]/g, "\\$&").replace(/\s*\n\s*/g, " ");

/** `almanac schedules backfill`. */
const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const argumentText = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

function usageOf(command: Command): string {
  const options = shownOptions(command);
  const required = options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags.replace(/^-\w, /, ""));
  return [
    nameOf(command),
    ...(command.commands.length > 0 ? ["<command>"] : command.registeredArguments.map(argumentText)),
    ...required,
    ...(options.length > required.length ? ["[options]"] : []),
  ].join(" ");
}

/** What stands below the options in `--help`: examples, and whatever else was added. */
function addedHelp(command: Command): string {
  let printed = "";
  command.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => 120 });
  command.outputHelp();
  const help = command.helpInformation();
  if (!printed.startsWith(help)) throw new Error(`${nameOf(command)} --help does not begin with its own help`);
  return printed.slice(help.length).trim();
}

function defaultText({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValue === undefined || defaultValue === false) return "";
  return `; default: \`${defaultValueDescription ?? (typeof defaultValue === "string" ? defaultValue : JSON.stringify(defaultValue))}\``;
}

function optionLine(option: Option): string {
  const { flags, mandatory, description, argChoices } = option;
  const choices = argChoices === undefined ? "" : `; one of ${argChoices.map((choice) => `\`${choice}\``).join(", ")}`;
  return `- \`${flags}\`${mandatory ? " (required)" : ""}: ${prose(description)}${choices}${defaultText(option)}`;
}

function helpParts(help: string): string[] {
  return help.split(/\n{2,}|\n(?=Examples:)|(?<=\S)\n(?=\S)/).flatMap((part) => {
    const text = part.trim();
    if (text === "") return [];
    if (!text.startsWith("Examples:")) return [prose(text)];
    const lines = text.split("\n").slice(1);
    return [["```sh", ...lines.map((line) => line.replace(/^\s*\$ /, "")), "```"].join("\n")];
  });
}

function section(command: Command, level: number): string[] {
  const options = shownOptions(command);
  const told = command.registeredArguments.filter(({ description }) => description !== "");
  const lines = [
    ...told.map((argument) => `- \`${argumentText(argument)}\`: ${prose(argument.description)}`),
    ...options.map(optionLine),
  ];
  const description = prose(command.description());
  return [
    `${"#".repeat(level)} ${nameOf(command)}`,
    `${description.charAt(0).toUpperCase()}${description.slice(1)}${/[.?!]$/.test(description) ? "" : "."}`,
    `\`${usageOf(command)}\``,
    ...(lines.length === 0 ? [] : [lines.join("\n")]),
    ...helpParts(addedHelp(command)),
    ...command.commands.flatMap((child) => section(child, level + 1)),
  ];
}

function exitCodeLines(exitCodes: Readonly<Record<string, number>>): string {
  const named = (wanted: number): string =>
    Object.entries(exitCodes)
      .flatMap(([code, exit]) => (exit === wanted ? [`\`${code}\``] : []))
      .join(", ");
  return [
    "- 0: done, and after `--help` and `--version`",
    `- 1: it failed although the input was right: ${named(1)}; also a run that was waited for and did not complete`,
    `- 2: the usage or the input has to change: what the command line itself refuses, and ${named(2)}`,
  ].join("\n");
}

/** The reference of a program's commands, as Markdown from its second heading on. */
export function commandLineReference(program: Command, exitCodes: Readonly<Record<string, number>>): string {
  const everywhere = program.options.filter(({ hidden }) => !hidden).map(optionLine);
  const parts = [
    "## Reference",
    "What `--help` prints of each command. Every one takes these, too:",
    everywhere.join("\n"),
    "### Exit codes",
    "The code of an error is what `--json` prints as `error.code`.",
    exitCodeLines(exitCodes),
    "### Commands, one by one",
    ...helpParts(addedHelp(program)),
    ...program.commands.flatMap((command) => section(command, 3)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The values of an option that takes one of a list; empty for every other. */
const valuesOf = ({ parseArg }: Option): readonly string[] =>
  parseArg !== undefined && "values" in parseArg ? (parseArg.values as readonly string[]) : [];

/** Commands and options without a description, as they are typed, and options that do not name the values they take. */
export function undescribedCommands(command: Command): string[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const unnamed = (option: Option): string[] =>
    valuesOf(option).filter((value) => !new RegExp(`\\b${value}\\b`).test(`${option.flags} ${option.description}`));
  return [
    ...(command.description() === "" ? [nameOf(command)] : []),
    ...options.filter(({ description }) => description === "").map(({ flags }) => `${nameOf(command)} ${flags}`),
    ...options.flatMap((option) => unnamed(option).map((value) => `${nameOf(command)} ${option.flags}: ${value}`)),
    ...command.commands.flatMap(undescribedCommands),
  ];
}

/** Words of a line as a shell would split it, quotes left on. */
const wordsOf = (line: string): string[] => line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];

/** Examples of `--help` that name a command or an option which is not there. */
export function wrongExamples(program: Command): string[] {
  const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];
  const examples = everyCommand(program).flatMap((command) =>
    addedHelp(command)
      .split("\n")
      .flatMap((line) => (/^ *\$ /.test(line) ? [line.replace(/^ *\$ /, "")] : [])),
  );
  return [...new Set(examples)].filter((example) => {
    let command = program;
    const [, ...words] = wordsOf(
      example.slice(example.lastIndexOf("almanac ", example.includes("| almanac ") ? undefined : 0)),
    );
    for (let next = words[0]; command.commands.length > 0; next = words[0]) {
      const child = command.commands.find((one) => one.name() === next);
      if (child === undefined) return true;
      words.shift();
      command = child;
    }
    const known = new Set(command.options.map(({ long }) => long));
    return words.some((word) => word.startsWith("--") && !known.has(word));
  });
}
