import type { RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import type { StopReason } from "../messages/protocol.ts";
import { timeoutError } from "./runErrors.ts";

/** A run that is told to stop: asked first, ended by force when its grace is over. */
export interface Stopping {
  readonly reason: StopReason | null;
  /** The first reason stays; a later call may only shorten the grace. */
  begin(reason: StopReason, graceMs: number): void;
  /** The run is over. */
  clear(): void;
}

export interface StoppingOptions {
  ask(reason: StopReason, graceMs: number): void;
  force(reason: StopReason): void;
}

export function createStopping({ ask, force }: StoppingOptions): Stopping {
  let reason: StopReason | null = null;
  let deadline: NodeJS.Timeout | null = null;
  const clearDeadline = (): void => {
    if (deadline !== null) clearTimeout(deadline);
    deadline = null;
  };
  return {
    get reason() {
      return reason;
    },
    begin(wanted, graceMs) {
      clearDeadline();
      const because = reason ?? wanted;
      reason = because;
      if (graceMs <= 0) {
        force(because);
        return;
      }
      ask(because, graceMs);
      deadline = setTimeout(() => force(because), graceMs);
    },
    clear() {
      clearDeadline();
      reason = null;
    },
  };
}

/** How a run ends that was stopped for a reason, whatever it said itself. */
export function stopOutcome(reason: StopReason, job: RunJob | null): RunOutcome {
  const at = Date.now();
  if (reason === "cancelled") return { kind: "cancelled", at };
  if (reason === "shutdown") return { kind: "lost", at, reason: "the program that ran it ended" };
  return { kind: "failed", at, error: timeoutError(job?.timeoutMs ?? null), retryable: true };
}

const finished: ReadonlySet<string> = new Set(["completed", "skipped"]);

/** What finished in the moment it was told to stop has finished; what sleeps can go on after a restart. */
export function outcomeOfStopped(said: RunOutcome, reason: StopReason, job: RunJob | null): RunOutcome {
  const stands = finished.has(said.kind) || (reason === "shutdown" && said.kind === "sleeping");
  return stands ? said : stopOutcome(reason, job);
}
