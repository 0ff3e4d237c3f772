import type { z } from "zod";
import { cancelRunSchema } from "../../../shared/api/runs.ts";
import { triggerScheduleSchema } from "../../../shared/api/schedules.ts";
import { AppError, assertNever } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Run, RunTrigger } from "../../../shared/domain/run.ts";
import { runView } from "../../storage/reads/views.ts";
import type { NewRun, RunRecord } from "../../storage/tables/runs.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { cancelWaiting, illegalMove } from "./ends.ts";
import { CANCEL_GRACE_MS, decideOverlap, promoteNext, replaceOthers } from "./overlap.ts";

/** A run that nothing will change any more. */
export const hasEnded = (run: Pick<RunRecord, "status" | "completedAt">): boolean =>
  run.status === "completed" ||
  run.status === "failed" ||
  run.status === "skipped" ||
  run.status === "cancelled" ||
  (run.status === "interrupted" && run.completedAt !== null);

/** Commands on runs; `schedules.existing` throws NOT_FOUND. */
export function createRunCommands(core: Core, schedules: { existing(scheduleId: string): ScheduleRecord }) {
  const { stores, clock, catalogue } = core;
  const { runs, activity } = stores;

  const existing = (runId: string): RunRecord => {
    const run = runs.get(runId);
    if (run !== undefined) return run;
    throw new AppError("NOT_FOUND", `There is no run ${JSON.stringify(runId)}.`, {
      issues: [{ path: "runId", given: runId, message: "the id of a run; `runs list` shows them" }],
    });
  };

  /** Makes a run of a schedule that no occurrence asked for, under its overlap policy. */
  const startBeside = (
    run: Omit<NewRun, "id" | "status" | "createdAt"> & { scheduleId: string },
    force: boolean,
  ): string => {
    const schedule = schedules.existing(run.scheduleId);
    const decision = force ? ({ kind: "start" } as const) : decideOverlap(core, schedule.id, schedule.overlapPolicy);
    const now = clock.now();
    const id = core.ids(now);
    const insert = (status: "pending" | "buffered"): void => runs.insert({ ...run, id, status, createdAt: now });
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
        if (!replaceOthers(core, schedule.id, id, decision.graceMs)) runs.promote(id);
        break;
      case "skip": {
        const other = runs.active(schedule.id)[0] ?? runs.firstBuffered(schedule.id);
        const what = decision.reason === "buffer_full" ? "a run waits already" : `run ${other?.id} is ${other?.status}`;
        throw new AppError(
          "OVERLAP",
          `Schedule ${schedule.id} was not started: ${what} and its overlap policy is ${schedule.overlapPolicy}. Force it to start beside.`,
          {
            issues: [{ path: "force", given: false, message: "true starts it beside the others" }],
          },
        );
      }
      default:
        assertNever(decision);
    }
    stores.schedules.runCreated(schedule.id, id, now);
    core.touch("runs", id);
    core.touch("schedules", schedule.id);
    return id;
  };

  const trigger = (raw: z.input<typeof triggerScheduleSchema>, actor: Actor): { runId: string } => {
    const input = parseWith(triggerScheduleSchema, raw);
    return core.write(() => {
      const schedule = schedules.existing(input.scheduleId);
      if (schedule.status === "deleted")
        throw new AppError("CONFLICT", `Schedule ${schedule.id} is deleted. Restore it to run it.`);
      const given = input.input === undefined ? (JSON.parse(schedule.input) as unknown) : input.input;
      catalogue.checkInput(schedule.workflowName, given);
      const runId = startBeside(
        {
          scheduleId: schedule.id,
          workflowName: schedule.workflowName,
          trigger: "manual",
          scheduledAt: null,
          maxAttempts: schedule.maxAttempts,
          timeoutMs: schedule.timeoutMs,
          input: JSON.stringify(given),
          backfillId: null,
          retryOf: null,
        },
        input.force ?? false,
      );
      activity.add({
        scheduleId: schedule.id,
        at: clock.now(),
        kind: "triggered",
        actor,
        runId,
        details: input.force ? { forced: true } : {},
      });
      return { runId };
    });
  };

  const alone = (workflowName: string, input: string, trigger: RunTrigger, from?: RunRecord): string => {
    const now = clock.now();
    const id = core.ids(now);
    runs.insert({
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
  };

  const runWorkflow = (workflowName: string, input: unknown): { runId: string } => {
    const given = input === undefined ? {} : input;
    catalogue.checkInput(workflowName, given);
    return core.write(() => ({ runId: alone(workflowName, JSON.stringify(given), "manual") }));
  };

  const cancel = (runId: string, graceMs: number | undefined, actor: Actor): Run => {
    const input = parseWith(cancelRunSchema, { runId, ...(graceMs === undefined ? {} : { graceMs }) });
    return core.write(() => {
      const run = existing(input.runId);
      if (hasEnded(run)) throw illegalMove(run, "cancelled", " It has ended.");
      if (run.status === "running" || run.status === "interrupted") {
        runs.requestCancel(run.id, clock.now(), input.graceMs ?? CANCEL_GRACE_MS);
        core.touch("runs", run.id);
        if (run.scheduleId !== null && run.cancelRequestedAt === null) {
          activity.add({
            scheduleId: run.scheduleId,
            at: clock.now(),
            kind: "cancelled",
            actor,
            runId: run.id,
            details: { requested: true },
          });
        }
      } else cancelWaiting(core, run, actor, "by hand");
      return runView(existing(run.id));
    });
  };

  const retry = (runId: string, actor: Actor): { runId: string } =>
    core.write(() => {
      const run = existing(runId);
      if (!hasEnded(run)) throw illegalMove(run, "retried", " It has not ended.");
      const schedule = run.scheduleId === null ? undefined : stores.schedules.get(run.scheduleId);
      if (run.scheduleId !== null && schedule?.status === "deleted") {
        throw new AppError("CONFLICT", `Schedule ${run.scheduleId} is deleted. Restore it to repeat its runs.`);
      }
      if (run.scheduleId === null) return { runId: alone(run.workflowName, run.input, "retry", run) };
      const { workflowName, scheduledAt, maxAttempts, timeoutMs, input } = run;
      const id = startBeside(
        {
          scheduleId: run.scheduleId,
          workflowName,
          trigger: "retry",
          scheduledAt,
          maxAttempts,
          timeoutMs,
          input,
          backfillId: null,
          retryOf: run.id,
        },
        false,
      );
      activity.add({
        scheduleId: run.scheduleId,
        at: clock.now(),
        kind: "triggered",
        actor,
        runId: id,
        details: { retryOf: run.id },
      });
      return { runId: id };
    });

  /** Resolves when a run has ended for good; rejects when it is not there or `signal` says so. */
  const wait = (runId: string, signal?: AbortSignal): Promise<Run> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        stop();
        signal?.removeEventListener("abort", aborted);
        settle();
      };
      const look = (): void => {
        try {
          const run = existing(runId);
          if (hasEnded(run)) finish(() => resolve(runView(run)));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const aborted = (): void =>
        finish(() =>
          reject(
            signal?.reason instanceof Error
              ? signal.reason
              : new AppError("TIMEOUT", `Run ${runId} has not ended yet.`),
          ),
        );
      const stop = core.events.onChange((events) => {
        if (events.some((event) => event.topic === "runs" && (event.ids === undefined || event.ids.includes(runId))))
          look();
      });
      if (signal?.aborted) aborted();
      else {
        signal?.addEventListener("abort", aborted);
        look();
      }
    });

  return {
    existing,
    trigger,
    runWorkflow,
    cancel,
    retry,
    wait,
    view: (runId: string): Run => runView(existing(runId)),
  };
}
