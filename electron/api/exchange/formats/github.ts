import { z } from "zod";
import { parseWhen } from "../../../../shared/schedule/index.ts";
import { type Found, type ImportFile, NotTaken, slugOf, unionOf } from "./found.ts";

const workflowSchema = z.looseObject({
  name: z.string().optional(),
  on: z.looseObject({
    schedule: z.array(z.looseObject({ cron: z.string(), timezone: z.string().optional() })).min(1),
  }),
});

export const isGithubWorkflow = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "on" in value && "jobs" in value;

/** Reads a workflow of GitHub Actions that has times: what starts it here is `gh`, for its jobs run there. */
export function readGithubWorkflow(file: ImportFile, value: unknown, found: Found): void {
  const base = file.name.split(/[\\/]/).at(-1) ?? "";
  const at = { file: file.name, line: null, text: base };
  const parsed = workflowSchema.safeParse(value);
  if (!parsed.success) {
    found.skip({ file: file.name, line: null }, "the workflow has no on.schedule");
    return;
  }
  const { name, on } = parsed.data;
  found.add(
    { ...at, slug: `github-${slugOf(base.replace(/\.ya?ml$/, "") || (name ?? ""), "workflow")}`, format: "github" },
    () => {
      if (base === "")
        throw new NotTaken("a file is expected, by whose name GitHub knows the workflow, and no pasted text");
      const notes = [`it starts ${base} at GitHub by gh, which has to be signed in, in the folder of the repository`];
      const specs = on.schedule.map(({ cron, timezone }) => {
        const read = parseWhen(cron, { dialect: "github", timezone: timezone ?? "UTC" });
        notes.push(...read.notes);
        return read.spec;
      });
      return {
        notes,
        input: {
          name: (name ?? base).slice(0, 200),
          workflowName: "shell.command",
          spec: unionOf(specs),
          input: { program: "gh", args: ["workflow", "run", base] },
          overlapPolicy: "allow_all" as const,
        },
      };
    },
  );
}
