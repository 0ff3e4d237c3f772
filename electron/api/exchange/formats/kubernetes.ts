import { z } from "zod";
import { formatDuration, parseWhen } from "../../../../shared/schedule/index.ts";
import { type Found, type ImportFile, NotTaken, slugOf } from "./found.ts";

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const container = z.looseObject({
  name: z.string().optional(),
  image: z.string().optional(),
  command: z.array(text).optional(),
  args: z.array(text).optional(),
  workingDir: z.string().optional(),
  env: z.array(z.looseObject({ name: z.string(), value: text.optional() })).optional(),
});

const cronJobSchema = z.looseObject({
  kind: z.literal("CronJob"),
  metadata: z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
  spec: z.looseObject({
    schedule: z.string("a text in cron's syntax is expected"),
    timeZone: z.string().nullish(),
    suspend: z.boolean().optional(),
    concurrencyPolicy: z.enum(["Allow", "Forbid", "Replace"]).optional(),
    startingDeadlineSeconds: z.number().nullish(),
    jobTemplate: z.looseObject({
      spec: z.looseObject({
        backoffLimit: z.number().int().optional(),
        activeDeadlineSeconds: z.number().optional(),
        template: z.looseObject({ spec: z.looseObject({ containers: z.array(container).min(1) }) }),
      }),
    }),
  }),
});

const overlap = { Allow: "allow_all", Forbid: "skip", Replace: "cancel_other" } as const;

export const isCronJob = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "CronJob";

/** Reads one CronJob of Kubernetes. */
export function readCronJob(file: ImportFile, value: unknown, found: Found): void {
  const { name: given } = (value as { metadata?: { name?: unknown } }).metadata ?? {};
  const name = typeof given === "string" ? given : "job";
  const at = { file: file.name, line: null, text: name };
  found.add({ ...at, slug: `kubernetes-${slugOf(name, "job")}`, format: "kubernetes" }, () => {
    const parsed = cronJobSchema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new NotTaken(`${issue?.path.join(".")}: ${issue?.message}`);
    }
    const { spec } = parsed.data;
    const job = spec.jobTemplate.spec;
    const [first, ...others] = job.template.spec.containers;
    const notes: string[] = [];
    if (spec.timeZone == null) notes.push("it names no zone: taken as UTC, which most clusters are in");
    const read = parseWhen(spec.schedule, { dialect: "kubernetes", timezone: spec.timeZone ?? "UTC" });
    notes.push(...read.notes);
    if (first === undefined || first.command === undefined)
      throw new NotTaken("what it runs is in its image: a container with a command is expected");
    const [program, ...rest] = [...first.command, ...(first.args ?? [])];
    if ([program, ...rest].some((word) => word?.includes("$(")))
      throw new NotTaken("its command holds $(NAME), which only Kubernetes fills in");
    notes.push(`it runs on this machine, and not in ${first.image ?? "its image"}`);
    if (others.length > 0) notes.push(`of ${others.length + 1} containers the first is used`);
    const env = (first.env ?? []).flatMap(({ name: key, value: set }) =>
      set === undefined ? [] : [[key, set] as const],
    );
    const unset = (first.env ?? []).filter(({ value: set }) => set === undefined).map(({ name: key }) => key);
    if (unset.length > 0) notes.push(`${unset.join(", ")} come from the cluster, and are to be entered by hand`);
    const deadline = spec.startingDeadlineSeconds;
    return {
      notes,
      input: {
        name: name.slice(0, 200),
        workflowName: "shell.command",
        spec: read.spec,
        input: {
          program,
          ...(rest.length === 0 ? {} : { args: rest }),
          ...(env.length === 0 ? {} : { env: Object.fromEntries(env) }),
          ...(first.workingDir === undefined ? {} : { cwd: first.workingDir }),
        },
        overlapPolicy: overlap[spec.concurrencyPolicy ?? "Allow"],
        ...(deadline == null || deadline < 60
          ? {}
          : { catchup: "latest" as const, catchupWindow: formatDuration(Math.round(deadline) * 1000) }),
        ...(job.activeDeadlineSeconds === undefined
          ? {}
          : { timeout: formatDuration(Math.round(job.activeDeadlineSeconds) * 1000) }),
        maxAttempts: Math.min(100, (job.backoffLimit ?? 6) + 1),
        ...(spec.suspend === true ? { paused: true } : {}),
      },
    };
  });
}
