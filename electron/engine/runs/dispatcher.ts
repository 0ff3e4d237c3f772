import type { AppError } from "../../../shared/domain/errors.ts";
import type { LogStream, RunError, StepRecord } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { RunOutcome, RuntimeListener } from "../../runtime/runtime.ts";
import type { RunRecord } from "../../storage/tables/runs.ts";
import type { Core } from "../core.ts";
import { isStorageFault, LeaseLostError } from "../errors.ts";
import { finishRun } from "./ends.ts";
import { applyOutcome } from "./outcomes.ts";
import { createRunLogs, type LogPiece } from "./runLogs.ts";

type Report =
  | { kind: "started"; runId: string; attempt: number; at: number; worker: string }
  | { kind: "step"; runId: string; attempt: number; step: StepRecord }
  | { kind: "log"; runId: string; attempt: number; piece: LogPiece }
  | { kind: "ended"; runId: string; attempt: number; outcome: RunOutcome };

/** After its own limit and this, a run that its runtime has not ended is ended by the engine. */
const OVERDUE_MS = 15_000;
/** Log text that may wait for the disk to come back; beyond it pieces are dropped. */
const MOST_WAITING_LOG = 4 * 1024 * 1024;

/** What a job is made of. */
export type ClaimableRun = Pick<
  RunRecord,
  "id" | "scheduleId" | "workflowName" | "input" | "scheduledAt" | "timeoutMs"
>;

const CLAIMED_AT_ONCE = 100;

type Counts = Map<string, number>;
const addTo = (counts: Counts, workflowName: string): void =>
  void counts.set(workflowName, (counts.get(workflowName) ?? 0) + 1);
const countByWorkflow = (jobs: readonly RunJob[]): Counts => {
  const counts: Counts = new Map();
  for (const job of jobs) addTo(counts, job.workflowName);
  return counts;
};

interface InRuntime {
  attempt: number;
  timeoutMs: number | null;
  /** Monotonic. */
  startedAt: number;
  cancel: { graceMs: number; at: number } | null;
}

/** Hands pending runs to the runtime, and writes what it reports: everything of one turn in one transaction. */
export function createDispatcher(
  core: Core,
  options: {
    onFault: (error: AppError) => void;
    onLeaseLost: () => void;
    memoryLimitMb: () => number;
    passEnvironment: () => string[];
  },
) {
  const { clock, stores, runtime, catalogue } = core;
  const logs = createRunLogs(core);
  const inRuntime = new Map<string, InRuntime>();
  let reports: Report[] = [];
  let waitingLog = 0;
  let flushQueued = false;
  let held = true;
  let memoryLimitMb = 0;
  let passEnvironment: string[] = [];
  let stopping = false;

  const queueFlush = (): void => {
    if (flushQueued) return;
    flushQueued = true;
    clock.defer(() => {
      flushQueued = false;
      flush();
    });
  };

  const push = (report: Report): void => {
    reports.push(report);
    queueFlush();
  };

  const listener: RuntimeListener = {
    started: (runId, attempt, at, worker) => push({ kind: "started", runId, attempt, at, worker }),
    step: (runId, attempt, step) => push({ kind: "step", runId, attempt, step }),
    log: (runId: string, attempt: number, at: number, stream: LogStream, text: string) => {
      if (waitingLog > MOST_WAITING_LOG) return;
      waitingLog += text.length;
      push({ kind: "log", runId, attempt, piece: { at, stream, text } });
    },
    ended: (runId, attempt, outcome) => push({ kind: "ended", runId, attempt, outcome }),
    roomFreed: () => queueFlush(),
    stateChanged: () => {
      core.events.add("system");
      queueFlush();
    },
  };

  const isCurrent = (runId: string, attempt: number): boolean => inRuntime.get(runId)?.attempt === attempt;

  const applyReports = (batch: readonly Report[]): string[] => {
    const ended: string[] = [];
    const pieces = new Map<string, LogPiece[]>();
    const writeLog = (runId: string): void => {
      const waiting = pieces.get(runId);
      if (waiting === undefined) return;
      pieces.delete(runId);
      logs.write(runId, waiting);
    };
    for (const report of batch) {
      // A run that has been taken away from this runtime meanwhile is another attempt's business.
      if (!isCurrent(report.runId, report.attempt)) continue;
      switch (report.kind) {
        case "started":
          stores.runs.started(report.runId, report.attempt, report.at, report.worker);
          core.touch("runs", report.runId);
          break;
        case "step":
          stores.steps.save(report.runId, report.step);
          core.touch("runs", report.runId);
          break;
        case "log": {
          const known = pieces.get(report.runId);
          if (known === undefined) pieces.set(report.runId, [report.piece]);
          else known.push(report.piece);
          break;
        }
        case "ended": {
          writeLog(report.runId);
          const run = stores.runs.get(report.runId);
          if (run?.status === "running" && run.attempt === report.attempt)
            applyOutcome(core, run, report.outcome, stopping);
          ended.push(report.runId);
          break;
        }
      }
    }
    for (const runId of [...pieces.keys()]) writeLog(runId);
    return ended;
  };

  /**
   * For the occurrences of one transaction: takes those for which there is room without a way through `pending`, as long
   * as nothing waits there before them. Their jobs are added to `jobs`.
   */
  const claimer = (jobs: RunJob[]): ((run: ClaimableRun) => boolean) => {
    memoryLimitMb = options.memoryLimitMb();
    passEnvironment = options.passEnvironment();
    const isOpen = !held && !stopping && stores.runs.ready(clock.now(), 1).length === 0;
    const claimed = countByWorkflow(jobs);
    return (run) => {
      if (!isOpen || runtime === null || !runtime.takes(run.workflowName, claimed).ok) return false;
      const job = jobOf(run, 1);
      if ("code" in job) return false;
      jobs.push(job);
      addTo(claimed, run.workflowName);
      return true;
    };
  };

  /** Claims pending runs for the room there is, inside the caller's transaction; `send` them once it is committed. */
  const claim = (jobs: RunJob[] = []): RunJob[] => {
    if (held || stopping || runtime === null) return jobs;
    const now = clock.now();
    memoryLimitMb = options.memoryLimitMb();
    passEnvironment = options.passEnvironment();
    const claimed = countByWorkflow(jobs);
    for (;;) {
      const ready = stores.runs.ready(now, CLAIMED_AT_ONCE);
      if (ready.length === 0) return jobs;
      for (const run of ready) {
        if (!runtime.takes(run.workflowName, claimed).ok) return jobs;
        const job = prepare(run);
        if (job === null || !stores.runs.claim(run.id, now)) continue;
        core.touch("runs", run.id);
        if (run.scheduleId !== null) core.touch("schedules", run.scheduleId);
        jobs.push(job);
        addTo(claimed, run.workflowName);
      }
    }
  };

  const fail = (run: RunRecord, error: RunError): null => {
    finishRun(core, run, { status: "failed", error, at: clock.now() });
    return null;
  };

  /** What a runner needs; null (and the run failed) where it can never start. */
  const prepare = (run: RunRecord): RunJob | null => {
    const job = jobOf(run, run.attempt);
    if ("code" in job) return fail(run, job);
    // A first attempt has no steps, unless it slept.
    return run.attempt === 1 && run.notBeforeAt === null ? job : { ...job, steps: stores.steps.of(run.id) };
  };

  const jobOf = (run: ClaimableRun, attempt: number): RunJob | RunError => {
    const workflow = catalogue.get(run.workflowName);
    if (workflow === undefined) {
      const message = `There is no workflow ${run.workflowName}; see the Workflows page for files that did not load`;
      return { code: "WORKFLOW_NOT_FOUND", name: "WorkflowNotFound", message };
    }
    let input: unknown;
    try {
      input = catalogue.checkInput(run.workflowName, JSON.parse(run.input));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { code: "INVALID_INPUT", name: "InvalidInput", message };
    }
    const { source } = workflow;
    return {
      runId: run.id,
      scheduleId: run.scheduleId,
      workflowName: run.workflowName,
      modulePath: source.kind === "file" ? source.path : null,
      module: source.kind === "file" ? { hash: source.hash, files: source.files } : null,
      input,
      scheduledAt: run.scheduledAt,
      timezone: (run.scheduleId === null ? null : stores.schedules.timezone(run.scheduleId)) ?? "UTC",
      attempt,
      timeoutMs: run.timeoutMs,
      memoryLimitMb,
      passEnvironment,
      steps: [],
    };
  };

  const send = (jobs: readonly RunJob[]): void => {
    if (runtime === null) return;
    for (const job of jobs) {
      inRuntime.set(job.runId, {
        attempt: job.attempt,
        timeoutMs: job.timeoutMs,
        startedAt: clock.monotonic(),
        cancel: null,
      });
      runtime.dispatch(job);
    }
  };

  /** Writes what has been reported and starts what may start, in one transaction. Faults are handed to `onFault`. */
  const flush = (): void => {
    if (core.lease.token === null) {
      reports = [];
      waitingLog = 0;
      return;
    }
    if (reports.length === 0 && !mayClaim()) return;
    const batch = reports;
    reports = [];
    let ended: string[] = [];
    try {
      const jobs = core.writeAsOwner(() => {
        ended = applyReports(batch);
        return claim();
      });
      waitingLog = 0;
      for (const runId of ended) {
        inRuntime.delete(runId);
        logs.forget(runId);
      }
      send(jobs);
    } catch (error) {
      logs.forgetAll();
      if (error instanceof LeaseLostError) {
        options.onLeaseLost();
        return;
      }
      // Nothing of it is written; it is tried again when the disk is back.
      reports = batch.concat(reports);
      if (isStorageFault(error)) options.onFault(error);
      else {
        if (batch.length > 1) {
          // One report that cannot be written must not hold up the others.
          isolate();
          return;
        }
        reports = reports.slice(batch.length);
        core.logger.error("a report could not be written", error);
      }
    }
  };

  /** Writes reports one by one; what cannot be written for a reason of its own is dropped and logged. */
  const isolate = (): void => {
    while (reports.length > 0) {
      const [report] = reports as [Report];
      try {
        core.writeAsOwner(() => applyReports([report]));
        if (report.kind === "ended") inRuntime.delete(report.runId);
      } catch (error) {
        if (error instanceof LeaseLostError) {
          options.onLeaseLost();
          return;
        }
        if (isStorageFault(error)) {
          options.onFault(error);
          return;
        }
        core.logger.error(`a report (${report.kind}) of run ${report.runId} could not be written`, error);
      }
      reports.shift();
    }
    queueFlush();
  };

  const mayClaim = (): boolean => {
    if (held || stopping || runtime === null) return false;
    const [first] = stores.runs.ready(clock.now(), 1);
    return first !== undefined && runtime.takes(first.workflowName, new Map()).ok;
  };

  return {
    listener,
    flush,
    claim,
    claimer,
    send,
    /** Runs that this process's runtime has now. */
    has: (runId: string): boolean => inRuntime.has(runId),
    busy: (): number => inRuntime.size,
    /** Nothing new starts while held. */
    hold(value: boolean): void {
      held = value;
    },
    beginStop(): void {
      stopping = true;
    },
    /** Adopts runs that a distributed runtime still has from before. */
    adopt(run: RunRecord): void {
      inRuntime.set(run.id, {
        attempt: run.attempt,
        timeoutMs: run.timeoutMs,
        startedAt: clock.monotonic(),
        cancel: null,
      });
    },
    /** Passes on requests to stop, from this or any other process; asks again where the grace was made shorter. */
    passOnCancels(): void {
      for (const run of stores.runs.cancelling()) {
        const known = inRuntime.get(run.id);
        if (known === undefined) continue;
        const graceMs = run.cancelGraceMs ?? 0;
        if (known.cancel !== null && known.cancel.graceMs <= graceMs) continue;
        known.cancel = { graceMs, at: known.cancel?.at ?? clock.monotonic() };
        runtime?.cancel(run.id, graceMs);
      }
    },
    /** Ends runs that their runtime should have ended long ago. */
    endOverdue(): void {
      const now = clock.monotonic();
      for (const [runId, known] of inRuntime) {
        const cancelled = known.cancel !== null && now > known.cancel.at + known.cancel.graceMs + OVERDUE_MS;
        const timedOut = known.timeoutMs !== null && now > known.startedAt + known.timeoutMs + OVERDUE_MS;
        if (!cancelled && !timedOut) continue;
        runtime?.cancel(runId, 0);
        const error: RunError = {
          code: "TIMEOUT",
          name: "Timeout",
          message: `The run did not end within its timeout of ${known.timeoutMs} ms, and its runtime did not end it either`,
        };
        const at = clock.now();
        push({
          kind: "ended",
          runId,
          attempt: known.attempt,
          outcome: cancelled ? { kind: "cancelled", at } : { kind: "failed", at, error, retryable: false },
        });
      }
    },
    /** The lease is gone: what still runs here is another process's business, and must end. */
    abandon(): void {
      for (const runId of inRuntime.keys()) runtime?.cancel(runId, 0);
      inRuntime.clear();
      reports = [];
      logs.forgetAll();
    },
  };
}
export type Dispatcher = ReturnType<typeof createDispatcher>;
