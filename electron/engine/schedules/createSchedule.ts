import type { z } from "zod";
import { type CreateScheduleInput, createScheduleSchema, scheduleDefaults } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import { recoversByDefault } from "../../../shared/domain/workflow.ts";
import { parseDuration } from "../../../shared/schedule/index.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { planAfter } from "../firing/planning.ts";
import { checkPools } from "../runs/pools.ts";
import { checkEvents, setEvents } from "./eventTriggers.ts";
import { checkedSpec, durationOrNull, memoryOrNull } from "./input.ts";
import { deletedHint, type ScheduleLookup } from "./scheduleLookup.ts";

type CreateInput = z.output<typeof createScheduleSchema>;
type Rules = ReturnType<typeof rulesOf>;

/** What is given, over what holds where nothing is. */
const rulesOf = (core: Core, input: CreateInput) => ({
  ...scheduleDefaults,
  recoverOnWorkerLoss: recoversByDefault(input.workflowName, core.catalogue.get(input.workflowName)?.durable),
  ...withoutUndefined(input),
});

/** Makes a schedule with its first occurrence. Throws ALREADY_EXISTS, INVALID_SPEC, NEVER_FIRES and what the workflow says of the input. */
export function createSchedule(
  core: Core,
  lookup: ScheduleLookup,
  raw: CreateScheduleInput,
  actor: Actor,
  beside?: ReadonlySet<string>,
): Schedule {
  const input = parseWith(createScheduleSchema, raw);
  const rules = rulesOf(core, input);
  core.catalogue.checkInput(input.workflowName, rules.input);
  return core.write(() => {
    const now = core.clock.now();
    const id = input.scheduleId ?? freeId(core, slug(input.name ?? input.workflowName));
    const taken = core.stores.schedules.get(id);
    if (taken !== undefined) {
      const hint = taken.status === "deleted" ? ` It was deleted and is kept for its history.${deletedHint(id)}` : "";
      throw new AppError("ALREADY_EXISTS", `There is a schedule ${JSON.stringify(id)} already.${hint}`, {
        issues: [{ path: "scheduleId", given: id, message: "an id that is not taken" }],
      });
    }
    checkedSpec(core, input.spec, now, now);
    checkEvents(core, id, input.spec, beside);
    checkPools(core, rules.pools);
    const record = newRecord(id, input, rules, actor, now);
    if (record.status === "active") {
      // The moment of creation itself may be the first occurrence.
      const { nextRunAt, nextFireAt } = planAfter(core, record, now - 1);
      record.nextRunAt = nextRunAt;
      record.nextFireAt = nextFireAt;
    }
    core.stores.schedules.insert(record);
    setEvents(core, id, input.spec);
    core.stores.activity.add({ scheduleId: id, at: now, kind: "created", actor });
    core.touch("schedules", id);
    return lookup.view(record);
  });
}

/** The row of a schedule that has not fired yet. */
function newRecord(id: string, input: CreateInput, rules: Rules, actor: Actor, now: number): ScheduleRecord {
  return {
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
    memoryLimitMb: memoryOrNull(rules.memoryLimit),
    slowAfterMs: durationOrNull(rules.slowAfter),
    dueBy: rules.dueBy,
    pools: JSON.stringify(rules.pools),
    queue: rules.queue,
    keepRuns: rules.keepRuns,
    maxAttempts: rules.maxAttempts,
    retryDelayMs: parseDuration(rules.retryDelay),
    maxRuns: rules.maxRuns,
    scheduledRuns: 0,
    pauseOnFailure: rules.pauseOnFailure,
    consecutiveFailures: 0,
    failuresAtResume: 0,
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
}

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

function freeId(core: Core, wanted: string): string {
  const isTaken = (id: string): boolean => core.stores.schedules.get(id) !== undefined;
  if (!isTaken(wanted)) return wanted;
  for (let n = 2; ; n += 1) if (!isTaken(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
