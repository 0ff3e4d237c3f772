import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import {
  type CreateScheduleInput,
  createScheduleSchema,
  pauseScheduleSchema,
  scheduleDefaults,
  skipNextSchema,
  type UpdateScheduleInput,
  updateScheduleSchema,
} from "../../../shared/api/schedules.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { occurrencesBetween, parseDuration, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import { scheduleView } from "../../storage/reads/views.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { settleOverdue } from "../firing/catchup.ts";
import { omit } from "../firing/omissions.ts";
import { resumeAt } from "../firing/pauseEnds.ts";
import { noteEnd, planAfter, planAgain, planChanged } from "../firing/planning.ts";
import type { Lease } from "../ownership/lease.ts";
import { cancelWaiting } from "../runs/ends.ts";
import { promoteNext } from "../runs/overlap.ts";
import { checkedSpec } from "./input.ts";

/** Rows removed in one transaction: a few ms of the process's time. */
const PURGED_AT_ONCE = 200;

const durationOrNull = (text: string | null): number | null => (text === null ? null : parseDuration(text));

/** `Nightly report` → `nightly-report`; what is left of a name that has no such letters is the fallback. */
function slug(text: string): string {
  const made = text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .toLowerCase()
    .slice(0, 100);
  return made === "" ? "schedule" : made;
}

function illegal(record: ScheduleRecord, wanted: string, why = ""): AppError {
  return new AppError(
    "ILLEGAL_TRANSITION",
    `Schedule ${record.id} is ${record.status} and cannot be ${wanted}.${why}`,
    {
      issues: [{ path: "scheduleId", given: record.id, message: `a schedule that is not ${record.status}` }],
    },
  );
}

const deletedHint = (id: string): string => ` Restore it first, or purge it to free the id ${id}.`;

/** Where the changes of an edit begin to differ from what was: field, from, to. */
function differences(before: Schedule, after: Schedule): { field: string; from: unknown; to: unknown }[] {
  const fields = [
    "name",
    "workflowName",
    "spec",
    "input",
    "overlapPolicy",
    "catchup",
    "catchupWindow",
    "timeout",
    "maxAttempts",
    "retryDelay",
    "maxRuns",
    "pauseOnFailure",
    "recoverOnWorkerLoss",
    "maxRecoveryAttempts",
    "note",
    "tags",
  ] as const satisfies readonly (keyof Schedule)[];
  return fields
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({ field, from: before[field], to: after[field] }));
}

/** Commands on schedules. Each is one transaction; overdue occurrences are dealt with under the old rules first. */
export function createScheduleCommands(core: Core, lease: Lease) {
  const { stores, clock, catalogue } = core;
  const { schedules, runs, activity } = stores;

  const view = (record: ScheduleRecord): Schedule =>
    scheduleView(
      record,
      // One that never ran is not looked up: thousands are made in one import.
      record.totalRuns === 0
        ? { runningRunIds: [], bufferedCount: 0 }
        : { runningRunIds: runs.runningIds(record.id), bufferedCount: runs.bufferedCount(record.id) },
    );

  const existing = (scheduleId: string): ScheduleRecord => {
    const record = schedules.get(scheduleId);
    if (record !== undefined) return record;
    throw new AppError("NOT_FOUND", `There is no schedule ${JSON.stringify(scheduleId)}.`, {
      issues: [{ path: "scheduleId", given: scheduleId, message: "the id of a schedule; `schedules list` shows them" }],
    });
  };

  const settled = (scheduleId: string): ScheduleRecord => {
    existing(scheduleId);
    settleOverdue(core, scheduleId, lease.downSinceAt() ?? clock.now());
    return existing(scheduleId);
  };

  const freeId = (wanted: string): string => {
    if (schedules.get(wanted) === undefined) return wanted;
    for (let n = 2; ; n += 1) if (schedules.get(`${wanted}-${n}`) === undefined) return `${wanted}-${n}`;
  };

  const create = (raw: CreateScheduleInput, actor: Actor): Schedule => {
    const input = parseWith(createScheduleSchema, raw);
    const rules = { ...scheduleDefaults, ...withoutUndefined(input) };
    catalogue.checkInput(input.workflowName, rules.input);
    return core.write(() => {
      const now = clock.now();
      const id = input.scheduleId ?? freeId(slug(input.name ?? input.workflowName));
      const taken = schedules.get(id);
      if (taken !== undefined) {
        const hint = taken.status === "deleted" ? ` It was deleted and is kept for its history.${deletedHint(id)}` : "";
        throw new AppError("ALREADY_EXISTS", `There is a schedule ${JSON.stringify(id)} already.${hint}`, {
          issues: [{ path: "scheduleId", given: id, message: "an id that is not taken" }],
        });
      }
      checkedSpec(core, input.spec, now, now);
      const record: ScheduleRecord = {
        id,
        name: input.name ?? id,
        workflowName: input.workflowName,
        spec: JSON.stringify(input.spec),
        anchorAt: now,
        input: JSON.stringify(rules.input),
        status: input.paused ? "paused" : "active",
        overlapPolicy: rules.overlapPolicy,
        catchup: rules.catchup,
        catchupWindowMs: parseDuration(rules.catchupWindow),
        timeoutMs: durationOrNull(rules.timeout),
        maxAttempts: rules.maxAttempts,
        retryDelayMs: parseDuration(rules.retryDelay),
        maxRuns: rules.maxRuns,
        scheduledRuns: 0,
        pauseOnFailure: rules.pauseOnFailure,
        consecutiveFailures: 0,
        recoverOnWorkerLoss: rules.recoverOnWorkerLoss ? 1 : 0,
        maxRecoveryAttempts: rules.maxRecoveryAttempts,
        pausedAt: input.paused ? now : null,
        pausedUntilAt: null,
        pausedBy: input.paused ? actor : null,
        pauseNote: null,
        note: rules.note,
        tags: JSON.stringify(rules.tags),
        declaration: null,
        nextRunAt: null,
        nextFireAt: null,
        catchupUntilAt: null,
        lastScheduledAt: null,
        lastCompletedAt: null,
        lastRunAt: null,
        lastRunId: null,
        totalRuns: 0,
        successfulRuns: 0,
        failedRuns: 0,
        skippedRuns: 0,
        missedRuns: 0,
        revision: 1,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      };
      if (record.status === "active") {
        // The moment of creation itself may be the first occurrence.
        const { nextRunAt, nextFireAt } = planAfter(core, record, now - 1);
        record.nextRunAt = nextRunAt;
        record.nextFireAt = nextFireAt;
      }
      schedules.insert(record);
      activity.add({ scheduleId: id, at: now, kind: "created", actor });
      core.touch("schedules", id);
      return view(record);
    });
  };

  const update = (raw: UpdateScheduleInput, actor: Actor): Schedule => {
    const input = parseWith(updateScheduleSchema, raw);
    return core.write(() => {
      const before = settled(input.scheduleId);
      if (before.status === "deleted") throw illegal(before, "edited", deletedHint(before.id));
      if (input.revision !== undefined && input.revision !== before.revision) {
        throw new AppError(
          "CONFLICT",
          `Schedule ${before.id} was changed meanwhile (revision ${before.revision}, the edit began from ${input.revision}). Read it again and repeat the edit.`,
          {
            issues: [{ path: "revision", given: input.revision, message: `${before.revision}` }],
          },
        );
      }
      const now = clock.now();
      const edited = edit(before, input, now);
      const changes = differences(view(before), view(edited.record));
      if (changes.length === 0) return view(before);
      const changed = new Set(changes.map((change) => change.field));
      if (changed.has("workflowName") || changed.has("input")) {
        catalogue.checkInput(edited.record.workflowName, JSON.parse(edited.record.input));
      }
      const record: ScheduleRecord = { ...edited.record, revision: before.revision + 1, updatedAt: now };
      if (changed.has("spec") || changed.has("maxRuns")) replan(record, edited.newPhase, now);
      if (actor !== "code" && record.declaration !== null) {
        record.declaration = JSON.stringify({ ...(JSON.parse(record.declaration) as object), changedByUser: true });
      }
      schedules.update(record);
      activity.add({ scheduleId: record.id, at: now, kind: "edited", actor, details: { changes } });
      if (changed.has("overlapPolicy")) promoteNext(core, record.id, record);
      core.touch("schedules", record.id);
      return view(existing(record.id));
    });
  };

  const edit = (before: ScheduleRecord, input: z.output<typeof updateScheduleSchema>, now: number) => {
    const given = <T, U>(value: T | undefined, old: U, take: (value: T) => U): U =>
      value === undefined ? old : take(value);
    const same = <T>(value: T): T => value;
    const oldSpec = JSON.parse(before.spec) as ScheduleSpec;
    const specChanged = input.spec !== undefined && !isDeepStrictEqual(JSON.parse(JSON.stringify(input.spec)), oldSpec);
    // Only what gives an interval its phase begins a new one.
    const newPhase =
      specChanged &&
      input.spec !== undefined &&
      !(
        isDeepStrictEqual(input.spec.interval, oldSpec.interval) &&
        (input.spec.startAt ?? null) === (oldSpec.startAt ?? null)
      );
    const record: ScheduleRecord = {
      ...before,
      name: given(input.name, before.name, same),
      workflowName: given(input.workflowName, before.workflowName, same),
      spec: specChanged ? JSON.stringify(input.spec) : before.spec,
      anchorAt: newPhase ? now : before.anchorAt,
      input: given(input.input, before.input, (value) => JSON.stringify(value)),
      overlapPolicy: given(input.overlapPolicy, before.overlapPolicy, same),
      catchup: given(input.catchup, before.catchup, same),
      catchupWindowMs: given(input.catchupWindow, before.catchupWindowMs, parseDuration),
      timeoutMs: given(input.timeout, before.timeoutMs, durationOrNull),
      maxAttempts: given(input.maxAttempts, before.maxAttempts, same),
      retryDelayMs: given(input.retryDelay, before.retryDelayMs, parseDuration),
      maxRuns: given(input.maxRuns, before.maxRuns, same),
      pauseOnFailure: given(input.pauseOnFailure, before.pauseOnFailure, same),
      recoverOnWorkerLoss: given(input.recoverOnWorkerLoss, before.recoverOnWorkerLoss, (yes) => (yes ? 1 : 0)),
      maxRecoveryAttempts: given(input.maxRecoveryAttempts, before.maxRecoveryAttempts, same),
      note: given(input.note, before.note, same),
      tags: given(input.tags, before.tags, (tags) => JSON.stringify(tags)),
    };
    return { record, newPhase };
  };

  /** The next occurrence under an edited spec. */
  const replan = (record: ScheduleRecord, newPhase: boolean, now: number): void => {
    if (newPhase || record.status !== "paused")
      checkedSpec(core, JSON.parse(record.spec) as ScheduleSpec, record.anchorAt, now);
    if (record.status === "paused") return;
    const next = planChanged(core, record, now);
    record.nextRunAt = next.nextRunAt;
    record.nextFireAt = next.nextFireAt;
    record.catchupUntilAt = null;
    record.status = next.endedBy === null ? "active" : "ended";
  };

  const pause = (raw: z.input<typeof pauseScheduleSchema>, actor: Actor): Schedule => {
    const input = parseWith(pauseScheduleSchema, raw);
    return core.write(() => {
      const before = settled(input.scheduleId);
      if (before.status === "deleted" || before.status === "ended") throw illegal(before, "paused");
      const now = clock.now();
      const untilAt = input.until === undefined ? null : Date.parse(input.until);
      if (untilAt !== null && untilAt <= now) throw invalidField("until", input.until, "an instant in the future");
      const record: ScheduleRecord = {
        ...before,
        status: "paused",
        pausedAt: before.pausedAt ?? now,
        pausedUntilAt: untilAt,
        pausedBy: actor,
        pauseNote: input.note ?? null,
        nextRunAt: null,
        nextFireAt: null,
        catchupUntilAt: null,
        updatedAt: now,
      };
      schedules.update(record);
      const details: Record<string, unknown> = {};
      if (input.note !== undefined) details["note"] = input.note;
      if (untilAt !== null) details["until"] = new Date(untilAt).toISOString();
      activity.add({ scheduleId: record.id, at: now, kind: "paused", actor, details });
      core.touch("schedules", record.id);
      return view(record);
    });
  };

  const resume = (scheduleId: string, actor: Actor): Schedule =>
    core.write(() => {
      const record = existing(scheduleId);
      if (record.status !== "paused") throw illegal(record, "resumed", " Only a paused schedule can.");
      resumeAt(core, record, clock.now(), actor);
      return view(existing(scheduleId));
    });

  const remove = (scheduleId: string, actor: Actor): Schedule =>
    core.write(() => {
      const before = settled(scheduleId);
      if (before.status === "deleted") throw illegal(before, "deleted");
      const now = clock.now();
      const gone: ScheduleRecord = {
        ...before,
        status: "deleted",
        deletedAt: now,
        nextRunAt: null,
        nextFireAt: null,
        catchupUntilAt: null,
        updatedAt: now,
      };
      schedules.update(gone);
      core.hooks?.scheduleDeleted(scheduleId, actor);
      for (const run of runs.waiting(scheduleId)) cancelWaiting(core, run, actor, "deleted");
      activity.add({ scheduleId, at: now, kind: "deleted", actor });
      core.touch("schedules", scheduleId);
      return view(existing(scheduleId));
    });

  const restore = (scheduleId: string, actor: Actor): Schedule =>
    core.write(() => {
      const before = existing(scheduleId);
      if (before.status !== "deleted") throw illegal(before, "restored", " Only a deleted schedule can.");
      const now = clock.now();
      const record: ScheduleRecord = {
        ...before,
        deletedAt: null,
        status: before.pausedAt === null ? "active" : "paused",
        updatedAt: now,
      };
      if (record.status === "active") {
        const next = planAgain(core, record, now);
        Object.assign(record, {
          nextRunAt: next.nextRunAt,
          nextFireAt: next.nextFireAt,
          status: next.endedBy === null ? "active" : "ended",
        });
      }
      schedules.update(record);
      activity.add({ scheduleId, at: now, kind: "restored", actor });
      core.touch("schedules", scheduleId);
      return view(record);
    });

  /** One step of a purge; false when nothing of the schedule is left. */
  const purgeSome = (scheduleId: string): boolean =>
    core.write(() => {
      const record = existing(scheduleId);
      if (record.status !== "deleted") throw illegal(record, "purged", " Delete it first.");
      const active = runs.active(scheduleId).filter((run) => run.status !== "interrupted");
      if (active.length > 0) {
        throw new AppError(
          "CONFLICT",
          `Schedule ${scheduleId} cannot be purged while ${active.length} of its runs have not ended (${active[0]?.id}).`,
        );
      }
      core.touch("runs");
      if (stores.retention.removeSome(scheduleId, PURGED_AT_ONCE)) return true;
      schedules.remove(scheduleId);
      core.touch("schedules");
      return false;
    });

  /** Whatever stops it, the rest is purged by asking again. */
  const purge = async (scheduleId: string): Promise<void> => {
    const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));
    while (purgeSome(scheduleId)) await (core.checkpointIfLong() ?? nextTurn());
  };

  const skipNext = (scheduleId: string, scheduledTime: string, actor: Actor): Schedule => {
    const input = parseWith(skipNextSchema, { scheduleId, scheduledTime });
    return core.write(() => {
      const record = settled(input.scheduleId);
      if (record.status !== "active") throw illegal(record, "told to skip a run");
      const at = Date.parse(input.scheduledTime);
      const compiled = core.specs.get(record);
      const occurs = compiled !== null && occurrencesBetween(compiled, at, at + 1, 1).length > 0;
      // One that its jitter still holds back is to come, too.
      const isPast = at <= clock.now() && at !== record.nextRunAt;
      if (isPast || !occurs || runs.hasOccurrence(scheduleId, at)) {
        const next =
          record.nextRunAt === null ? "it has none" : `its next is ${new Date(record.nextRunAt).toISOString()}`;
        throw invalidField(
          "scheduledTime",
          scheduledTime,
          `an occurrence of ${scheduleId} that is still to come; ${next}`,
        );
      }
      if (stores.omissions.isSkippedByHand(scheduleId, at))
        throw invalidField("scheduledTime", scheduledTime, "an occurrence that is not skipped already");
      omit(core, scheduleId, { kind: "skipped", reason: "by_hand", firstAt: at, lastAt: at, count: 1 }, null, actor);
      if (record.nextRunAt === at) {
        const { nextRunAt, nextFireAt, ended } = planAfter(core, record, at);
        schedules.progress({ ...record, nextRunAt, nextFireAt, status: ended ? "ended" : "active" });
        if (ended) noteEnd(core, scheduleId, "endAt");
      }
      return view(existing(scheduleId));
    });
  };

  const setTags = (scheduleId: string, change: (tags: string[]) => string[], actor: Actor): boolean => {
    const before = existing(scheduleId);
    const tags = change(JSON.parse(before.tags) as string[]);
    if (isDeepStrictEqual(tags, JSON.parse(before.tags))) return false;
    update({ scheduleId, tags }, actor);
    return true;
  };

  return { view, existing, settled, create, update, pause, resume, remove, restore, purge, skipNext, setTags };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
