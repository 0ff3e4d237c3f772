import type { LogStream, StepRecord } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { StopReason } from "../../runtime/local/messages/protocol.ts";
import type { Redactor } from "../../runtime/local/output/redactor.ts";
import type { RunOutcome } from "../../runtime/runtime.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import { type RunScope, runStorage } from "../sdk/runScope.ts";
import { DurableSteps } from "./durableSteps.ts";
import { describeThrown, RunFailure, RunSkipped } from "./failures.ts";
import { toJsonValue } from "./jsonValue.ts";

/** Thrown into a run that is told to stop: the reason of its signal. */
export class Stopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason === "timeout" ? "the run's timeout has passed" : "the run was cancelled");
    this.name = "Stopped";
    this.reason = reason;
  }
}

/** One attempt of a run inside its runner. */
export interface Attempt {
  readonly job: RunJob;
  readonly scope: RunScope;
  /** Runs the workflow to its end; never rejects. */
  execute(parts: WorkflowParts): Promise<{ outcome: RunOutcome; clean: boolean }>;
  stop(reason: StopReason): void;
  /** Ends the attempt with something thrown where nothing could catch it. */
  crash(thrown: unknown): void;
}

export interface AttemptOptions {
  job: RunJob;
  redactor: Redactor;
  reportStep: (step: StepRecord) => void;
  write: (stream: LogStream, chunk: string | Buffer) => void;
  secret: (name: string) => Promise<string | null>;
  startProgram?: RunScope["startProgram"];
}

export function createAttempt(options: AttemptOptions): Attempt {
  const { job, redactor, reportStep, write, secret, startProgram } = options;
  const abort = new AbortController();
  const { hide } = redactor;
  let end: (ending: { outcome: RunOutcome; clean: boolean }) => void = () => undefined;
  const ended = new Promise<{ outcome: RunOutcome; clean: boolean }>((resolve) => {
    end = resolve;
  });

  const failed = (thrown: unknown, clean: boolean): void => {
    const retryable = thrown instanceof RunFailure ? thrown.retryable : true;
    end({ outcome: { kind: "failed", at: Date.now(), error: describeThrown(thrown, hide), retryable }, clean });
  };

  const steps = new DurableSteps({
    kept: job.steps,
    signal: abort.signal,
    // Nothing of it is kept: it is not given its process back for a later attempt to go on from there.
    report: job.durable === false ? () => undefined : reportStep,
    hide,
    suspend: (wakeAt) => {
      if (job.durable !== false) end({ outcome: { kind: "sleeping", at: Date.now(), wakeAt }, clean: true });
    },
    mismatch: (failure) => failed(failure, false),
  });

  let warning: string | null = null;
  /** Steps that have been called and have not answered. */
  const underWay: string[] = [];
  const scope: RunScope = {
    context: {
      runId: job.runId,
      scheduleId: job.scheduleId,
      workflowName: job.workflowName,
      scheduledTime: job.scheduledAt === null ? null : new Date(job.scheduledAt).toISOString(),
      timezone: job.timezone,
      attempt: job.attempt,
      signal: abort.signal,
    },
    insideStep: false,
    passEnvironment: job.passEnvironment,
    write,
    warn: (message) => {
      warning = message;
    },
    hide: (value) => redactor.add(value),
    secret: async (name) => {
      const value = await secret(name);
      if (value === null) {
        throw new RunFailure(
          "INVALID_INPUT",
          `there is no secret named ${JSON.stringify(name)}: store it in Settings first`,
        );
      }
      redactor.add(value);
      return value;
    },
    callStep: async (call) => {
      underWay.push(call.name);
      try {
        return await steps.call(call);
      } finally {
        underWay.splice(underWay.indexOf(call.name), 1);
      }
    },
    sleepUntil: (wakeAt) => steps.sleepUntil(wakeAt),
    startProgram,
  };

  const work = async (parts: WorkflowParts): Promise<void> => {
    try {
      // Stopped while its file was loading.
      abort.signal.throwIfAborted();
      const input = parseInput(parts, job.input);
      const returned: unknown = await runStorage.run(scope, async () => parts.handler(input));
      if (underWay.length > 0) write("system", `[${unawaited(underWay)}]\n`);
      steps.checkAllCalled();
      const result = toJsonValue(returned, "the result", hide);
      const said = warning === null ? {} : { warning: hide(warning) };
      end({
        outcome: { kind: "completed", at: Date.now(), result: result ?? null, ...said },
        clean: steps.active === 0,
      });
    } catch (thrown) {
      if (thrown instanceof RunSkipped) {
        end({ outcome: { kind: "skipped", at: Date.now(), reason: hide(thrown.message) }, clean: steps.active === 0 });
        return;
      }
      if (abort.signal.aborted) {
        end({ outcome: { kind: "cancelled", at: Date.now() }, clean: steps.active === 0 });
        return;
      }
      if (!(thrown instanceof RunFailure && thrown.code === "NONDETERMINISTIC")) steps.markCulprit(thrown);
      failed(thrown, steps.active === 0);
    }
  };

  return {
    job,
    scope,
    async execute(parts) {
      void work(parts);
      const ending = await ended;
      steps.close();
      return ending;
    },
    stop: (reason) => abort.abort(new Stopped(reason)),
    crash: (thrown) => failed(thrown, false),
  };
}

function unawaited(names: readonly string[]): string {
  const which = names.length === 1 ? `its step ${names[0]}` : `its steps ${names.join(", ")}`;
  return `the workflow returned before ${which} had ended: what it does not await is not kept`;
}

function parseInput(parts: WorkflowParts, input: unknown): unknown {
  if (parts.input === null) return input;
  const parsed = parts.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const path = ["input", ...(first?.path ?? [])].join(".");
  throw new RunFailure("INVALID_INPUT", `${path}: ${first?.message ?? "does not fit"}`, { details: { path } });
}
