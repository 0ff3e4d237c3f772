import { existsSync } from "node:fs";
import { extname } from "node:path";
import { z } from "zod";
import { RunFailure } from "../running/failures.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import { runProgram } from "./program.ts";
import { environmentSchema, exitCodesSchema, folderSchema } from "./shell.ts";
import { fillIn, fillInArguments, fillInValues } from "./templates.ts";

const interpreters: Readonly<Record<string, readonly string[]>> = {
  ".sh": ["/bin/sh"],
  ".bash": ["bash"],
  ".py": ["python3"],
  ".js": ["node"],
  ".mjs": ["node"],
  ".cjs": ["node"],
  ".ts": ["node"],
  ".rb": ["ruby"],
  ".pl": ["perl"],
  ".php": ["php"],
  ".r": ["Rscript"],
  ".ps1": ["pwsh", "-NoProfile", "-NonInteractive", "-File"],
};

export const scriptInputSchema = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4_096)
    .meta({ title: "File", description: "The script, with its full path.", examples: ["/home/me/report.py"] }),
  interpreter: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .meta({
      title: "Interpreter",
      description: `The program that runs it; by its ending where left out (${Object.keys(interpreters).join(" ")}), else the file itself.`,
    }),
  args: z.array(z.string().max(100_000)).max(1_000).default([]).meta({
    title: "Arguments",
    description:
      "One each; they reach the script exactly as written. {{scheduledTime}}, {{date}} and {{runId}} are filled in.",
  }),
  cwd: folderSchema.optional(),
  env: environmentSchema.optional(),
  acceptedExitCodes: exitCodesSchema.default([0]),
});

export const scriptRun: WorkflowParts = {
  name: "script.run",
  description: "Runs a script file with its interpreter. Fails on an exit code that is not accepted.",
  input: scriptInputSchema,
  declaration: null,
  handler: async (given) => {
    const input = given as z.output<typeof scriptInputSchema>;
    const file = await fillIn(input.file);
    if (!existsSync(file)) {
      throw new RunFailure("INVALID_INPUT", `input.file: there is no file ${JSON.stringify(file)}`, {
        retryable: true,
      });
    }
    const known = interpreters[extname(file).toLowerCase()];
    const [program = file, ...before] = input.interpreter === undefined ? (known ?? []) : [input.interpreter];
    const args = await fillInArguments(input.args, "args");
    return runProgram({
      file: program,
      args: program === file ? args : [...before, file, ...args],
      cwd: input.cwd === undefined ? undefined : await fillIn(input.cwd),
      env: await fillInValues(input.env ?? {}),
      stdin: undefined,
      acceptedExitCodes: input.acceptedExitCodes,
    });
  },
};
