import { type ParseArgsConfig, parseArgs } from "node:util";

type Parsed<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>;

/** What a script was started with. `--help` prints the usage; what is not known is named with it, and exits with 2. */
export function readArguments<T extends ParseArgsConfig>(usage: string, config: T): Parsed<T> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${(error as Error).message.split(". ")[0]}\n${usage}`);
    process.exit(2);
  }
}
