import type { z } from "zod";
import type { retryRunSchema } from "../../../shared/api/runs.ts";
import { triggerScheduleSchema } from "../../../shared/api/schedules.ts";
import { AppError, assertNever } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { RunTrigger } from "../../../shared/domain/run.ts";
import type { NewRun, RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { illegalMove } from "./ends.ts";
import { decideOverlap, promoteNext, replaceOthers } from "./overlap.ts";
import { existingRun, hasEnded, type ScheduleFinder } from "./runLookup.ts";

/**
 * Starts a schedule by hand, where asked as of a past time; its next occurrence stays where it is. Throws OVERLAP where
 * its policy is in the way.
 */
export function triggerSchedule(
  core: Core,
  lookup: ScheduleFinder,
  raw: z.input<typeof triggerScheduleSchema>,
  actor: Actor,
  by: "manual" | "hook" = "manual",
): { runId: string } {
  const input = parseWith(triggerScheduleSchema, raw);
  const scheduledAt = input.asOf === undefined ? null : pastInstant(input.asOf, core.clock.now());
  return core.write(() => {
    const schedule = lookup.existing(input.scheduleId);
    if (schedule.status === "deleted")
      throw new AppError("CONFLICT", `Schedule ${schedule.id} is deleted. Restore it to run it.`);
    const given = input.input === undefined ? (JSON.parse(schedule.input) as unknown) : input.input;
    core.catalogue.checkInput(schedule.workflowName, given);
    const runId = startBeside(
      core,
      lookup,
      {
        scheduleId: schedule.id,
        workflowName: schedule.workflowName,
        trigger: by,
        scheduledAt,
        maxAttempts: schedule.maxAttempts,
        timeoutMs: schedule.timeoutMs,
        input: JSON.stringify(given),
        backfillId: null,
        retryOf: null,
      },
      input.force ?? false,
    );
    core.stores.activity.add({
      scheduleId: schedule.id,
      at: core.clock.now(),
      kind: "triggered",
      actor,
      runId,
      details: { ...(input.force ? { forced: true } : {}), ...(input.asOf === undefined ? {} : { asOf: input.asOf }) },
    });
    return { runId };
  });
}

/** An instant that has come: what is to come has its own time to run. */
function pastInstant(text: string, now: number): number {
  const at = Date.parse(text);
  if (at <= now) return at;
  throw new AppError("INVALID_INPUT", "A schedule is run as of a time that has passed; this one is still to come.", {
    issues: [{ path: "asOf", given: text, message: `an instant up to now, ${new Date(now).toISOString()}` }],
  });
}

/** Runs a workflow outside any schedule. */
export function runWorkflow(
  core: Core,
  workflowName: string,
  input: unknown,
  by: "manual" | "hook" = "manual",
): { runId: string } {
  const given = input === undefined ? {} : input;
  core.catalogue.checkInput(workflowName, given);
  return core.write(() => ({ runId: startAlone(core, workflowName, JSON.stringify(given), by) }));
}

/** Repeats a run that has ended, as a new run. */
export function retryRun(
  core: Core,
  lookup: ScheduleFinder,
  { runId, asScheduleIs = false }: z.input<typeof retryRunSchema>,
  actor: Actor,
): { runId: string } {
  return core.write(() => {
    const run = existingRun(core, runId);
    if (!hasEnded(run)) throw illegalMove(run, "retried", " It has not ended.");
    // One that was called off with its backfill is a run of that one's schedule again.
    const scheduleId =
      run.scheduleId ?? (run.backfillId === null ? null : core.stores.runs.scheduleOfBackfill(run.backfillId));
    const schedule = scheduleId === null ? undefined : core.stores.schedules.get(scheduleId);
    if (schedule?.status === "deleted") {
      throw new AppError("CONFLICT", `Schedule ${scheduleId} is deleted. Restore it to repeat its runs.`);
    }
    if (scheduleId === null) return { runId: startAlone(core, run.workflowName, run.input, "retry", run) };
    const taken = asScheduleIs ? core.stores.retakes.of(scheduleId, run) : null;
    const { workflowName, maxAttempts, timeoutMs, input } = taken ?? run;
    if (taken !== null) core.catalogue.checkInput(workflowName, JSON.parse(input));
    const id = startBeside(
      core,
      lookup,
      {
        scheduleId,
        workflowName,
        trigger: "retry",
        scheduledAt: run.scheduledAt,
        maxAttempts,
        timeoutMs,
        input,
        backfillId: null,
        retryOf: run.id,
      },
      false,
    );
    core.stores.activity.add({
      scheduleId,
      at: core.clock.now(),
      kind: "triggered",
      actor,
      runId: id,
      details: { retryOf: run.id },
    });
    return { runId: id };
  });
}

/** Makes a run of a schedule that no occurrence asked for, under its overlap policy. */
function startBeside(
  core: Core,
  lookup: ScheduleFinder,
  run: Omit<NewRun, "id" | "status" | "createdAt"> & { scheduleId: string },
  force: boolean,
): string {
  const schedule = lookup.existing(run.scheduleId);
  const decision = force ? ({ kind: "start" } as const) : decideOverlap(core, schedule.id, schedule.overlapPolicy);
  const now = core.clock.now();
  const id = core.ids(now);
  const insert = (status: "pending" | "buffered"): void =>
    core.stores.runs.insert({ ...run, id, status, createdAt: now });
  switch (decision.kind) {
    case "start":
      insert("pending");
      break;
    case "buffer":
      insert("buffered");
      // Behind runs that a pause holds up it does not wait.
      promoteNext(core, schedule.id, schedule);
      break;
    case "replace":
      insert("buffered");
      if (!replaceOthers(core, schedule.id, id, decision.graceMs)) core.stores.runs.promote(id, now);
      break;
    case "skip": {
      const other = core.stores.runs.active(schedule.id)[0] ?? core.stores.runs.firstBuffered(schedule.id);
      const doing = other?.status === "running" ? "is still running" : "is still waiting";
      const what = decision.reason === "buffer_full" ? "a run of it waits already" : `a run of it ${doing}`;
      throw new AppError(
        "OVERLAP",
        `${schedule.name} was not started: ${what}, and its overlap policy (${schedule.overlapPolicy}) lets no other start beside it.`,
        {
          issues: [{ path: "force", given: false, message: "true starts it beside the others" }],
        },
      );
    }
    default:
      assertNever(decision);
  }
  core.stores.schedules.runCreated(schedule.id, id, now);
  core.touch("runs", id);
  core.touch("schedules", schedule.id);
  return id;
}

/** Makes a run outside any schedule. */
function startAlone(core: Core, workflowName: string, input: string, trigger: RunTrigger, from?: RunRecord): string {
  const now = core.clock.now();
  const id = core.ids(now);
  core.stores.runs.insert({
    id,
    scheduleId: null,
    workflowName,
    trigger,
    status: "pending",
    scheduledAt: from?.scheduledAt ?? null,
    maxAttempts: from?.maxAttempts ?? 1,
    timeoutMs: from?.timeoutMs ?? null,
    input,
    backfillId: null,
    retryOf: from?.id ?? null,
    createdAt: now,
  });
  core.touch("runs", id);
  return id;
}
