import type { PlanBackfillInput } from "../../../../shared/api/backfills.ts";
import type { BackfillOrder, ReprocessMode } from "../../../../shared/domain/backfill.ts";
import { AppError, invalidField } from "../../../../shared/domain/errors.ts";
import {
  type CompiledSpec,
  calendarNames,
  compileSpec,
  countBetween,
  type Exclusion,
  type ExclusionCalendar,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
  type ScheduleSpec,
} from "../../../../shared/schedule/index.ts";
import type { BackfillScheduleRow, BackfillStore } from "../../../storage/tables/backfills.ts";
import type { History, Occurrences, PlanRequest } from "./plan.ts";

/** Everything a spec needs to become the same instants again later, whatever is edited meanwhile. */
export interface SpecSnapshot {
  spec: ScheduleSpec;
  anchorAt: number;
  calendars: ExclusionCalendar[];
}

/** A request that was understood: what to look at, and by which rule. */
export interface ResolvedRequest extends PlanRequest {
  schedule: BackfillScheduleRow;
  snapshot: SpecSnapshot;
  compiled: CompiledSpec;
  occurrences: Occurrences;
  history: History;
  toWasCut: boolean;
  order: BackfillOrder;
}

export const iso = (at: number): string => new Date(at).toISOString();
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export function occurrencesOf(compiled: CompiledSpec): Occurrences {
  return {
    count: (from, to) => countBetween(compiled, from, to),
    between: (from, to, limit) => occurrencesBetween(compiled, from, to, limit),
    next: (after) => nextOccurrence(compiled, after),
    previous: (before) => previousOccurrence(compiled, before),
  };
}

export function compileSnapshot(snapshot: SpecSnapshot): CompiledSpec {
  const calendars = new Map(snapshot.calendars.map((calendar) => [calendar.name, calendar]));
  return compileSpec(snapshot.spec, { anchorAt: snapshot.anchorAt, calendars });
}

export function historyOf(store: BackfillStore, scheduleId: string): History {
  return {
    runs: (from, to, limit, descending) => store.runs(scheduleId, from, to, limit, descending),
    omitted: (from, to) => store.omitted(scheduleId, from, to),
  };
}

function snapshotOf(store: BackfillStore, schedule: BackfillScheduleRow): SpecSnapshot {
  const spec = JSON.parse(schedule.spec) as ScheduleSpec;
  const calendars = store
    .exclusionCalendars(calendarNames(spec))
    .map(({ name, entries }) => ({ name, entries: JSON.parse(entries) as Exclusion[] }));
  return { spec, anchorAt: schedule.anchor_at, calendars };
}

/** The schedule with its instants and history. Throws NOT_FOUND, CONFLICT (deleted), INVALID_INPUT (no past of its own). */
export function resolveSchedule(
  store: BackfillStore,
  scheduleId: string,
): Pick<ResolvedRequest, "schedule" | "snapshot" | "compiled" | "occurrences" | "history"> {
  const schedule = store.schedule(scheduleId);
  if (schedule === undefined) {
    throw new AppError("NOT_FOUND", `there is no schedule ${scheduleId}`, {
      issues: [{ path: "scheduleId", given: scheduleId, message: "the id of a schedule" }],
    });
  }
  if (schedule.status === "deleted") {
    throw new AppError("CONFLICT", `the schedule ${scheduleId} is deleted: restore it before filling in its runs`, {
      issues: [{ path: "scheduleId", given: scheduleId, message: "the id of a schedule that is not deleted" }],
    });
  }
  const snapshot = snapshotOf(store, schedule);
  const compiled = compileSnapshot(snapshot);
  if (compiled.followsCompletion) {
    throw invalidField(
      "scheduleId",
      scheduleId,
      "a schedule whose interval counts from the end of its last run has no past occurrences to fill in",
    );
  }
  return { schedule, snapshot, compiled, occurrences: occurrencesOf(compiled), history: historyOf(store, scheduleId) };
}

/** Where a schedule's past ends: an occurrence that its jitter still holds back is for the schedule to run. */
export function pastUntil({ next_run_at, next_fire_at }: BackfillScheduleRow, nowAt: number): number {
  const isHeldBack = next_run_at !== null && next_fire_at !== null && next_fire_at > nowAt;
  return isHeldBack ? Math.min(nowAt, next_run_at) : nowAt;
}

/** Understands a request, or says in words what is wrong with it. `nowAt` cuts a `to` in the future. */
export function resolveRequest(
  store: BackfillStore,
  nowAt: number,
  input: Pick<PlanBackfillInput, "scheduleId" | "from" | "to"> & {
    reprocess?: ReprocessMode;
    order?: BackfillOrder;
    excluded?: readonly string[];
  },
): ResolvedRequest {
  const base = resolveSchedule(store, input.scheduleId);
  const from = Date.parse(input.from);
  const to = Date.parse(input.to);
  if (from > to) throw invalidField("from", input.from, `an instant before to (${input.to})`);
  if (from >= nowAt) {
    throw invalidField(
      "from",
      input.from,
      `an instant in the past; the range lies wholly in the future (now: ${iso(nowAt)})`,
    );
  }
  const until = Math.max(from, pastUntil(base.schedule, nowAt));
  return {
    ...base,
    from,
    to: Math.min(to, until),
    toWasCut: to > until,
    reprocess: input.reprocess ?? "none",
    order: input.order ?? "oldest",
    excluded: new Set(input.excluded?.map((time) => Date.parse(time))),
  };
}

export function emptyRange(request: ResolvedRequest): AppError {
  const { schedule, from, to } = request;
  return new AppError("EMPTY_RANGE", `${schedule.name} has no occurrence from ${iso(from)} to ${iso(to)}`, {
    issues: [
      { path: "from", given: iso(from), message: "a range with at least one occurrence" },
      { path: "to", given: iso(to), message: "a range with at least one occurrence" },
    ],
  });
}
