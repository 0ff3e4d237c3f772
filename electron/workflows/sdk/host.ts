import { homedir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import type { CreateBackfillInput } from "../../../shared/api/backfills.ts";
import type { ChannelTest, SetChannelInput, SetRuleInput } from "../../../shared/api/notifications.ts";
import type { setPoolSchema } from "../../../shared/api/pools.ts";
import { runtimeKinds } from "../../../shared/api/runtime.ts";
import type {
  CreateScheduleInput,
  ListSchedulesInput,
  pauseScheduleSchema,
  triggerScheduleSchema,
  UpdateScheduleInput,
} from "../../../shared/api/schedules.ts";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import type { NotificationChannel, NotificationRule } from "../../../shared/domain/notifications.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import type { Pool } from "../../../shared/domain/waiting.ts";
import type { AlmanacApp } from "../../api/app.ts";
import type { DueSchedule } from "../../api/queries/due.ts";
import type { Workflow } from "./definitions.ts";

export type { Backfill } from "../../../shared/domain/backfill.ts";
export { AppError, type ErrorCode, type FieldIssue } from "../../../shared/domain/errors.ts";
export type { NotificationChannel, NotificationRule } from "../../../shared/domain/notifications.ts";
export type { Run, RunError, StepRecord } from "../../../shared/domain/run.ts";
export type { Schedule } from "../../../shared/domain/schedule.ts";
export type { Pool, WaitingFor } from "../../../shared/domain/waiting.ts";
export { calculateBackfillTimes, calculateNextRunTime, describeSchedule } from "../../../shared/schedule/calculate.ts";
export type { ScheduleSpec } from "../../../shared/schedule/types.ts";
export type { DueSchedule } from "../../api/queries/due.ts";
export type { CreateBackfillInput, CreateScheduleInput, ListSchedulesInput, UpdateScheduleInput };

/** What a program that hosts the engine itself chooses. */
export interface HostOptions {
  /** Where schedules and runs are kept; `~/.almanac` where left out. Another program on it fires or waits, never both at once. */
  dataDir?: string;
  /** Files and folders of workflows. */
  modules?: readonly string[];
  /** The longest time between two looks at the clock, ms; 5,000 by default. */
  pollIntervalMs?: number;
  /** What executes runs here; left out, what the settings of the data folder say. `bullmq`: workers on any machine, over Redis. */
  runtime?: "local" | "bullmq";
  /** The address of Redis for `bullmq`, such as `redis://127.0.0.1:6379`; left out, the one that is kept with the data folder. */
  redis?: string;
  /** False: schedules are shown and edited here and fired by another program. */
  fire?: boolean;
  /** The same as `runtime`. */
  defaultRuntime?: "local" | "bullmq";
  /** Whether steps of workflows are kept that do not say so themselves (`durable`); true where left out. */
  defaultDurable?: boolean;
}

/** A run that was started; it goes on whether or not anyone waits. */
export interface StartedRun<Result = unknown> {
  readonly runId: string;
  /** The run when it has ended for good: completed, failed or cancelled. */
  finished(signal?: AbortSignal): Promise<Run>;
  /** Its result. Rejects with what it failed with. */
  result(signal?: AbortSignal): Promise<Result>;
}

let chosen: HostOptions = {};
let opened: Promise<AlmanacApp> | null = null;
/** Where another program fires: what it writes is noticed from then on. */
let attached: Promise<void> | null = null;

/** Set in runner processes: workflow code must not become an engine of its own. */
const inRunner = (): boolean =>
  (globalThis as unknown as Record<symbol, unknown>)[Symbol.for("almanac.runner")] === true;

async function open(): Promise<AlmanacApp> {
  // Loaded when first needed: files of workflows import this module too, and need no database.
  const { createAlmanacApp } = await import("../../api/app.ts");
  const { dataDir = join(homedir(), ".almanac"), modules = [], pollIntervalMs, redis, fire = true } = chosen;
  const runtime = chosen.runtime ?? chosen.defaultRuntime;
  const app = await createAlmanacApp({
    dataDir,
    programName: "library",
    modulePaths: modules,
    role: fire ? "engine" : "client",
    createDatabase: true,
    defaultDurable: chosen.defaultDurable ?? true,
    ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
    ...(runtime === undefined && redis === undefined
      ? {}
      : { runtime: { runtime: runtime ?? "bullmq", ...(redis === undefined ? {} : { redis }) } }),
  });
  try {
    if (fire) await app.start();
  } catch (error) {
    await app.close(0);
    throw error;
  }
  return app;
}

function app(): Promise<AlmanacApp> {
  if (inRunner()) {
    const message =
      "a file of workflows declares them; configuring, scheduling and starting belong into the program that hosts the engine";
    return Promise.reject(new AppError("FORBIDDEN", message));
  }
  if (opened === null) {
    const opening = open();
    opened = opening;
    opening.catch(() => {
      if (opened === opening) opened = null;
    });
  }
  return opened;
}

/**
 * Opens the data folder and begins to fire its schedules, in this process. Calls made before it use the defaults.
 * @throws AppError when it is called a second time without `shutdown` between, or the data folder cannot be used
 */
export async function configure(options: HostOptions): Promise<void> {
  if (opened !== null && !inRunner())
    throw new AppError("CONFLICT", "configure() comes first and once: call shutdown() before another");
  const { runtime, defaultRuntime } = options;
  for (const [field, given] of Object.entries({ runtime, defaultRuntime })) {
    if (given !== undefined && !runtimeKinds.includes(given))
      throw invalidField(field, given, `${runtimeKinds.join(" or ")} is expected`);
  }
  if (runtime !== undefined && defaultRuntime !== undefined && runtime !== defaultRuntime)
    throw invalidField(
      "defaultRuntime",
      defaultRuntime,
      `it means the same as runtime, which is ${runtime}: give one of them`,
    );
  chosen = options;
  await app();
}

/** Ends what runs (after `graceMs`, by force), closes the data folder; `configure` may follow. */
export async function shutdown(graceMs?: number): Promise<void> {
  const closing = opened;
  opened = null;
  attached = null;
  chosen = {};
  if (closing !== null) await (await closing).close(graceMs);
}

/**
 * Creates the schedules that code declares with `scheduledWorkflow`, each once: what a person changes afterwards stays
 * until the declaration itself changes.
 * @param modules further files and folders of workflows
 * @returns the declared schedules as they are now
 */
export async function activateScheduledWorkflows(modules: readonly string[] = []): Promise<Schedule[]> {
  const host = await app();
  await host.addModules(modules);
  const declared = host.catalogue.list().flatMap(({ declaration }) => declaration?.["scheduleId"] ?? []);
  return declared.map((scheduleId) => host.engine.getSchedule(String(scheduleId)));
}

/** Makes a schedule, which fires from now on unless it is made `paused`. @throws AppError INVALID_INPUT, INVALID_SPEC, NEVER_FIRES, UNKNOWN_WORKFLOW, ALREADY_EXISTS */
export async function createSchedule(input: CreateScheduleInput): Promise<Schedule> {
  return (await api()).schedules.create(input);
}

/** A schedule as it is now, a deleted one too. @throws AppError NOT_FOUND */
export async function getSchedule(scheduleId: string): Promise<Schedule> {
  return (await api()).schedules.get({ scheduleId });
}

/** Schedules by `status`, `workflowName` and more; a page of them with `limit` and `offset`. */
export async function listSchedules(filter: ListSchedulesInput = {}): Promise<Schedule[]> {
  return (await (await api()).schedules.list(filter)).rows;
}

/**
 * Schedules whose time has come at `now`, earliest first: for a loop of one's own. Of paused ones, which the engine does not fire, it
 * is the first occurrence after the newest that has a run (`triggerSchedule` with `asOf: dueTime` makes one).
 */
export async function getDueSchedules(now: Date | number = Date.now()): Promise<DueSchedule[]> {
  const host = await app();
  const { dueSchedules } = await import("../../api/queries/due.ts");
  return dueSchedules(host, typeof now === "number" ? now : now.getTime());
}

/** Changes the fields that are given; never retroactive. @throws AppError NOT_FOUND, INVALID_INPUT, CONFLICT */
export async function updateSchedule(
  scheduleId: string,
  changes: Omit<UpdateScheduleInput, "scheduleId">,
): Promise<Schedule> {
  return (await api()).schedules.update({ ...changes, scheduleId });
}

/** Stops firing until it is resumed, or until the instant `until`; runs under way go on. @throws AppError NOT_FOUND, ILLEGAL_TRANSITION */
export async function pauseSchedule(
  scheduleId: string,
  options: Omit<z.input<typeof pauseScheduleSchema>, "scheduleId"> = {},
): Promise<Schedule> {
  return (await api()).schedules.pause({ ...options, scheduleId });
}

/** Fires again. @throws AppError NOT_FOUND, ILLEGAL_TRANSITION */
export async function resumeSchedule(scheduleId: string): Promise<Schedule> {
  return (await api()).schedules.resume({ scheduleId });
}

/** Named limits over runs, with the workflows and tags that belong to them. */
export async function listPools(): Promise<Pool[]> {
  return (await api()).pools.list();
}

/** Makes a pool or changes one: at most `limit` runs at once of all that belong to it. @throws AppError INVALID_INPUT */
export async function setPool(pool: z.input<typeof setPoolSchema>): Promise<Pool> {
  return (await api()).pools.set(pool);
}

/** Removes a pool; its runs go on. @throws AppError NOT_FOUND, CONFLICT while a schedule names it */
export async function deletePool(name: string): Promise<void> {
  await (await api()).pools.delete({ name });
}

/** Where messages go; nothing secret is among it. */
export async function listNotificationChannels(): Promise<NotificationChannel[]> {
  return (await api()).notifications.channels();
}

/** Makes a channel or changes it; what is left out of `secret` stays as it is stored. @throws AppError INVALID_INPUT */
export async function setNotificationChannel(channel: SetChannelInput): Promise<NotificationChannel> {
  return (await api()).notifications.setChannel(channel);
}

/** Sends a message through a channel now, and says what came of it. @throws AppError NOT_FOUND */
export async function testNotificationChannel(name: string): Promise<ChannelTest> {
  return (await api()).notifications.test({ name });
}

/** Removes a channel with what is secret about it. @throws AppError NOT_FOUND, CONFLICT while a rule names it */
export async function deleteNotificationChannel(name: string): Promise<void> {
  await (await api()).notifications.deleteChannel({ name });
}

/** Who is told of what. */
export async function listNotificationRules(): Promise<NotificationRule[]> {
  return (await api()).notifications.rules();
}

/** Makes a rule or changes it: each change of a schedule's state is told once. @throws AppError INVALID_INPUT */
export async function setNotificationRule(rule: SetRuleInput): Promise<NotificationRule> {
  return (await api()).notifications.setRule(rule);
}

/** Removes a rule. @throws AppError NOT_FOUND */
export async function deleteNotificationRule(name: string): Promise<void> {
  await (await api()).notifications.deleteRule({ name });
}

/**
 * What all runs of a workflow may take whose schedule says nothing (`2GiB`, `none`); null is what its code says, else the setting.
 * @throws AppError UNKNOWN_WORKFLOW, INVALID_INPUT
 */
export async function updateWorkflow(name: string, changes: { memoryLimit: string | null }): Promise<void> {
  await (await api()).workflows.update({ ...changes, name });
}

/** Soft: the record and its runs stay. */
export async function deleteSchedule(scheduleId: string): Promise<Schedule> {
  return (await api()).schedules.delete({ scheduleId, confirmed: true });
}

/** Starts a run now and leaves the next occurrence alone. @throws AppError OVERLAP under `skip` while a run is active */
export async function triggerSchedule(
  scheduleId: string,
  options: Omit<z.input<typeof triggerScheduleSchema>, "scheduleId"> = {},
): Promise<StartedRun> {
  return startedRun((await (await api()).schedules.trigger({ ...options, scheduleId })).runId);
}

/** Runs the occurrences from `from` (included) to `to` (not). @throws AppError EMPTY_RANGE, CONFIRMATION_REQUIRED beyond 1,000 runs */
export async function backfillSchedule(
  scheduleId: string,
  range: Omit<CreateBackfillInput, "scheduleId" | "from" | "to"> & { from: Date | string; to: Date | string },
): Promise<Backfill> {
  const iso = (at: Date | string): string => (at instanceof Date ? at.toISOString() : at);
  return (await api()).backfills.create({ ...range, from: iso(range.from), to: iso(range.to), scheduleId });
}

/** Starts a run of a workflow outside any schedule. @throws AppError UNKNOWN_WORKFLOW, INVALID_INPUT */
export async function start<Input, Result>(
  workflow: Workflow<Input, Result> | string,
  input?: Input,
): Promise<StartedRun<Result>> {
  const name = typeof workflow === "string" ? workflow : workflow.workflowName;
  const { runId } = await (await api()).workflows.run({ name, input: input ?? {} });
  return startedRun<Result>(runId);
}

/** Asks a run to stop; its processes are ended by force after `graceMs`. @throws AppError NOT_FOUND, ILLEGAL_TRANSITION */
export async function cancelRun(runId: string, options: { graceMs?: number } = {}): Promise<Run> {
  return (await api()).runs.cancel({ ...options, runId });
}

/** A run as it is now. @throws AppError NOT_FOUND */
export async function getRun(runId: string): Promise<Run> {
  return (await api()).runs.get({ runId });
}

function startedRun<Result>(runId: string): StartedRun<Result> {
  const finished = async (signal?: AbortSignal): Promise<Run> => {
    const { engine } = await app();
    if (chosen.fire === false) {
      attached ??= engine.start();
      await attached;
    }
    return engine.waitForRun(runId, signal);
  };
  return {
    runId,
    finished,
    async result(signal) {
      const run = await finished(signal);
      if (run.status === "completed") return run.result as Result;
      const error = new Error(run.error?.message ?? `run ${runId} was ${run.status}`);
      error.name = run.error?.name ?? "RunNotCompleted";
      throw Object.assign(error, { code: run.error?.code ?? "CANCELLED", run });
    },
  };
}

/** The same calls as every other program makes, with the errors unwrapped. */
async function api() {
  const host = await app();
  const [{ createCaller }, { owner }] = await Promise.all([
    import("../../api/router.ts"),
    import("../../api/access/caller.ts"),
  ]);
  return createCaller({ app: host, actor: "code", caller: owner }, { onError: ({ error }) => rethrow(error) });
}

function rethrow(error: Error): never {
  throw error.cause instanceof AppError ? error.cause : error;
}
