import { z } from "zod";
import type { WorkflowParts } from "../../sdk/definitions.ts";
import { fillIn, fillInArguments, templatesIn } from "../templates.ts";
import { checkExitCodes, commonParts, outcomes, surroundings } from "./fields.ts";
import { expandPath } from "./paths.ts";
import { type Program, runProgram } from "./program.ts";
import { quotingAt } from "./shellQuoting.ts";
import { variableNames } from "./variableNames.ts";

const shells = ["default", "sh", "bash", "zsh", "powershell", "cmd"] as const;
const loginShells: readonly string[] = ["default", "sh", "bash", "zsh"];

export const shellInputSchema = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(100_000)
      .optional()
      .meta({
        title: "Command",
        description:
          "A command line for the shell. {{scheduledTime}}, {{date}}, {{runId}} and {{secret.NAME}} reach it as quoted variables.",
        examples: ["pg_dump shop > backup-{{date}}.sql"],
      }),
    program: z.string().min(1).max(4_096).optional().meta({
      title: "Program",
      description: "Instead of a command: a program to start directly, without a shell.",
    }),
    args: z.array(z.string().max(100_000)).max(1_000).optional().meta({
      title: "Arguments",
      description: "The program's arguments, one each; they reach it exactly as written.",
    }),
    shell: z.enum(shells).default("default").meta({
      title: "Shell",
      description: "What reads the command: sh (cmd on Windows) by default.",
    }),
    login: z.boolean().default(false).meta({
      title: "Login shell",
      description: "As at a login: the shell reads the profile files first (sh, bash and zsh).",
    }),
    ...surroundings,
    stdin: z
      .string()
      .max(1_000_000)
      .optional()
      .meta({ title: "Standard input", description: "Text that it is given to read." }),
    ...outcomes,
  })
  .superRefine((input, ctx) => {
    checkExitCodes(input, ctx);
    if ((input.command === undefined) === (input.program === undefined)) {
      ctx.addIssue({
        code: "custom",
        path: ["command"],
        message: "either a command line or a program with arguments is expected",
      });
    }
    if (input.args !== undefined && input.program === undefined) {
      ctx.addIssue({
        code: "custom",
        path: ["args"],
        message: "arguments belong to a program; write a command's into its line",
      });
    }
    if (input.login && (input.program !== undefined || !loginShells.includes(input.shell))) {
      ctx.addIssue({
        code: "custom",
        path: ["login"],
        message: "only for a command, and for sh, bash or zsh",
      });
    }
  });

type ShellInput = z.output<typeof shellInputSchema>;

export const shellCommand: WorkflowParts = {
  name: "shell.command",
  description:
    "Runs a command line in a shell, or a program with arguments. Fails on an exit code that is not accepted.",
  input: shellInputSchema,
  memoryLimit: null,
  declaration: null,
  queue: null,
  handler: async (input) => runProgram(await programOf(input as ShellInput)),
};

async function programOf(input: ShellInput): Promise<Program> {
  const stdin = input.stdin === undefined ? undefined : await fillIn(input.stdin);
  if (input.program !== undefined) {
    const parts = await commonParts(input);
    const file = expandPath(input.program, "program", parts.env);
    return { ...parts, stdin, file, args: await fillInArguments(input.args ?? [], "args") };
  }
  const windows = process.platform === "win32";
  const shell = input.shell === "default" ? (windows ? "cmd" : "sh") : input.shell;
  const { line, variables } = await withVariables(input.command ?? "", shell, Object.keys(input.env ?? {}));
  const parts = await commonParts(input, variables);
  return { ...parts, stdin, ...shellProgram(shell, line, input.login) };
}

function shellProgram(
  shell: Exclude<ShellInput["shell"], "default">,
  line: string,
  login: boolean,
): Pick<Program, "file" | "args" | "verbatim"> {
  switch (shell) {
    case "cmd":
      // Variables are read when the line runs (/v:on), after it was parsed: their values are text, never commands.
      return {
        file: process.env["ComSpec"] ?? "cmd.exe",
        args: ["/d", "/v:on", "/s", "/c", `"${line}"`],
        verbatim: true,
      };
    case "powershell":
      return {
        file: process.platform === "win32" ? "powershell.exe" : "pwsh",
        args: ["-NoProfile", "-NonInteractive", "-Command", line],
      };
    default:
      return { file: shell === "sh" ? "/bin/sh" : shell, args: [login ? "-lc" : "-c", line] };
  }
}

/**
 * The command with each template replaced by a reference to a variable that holds its value. No value becomes part of
 * the text that the shell parses, so none can be read as a command, and no secret stands in the list of processes.
 * `taken` are the variables that the program is given besides.
 */
async function withVariables(
  command: string,
  shell: string,
  taken: Iterable<string>,
): Promise<{ line: string; variables: Record<string, string> }> {
  const uses = await templatesIn(command);
  const names = variableNames(uses, taken);
  const variables: Record<string, string> = {};
  let line = "";
  let from = 0;
  for (const use of uses) {
    const name = names.get(use.key) ?? "";
    variables[name] = use.value;
    line += command.slice(from, use.at) + reference(name, shell, quotingAt(command, use.at));
    from = use.at + use.text.length;
  }
  return { line: line + command.slice(from), variables };
}

function reference(name: string, shell: string, quoting: "none" | "single" | "double"): string {
  if (shell === "cmd") return `!${name}!`;
  if (shell === "powershell") return quoting === "single" ? `'+$env:${name}+'` : `\${env:${name}}`;
  if (quoting === "double") return `\${${name}}`;
  return quoting === "single" ? `'"\${${name}}"'` : `"\${${name}}"`;
}
