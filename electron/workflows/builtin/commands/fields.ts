import { statSync } from "node:fs";
import { homedir } from "node:os";
import { z } from "zod";
import { variablePattern, variableTaken } from "../../../../shared/domain/environment.ts";
import { RunFailure } from "../../running/failures.ts";
import { runStorage } from "../../sdk/runScope.ts";
import { fillIn, fillInValues, runEnvironment } from "../templates.ts";
import { commandEnvironment } from "./environment.ts";
import { expandPath, wholePath } from "./paths.ts";
import type { Program } from "./program.ts";
import { isKnownEncoding } from "./textDecoder.ts";

const exitCodes = z.array(z.number().int().min(0).max(255));

/** What commands and scripts have in common, in the order of the form. */
export const surroundings = {
  cwd: z.string().min(1).optional().meta({
    title: "Folder",
    description: "The folder to run it in, such as ~/reports or $DATA/in; the home folder where left out.",
  }),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and '_', not starting with a digit"),
      z.string(),
    )
    .optional()
    .meta({
      title: "Environment",
      description: "Variables for the program, beside those of Almanac itself. Templates are filled in.",
    }),
  passEnvironment: z.array(z.string().max(200).regex(variablePattern, variableTaken)).max(200).optional().meta({
    title: "Variables to pass on",
    description:
      "Of Almanac's own environment, beside the usual ones (PATH, HOME, LANG and their kind) and those in Settings: names, AWS_* for all that begin like that, * for all.",
  }),
};

export const outcomes = {
  output: z.enum(["together", "separate"]).default("together").meta({
    title: "Output and errors",
    description:
      "together: in one stream, in the exact order of writing. separate: told apart, their order to each other approximate.",
  }),
  encoding: z
    .string()
    .refine(
      (name) => name === "detect" || isKnownEncoding(name),
      "detect, or an encoding such as utf-8, windows-1252, cp850 or shift_jis",
    )
    .default("detect")
    .meta({
      title: "Encoding of the output",
      description: "detect, or a name such as windows-1252, cp850 or shift_jis.",
    }),
  acceptedExitCodes: exitCodes.min(1).default([0]).meta({
    title: "Accepted exit codes",
    description: "Exit codes that mean success.",
  }),
  warningExitCodes: exitCodes.default([]).meta({
    title: "Exit codes with a warning",
    description: "The run has completed, with something to look at.",
  }),
  skippedExitCodes: exitCodes.default([]).meta({
    title: "Exit codes that skip",
    description: "There was nothing to do: the run neither completed nor failed.",
  }),
  leaveRunning: z.boolean().default(false).meta({
    title: "Leave what it started running",
    description:
      "For commands that start a service. Otherwise whatever is left of a run is ended with it. Send a service's output to a file: of what it writes later nothing is kept.",
  }),
};

const common = z.object({ ...surroundings, ...outcomes });
type Common = z.output<typeof common>;

/** No exit code means two things. */
export function checkExitCodes(input: Common, ctx: z.core.$RefinementCtx): void {
  const lists = ["acceptedExitCodes", "warningExitCodes", "skippedExitCodes"] as const;
  for (const [at, list] of lists.entries()) {
    const twice = input[list].find((code) => lists.slice(0, at).some((earlier) => input[earlier].includes(code)));
    if (twice === undefined) continue;
    const earlier = lists.find((other) => input[other].includes(twice));
    ctx.addIssue({
      code: "custom",
      path: [list],
      message: `an exit code has one meaning: ${twice} is in ${earlier} too`,
    });
  }
}

type CommonParts = Omit<Program, "file" | "args" | "stdin" | "hint" | "verbatim">;

/** The parts of a program that every command has. @throws RunFailure INVALID_INPUT */
export async function commonParts(input: Common, own: Readonly<Record<string, string>> = {}): Promise<CommonParts> {
  const env = commandEnvironment({
    pass: [...(runStorage.getStore()?.passEnvironment ?? []), ...(input.passEnvironment ?? [])],
    run: runEnvironment(),
    own: { ...(await fillInValues(input.env ?? {})), ...own },
  });
  const { output, encoding, acceptedExitCodes, warningExitCodes, skippedExitCodes, leaveRunning } = input;
  const codes = { acceptedExitCodes, warningExitCodes, skippedExitCodes };
  return { cwd: await folderOf(input.cwd, env), env, output, encoding, ...codes, leaveRunning };
}

async function folderOf(given: string | undefined, env: Readonly<Record<string, string>>): Promise<string> {
  if (given === undefined) return homedir();
  const folder = wholePath(expandPath(await fillIn(given), "cwd", env), homedir());
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return folder;
  const what = found === undefined ? "there is no folder" : "this is no folder:";
  throw new RunFailure("INVALID_INPUT", `input.cwd: ${what} ${JSON.stringify(folder)}`, { retryable: true });
}
