import type { z } from "zod";
import type {
  CreateBackfillInput,
  listBackfillsSchema,
  PlanBackfillInput,
  setBackfillSchema,
} from "../../../shared/api/backfills.ts";
import {
  type Backfill,
  type BackfillPlan,
  type BackfillPlanItem,
  type BackfillStatus,
  backfillMoves,
} from "../../../shared/domain/backfill.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import type { OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import { type BackfillReading, type BackfillRow, createBackfillStore } from "../../storage/tables/backfills.ts";
import type { Actor } from "../contract.ts";
import { atOnce, type InTurns, inTurns, TURN_MS } from "../turns.ts";
import type { BackfillEngine, BackfillServiceWithHooks } from "./backfillEngine.ts";
import { createBackfillDays } from "./days.ts";
import { type PlannedItem, type PlanSummary, planPage, summarise } from "./plan.ts";
import { emptyRange, iso, isoOrNull, type ResolvedRequest, resolveRequest } from "./request.ts";
import { createBackfillRunner } from "./runner.ts";
import { type BackfillSnapshot, createBackfillWriter } from "./writer.ts";

/** More runs than this in one backfill ask for a yes. */
export const CONFIRM_ABOVE = 1000;
/** At most so many runs are written or called off by a command itself, so that its answer is final. */
const AT_ONCE = 1000;
const RATE_WINDOW_MS = 60_000;
const RATE_SAMPLE = 64;
const DEFAULT_PAGE = 500;

const shownItem = ({ at, action, state, newest }: PlannedItem): BackfillPlanItem => {
  if (newest) return { scheduledTime: iso(at), action, existing: { runId: newest.runId, status: newest.status } };
  return { scheduledTime: iso(at), action, existing: state === "none" ? null : { runId: null, status: state } };
};

const ended: ReadonlySet<BackfillStatus> = new Set<BackfillStatus>(["completed", "failed", "cancelled"]);

/** Live work comes first, so a backfill's runs never cancel others: these policies would make them. */
const refusedPolicies: ReadonlySet<OverlapPolicyName> = new Set<OverlapPolicyName>(["cancel_other", "terminate_other"]);

/** Backfills: plans them, keeps them, and moves their runs from waiting to pending as slots come free. */
export function createBackfillService(engine: BackfillEngine): BackfillServiceWithHooks {
  const { clock, catalogue } = engine;
  const { activity } = engine.stores;
  const store = createBackfillStore(engine.database);
  const writer = createBackfillWriter({ store, engine });
  const runner = createBackfillRunner({ store, writer, engine });
  const now = (): number => clock.now();
  const turns = <T>(work: InTurns<T>): Promise<T> => inTurns(work, TURN_MS, setImmediate);

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

  /** The request, or what makes it senseless. */
  function understood(input: Parameters<typeof resolveRequest>[2]): ResolvedRequest {
    const request = resolveRequest(store, now(), input);
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

  function planItems(input: PlanBackfillInput): BackfillPlanItem[] {
    const request = understood(input);
    return itemsOf(request, request.occurrences.count(request.from, request.to), input);
  }

  async function plan(input: PlanBackfillInput): Promise<BackfillPlan> {
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
  }

  function newRow(
    request: ResolvedRequest,
    input: CreateBackfillInput,
    snapshot: BackfillSnapshot,
    total: number,
    actor: Actor,
  ): BackfillRow {
    const createdAt = now();
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
      created_by: actor,
      created_at: createdAt,
      started_at: null,
      completed_at: null,
    };
  }

  async function create(input: CreateBackfillInput, actor: Actor): Promise<Backfill> {
    if (input.overlapPolicy !== undefined && refusedPolicies.has(input.overlapPolicy)) {
      throw invalidField(
        "overlapPolicy",
        input.overlapPolicy,
        "buffer_all, buffer_one, skip or allow_all; a backfill never cancels other runs",
      );
    }
    understood(input);
    // What is overdue gets its run, or the row that says why it has none, before holes are looked for.
    engine.write(() => engine.settle(input.scheduleId));
    const request = understood(input);
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
        idPrefix: engine.ids(now()),
        occurrences: summary.occurrences,
        existing: summary.existing,
      };
      const row = newRow(request, input, snapshot, summary.count, actor);
      store.insert(row);
      const details = { backfillId: row.id, from: iso(row.from_at), to: iso(row.to_at), count: summary.count };
      activity.add({ scheduleId: schedule.id, at: row.created_at, kind: "backfilled", actor, details });
      changed(row);
      if (summary.occurrences <= AT_ONCE) writeAll(row.id);
      return row.id;
    };
    // A short range is planned and written in one transaction; the rows of a long one are checked as they are written.
    const short = request.occurrences.count(request.from, request.to) <= AT_ONCE;
    const summary = short ? null : await turns(summaryOf(request));
    return get(engine.write(() => write(summary ?? atOnce(summaryOf(request)))));
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

  function writeAll(backfillId: string): void {
    while (writer.writeBatch(backfillId, AT_ONCE)) {
      // Each batch goes on where the one before ended.
    }
  }

  /** Inside a command's transaction: tells pages and this and other processes that there is something to look at. */
  function changed(row: Pick<BackfillRow, "id" | "schedule_id">): void {
    engine.touch("backfills", row.id);
    engine.touch("schedules", row.schedule_id);
    engine.touch("runs");
  }

  function read(backfillId: string): BackfillReading {
    const row = store.get(backfillId);
    if (row !== undefined) return row;
    throw new AppError("NOT_FOUND", `there is no backfill ${backfillId}`, {
      issues: [{ path: "backfillId", given: backfillId, message: "the id of a backfill" }],
    });
  }

  /** Runs ended per ms over the last while; where that is too few, by how long they take and how many run. */
  function rateOf(row: BackfillReading): number | null {
    if (row.status !== "running" && row.status !== "cancelling") return null;
    const latest = store.latestEnds(row.id, row.run_order, RATE_SAMPLE + row.concurrency);
    const ends = latest.map(({ completedAt }) => completedAt).filter((at) => at > now() - RATE_WINDOW_MS);
    const span = Math.max(...ends) - Math.min(...ends);
    if (ends.length > row.concurrency && span > 0) return (ends.length - 1) / span;
    const lasted = latest.flatMap(({ startedAt, completedAt }) =>
      startedAt === null ? [] : [completedAt - startedAt],
    );
    const sum = lasted.reduce((total, ms) => total + ms, 0);
    const running = store.active(row.id).filter(({ status }) => status === "running").length;
    return sum > 0 && running > 0 ? (running * lasted.length) / sum : null;
  }

  function shown(row: BackfillReading): Backfill {
    const remaining = Math.max(0, row.total - row.completed - row.failed - row.cancelled);
    const perMs = rateOf(row);
    return {
      backfillId: row.id,
      scheduleId: row.schedule_id,
      scheduleName: row.schedule_name,
      status: row.status,
      from: iso(row.from_at),
      to: iso(row.to_at),
      timezone: row.timezone,
      reprocess: row.reprocess,
      order: row.run_order,
      concurrency: row.concurrency,
      overlapPolicy: row.overlap_policy,
      maxFailures: row.max_failures,
      input: row.input === null ? null : JSON.parse(row.input),
      occurrences: row.occurrences,
      existing: JSON.parse(row.existing) as Record<string, number>,
      total: row.total,
      completed: row.completed,
      failed: row.failed,
      cancelled: row.cancelled,
      running: store.activeCount(row.id),
      remaining,
      rate: perMs === null ? null : perMs * 1000,
      timeLeftMs: perMs === null ? null : Math.round(remaining / perMs),
      createdAt: iso(row.created_at),
      startedAt: isoOrNull(row.started_at),
      completedAt: isoOrNull(row.completed_at),
      createdBy: row.created_by,
    };
  }

  const get = (backfillId: string): Backfill => shown(read(backfillId));

  const illegal = (row: BackfillReading, why: string): AppError =>
    new AppError("ILLEGAL_TRANSITION", `backfill ${row.id} is ${row.status}: ${why}`);

  /** Moves a backfill to another status, or says why it cannot go there. */
  function move(row: BackfillReading, to: BackfillStatus, columns: Partial<BackfillRow> = {}): void {
    if (!backfillMoves[row.status].includes(to) || !store.change(row.id, row.status, { ...columns, status: to })) {
      throw illegal(row, `it cannot become ${to}`);
    }
  }

  /** A command on one backfill: one transaction, and what is stored after it. */
  function command(backfillId: string, work: (row: BackfillReading) => void): Backfill {
    return engine.write(() => {
      const row = read(backfillId);
      work(row);
      changed(row);
      return get(backfillId);
    });
  }

  return {
    plan,
    planItems,
    create,
    get,
    ...createBackfillDays({ store, now, turns }),

    list(input: z.input<typeof listBackfillsSchema>) {
      const { limit = 100, offset = 0, ...filter } = input;
      return { rows: store.list({ ...filter, limit, offset }).map(shown), total: store.count(filter) };
    },

    pause: (backfillId) =>
      command(backfillId, (row) => {
        if (row.status !== "paused") move(row, "paused");
      }),

    resume: (backfillId) =>
      command(backfillId, (row) => {
        if (row.status === "planning" || row.status === "running") return;
        if (row.status !== "paused") throw illegal(row, "only a paused one can be resumed");
        move(row, row.planned_until_at === null ? "running" : "planning");
      }),

    cancel: (backfillId, running, actor) =>
      command(backfillId, (row) => {
        if (ended.has(row.status)) throw illegal(row, "there is nothing left to cancel");
        if (row.status !== "cancelling") move(row, "cancelling", { ends_as: "cancelled" });
        runner.callOff(backfillId, { running: running === "cancel", actor, limit: AT_ONCE });
      }),

    set: (input: z.input<typeof setBackfillSchema>) =>
      command(input.backfillId, (row) => {
        if (ended.has(row.status)) throw illegal(row, "nothing of it can be changed any more");
        const columns: Partial<BackfillRow> = {};
        if (input.concurrency !== undefined) columns.concurrency = input.concurrency;
        if (input.maxFailures !== undefined) columns.max_failures = input.maxFailures;
        if (Object.keys(columns).length > 0) store.change(row.id, row.status, columns);
      }),

    rerun: (backfillId, actor) =>
      command(backfillId, (row) => {
        if (!ended.has(row.status)) throw illegal(row, "runs can be repeated once it has ended");
        if (store.schedule(row.schedule_id)?.status === "deleted") {
          throw new AppError(
            "CONFLICT",
            `the schedule ${row.schedule_id} is deleted: restore it before running its backfill again`,
          );
        }
        const again = row.failed + row.cancelled;
        if (again === 0) {
          throw new AppError("CONFLICT", `backfill ${backfillId} has no failed or cancelled runs to run again`);
        }
        move(row, "planning", {
          generation: row.generation + 1,
          planned_until_at: row.from_at,
          ends_as: null,
          completed_at: null,
        });
        store.setIdPrefix(backfillId, engine.ids(now()));
        activity.add({
          scheduleId: row.schedule_id,
          at: now(),
          kind: "backfilled",
          actor,
          details: { backfillId, again },
        });
        if (row.total <= AT_ONCE) writeAll(backfillId);
      }),

    waitFor(backfillId, signal) {
      return new Promise((resolve, reject) => {
        const settle = (): boolean => {
          const row = store.get(backfillId);
          if (row !== undefined && !ended.has(row.status)) return false;
          stop();
          signal?.removeEventListener("abort", aborted);
          if (row === undefined) reject(new AppError("NOT_FOUND", `there is no backfill ${backfillId}`));
          else resolve(shown(row));
          return true;
        };
        const aborted = (): void => {
          stop();
          reject(signal?.reason);
        };
        const stop = engine.onChange((events) => {
          if (events.some((event) => event.topic === "backfills" && (event.ids?.includes(backfillId) ?? true)))
            settle();
        });
        if (signal?.aborted) aborted();
        else if (!settle()) signal?.addEventListener("abort", aborted, { once: true });
      });
    },

    hooks: {
      start: runner.start,
      stop: runner.stop,
      wake: runner.wake,
      runEnded({ run: { backfillId }, status }) {
        if (backfillId === null) return;
        // A run that had nothing to do is as good as done.
        const counted = status === "interrupted" ? "failed" : status === "skipped" ? "completed" : status;
        store.countEnded(backfillId, counted);
        engine.touch("backfills", backfillId);
        runner.refill(backfillId);
      },
      liveWaits: (scheduleId) => store.sequentialActive(scheduleId),
      scheduleDeleted(scheduleId, actor) {
        for (const row of store.open()) {
          if (row.schedule_id !== scheduleId || row.status === "cancelling") continue;
          move(row, "cancelling", { ends_as: "cancelled" });
          changed(row);
          runner.callOff(row.id, { running: false, actor, limit: AT_ONCE });
        }
      },
    },
  };
}
