import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { type UpdateScheduleInput, updateScheduleSchema } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { parseDuration, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { planChanged } from "../firing/planning.ts";
import { promoteNext } from "../runs/overlap.ts";
import { checkPools } from "../runs/pools.ts";
import { checkEvents, setEvents } from "./eventTriggers.ts";
import { checkedSpec, durationOrNull, memoryOrNull } from "./input.ts";
import { deletedHint, illegal, type ScheduleLookup } from "./scheduleLookup.ts";

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
    "memoryLimit",
    "slowAfter",
    "dueBy",
    "pools",
    "queue",
    "keepRuns",
    "maxAttempts",
    "retryDelay",
    "maxRuns",
    "pauseOnFailure",
    "recoverOnWorkerLoss",
    "maxRecoveryAttempts",
    "note",
    "tags",
  ] as const satisfies readonly (keyof Schedule)[];
  // What stands beside a pause hides the schedule's own note.
  const ownValue = (schedule: Schedule, field: (typeof fields)[number]) =>
    schedule[field === "note" ? "ownNote" : field];
  return fields
    .map((field) => ({ field, from: ownValue(before, field), to: ownValue(after, field) }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to));
}

/** Changes what is given, as of now: what has come due is dealt with under the old rules first. Throws CONFLICT where `revision` is an older one. */
export function updateSchedule(
  core: Core,
  lookup: ScheduleLookup,
  raw: UpdateScheduleInput,
  actor: Actor,
  beside?: ReadonlySet<string>,
): Schedule {
  const input = parseWith(updateScheduleSchema, raw);
  return core.write(() => {
    const before = lookup.settled(input.scheduleId);
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
    const now = core.clock.now();
    const { record: wanted, newPhase } = edited(before, input, now);
    const changes = differences(lookup.view(before), lookup.view(wanted));
    if (changes.length === 0) return lookup.view(before);
    const changed = new Set(changes.map((change) => change.field));
    if (changed.has("workflowName") || changed.has("input")) {
      core.catalogue.checkInput(wanted.workflowName, JSON.parse(wanted.input));
    }
    if (changed.has("pools")) checkPools(core, JSON.parse(wanted.pools) as string[]);
    // What waits for a pool may belong to another one now.
    if (changed.has("pools") || changed.has("tags") || changed.has("workflowName")) core.touch("pools");
    const record: ScheduleRecord = { ...wanted, revision: before.revision + 1, updatedAt: now };
    if (changed.has("spec")) checkEvents(core, record.id, JSON.parse(record.spec) as ScheduleSpec, beside);
    if (changed.has("spec") || changed.has("maxRuns")) replan(core, record, newPhase, now);
    if (actor !== "code" && record.declaration !== null) {
      record.declaration = JSON.stringify({ ...(JSON.parse(record.declaration) as object), changedByUser: true });
    }
    core.stores.schedules.update(record);
    if (changed.has("spec")) setEvents(core, record.id, JSON.parse(record.spec) as ScheduleSpec);
    core.stores.activity.add({ scheduleId: record.id, at: now, kind: "edited", actor, details: { changes } });
    if (changed.has("overlapPolicy")) promoteNext(core, record.id, record);
    core.touch("schedules", record.id);
    return lookup.view(lookup.existing(record.id));
  });
}

/** The row as edited, and whether its interval begins a new phase. */
function edited(before: ScheduleRecord, input: z.output<typeof updateScheduleSchema>, now: number) {
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
    memoryLimitMb: given(input.memoryLimit, before.memoryLimitMb, memoryOrNull),
    slowAfterMs: given(input.slowAfter, before.slowAfterMs, durationOrNull),
    dueBy: given(input.dueBy, before.dueBy, same),
    pools: given(input.pools, before.pools, (pools) => JSON.stringify(pools)),
    queue: given(input.queue, before.queue, same),
    keepRuns: given(input.keepRuns, before.keepRuns, same),
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
}

/** The next occurrence under an edited spec. */
function replan(core: Core, record: ScheduleRecord, newPhase: boolean, now: number): void {
  if (newPhase || record.status !== "paused")
    checkedSpec(core, JSON.parse(record.spec) as ScheduleSpec, record.anchorAt, now);
  if (record.status === "paused") return;
  const next = planChanged(core, record, now);
  record.nextRunAt = next.nextRunAt;
  record.nextFireAt = next.nextFireAt;
  record.catchupUntilAt = null;
  record.status = next.endedBy === null ? "active" : "ended";
}

/** Changes a schedule's tags; false where that leaves them as they were. */
export function changeTags(
  core: Core,
  lookup: ScheduleLookup,
  scheduleId: string,
  change: (tags: string[]) => string[],
  actor: Actor,
): boolean {
  const before = lookup.existing(scheduleId);
  const tags = change(JSON.parse(before.tags) as string[]);
  if (isDeepStrictEqual(tags, JSON.parse(before.tags))) return false;
  updateSchedule(core, lookup, { scheduleId, tags }, actor);
  return true;
}
