import type { PlanBackfillInput } from "../../../../shared/api/backfills.ts";
import type { BackfillPlan, BackfillPlanItem } from "../../../../shared/domain/backfill.ts";
import { AppError } from "../../../../shared/domain/errors.ts";
import type { BackfillStore } from "../../../storage/tables/backfills.ts";
import type { InTurns } from "../../turns.ts";
import type { BackfillEngine } from "../backfillEngine.ts";
import { type PlannedItem, type PlanSummary, planPage, summarise } from "./plan.ts";
import { emptyRange, iso, isoOrNull, type ResolvedRequest, resolveRequest } from "./request.ts";

const DEFAULT_PAGE = 500;

export interface BackfillPlanner {
  /** The request, or the error that says why it makes no sense (the table below). */
  understood(input: Parameters<typeof resolveRequest>[2]): ResolvedRequest;
  summaryOf(request: ResolvedRequest): InTurns<PlanSummary>;
  plan(input: PlanBackfillInput): Promise<BackfillPlan>;
  planItems(input: PlanBackfillInput): BackfillPlanItem[];
}

export interface BackfillPlannerOptions {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "catalogue" | "clock">;
  /** Does long work a turn at a time. */
  turns: <T>(work: InTurns<T>) => Promise<T>;
}

const shownItem = ({ at, action, state, newest }: PlannedItem): BackfillPlanItem => {
  if (newest) return { scheduledTime: iso(at), action, existing: { runId: newest.runId, status: newest.status } };
  return { scheduledTime: iso(at), action, existing: state === "none" ? null : { runId: null, status: state } };
};

/**
 * Says what a backfill would do; writes nothing. Its counts are of the whole range, its items a page of it.
 *
 *   a request that makes no sense                          is refused with
 *   no such schedule                                       NOT_FOUND
 *   its schedule is deleted                                CONFLICT
 *   its schedule counts from the end of its last run       INVALID_INPUT, scheduleId
 *   it begins after its end, or in the future              INVALID_INPUT, from
 *   its schedule's workflow is not loaded                  UNKNOWN_WORKFLOW
 *   the range has no occurrence                            EMPTY_RANGE
 */
export function createBackfillPlanner({ store, engine, turns }: BackfillPlannerOptions): BackfillPlanner {
  const { catalogue, clock } = engine;

  function checkWorkflow(name: string): void {
    if (catalogue.get(name) !== undefined) return;
    throw new AppError(
      "UNKNOWN_WORKFLOW",
      `there is no workflow ${name}: load the file that defines it, or edit the schedule`,
      {
        issues: [{ path: "workflowName", given: name, message: "the name of a workflow that is loaded" }],
      },
    );
  }

  function understood(input: Parameters<typeof resolveRequest>[2]): ResolvedRequest {
    const request = resolveRequest(store, clock.now(), input);
    checkWorkflow(request.schedule.workflow_name);
    if (request.occurrences.count(request.from, request.to) === 0) throw emptyRange(request);
    return request;
  }

  const summaryOf = (request: ResolvedRequest): InTurns<PlanSummary> =>
    summarise(request.occurrences, request.history, request);

  function itemsOf(request: ResolvedRequest, total: number, input: PlanBackfillInput): BackfillPlanItem[] {
    const page = { total, order: request.order, offset: input.offset ?? 0, limit: input.limit ?? DEFAULT_PAGE };
    return planPage(request.occurrences, request.history, request, page).map(shownItem);
  }

  return {
    understood,
    summaryOf,

    planItems(input) {
      const request = understood(input);
      return itemsOf(request, request.occurrences.count(request.from, request.to), input);
    },

    async plan(input) {
      const request = understood(input);
      const summary = await turns(summaryOf(request));
      const items = itemsOf(request, summary.occurrences, input);
      const end = (input.offset ?? 0) + items.length;
      return {
        from: iso(request.from),
        to: iso(request.to),
        toWasCut: request.toWasCut,
        occurrences: summary.occurrences,
        count: summary.count,
        first: isoOrNull(summary.first),
        last: isoOrNull(summary.last),
        existing: summary.existing,
        items,
        nextOffset: items.length > 0 && end < summary.occurrences ? end : null,
      };
    },
  };
}
