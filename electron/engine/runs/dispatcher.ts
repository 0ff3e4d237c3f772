import type { AppError } from "../../../shared/domain/errors.ts";
import type { LogStream, StepRecord } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { Executed, RunOutcome, RuntimeListener } from "../../runtime/runtime.ts";
import type { RunRecord, RunStart } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";
import { isStorageFault, LeaseLostError } from "../errors.ts";
import type { RunLimits } from "../parts.ts";
import { type Claimer, createAdmission } from "./admission.ts";
import { createInRuntime } from "./inRuntime.ts";
import { keepLate } from "./lateResults.ts";
import { createLongWaits } from "./longWaits.ts";
import { applyOutcome } from "./outcomes.ts";
import { createRunLogs, type LogPiece } from "./runLogs.ts";
import { createTardiness } from "./tardiness.ts";

type Report =
  | { kind: "sent"; runId: string; epoch: number }
  | { kind: "started"; runId: string; epoch: number; at: number; worker: string }
  | { kind: "step"; runId: string; epoch: number; step: StepRecord }
  | { kind: "log"; runId: string; epoch: number; piece: LogPiece }
  | {
      kind: "ended";
      runId: string;
      epoch: number;
      outcome: RunOutcome;
      by: Executed | null;
      /** What is written where the outcome itself could not be. */
      instead?: RunOutcome;
    };

/** The longest that reports wait for others that could share their commit; they wait no longer than a commit takes. */
const MOST_WAIT_MS = 20;
/** Where the runtime has work enough they wait so many times as long, each: a commit holds up what runs next. */
const PAUSES_BEHIND = 4;
/** Between two looks at what waits, where one has not come to its end. */
const LOOK_AGAIN_MS = 50;
/** How long an end that could not be written at all waits until it is tried again. */
const AGAIN_MS = 10_000;
/** Log text that may wait for the disk to come back; beyond it pieces are dropped. */
const MOST_WAITING_LOG = 4 * 1024 * 1024;

interface DispatcherOptions {
  onFault: (error: AppError) => void;
  onLeaseLost: () => void;
  limits: () => RunLimits;
  /** Inside the transaction that writes it. */
  onStarted: (runId: string, at: number, start: RunStart) => void;
}

/**
 * Hands pending runs to the runtime, and writes what it reports: everything of one turn in one transaction, and no more than
 * half of the time in commits, a fifth while runs wait in the runtime itself. So the busier the disk the more reports
 * share one; what could start something waits for none.
 *
 * | what a write meets          | what becomes of the reports                                      |
 * | --------------------------- | ---------------------------------------------------------------- |
 * | nothing                     | written; what has ended makes room, and the next start           |
 * | a fault of the disk         | kept, and written when it is back                                |
 * | the lease is gone           | dropped: they are another process's business                     |
 * | one that cannot be written  | all are written one by one; that one is logged and dropped       |
 * |                             | - an end is not: the run has failed for it (NOT_RECORDED) and,   |
 * |                             | where that cannot be written either, it is tried again           |
 */
export function createDispatcher(core: Core, options: DispatcherOptions) {
  const { clock, stores, runtime } = core;
  const logs = createRunLogs(core);
  const inRuntime = createInRuntime(core);
  const admission = createAdmission(core, inRuntime, options.limits);
  const noteLongWaits = createLongWaits(core, () => options.limits().runsAtOnce);
  const noteTardiness = createTardiness(core);
  let reports: Report[] = [];
  let waitingLog = 0;
  /** The last commit of reports failed: it is tried again when the disk is back, and not for each report. */
  let failing = false;
  /** Of the reports that wait, those of ends. */
  let endsWaiting = 0;
  let flushQueued = false;
  let cancelTimer: (() => void) | null = null;
  let lookTimer: (() => void) | null = null;
  /** The last commit of reports. Monotonic. */
  let commit = { endedAt: Number.NEGATIVE_INFINITY, tookMs: 0 };
  let held = true;
  let stopping = false;

  /** The runtime has more than it runs: what ends makes room for what is there already, and nothing waits for the commit. */
  const isBehind = (): boolean => runtime !== null && inRuntime.count() - endsWaiting > 2 * runtime.state().busy;

  /** How long reports may still wait for others to share their commit, ms. */
  const pauseLeft = (): number => {
    const since = clock.monotonic() - commit.endedAt;
    if (since >= MOST_WAIT_MS * PAUSES_BEHIND) return 0;
    return Math.min(MOST_WAIT_MS, commit.tookMs) * (isBehind() ? PAUSES_BEHIND : 1) - since;
  };

  const queueFlush = (urgent = true): void => {
    if (flushQueued) return;
    const ms = urgent ? 0 : pauseLeft();
    if (ms > 0) {
      cancelTimer ??= clock.timer(ms, () => {
        cancelTimer = null;
        flush();
      });
      return;
    }
    flushQueued = true;
    clock.defer(() => {
      flushQueued = false;
      flush();
    });
  };

  /** Whether what waits could start now in the place of runs that have ended: all that the runtime has is running. */
  const isStarving = (): boolean => {
    if (!mayStart() || runtime === null) return false;
    return inRuntime.count() - endsWaiting <= runtime.state().busy && core.stores.queue.hasReady();
  };

  const push = (report: Report): void => {
    reports.push(report);
    if (report.kind === "ended") endsWaiting += 1;
    queueFlush(flushQueued || (report.kind === "ended" && isStarving()));
  };

  const listener: RuntimeListener = {
    sent: (runId, epoch) => push({ kind: "sent", runId, epoch }),
    started: (runId, epoch, at, worker) => push({ kind: "started", runId, epoch, at, worker }),
    step: (runId, epoch, step) => push({ kind: "step", runId, epoch, step }),
    log: (runId: string, epoch: number, at: number, stream: LogStream, text: string, offset?: number) => {
      // Of what an engine finds that was away for long there is as much at once.
      if (waitingLog > MOST_WAITING_LOG && !failing) flush();
      if (waitingLog > MOST_WAITING_LOG) return;
      waitingLog += text.length;
      push({ kind: "log", runId, epoch, piece: { at, stream, text, offset } });
    },
    ended: (runId, epoch, outcome, by) => push({ kind: "ended", runId, epoch, outcome, by: by ?? null }),
    roomFreed() {
      // With more there than it runs the room is taken already, and what has been reported is written soon.
      if (flushQueued || !mayStart() || (reports.length > 0 && isBehind())) return;
      if (admission.mayClaim()) queueFlush();
    },
    stateChanged: () => {
      core.events.add("system");
      queueFlush();
    },
  };

  /** Undefined where the hand-over is not the run's last any more. */
  const begin = (runId: string, epoch: number, at: number, worker: string): RunStart | undefined => {
    const start = stores.runs.started(runId, epoch, at, worker);
    if (start === undefined) return undefined;
    inRuntime.begun(runId);
    core.touch("runs", runId);
    return start;
  };

  const applyEnd = (runId: string, epoch: number, outcome: RunOutcome, by: Executed | null): void => {
    let run = stores.runs.get(runId);
    if (run === undefined) return;
    const isSent = run.sentTo !== null;
    if (isSent) stores.outbox.remove(runId, epoch);
    if (run.epoch === epoch && run.status === "pending" && isSent) {
      if (outcome.kind === "lost") {
        // Nobody has begun it: it is sent again, and that is no attempt.
        stores.runs.takeBack(runId, epoch, clock.now());
        core.touch("runs", runId);
        return;
      }
      // Its start was not heard of.
      begin(runId, epoch, outcome.at, by?.worker ?? "a worker");
      run = stores.runs.get(runId) ?? run;
    }
    if (run.epoch === epoch && run.status === "running") {
      if (isSent && outcome.kind !== "lost") stores.runs.recorded(runId, epoch);
      applyOutcome(core, run, outcome, stopping);
    } else {
      // Ended here before it was begun there: it is let go.
      if (isSent && run.epoch === epoch) stores.runs.takeBack(runId, epoch, clock.now());
      keepLate(core, { runId, epoch }, outcome, by);
    }
  };

  const applyReports = (batch: readonly Report[]): { runId: string; epoch: number }[] => {
    const ended: { runId: string; epoch: number }[] = [];
    const pieces = new Map<string, LogPiece[]>();
    const writeLog = (runId: string): void => {
      const waiting = pieces.get(runId);
      if (waiting === undefined) return;
      pieces.delete(runId);
      logs.write(runId, waiting);
    };
    for (const report of batch) {
      // A run that has been taken away from this runtime meanwhile is another hand-over's business.
      if (!inRuntime.isCurrent(report.runId, report.epoch)) {
        if (report.kind !== "ended") continue;
        keepLate(core, report, report.outcome, report.by);
        ended.push({ runId: report.runId, epoch: report.epoch });
        continue;
      }
      switch (report.kind) {
        case "sent":
          stores.outbox.remove(report.runId, report.epoch);
          break;
        case "started": {
          const start = begin(report.runId, report.epoch, report.at, report.worker);
          if (start !== undefined) options.onStarted(report.runId, report.at, start);
          break;
        }
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
          applyEnd(report.runId, report.epoch, report.instead ?? report.outcome, report.by);
          ended.push({ runId: report.runId, epoch: report.epoch });
          break;
        }
      }
    }
    for (const runId of [...pieces.keys()]) writeLog(runId);
    return ended;
  };

  const mayStart = (): boolean => !held && !stopping && runtime !== null;

  /** Claims pending runs for the room there is, inside the caller's transaction; `send` them once it is committed. */
  const claim = (jobs: RunJob[] = []): RunJob[] => (mayStart() ? admission.claim(jobs) : jobs);

  const tellRecorded = (ended: readonly { runId: string; epoch: number }[]): void => {
    if (ended.length > 0) runtime?.recorded?.(ended);
  };

  /** Writes what has been reported and starts what may start, in one transaction. Faults are handed to `onFault`. */
  const flush = (): void => {
    if (core.lease.token === null) {
      reports = [];
      endsWaiting = 0;
      waitingLog = 0;
      return;
    }
    cancelTimer?.();
    cancelTimer = null;
    if (reports.length === 0 && !(mayStart() && admission.mayClaim())) return;
    const beganAt = clock.monotonic();
    const batch = reports;
    reports = [];
    endsWaiting = 0;
    let ended: { runId: string; epoch: number }[] = [];
    let putBack = (): void => {};
    try {
      const jobs = core.writeAsOwner(() => {
        ended = applyReports(batch);
        // Their room goes to the next ones in the same transaction: one commit, and no turn of waiting.
        putBack = inRuntime.takeOut(ended);
        return claim();
      });
      const endedAt = clock.monotonic();
      commit = { endedAt, tookMs: endedAt - beganAt };
      waitingLog = 0;
      failing = false;
      for (const { runId } of ended) if (!inRuntime.has(runId)) logs.forget(runId);
      tellRecorded(ended);
      if (batch.length > 0) runtime?.written?.();
      inRuntime.send(jobs);
      if (mayStart() && admission.isLooking()) {
        lookTimer ??= clock.timer(LOOK_AGAIN_MS, () => {
          lookTimer = null;
          flush();
        });
      }
    } catch (error) {
      failing = true;
      putBack();
      logs.forgetAll();
      if (error instanceof LeaseLostError) {
        options.onLeaseLost();
        return;
      }
      // Nothing of it is written; it is tried again when the disk is back.
      reports = batch.concat(reports);
      endsWaiting = reports.filter(({ kind }) => kind === "ended").length;
      if (isStorageFault(error)) options.onFault(error);
      // One report that cannot be written must not hold up the others.
      else if (batch.length > 0) isolate();
      else core.logger.error("runs that wait could not be started", error);
    }
  };

  /** Writes reports one by one. */
  const isolate = (): void => {
    while (reports.length > 0) {
      const [report] = reports as [Report];
      try {
        const ended = core.writeAsOwner(() => applyReports([report]));
        inRuntime.takeOut(ended);
        for (const { runId } of ended) logs.forget(runId);
        tellRecorded(ended);
      } catch (error) {
        logs.forgetAll();
        if (error instanceof LeaseLostError) {
          options.onLeaseLost();
          return;
        }
        if (isStorageFault(error)) {
          options.onFault(error);
          return;
        }
        if (report.kind === "ended" && report.instead === undefined) {
          reports[0] = { ...report, instead: notRecorded(report, error) };
          continue;
        }
        core.logger.error(`a report (${report.kind}) of run ${report.runId} could not be written`, error);
        if (report.kind === "ended") keepForLater(report);
      }
      reports.shift();
    }
    endsWaiting = 0;
    queueFlush();
  };

  /** A run whose end is lost would be running for ever. */
  const keepForLater = ({ runId, epoch, outcome, by }: Report & { kind: "ended" }): void => {
    clock.timer(AGAIN_MS, () => {
      if (core.lease.token !== null && inRuntime.isCurrent(runId, epoch))
        listener.ended(runId, epoch, outcome, by ?? undefined);
    });
  };

  return {
    listener,
    flush,
    /**
     * The same where something may start by it; otherwise what has been reported may wait for more. With more there than it runs
     * nothing starts sooner, whatever the limit of runs at once has room for.
     */
    flushSoon(): void {
      const isUrgent = !isBehind() && (reports.length === 0 || (mayStart() && admission.mayClaim()));
      if (isUrgent || pauseLeft() <= 0) flush();
      else queueFlush(false);
    },
    claim,
    /** See `Admission.claimer`. */
    claimer: (jobs: RunJob[]): Claimer => (mayStart() ? admission.claimer(jobs) : () => false),
    send: inRuntime.send,
    /** Runs that this process's runtime has now. */
    has: inRuntime.has,
    /** Those that end with this process. */
    busy: inRuntime.countHere,
    /** Nothing new starts while held. */
    hold(value: boolean): void {
      held = value;
    },
    beginStop(): void {
      stopping = true;
      lookTimer?.();
      lookTimer = null;
    },
    adopt(kept: readonly RunRecord[]): void {
      const current = new Map(kept.map((run) => [run.id, run.epoch]));
      const unsent = stores.outbox.all().filter(({ runId, epoch }) => current.get(runId) === epoch);
      inRuntime.adopt(
        kept,
        unsent.map(({ job }) => JSON.parse(job) as RunJob),
      );
    },
    passOnCancels: inRuntime.passOnCancels,
    /** Ends runs that their runtime should have ended long ago, and tells of those that wait or take too long. */
    endOverdue(): void {
      inRuntime.endOverdue((runId, epoch, outcome) => push({ kind: "ended", runId, epoch, outcome, by: null }));
      noteLongWaits();
      noteTardiness();
    },
    /** The lease is gone: what still runs here is another process's business, and must end. */
    abandon(): void {
      inRuntime.abandon();
      reports = [];
      endsWaiting = 0;
      logs.forgetAll();
    },
  };
}

function notRecorded({ outcome }: Report & { kind: "ended" }, cause: unknown): RunOutcome {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `How the run ended (${outcome.kind}) could not be recorded: ${why}`;
  return {
    kind: "failed",
    at: outcome.at,
    error: { code: "NOT_RECORDED", name: "NotRecorded", message },
    retryable: false,
  };
}
export type Dispatcher = ReturnType<typeof createDispatcher>;
