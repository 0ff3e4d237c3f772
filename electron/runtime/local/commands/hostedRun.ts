import type { RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import { createConduct } from "../messages/conduct.ts";
import type { HostedMessage, ToHost } from "../messages/hostProtocol.ts";
import type { StopReason } from "../messages/protocol.ts";
import { startLongTimer } from "../pool/longTimer.ts";
import type { RunMessage } from "../pool/runnerSlot.ts";
import { outcomeOfStopped, stopOutcome } from "../pool/stopping.ts";
import type { RunnerProcess } from "../processes/runnerProcess.ts";

/**
 * A run of the command host.
 *
 *   waiting   for the host
 *     → given    the host has it
 *     → over     stopped first
 *   given     → over    the host says that it has ended, or has ended itself
 *   over      final; told once
 */
export interface HostedRun {
  give(host: RunnerProcess<ToHost>): void;
  hear(message: HostedMessage): void;
  stop(reason: StopReason, graceMs: number): void;
  end(outcome: RunOutcome): void;
}

export interface HostedRunOptions {
  job: RunJob;
  timeoutGraceMs: number;
  message(message: RunMessage): void;
  ended(outcome: RunOutcome): void;
  /** What the host does is beyond its own control. */
  broken(): void;
}

/** The host ends a run within its grace and a moment; one that does not is past helping. */
const beyondGraceMs = 10_000;

export function createHostedRun({ job, timeoutGraceMs, message, ended, broken }: HostedRunOptions): HostedRun {
  let host: RunnerProcess<ToHost> | null = null;
  let isOver = false;
  let stopping: StopReason | null = null;
  let timeout: { cancel(): void } | null = null;
  let deadline: NodeJS.Timeout | null = null;
  const conduct = createConduct();

  const end = (outcome: RunOutcome): void => {
    if (isOver) return;
    isOver = true;
    timeout?.cancel();
    if (deadline !== null) clearTimeout(deadline);
    ended(stopping === null ? outcome : outcomeOfStopped(outcome, stopping, job));
  };

  const stop = (wanted: StopReason, graceMs: number): void => {
    if (isOver) return;
    // The first reason stays; a later call may only shorten the grace.
    stopping ??= wanted;
    if (host === null) {
      end(stopOutcome(stopping, job));
      return;
    }
    host.send({ type: "stop", runId: job.runId, reason: stopping, graceMs });
    if (deadline !== null) clearTimeout(deadline);
    deadline = setTimeout(broken, graceMs + beyondGraceMs);
  };

  return {
    give(to) {
      if (isOver) return;
      host = to;
      conduct.given();
      to.send({ type: "run", job });
      if (job.timeoutMs !== null) timeout = startLongTimer(job.timeoutMs, () => stop("timeout", timeoutGraceMs));
    },
    hear(said) {
      conduct.check(said);
      if (said.type === "ended") end(said.outcome);
      else message(said);
    },
    stop,
    end,
  };
}
