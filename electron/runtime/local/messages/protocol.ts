import type { LogStream, StepRecord } from "../../../../shared/domain/run.ts";
import type {
  KnownModule,
  ModuleVersion,
  RunJob,
  WorkflowInfo,
  WorkflowLoadError,
} from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";

/** Why a run is told to stop. */
export type StopReason = "cancelled" | "timeout" | "shutdown";

/** What a file of workflows was found to hold. */
export interface ModuleInspection extends ModuleVersion {
  workflows: Omit<WorkflowInfo, "source">[];
  error: WorkflowLoadError | null;
}

/** Messages to a runner. One run at a time: `run` is only sent to a runner that is `ready` or has `ended` its last one. */
export type ToRunner =
  | { type: "run"; job: RunJob }
  /** Sets the run's signal, asks the programs it started to end, and ends those by force after `graceMs`. */
  | { type: "stop"; runId: string; reason: StopReason; graceMs: number }
  | { type: "ping" }
  /** Make ready to run the workflows of these files, by loading them; answered by `prepared`. */
  | { type: "prepare"; modules: KnownModule[] }
  /** `problem`: why there is a value that cannot be given. */
  | { type: "secret"; id: number; value: string | null; problem?: string }
  | { type: "inspect"; path: string };

/** Messages of a runner. Those between `started` and `ended` are about its one run. */
export type FromRunner =
  /** Several in order: one message costs as much as ten small ones. */
  | { type: "batch"; messages: FromRunner[] }
  | { type: "ready" }
  | { type: "prepared" }
  | { type: "started"; at: number }
  | { type: "step"; step: StepRecord }
  | { type: "log"; at: number; stream: LogStream; text: string }
  /** The run has started a program of its own: from now on a tree hangs on this runner. */
  | { type: "spawned" }
  /** Gives the run back: the file is no longer the one that was looked at, and nothing of it has run. */
  | { type: "moduleChanged" }
  /** `reusable` is false where something of the run lives on in the process. */
  | { type: "ended"; outcome: RunOutcome; reusable: boolean }
  /** The last run, which has ended, has changed what all share: the process is not to be used again, and gives back what it was given. */
  | { type: "unfit" }
  | { type: "pong" }
  /** The process ends itself with this code: not every system tells an exit code from a signal. */
  | { type: "exiting"; code: number }
  | { type: "secret"; id: number; name: string }
  | { type: "inspected"; inspection: ModuleInspection };
