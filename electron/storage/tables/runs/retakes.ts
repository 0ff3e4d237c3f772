import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../../sqlite.ts";
import type { RunRecord } from "./runs.ts";

/** What a run takes from its schedule when it is made. */
type Taken = Pick<RunRecord, "workflowName" | "input" | "maxAttempts" | "timeoutMs">;
type Origin = Pick<RunRecord, "trigger" | "createdAt" | "backfillId" | "retryOf">;

/** A run repeated again and again: nobody goes back further than this. */
const mostRepeats = 1000;

const sameJson = (a: string, b: string): boolean => a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));

export function createRetakeStore(sql: Connection) {
  const scheduleOf = sql.prepare<[string], Taken>(
    `select workflow_name as workflowName, input, max_attempts as maxAttempts, timeout_ms as timeoutMs
     from schedules where id = ? and status <> 'deleted'`,
  );
  const originOf = sql.prepare<[string], Origin>(
    "select trigger, created_at as createdAt, backfill_id as backfillId, retry_of as retryOf from runs where id = ?",
  );
  const inputOfBackfill = sql.prepare<[string], string | null>("select input from backfills where id = ?").pluck();
  const editsOf = sql.prepare<[string], { at: number; details: string }>(
    "select at, details from activity where schedule_id = ? and kind = 'edited' order by id desc",
  );

  function firstOf(run: Origin): Origin {
    let first = run;
    for (let n = 0; n < mostRepeats && first.retryOf !== null; n++) {
      const before = originOf.get(first.retryOf);
      if (before === undefined) break;
      first = before;
    }
    return first;
  }

  /** Whether a schedule has had an input since. */
  function hadInput(scheduleId: string, input: string, since: number): boolean {
    for (const { at, details } of editsOf.iterate(scheduleId)) {
      if (at < since) return false;
      const { changes } = JSON.parse(details) as { changes?: { field: string; from: unknown }[] };
      const edit = changes?.find(({ field }) => field === "input");
      if (edit !== undefined && sameJson(JSON.stringify(edit.from), input)) return true;
    }
    return false;
  }

  /** An input that came with a call (by hand, by a hook, for a backfill) is the run's own, whatever its schedule has. */
  function hasOwnInput(scheduleId: string, run: RunRecord): boolean {
    const first = firstOf(run);
    switch (first.trigger) {
      case "schedule":
      case "catchup":
      case "event":
        return false;
      case "backfill":
        return first.backfillId !== null && inputOfBackfill.get(first.backfillId) != null;
      default:
        return !hadInput(scheduleId, run.input, first.createdAt);
    }
  }

  return {
    /** What a run of a schedule would take from it now; null where that is what it had. */
    of(scheduleId: string | null, run: RunRecord): Taken | null {
      const now = scheduleId === null ? undefined : scheduleOf.get(scheduleId);
      if (scheduleId === null || now === undefined) return null;
      const input = sameJson(now.input, run.input) || hasOwnInput(scheduleId, run) ? run.input : now.input;
      const same =
        now.workflowName === run.workflowName &&
        now.maxAttempts === run.maxAttempts &&
        now.timeoutMs === run.timeoutMs &&
        input === run.input;
      return same ? null : { ...now, input };
    },
  };
}
export type RetakeStore = ReturnType<typeof createRetakeStore>;
