import type { ModuleVersion, RunJob } from "../../../../shared/domain/workflow.ts";

/** Runs whose file has changed since it was looked at: it is looked at again, and they are sent once more where it still fits. */
export interface ChangedFiles {
  readonly size: number;
  /** A runner has given the run back. */
  look(job: RunJob): void;
  /** False where the run is not here. */
  cancel(runId: string): boolean;
  /** The run is over. */
  forget(runId: string): void;
}

export interface ChangedFilesOptions {
  /** What the file is now where it still defines the workflow, else null. */
  refreshModule: (workflowName: string, path: string) => Promise<ModuleVersion | null>;
  again(job: RunJob): void;
  /** It no longer offers the workflow, or has changed once more. */
  unfit(job: RunJob): void;
  cancelled(job: RunJob): void;
}

export function createChangedFiles({ refreshModule, again, unfit, cancelled }: ChangedFilesOptions): ChangedFiles {
  const looking = new Map<string, { cancelled: boolean }>();
  /** Runs that were sent once more. */
  const sentAgain = new Set<string>();

  const look = async (job: RunJob): Promise<void> => {
    const held = { cancelled: false };
    looking.set(job.runId, held);
    const isFirst = !sentAgain.has(job.runId) && job.modulePath !== null;
    const module = isFirst ? await refreshModule(job.workflowName, job.modulePath ?? "").catch(() => null) : null;
    looking.delete(job.runId);
    if (held.cancelled) cancelled(job);
    else if (module === null) unfit(job);
    else {
      sentAgain.add(job.runId);
      again({ ...job, module });
    }
  };

  return {
    get size() {
      return looking.size;
    },
    look: (job) => void look(job),
    cancel(runId) {
      const held = looking.get(runId);
      if (held !== undefined) held.cancelled = true;
      return held !== undefined;
    },
    forget: (runId) => void sentAgain.delete(runId),
  };
}
