import type { RunError } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { RunOutcome, Runtime, RuntimeListener } from "../../runtime/runtime.ts";
import type { Clock } from "../clock.ts";

/** What a run of the test workflow does; its input. */
export interface TestInput {
  /** How long it runs; 0 ends in the turn it started in. */
  ms?: number;
  /** Attempts (from 1) that fail. */
  failing?: number[] | "all";
  ignoresSignal?: boolean;
  /** Sleeps durably for so long on its first execution. */
  sleepMs?: number;
  log?: string;
  step?: string;
  result?: unknown;
  /** Attempts whose runner dies. */
  dying?: number[];
  /** Never reports its end, not even when killed. */
  stuck?: boolean;
}

export interface Execution {
  job: RunJob;
  startedAt: number;
  endedAt: number | null;
  outcome: RunOutcome["kind"] | null;
}

/**
 * A runtime that executes TestInputs in step with a clock; everything it started is in `executions`. `tellsOfRoom: false`: it
 * never says that it has room again, as one of another machine may not.
 */
export function createTestRuntime(clock: Clock, size = 1000, { tellsOfRoom = true }: { tellsOfRoom?: boolean } = {}) {
  let listener: RuntimeListener | null = null;
  const executions: Execution[] = [];
  const running = new Map<string, { execution: Execution; cancelTimer: () => void }>();
  let room = size;

  const end = (execution: Execution, outcome: RunOutcome): void => {
    const { runId, epoch } = execution.job;
    if (running.get(runId)?.execution !== execution) return;
    running.get(runId)?.cancelTimer();
    running.delete(runId);
    execution.endedAt = clock.now();
    execution.outcome = outcome.kind;
    listener?.ended(runId, epoch, outcome);
    if (tellsOfRoom) listener?.roomFreed();
  };

  const runtime: Runtime = {
    kind: "local",
    keepsRuns: false,
    async start(heard) {
      listener = heard;
    },
    takes: (_run, claimed) =>
      running.size + [...claimed.values()].reduce((sum, count) => sum + count, 0) < room
        ? { ok: true }
        : { ok: false, waitingFor: "room", message: `${room} run already` },
    dispatch(job) {
      const input = (job.input ?? {}) as TestInput;
      const execution: Execution = { job, startedAt: clock.now(), endedAt: null, outcome: null };
      executions.push(execution);
      listener?.started(job.runId, job.epoch, clock.now(), "test");
      if (input.log !== undefined) listener?.log(job.runId, job.epoch, clock.now(), "stdout", input.log);
      if (input.step !== undefined) {
        const step = {
          key: input.step,
          name: input.step,
          sequence: 0,
          status: "completed" as const,
          attempt: job.attempt,
          result: 7,
          startedAt: clock.now(),
          completedAt: clock.now(),
        };
        listener?.step(job.runId, job.epoch, step);
      }
      const slept = job.steps.some((step) => step.key === "sleep");
      const finish = (): void => {
        const at = clock.now();
        if (input.stuck) return;
        if (input.dying?.includes(job.attempt)) end(execution, { kind: "lost", at, reason: "the runner died" });
        else if (input.sleepMs !== undefined && !slept) {
          const wakeAt = at + input.sleepMs;
          listener?.step(job.runId, job.epoch, {
            key: "sleep",
            name: "sleep",
            sequence: 1,
            status: "sleeping",
            attempt: job.attempt,
            wakeAt,
            startedAt: at,
            completedAt: null,
          });
          end(execution, { kind: "sleeping", at, wakeAt });
        } else if (input.failing === "all" || input.failing?.includes(job.attempt))
          end(execution, { kind: "failed", at, error: failure, retryable: true });
        else end(execution, { kind: "completed", at, result: input.result ?? { ok: true } });
      };
      const timeout = job.timeoutMs !== null && job.timeoutMs < (input.ms ?? 0);
      const cancelTimer = timeout
        ? clock.timer(job.timeoutMs ?? 0, () =>
            end(execution, {
              kind: "failed",
              at: clock.now(),
              error: { ...failure, code: "TIMEOUT" },
              retryable: true,
            }),
          )
        : clock.timer(input.ms ?? 0, finish);
      running.set(job.runId, { execution, cancelTimer });
    },
    cancel(runId, graceMs) {
      const found = running.get(runId);
      if (found === undefined) return;
      const input = (found.execution.job.input ?? {}) as TestInput;
      if (input.stuck) return;
      clock.timer(input.ignoresSignal ? graceMs : 0, () =>
        end(found.execution, { kind: "cancelled", at: clock.now() }),
      );
    },
    state: () => ({ kind: "local", state: "ready", message: null, workers: size, busy: running.size }),
    async stop() {
      for (const { execution } of [...running.values()]) end(execution, { kind: "cancelled", at: clock.now() });
    },
  };
  return {
    runtime,
    executions,
    /** How many run at this moment. */
    busy: (): number => running.size,
    setSize(value: number): void {
      room = value;
      if (tellsOfRoom) listener?.roomFreed();
    },
    /** A piece of a running run's output. */
    log: (runId: string, epoch: number, text: string): void => listener?.log(runId, epoch, clock.now(), "stdout", text),
    /** Ends a run from outside. */
    end(runId: string, outcome: RunOutcome): void {
      const found = running.get(runId);
      if (found !== undefined) end(found.execution, outcome);
    },
  };
}
export type TestRuntime = ReturnType<typeof createTestRuntime>;

const failure: RunError = { code: "WORKFLOW_ERROR", name: "Error", message: "it failed as it was told to" };
