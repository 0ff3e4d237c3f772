import type { CreateBackfillInput } from "../../../shared/api/backfills.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import type { OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import type { BackfillRow, BackfillStore } from "../../storage/tables/backfills.ts";
import type { Actor } from "../contract.ts";
import { atOnce, type InTurns } from "../turns.ts";
import type { BackfillEngine } from "./backfillEngine.ts";
import { AT_ONCE, touchAll } from "./moves.ts";
import type { PlanSummary } from "./planning/plan.ts";
import type { BackfillPlanner } from "./planning/planner.ts";
import { iso, type ResolvedRequest } from "./planning/request.ts";
import type { BackfillSnapshot, BackfillWriter } from "./running/writer.ts";

/** More runs than this in one backfill ask for a yes. */
const CONFIRM_ABOVE = 1000;

/** Live work comes first, so a backfill's runs never cancel others: these policies would make them. */
const refusedPolicies: ReadonlySet<OverlapPolicyName> = new Set<OverlapPolicyName>(["cancel_other", "terminate_other"]);

export interface BackfillCreationOptions {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "catalogue" | "clock" | "ids" | "settle" | "stores" | "touch" | "write">;
  planner: BackfillPlanner;
  writer: BackfillWriter;
  /** Does long work a turn at a time. */
  turns: <T>(work: InTurns<T>) => Promise<T>;
}

function newRow(
  request: ResolvedRequest,
  input: CreateBackfillInput,
  snapshot: BackfillSnapshot,
  total: number,
  by: { actor: Actor; at: number },
): BackfillRow {
  return {
    id: snapshot.idPrefix,
    schedule_id: request.schedule.id,
    status: "planning",
    from_at: request.from,
    to_at: request.to,
    reprocess: request.reprocess,
    run_order: request.order,
    concurrency: input.concurrency ?? 1,
    overlap_policy: input.overlapPolicy ?? "buffer_all",
    max_failures: input.maxFailures ?? null,
    input: input.input === undefined ? null : JSON.stringify(input.input),
    excluded: JSON.stringify([...request.excluded]),
    snapshot: JSON.stringify(snapshot),
    generation: 0,
    planned_until_at: request.from,
    ends_as: null,
    total,
    written: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    called_off: 0,
    created_by: by.actor,
    created_at: by.at,
    started_at: null,
    completed_at: null,
  };
}

/** Throws CONFIRMATION_REQUIRED where so many runs were not agreed to. */
function confirm(count: number, confirmed: boolean | undefined): void {
  if (count <= CONFIRM_ABOVE || confirmed === true) return;
  throw new AppError(
    "CONFIRMATION_REQUIRED",
    `this backfill makes ${count} runs; more than ${CONFIRM_ABOVE} are made only when confirmed`,
    { issues: [{ path: "confirmed", given: confirmed, message: `true, to make ${count} runs` }] },
  );
}

function checkPolicy(policy: OverlapPolicyName | undefined): void {
  if (policy === undefined || !refusedPolicies.has(policy)) return;
  const taken = "buffer_all, buffer_one, skip or allow_all; a backfill never cancels other runs";
  throw invalidField("overlapPolicy", policy, taken);
}

/**
 * Starts backfills; answers with the new one's id. None is stored unless all holds: the request makes sense (see the
 * planner), its input fits the workflow, and a person has agreed to many runs.
 *
 *   occurrences      counted                              rows written
 *   up to AT_ONCE    in the transaction that stores it    in the same one
 *   more             before it, in turns                  in batches afterwards, which look again at what exists
 */
export function createBackfillCreation({ store, engine, planner, writer, turns }: BackfillCreationOptions) {
  const { catalogue, clock } = engine;

  return async (input: CreateBackfillInput, actor: Actor): Promise<string> => {
    checkPolicy(input.overlapPolicy);
    planner.understood(input);
    // What is overdue gets its run, or the row that says why it has none, before holes are looked for.
    engine.write(() => engine.settle(input.scheduleId));
    const request = planner.understood(input);
    const { schedule } = request;
    const workflowInput = catalogue.checkInput(
      schedule.workflow_name,
      input.input === undefined ? JSON.parse(schedule.input) : input.input,
    );
    const write = (summary: PlanSummary): string => {
      confirm(summary.count, input.confirmed);
      const snapshot: BackfillSnapshot = {
        ...request.snapshot,
        workflowName: schedule.workflow_name,
        input: workflowInput,
        maxAttempts: schedule.max_attempts,
        timeoutMs: schedule.timeout_ms,
        idPrefix: engine.ids(clock.now()),
        occurrences: summary.occurrences,
        existing: summary.existing,
      };
      const row = newRow(request, input, snapshot, summary.count, { actor, at: clock.now() });
      store.insert(row);
      const details = { backfillId: row.id, from: iso(row.from_at), to: iso(row.to_at), count: summary.count };
      engine.stores.activity.add({ scheduleId: schedule.id, at: row.created_at, kind: "backfilled", actor, details });
      touchAll(engine, row);
      if (summary.occurrences <= AT_ONCE) writer.writeAll(row.id, AT_ONCE);
      return row.id;
    };
    const short = request.occurrences.count(request.from, request.to) <= AT_ONCE;
    const summary = short ? null : await turns(planner.summaryOf(request));
    return engine.write(() => write(summary ?? atOnce(planner.summaryOf(request))));
  };
}
