import { runCommandLine } from "../cli/commandLine.ts";
import { spawnUtilityReader } from "./processes/utilityReader.ts";
import { spawnUtilityRunner } from "./processes/utilityRunner.ts";

/** The command line on the installed program's own runtime, which cannot run as Node. Call it once Electron is ready. */
export const runCommands = (args: readonly string[]): Promise<number> =>
  runCommandLine(args, { spawnRunner: spawnUtilityRunner, spawnReader: spawnUtilityReader });
