import type { CreateScheduleInput } from "../../../../shared/api/schedules.ts";
import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";

/** One shell word: in single quotes unless it needs none. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9._:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const flags = [
  ["overlapPolicy", "--overlap"],
  ["catchup", "--catchup"],
  ["catchupWindow", "--catchup-window"],
  ["timeout", "--timeout"],
  ["memoryLimit", "--memory-limit"],
  ["slowAfter", "--slow-after"],
  ["dueBy", "--due-by"],
  ["queue", "--queue"],
  ["keepRuns", "--keep"],
  ["maxAttempts", "--max-attempts"],
  ["maxRuns", "--max-runs"],
  ["pauseOnFailure", "--pause-on-failure"],
  ["retryDelay", "--retry-delay"],
  ["maxRecoveryAttempts", "--max-recovery-attempts"],
  ["note", "--note"],
] as const;

/** The command that creates the same schedule; `scheduleId` names it, empty where the name is to. */
export function commandLine(input: CreateScheduleInput, scheduleId: string): string {
  const words = ["almanac", "schedules", "create"];
  if (scheduleId !== "") words.push("--id", scheduleId);
  if (input.name !== undefined && input.name !== "") words.push("--name", input.name);
  words.push("--workflow", input.workflowName);
  const spec = input.spec as ScheduleSpec;
  const keys = Object.keys(spec).filter((key) => key !== "timezone");
  if (keys.length === 1 && typeof spec.cron === "string") words.push("--cron", spec.cron);
  else if (keys.length === 1 && typeof spec.interval === "string") words.push("--every", spec.interval);
  else if (keys.length === 1 && spec.calendar !== undefined) words.push("--calendar", JSON.stringify(spec.calendar));
  else words.push("--spec", JSON.stringify(spec));
  if (spec.timezone !== undefined && !words.includes("--spec")) words.push("--timezone", spec.timezone);
  for (const [key, flag] of flags) {
    const value = input[key];
    if (value !== undefined && value !== null) words.push(flag, String(value));
  }
  if (input.recoverOnWorkerLoss !== undefined) words.push("--recover", input.recoverOnWorkerLoss ? "yes" : "no");
  if (input.input !== undefined && JSON.stringify(input.input) !== "{}")
    words.push("--input", JSON.stringify(input.input));
  for (const pool of input.pools ?? []) words.push("--pool", pool);
  for (const tag of input.tags ?? []) words.push("--tag", tag);
  return words.map(shellWord).join(" ");
}

/** The library call that creates the same schedule. */
export function typeScript(input: CreateScheduleInput): string {
  return `import { createSchedule } from "almanac";\n\nawait createSchedule(${literal(input, "")});\n`;
}

const isName = (key: string) => /^[A-Za-z_$][\w$]*$/.test(key);

/** A value as a TypeScript literal, short lists and objects on one line. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${isName(key) ? key : JSON.stringify(key)}: ${literal(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{ ", " }"];
  if (parts.length === 0) return Array.isArray(value) ? "[]" : "{}";
  const line = `${open}${parts.join(", ")}${close}`;
  if (line.length + indent.length <= 90 && !line.includes("\n")) return line;
  return `${open.trim()}\n${parts.map((part) => `${inner}${part},`).join("\n")}\n${indent}${close.trim()}`;
}
