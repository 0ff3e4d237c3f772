import { parse as parseYaml, stringify as stringifyYaml } from "yaml";
import { z } from "zod";
import { type CreateScheduleInput, createScheduleSchema } from "../../../../shared/api/schedules.ts";
import { AppError, invalidField } from "../../../../shared/domain/errors.ts";
import { parseWith } from "../../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../../shared/domain/schedule.ts";
import { type ExclusionCalendar, exclusionCalendarSchema } from "../../../../shared/schedule/index.ts";

/** Schedules and calendars as they are exchanged: what `schedules.create` takes, nothing of their history. */
export interface ExchangeDocument {
  almanac: 1;
  schedules: (CreateScheduleInput & { scheduleId: string })[];
  calendars: ExclusionCalendar[];
}

const documentSchema = z.strictObject({
  almanac: z.literal(1, "1 is expected: the version of this format").optional(),
  schedules: z
    .array(createScheduleSchema.required({ scheduleId: true }))
    .max(100_000)
    .default([]),
  calendars: z.array(exclusionCalendarSchema).max(10_000).default([]),
});

/** What the API says of a schedule but nobody sets, so that a saved `schedules list --json` can be taken in as it is. */
const readOnly = new Set([
  "status",
  "nextRunTime",
  "lastRunAt",
  "lastRunId",
  "totalRuns",
  "successfulRuns",
  "failedRuns",
  "skippedRuns",
  "missedRuns",
  "bufferedCount",
  "runningRunIds",
  "scheduledRuns",
  "consecutiveFailures",
  "pausedAt",
  "pausedUntil",
  "pausedBy",
  "ownNote",
  "declaration",
  "revision",
  "createdAt",
  "updatedAt",
  "specText",
  "timezone",
  "health",
  "waitingFor",
  "runningSince",
  "queuedSince",
]);

function settable(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
  const { status, ownNote } = entry as Partial<Schedule>;
  return {
    ...Object.fromEntries(Object.entries(entry).filter(([field]) => !readOnly.has(field))),
    ...(ownNote === undefined ? {} : { note: ownNote }),
    ...(status === "paused" ? { paused: true } : {}),
  };
}

/** A document, a list of schedules, or one: all are taken. */
function asDocument(parsed: unknown): unknown {
  if (typeof parsed !== "object" || parsed === null) return parsed;
  if (Array.isArray(parsed)) return { schedules: parsed.map(settable) };
  if ("scheduleId" in parsed) return { schedules: [settable(parsed)] };
  const { total: _, ...rest } = parsed as Record<string, unknown>;
  return Array.isArray(rest["schedules"]) ? { ...rest, schedules: rest["schedules"].map(settable) } : rest;
}

function parseText(text: string, format: "auto" | "json" | "yaml"): unknown {
  const isJson = format === "json" || (format === "auto" && /^\s*[[{]/.test(text));
  try {
    // Aliases are bounded: a few lines of them can stand for gigabytes.
    return isJson ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100, schema: "core" });
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw invalidField("text", text.slice(0, 80), `${isJson ? "JSON" : "YAML"} is expected: ${why}`);
  }
}

/** Reads and checks a whole document. Throws AppError naming every field that is refused. */
export function readDocument(text: string, format: "auto" | "json" | "yaml"): ExchangeDocument {
  const parsed = parseText(text, format);
  if (typeof parsed !== "object" || parsed === null) {
    throw invalidField("text", text.slice(0, 80), 'a document such as {"schedules":[…]} is expected');
  }
  const { schedules, calendars } = parseWith(documentSchema, asDocument(parsed));
  const twice = (ids: string[]): string | undefined => {
    const seen = new Set<string>();
    return ids.find((id) => seen.size === seen.add(id).size);
  };
  const again = twice(schedules.map(({ scheduleId }) => scheduleId)) ?? twice(calendars.map(({ name }) => name));
  if (again !== undefined)
    throw new AppError("INVALID_INPUT", `"${again}" is there twice; each id and name may stand once`);
  return { almanac: 1, schedules, calendars };
}

export function writeDocument(document: ExchangeDocument, format: "json" | "yaml"): string {
  return format === "json" ? `${JSON.stringify(document, null, 2)}\n` : stringifyYaml(document, { schema: "core" });
}

/** What a schedule is made of, for a document. */
export function exchangedSchedule(schedule: Schedule): CreateScheduleInput & { scheduleId: string } {
  return {
    scheduleId: schedule.scheduleId,
    name: schedule.name,
    workflowName: schedule.workflowName,
    spec: schedule.spec,
    input: schedule.input as CreateScheduleInput["input"],
    overlapPolicy: schedule.overlapPolicy,
    catchup: schedule.catchup,
    catchupWindow: schedule.catchupWindow,
    timeout: schedule.timeout,
    memoryLimit: schedule.memoryLimit,
    slowAfter: schedule.slowAfter,
    dueBy: schedule.dueBy,
    pools: schedule.pools,
    queue: schedule.queue,
    keepRuns: schedule.keepRuns,
    maxAttempts: schedule.maxAttempts,
    retryDelay: schedule.retryDelay,
    maxRuns: schedule.maxRuns,
    pauseOnFailure: schedule.pauseOnFailure,
    recoverOnWorkerLoss: schedule.recoverOnWorkerLoss,
    maxRecoveryAttempts: schedule.maxRecoveryAttempts,
    note: schedule.ownNote,
    tags: schedule.tags,
    ...(schedule.status === "paused" ? { paused: true } : {}),
  };
}
