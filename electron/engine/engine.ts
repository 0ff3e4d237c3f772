import { AppError } from "../../shared/domain/errors.ts";
import { memoryOfWorkflow } from "../../shared/domain/workflow.ts";
import { createBackfillService } from "./backfill/backfillService.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Engine, EngineStatus, StopOptions } from "./contract.ts";
import { type CoreOptions, createCore } from "./core.ts";
import { isStorageFault, LeaseLostError } from "./errors.ts";
import { carryOnAfterRun } from "./firing/afterRun.ts";
import { createMachineEvents, type Machine, startFollowers } from "./firing/events.ts";
import { overdueSchedule } from "./firing/planning.ts";
import { createIds, type Ids } from "./ids.ts";
import { ownMachine } from "./machine.ts";
import { createLease } from "./ownership/lease.ts";
import { createOtherProcesses } from "./ownership/otherProcesses.ts";
import { ownerProblem } from "./ownership/ownerHealth.ts";
import { createDispatcher } from "./runs/dispatcher.ts";
import { longWaitOf } from "./runs/longWaits.ts";
import { createPoolCommands } from "./runs/pools.ts";
import { createRunCommands } from "./runs/runCommands.ts";
import { createRunMoves } from "./runs/runMoves.ts";
import { createScheduler } from "./scheduler.ts";
import { bulk } from "./schedules/bulkCommand.ts";
import { deleteCalendar, saveCalendar } from "./schedules/calendarCommands.ts";
import { recount } from "./schedules/counters.ts";
import { createScheduleCommands } from "./schedules/scheduleCommands.ts";
import { stopEngine } from "./stopping.ts";
import { createBackups } from "./upkeep/backups.ts";
import { createCheckpoint } from "./upkeep/checkpoint.ts";
import { createRetention } from "./upkeep/retention.ts";
import { createSettings } from "./upkeep/settings.ts";

export interface EngineOptions extends Omit<CoreOptions, "clock" | "ids" | "logger" | "checkpointIfLong"> {
  clock?: Clock;
  ids?: Ids;
  logger?: CoreOptions["logger"];
  /** The longest wait between two looks at what is due. */
  pollIntervalMs?: number;
  /** Where it runs; this machine where left out. */
  machine?: Machine;
}

const DEFAULT_POLL_MS = 5000;
const DEFAULT_GRACE_MS = 5000;

/** Assembles the scheduler of one data folder; nothing happens before `start`, but commands work. */
export function createEngine(options: EngineOptions): Engine {
  const { database, runtime, catalogue, clock = systemClock, ids = createIds(), logger = console } = options;
  const pollIntervalMs = Math.max(50, options.pollIntervalMs ?? DEFAULT_POLL_MS);
  const checkpointIfLong = createCheckpoint({ database, logger });
  const { programName } = options;
  const core = createCore({ database, runtime, catalogue, clock, ids, logger, programName, checkpointIfLong });
  const { stores } = core;
  const startedAt = new Date(clock.now()).toISOString();
  const settings = createSettings(core);

  const lease = createLease(core);
  const others = createOtherProcesses(core);
  const moves = createRunMoves(core);
  const dispatcher = createDispatcher(core, {
    onFault: (error) => scheduler.fault(error),
    onLeaseLost: () => scheduler.loseLease(),
    limits: settings.limits,
    onStarted: moves.started,
  });
  const scheduler = createScheduler(core, {
    dispatcher,
    lease,
    others,
    pollIntervalMs,
    events: createMachineEvents(core, options.machine ?? ownMachine()),
  });
  const isFiring = (): boolean => scheduler.role() === "owner" && scheduler.problem() === null;
  const retention = createRetention(core, isFiring);
  const schedules = createScheduleCommands(core, lease);
  const runs = createRunCommands(core, schedules);
  const backups = createBackups(core, isFiring);

  const backfills = createBackfillService({
    ...core,
    settle: (scheduleId) => void schedules.settled(scheduleId),
    isDue: (scheduleId) => overdueSchedule(core, scheduleId) !== undefined,
    isOwner: isFiring,
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
  core.onRunEnd((ended) => startFollowers(core, ended));

  const stop = async (graceMs = DEFAULT_GRACE_MS, how?: StopOptions): Promise<void> => {
    const copied = backups.stop();
    await stopFiring(graceMs, how);
    await copied;
  };

  const stopFiring = async (graceMs: number, how: StopOptions | undefined): Promise<void> => {
    if (scheduler.role() === "stopped") return;
    retention.stop();
    await stopEngine(core, { scheduler, dispatcher, lease }, graceMs, how);
  };

  const status = (): EngineStatus => ({
    role: scheduler.role(),
    owner: lease.owner(),
    problem: scheduler.problem() ?? (scheduler.role() === "owner" ? null : ownerProblem(core)),
    waiting: longWaitOf(core, settings.limits().runsAtOnce),
    running: stores.queue.runningCount(),
    pollIntervalMs,
    runtime: runtime?.state() ?? null,
    dataDir: database.dataDir,
    startedAt,
  });

  return {
    async start() {
      await scheduler.start();
      retention.start();
      backups.start();
    },
    stop,
    status,
    onChange: (listener) => core.events.onChange(listener),
    onRunMove: moves.onMove,
    follow({ activity, runEnded }) {
      core.onActivity(activity);
      core.onRunEnd(runEnded);
    },
    pools: createPoolCommands(core),
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
    unskip: schedules.unskip,
    moveOccurrence: schedules.move,
    plannedMoves: schedules.plannedMoves,
    bulk: (input, actor) => bulk(core, schedules, input, actor),

    runWorkflow: runs.runWorkflow,
    getRun: runs.view,
    cancelRun: runs.cancel,
    retryRun: runs.retry,
    takeResult: runs.takeResult,
    waitForRun: runs.wait,

    ofImport: core.ofImport,
    saveExclusionCalendar: (calendar) => saveCalendar(core, lease, calendar),
    deleteExclusionCalendar: (name) => deleteCalendar(core, name),
    dismissDowntime(downtimeId) {
      core.write(() => {
        if (!stores.downtimes.dismiss(downtimeId, clock.now()))
          throw new AppError("NOT_FOUND", `There is no open downtime ${downtimeId}.`);
        core.touch("system");
      });
    },
    getSettings: settings.all,
    setSetting: settings.set,
    memoryOfWorkflow: (workflow) => memoryOfWorkflow(workflow, settings.limits()),
    setWorkflowMemory: settings.setWorkflowMemory,
    write: (topic, work) =>
      core.write(() => {
        const result = work();
        core.touch(topic);
        return result;
      }),
    recount: () => recount(core),
    backUpBefore: backups.before,
    backfills,
  };
}
