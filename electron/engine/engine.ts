import { bulkSchema } from "../../shared/api/schedules.ts";
import { AppError, assertNever } from "../../shared/domain/errors.ts";
import { parseWith } from "../../shared/domain/fieldIssues.ts";
import type { RuntimeState } from "../runtime/runtime.ts";
import { createBackfillService } from "./backfill/backfillService.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Actor, Engine, EngineStatus } from "./contract.ts";
import { type CoreOptions, createCore } from "./core.ts";
import { isStorageFault, LeaseLostError } from "./errors.ts";
import { carryOnAfterRun } from "./firing/afterRun.ts";
import { overdueSchedule } from "./firing/planning.ts";
import { createIds, type Ids } from "./ids.ts";
import { createLease } from "./ownership/lease.ts";
import { createOtherProcesses } from "./ownership/otherProcesses.ts";
import { createDispatcher } from "./runs/dispatcher.ts";
import { applyOutcome } from "./runs/outcomes.ts";
import { createRunCommands } from "./runs/runCommands.ts";
import { createScheduler } from "./scheduler.ts";
import { deleteCalendar, saveCalendar } from "./schedules/calendarCommands.ts";
import { recount } from "./schedules/counters.ts";
import { createScheduleCommands } from "./schedules/scheduleCommands.ts";
import { createBackups } from "./upkeep/backups.ts";
import { createCheckpoint } from "./upkeep/checkpoint.ts";
import { createRetention, retentionDefaults } from "./upkeep/retention.ts";

export interface EngineOptions extends Omit<CoreOptions, "clock" | "ids" | "logger" | "checkpointIfLong"> {
  clock?: Clock;
  ids?: Ids;
  logger?: CoreOptions["logger"];
  /** The longest wait between two looks at what is due. */
  pollIntervalMs?: number;
}

const DEFAULT_POLL_MS = 5000;
const DEFAULT_GRACE_MS = 5000;
/** What is left of the grace to runs that are told to stop, before they are killed. */
const FORCE_MS = 1000;
const DRAIN_LOOK_MS = 50;
const DEFAULT_MEMORY_MB = 512;

/** What nobody has set. */
export const settingDefaults: Readonly<Record<string, unknown>> = {
  ...retentionDefaults,
  memoryLimitMb: DEFAULT_MEMORY_MB,
  workflowPaths: [],
};

/** Assembles the scheduler of one data folder; nothing happens before `start`, but commands work. */
export function createEngine(options: EngineOptions): Engine {
  const { database, runtime, catalogue, clock = systemClock, ids = createIds(), logger = console } = options;
  const pollIntervalMs = Math.max(50, options.pollIntervalMs ?? DEFAULT_POLL_MS);
  const checkpointIfLong = createCheckpoint({ database, logger });
  const { programName } = options;
  const core = createCore({ database, runtime, catalogue, clock, ids, logger, programName, checkpointIfLong });
  const { stores } = core;
  const startedAt = new Date(clock.now()).toISOString();
  const setting = (key: string): unknown => stores.settings.all()[key] ?? settingDefaults[key];

  const lease = createLease(core);
  const others = createOtherProcesses(core);
  const dispatcher = createDispatcher(core, {
    onFault: (error) => scheduler.fault(error),
    onLeaseLost: () => scheduler.loseLease(),
    memoryLimitMb: () => {
      const limit = setting("memoryLimitMb");
      return typeof limit === "number" && limit > 0 ? limit : DEFAULT_MEMORY_MB;
    },
  });
  const scheduler = createScheduler(core, { dispatcher, lease, others, pollIntervalMs });
  const retention = createRetention(core, () => scheduler.role() === "owner" && scheduler.problem() === null);
  const schedules = createScheduleCommands(core, lease);
  const runs = createRunCommands(core, schedules);
  const backups = createBackups(core, () => scheduler.role() === "owner" && scheduler.problem() === null);

  const backfills = createBackfillService({
    ...core,
    settle: (scheduleId) => void schedules.settled(scheduleId),
    isDue: (scheduleId) => overdueSchedule(core, scheduleId) !== undefined,
    isOwner: () => scheduler.role() === "owner" && scheduler.problem() === null,
    onChange: (listener) => core.events.onChange(listener),
    report(error) {
      if (error instanceof LeaseLostError) scheduler.loseLease();
      else if (isStorageFault(error)) scheduler.fault(error);
      else logger.error("a backfill could not go on", error);
    },
    cancelRun: (runId, actor) => void runs.cancel(runId, undefined, actor),
  });
  core.hooks = backfills.hooks;
  core.onRunEnd(backfills.hooks.runEnded);
  core.onRunEnd((ended) => carryOnAfterRun(core, ended));

  /** Lets runs that are under way end by themselves, for at most `graceMs`; the lease is kept alive meanwhile. */
  const drain = (graceMs: number): Promise<void> =>
    new Promise((done) => {
      const until = clock.monotonic() + graceMs;
      const look = (): void => {
        let over = true;
        try {
          over = dispatcher.busy() === 0 || clock.monotonic() >= until || !lease.beat();
          if (!over) dispatcher.passOnCancels();
        } catch (error) {
          logger.error("the last runs were not waited for", error);
        }
        if (over) done();
        else clock.timer(Math.min(DRAIN_LOOK_MS, until - clock.monotonic()), look);
      };
      look();
    });

  const stop = async (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    const copied = backups.stop();
    await stopFiring(graceMs);
    await copied;
  };

  const stopFiring = async (graceMs: number): Promise<void> => {
    if (scheduler.role() === "stopped") return;
    retention.stop();
    const owned = scheduler.role() === "owner";
    scheduler.halt();
    if (owned) await drain(graceMs);
    dispatcher.beginStop();
    await runtime?.stop(Math.min(graceMs, FORCE_MS));
    if (!owned || scheduler.problem()?.code === "DATABASE_DAMAGED") return;
    try {
      dispatcher.flush();
      // What never reported its end goes on when an engine starts again.
      core.writeAsOwner(() => {
        for (const run of stores.runs.running()) {
          const lost = { kind: "lost" as const, at: clock.now(), reason: "the program ended" };
          if (dispatcher.has(run.id)) applyOutcome(core, run, lost, true);
        }
      });
      lease.release();
    } catch (error) {
      if (!(error instanceof LeaseLostError)) logger.error("the last state could not be written", error);
    }
  };

  const bulk: Engine["bulk"] = (raw, actor) => {
    const input = parseWith(bulkSchema, raw);
    const changed = core.write(() => input.scheduleIds.filter((id) => applyBulk(id, input, actor)));
    return { changed };
  };

  /** Schedules already in the wanted state are left alone. */
  const applyBulk = (scheduleId: string, input: ReturnType<typeof bulkSchema.parse>, actor: Actor): boolean => {
    const { status } = schedules.existing(scheduleId);
    const { action, tag } = input;
    switch (action) {
      case "pause":
        if (status !== "active") return false;
        schedules.pause({ scheduleId, ...(input.note === undefined ? {} : { note: input.note }) }, actor);
        return true;
      case "resume":
        if (status !== "paused") return false;
        schedules.resume(scheduleId, actor);
        return true;
      case "delete":
        if (status === "deleted") return false;
        schedules.remove(scheduleId, actor);
        return true;
      case "restore":
        if (status !== "deleted") return false;
        schedules.restore(scheduleId, actor);
        return true;
      case "add_tag":
      case "remove_tag": {
        if (tag === undefined)
          throw new AppError("INVALID_INPUT", "tag: the tag to add or remove (given: nothing)", {
            issues: [{ path: "tag", message: "the tag to add or remove" }],
          });
        if (status === "deleted") return false;
        const without = (tags: string[]): string[] => tags.filter((each) => each !== tag);
        return schedules.setTags(
          scheduleId,
          (tags) => (action === "remove_tag" ? without(tags) : tags.includes(tag) ? tags : [...tags, tag]),
          actor,
        );
      }
      default:
        return assertNever(action);
    }
  };

  const status = (): EngineStatus => {
    const owner = lease.owner();
    const runtimeState: RuntimeState | null = runtime?.state() ?? null;
    return {
      role: scheduler.role(),
      owner:
        owner === null
          ? null
          : {
              program: owner.program,
              pid: owner.pid,
              host: owner.host,
              heartbeatAt: new Date(owner.heartbeatAt).toISOString(),
            },
      problem: scheduler.problem(),
      pollIntervalMs,
      runtime: runtimeState,
      dataDir: database.dataDir,
      startedAt,
    };
  };

  return {
    async start() {
      await scheduler.start();
      retention.start();
      backups.start();
    },
    stop,
    status,
    onChange: (listener) => core.events.onChange(listener),
    suspended: () => scheduler.suspended(),
    resumed: () => scheduler.resumed(),

    createSchedule: schedules.create,
    updateSchedule: schedules.update,
    getSchedule: (scheduleId) => schedules.view(schedules.existing(scheduleId)),
    pauseSchedule: schedules.pause,
    resumeSchedule: schedules.resume,
    deleteSchedule: schedules.remove,
    restoreSchedule: schedules.restore,
    purgeSchedule: schedules.purge,
    triggerSchedule: runs.trigger,
    skipNext: schedules.skipNext,
    bulk,

    runWorkflow: runs.runWorkflow,
    getRun: runs.view,
    cancelRun: runs.cancel,
    retryRun: runs.retry,
    waitForRun: runs.wait,

    saveExclusionCalendar: (calendar) => saveCalendar(core, lease, calendar),
    deleteExclusionCalendar: (name) => deleteCalendar(core, name),
    dismissDowntime(downtimeId) {
      core.write(() => {
        if (!stores.downtimes.dismiss(downtimeId, clock.now()))
          throw new AppError("NOT_FOUND", `There is no open downtime ${downtimeId}.`);
        core.touch("system");
      });
    },
    getSettings: () => ({ ...settingDefaults, ...stores.settings.all() }),
    setSetting(key, value) {
      core.write(() => {
        stores.settings.set(key, value);
        core.touch("settings");
      });
    },
    recount: () => recount(core),
    backUpBefore: backups.before,
    backfills,
  };
}
