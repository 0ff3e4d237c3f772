import { z } from "zod";
import type { WorkflowParts } from "../../sdk/definitions.ts";
import { runStorage } from "../../sdk/runScope.ts";
import { fillIn, fillInArguments } from "../templates.ts";
import { checkExitCodes, commonParts, outcomes, surroundings } from "./fields.ts";
import { interpreterOf, interpreters } from "./interpreter.ts";
import { expandPath, wholePath } from "./paths.ts";
import { runProgram } from "./program.ts";

export const scriptInputSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .max(4_096)
      .meta({
        title: "File",
        description: "The script, with its full path, or from ~ or the folder below on.",
        examples: ["~/scripts/report.py"],
      }),
    interpreter: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .meta({
        title: "Interpreter",
        description: `The program that runs it, such as ~/venv/bin/python. Where left out: the one that its first line names (#!), else by its ending (${Object.keys(interpreters).join(" ")}), else the file itself.`,
      }),
    args: z.array(z.string().max(100_000)).max(1_000).default([]).meta({
      title: "Arguments",
      description:
        "One each; they reach the script exactly as written. {{scheduledTime}}, {{date}} and {{runId}} are filled in.",
    }),
    ...surroundings,
    ...outcomes,
  })
  .superRefine(checkExitCodes);

export const scriptRun: WorkflowParts = {
  name: "script.run",
  description: "Runs a script file with its interpreter. Fails on an exit code that is not accepted.",
  input: scriptInputSchema,
  memoryLimit: null,
  declaration: null,
  queue: null,
  handler: async (checked) => {
    const input = checked as z.output<typeof scriptInputSchema>;
    const parts = await commonParts(input);
    const { env, cwd } = parts;
    const file = wholePath(expandPath(await fillIn(input.file), "file", env), cwd);
    const given = input.interpreter === undefined ? undefined : expandPath(input.interpreter, "interpreter", env);
    const { program: started, warning } = interpreterOf(file, env, given);
    if (warning !== null) runStorage.getStore()?.write("system", `[${warning}]\n`);
    const [program = file, ...before] = started;
    const args = await fillInArguments(input.args, "args");
    return runProgram({
      ...parts,
      file: program,
      args: program === file ? args : [...before, file, ...args],
      stdin: undefined,
      hint: warning,
    });
  },
};
