import type {
  BackfillReading,
  BackfillRunTemplate,
  BackfillStore,
  NewBackfillRun,
} from "../../../storage/tables/backfills.ts";
import type { BackfillEngine } from "../backfillEngine.ts";
import { type History, type Occurrences, planInstants } from "../planning/plan.ts";
import { compileSnapshot, historyOf, occurrencesOf, type SpecSnapshot } from "../planning/request.ts";

/** What a backfill was started with; kept with it, so that edits of its schedule change nothing of it. */
export interface BackfillSnapshot extends SpecSnapshot {
  workflowName: string;
  input: unknown;
  maxAttempts: number;
  timeoutMs: number | null;
  /** See BackfillRunTemplate; another one each time its runs are written again. */
  idPrefix: string;
  /** What the plan said. */
  occurrences: number;
  existing: Record<string, number>;
}

interface Context {
  template: BackfillRunTemplate;
  occurrences: Occurrences;
  history: History;
  excluded: ReadonlySet<number>;
}

/**
 * Writes a backfill's rows, a batch a call. Each batch is one transaction that looks at what exists, inserts what the
 * plan's rule says and moves the cursor: whatever stops it, the next call goes on with exactly the rest, and two
 * backfills over the same occurrences never both write one.
 */
export function createBackfillWriter({ store, engine }: { store: BackfillStore; engine: BackfillEngine }) {
  const now = (): number => engine.clock.now();
  const contexts = new Map<string, Context>();

  function contextOf({ id: backfillId, generation }: BackfillReading): Context {
    const key = `${backfillId} ${generation}`;
    let context = contexts.get(key);
    if (context === undefined) {
      const row = store.row(backfillId);
      if (row === undefined) throw new Error(`no backfill ${backfillId}`);
      const snapshot = JSON.parse(row.snapshot) as BackfillSnapshot;
      context = {
        template: {
          backfillId,
          scheduleId: row.schedule_id,
          idPrefix: snapshot.idPrefix,
          order: row.run_order,
          workflowName: snapshot.workflowName,
          input: JSON.stringify(snapshot.input),
          maxAttempts: snapshot.maxAttempts,
          timeoutMs: snapshot.timeoutMs,
        },
        occurrences: occurrencesOf(compileSnapshot(snapshot)),
        history: historyOf(store, row.schedule_id),
        excluded: new Set(JSON.parse(row.excluded) as number[]),
      };
      contexts.set(key, context);
    }
    return context;
  }

  /** Runs for occurrences from the cursor on; where the next batch begins, or null when all are written. */
  function writeFresh(row: BackfillReading, cursor: number, limit: number): number | null {
    const { template, occurrences, history, excluded } = contextOf(row);
    const instants = occurrences.between(cursor, row.to_at, limit);
    const runs: NewBackfillRun[] = [];
    for (const item of planInstants(instants, history, { reprocess: row.reprocess, excluded })) {
      if (item.action !== "skip")
        runs.push({ at: item.at, retryOf: item.action === "rerun" ? (item.newest?.runId ?? null) : null });
    }
    store.insertRuns(template, runs, now());
    store.countWritten(row.id, runs.length);
    const last = instants[instants.length - 1];
    return instants.length < limit || last === undefined ? null : last + 1;
  }

  /** The same for failed and cancelled runs: new ones take their places; where the occurrence ran elsewhere since, none does. */
  function writeAgain(row: BackfillReading, cursor: number, limit: number): number | null {
    const { template, history } = contextOf(row);
    const { examined, lastAt, unsuccessful } = store.unsuccessful(row.id, cursor, limit);
    const reprocess = row.reprocess === "all" ? "all" : "failed";
    const items = planInstants(
      unsuccessful.map((run) => run.scheduledAt),
      history,
      { reprocess, excluded: new Set() },
    );
    const again = unsuccessful.filter((_, index) => items[index]?.action !== "skip");
    store.detach(
      row.id,
      unsuccessful.map((run) => run.runId),
    );
    store.insertRuns(
      template,
      again.map((run) => ({ at: run.scheduledAt, retryOf: run.calledOff === 1 ? null : run.runId })),
      now(),
    );
    const cancelled = unsuccessful.filter((run) => run.status === "cancelled").length;
    store.countEnded(row.id, "cancelled", -cancelled);
    store.countEnded(row.id, "failed", cancelled - unsuccessful.length);
    store.countWritten(row.id, again.length - unsuccessful.length);
    return examined < limit || lastAt === null ? null : lastAt + 1;
  }

  /** Writes one batch of a backfill in `planning`, looking at `limit` occurrences; false when there is nothing more to write. */
  function writeBatch(backfillId: string, limit: number): boolean {
    return engine.write(() => {
      const row = store.get(backfillId);
      if (row?.status !== "planning" || row.planned_until_at === null) return false;
      engine.touch("backfills", backfillId);
      engine.touch("schedules", row.schedule_id);
      const write = row.generation === 0 ? writeFresh : writeAgain;
      const cursor = write(row, row.planned_until_at, limit);
      if (cursor !== null) {
        store.change(backfillId, "planning", { planned_until_at: cursor });
        return true;
      }
      engine.touch("runs");
      const nothing = store.waiting(backfillId, "oldest", 1).length === 0;
      store.change(backfillId, "planning", {
        planned_until_at: null,
        total: store.get(backfillId)?.written ?? row.written,
        ...(nothing
          ? { status: "completed", completed_at: now() }
          : { status: "running", started_at: row.started_at ?? now() }),
      });
      contexts.clear();
      return false;
    });
  }

  return {
    writeBatch,
    /** Writes all that is left, `limit` occurrences a batch; each goes on where the one before ended. */
    writeAll(backfillId: string, limit: number): void {
      let more = true;
      while (more) more = writeBatch(backfillId, limit);
    },
  };
}

export type BackfillWriter = ReturnType<typeof createBackfillWriter>;
