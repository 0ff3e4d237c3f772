import type { RunStatus } from "../../../shared/domain/run.ts";
import { compileSpec, nextOccurrence, type ScheduleSpec, SpecError } from "../../../shared/schedule/index.ts";
import { END, type Started } from "../../storage/tables/eventTriggers.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import type { EndedRun } from "../parts.ts";
import { decideOverlap, replaceOthers } from "../runs/overlap.ts";
import { pauseCannotFire } from "./cannotFire.ts";
import { recordOmission } from "./omissions.ts";
import { noteEnd } from "./planning.ts";

/** Something that happened: its name is kept with each run that it starts, so that it starts no schedule twice. */
interface Happened {
  /** `boot:…`, `start:…`, `wake:…` or `after:` and the run that ended. */
  event: string;
  /** Epoch ms. */
  at: number;
  /** What delays count from where that is not `at`. */
  delaysFrom?: number;
}

/**
 * Starts what an event starts, inside the caller's transaction: each schedule under its overlap policy, as for an
 * occurrence; one with a delay once that is over. What is paused or has ended misses nothing, and nothing is made up for
 * later.
 */
function startAll(core: Core, started: readonly Started[], { event, at, delaysFrom = at }: Happened): void {
  for (const { scheduleId, delayMs } of started) {
    if (delayMs === 0) startOne(core, scheduleId, { event, at });
    else if (core.stores.schedules.getFiring(scheduleId)?.status === "active") {
      const dueAt = Math.max(at, delaysFrom + delayMs);
      core.stores.eventTriggers.wait({ scheduleId, event: `${event}+${delayMs}`, dueAt });
    }
  }
}

function startOne(core: Core, scheduleId: string, happened: Happened): void {
  const schedule = core.stores.schedules.getFiring(scheduleId);
  if (schedule?.status !== "active") return;
  try {
    if (isOpen(core, schedule, happened.at)) start(core, schedule, happened);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    pauseCannotFire(core, scheduleId, error);
  }
}

/** So many in one transaction. */
const BATCH = 200;

/** Starts what has waited for the end of its delay; true where more has. */
export function startDelayed(core: Core, now: number): boolean {
  const { eventTriggers } = core.stores;
  const nextAt = eventTriggers.nextWaitAt();
  if (nextAt === null || nextAt > now) return false;
  return core.writeAsOwner(() => {
    const due = eventTriggers.dueWaits(now, BATCH);
    for (const wait of due) {
      eventTriggers.endWait(wait);
      if (wait.event === END) endWhereOver(core, wait.scheduleId, now);
      else startOne(core, wait.scheduleId, { event: wait.event, at: wait.dueAt });
    }
    return due.length === BATCH;
  });
}

const SECOND = 1000;

/** Whether a schedule may start at an instant: within its bounds, and not excluded. One past its end has ended. */
function isOpen(core: Core, schedule: FiringRecord, at: number): boolean {
  const spec = JSON.parse(schedule.spec) as ScheduleSpec;
  if (spec.endAt && Date.parse(spec.endAt) <= at) {
    if (schedule.nextRunAt === null) end(core, schedule, "endAt");
    return false;
  }
  if (spec.startAt && at < Date.parse(spec.startAt)) return false;
  if (spec.exclude === undefined && spec.onlyOn === undefined) return true;
  const { exclude, onlyOn, timezone } = spec;
  const second = Math.floor(at / SECOND) * SECOND;
  const everySecond = {
    interval: { every: "1s", anchor: new Date(second).toISOString() },
    ...(exclude === undefined ? {} : { exclude }),
    ...(onlyOn === undefined ? {} : { onlyOn }),
    ...(timezone === undefined ? {} : { timezone }),
  };
  const compiled = compileSpec(everySecond, { anchorAt: second, calendars: core.specs.calendars() });
  return nextOccurrence(compiled, second - 1) === second;
}

/** Ends a schedule of events whose end has come; where times are left, those find it. */
function endWhereOver(core: Core, scheduleId: string, now: number): void {
  const schedule = core.stores.schedules.getFiring(scheduleId);
  if (schedule?.status === "active") isOpen(core, schedule, now);
}

function end(core: Core, schedule: FiringRecord, reason: "maxRuns" | "endAt"): void {
  core.stores.schedules.progress({ ...schedule, status: "ended", nextRunAt: null, nextFireAt: null });
  noteEnd(core, schedule.id, reason);
  core.touch("schedules", schedule.id);
}

function start(core: Core, schedule: FiringRecord, { event, at }: Happened): void {
  const { schedules, runs, activity } = core.stores;
  const now = core.clock.now();
  const decision = decideOverlap(core, schedule.id, schedule.overlapPolicy);
  if (decision.kind === "skip") {
    const reason = runs.neverStarted(schedule.id) ? "no_room" : decision.reason;
    recordOmission(core, schedule.id, { kind: "skipped", reason, firstAt: at, lastAt: at, count: 1 }, null);
    return;
  }
  const id = core.ids(now);
  const inserted = runs.insertOccurrence({
    id,
    scheduleId: schedule.id,
    workflowName: schedule.workflowName,
    trigger: "event",
    status: decision.kind === "start" ? "pending" : "buffered",
    scheduledAt: at,
    maxAttempts: schedule.maxAttempts,
    timeoutMs: schedule.timeoutMs,
    input: schedule.input,
    backfillId: null,
    retryOf: null,
    createdAt: now,
    event,
  });
  if (!inserted) return;
  if (decision.kind === "replace" && !replaceOthers(core, schedule.id, id, decision.graceMs)) runs.promote(id, now);
  const last = schedule.maxRuns !== null && schedule.scheduledRuns + 1 >= schedule.maxRuns;
  const next = last ? { status: "ended" as const, nextRunAt: null, nextFireAt: null } : {};
  schedules.fired({ ...schedule, ...next, at: now, runId: id });
  const source = sourceOf(core, event);
  const details = { scheduledTime: new Date(at).toISOString(), event, ...(source === null ? {} : { source }) };
  activity.add({ scheduleId: schedule.id, at: now, kind: "fired", actor: "engine", runId: id, details });
  if (last) noteEnd(core, schedule.id, "maxRuns");
  core.touch("runs", id);
  core.touch("schedules", schedule.id);
}

/** What the schedule is called whose run has ended; null for other events. */
function sourceOf({ stores }: Core, event: string): string | null {
  const runId = /^after:([^+]+)/.exec(event)?.[1];
  const id = runId === undefined ? null : (stores.runs.get(runId)?.scheduleId ?? null);
  return id === null ? null : (stores.schedules.get(id)?.name ?? id);
}

/** How a run may end that others wait for. */
const outcomes: readonly RunStatus[] = ["completed", "failed", "skipped", "cancelled", "interrupted"];

/**
 * The schedules that come after another one's run, inside the transaction that ends it. Runs of a backfill have none
 * (they are made up for, and what follows them has run), nor has what never started.
 */
export function startFollowers(core: Core, { run, status, at }: EndedRun): void {
  if (run.scheduleId === null || run.backfillId !== null || run.startedAt === null || !outcomes.includes(status))
    return;
  const followers = core.stores.eventTriggers.startedAfter(run.scheduleId, status);
  if (followers.length > 0) startAll(core, followers, { event: `after:${run.id}`, at });
}

/** Where the machine runs, and since which start of it. */
export interface Machine {
  host: string;
  bootId: string;
}

/** A system that does not number its starts tells since about when it is up, and its clock is set now and then. */
function isSameStart(a: string, b: string): boolean {
  const [first, second] = [a, b].map((id) => Number(/^up since (\d+) s$/.exec(id)?.[1] ?? Number.NaN));
  return a === b || Math.abs((first as number) - (second as number)) < 120;
}

/** What the machine and the engine tell; each of these in a transaction of the owner's. */
export function createMachineEvents(core: Core, machine: Machine) {
  let started = false;
  const tell = (kind: "boot" | "start" | "wake", event: string, at: number, delaysFrom = at): void =>
    startAll(core, core.stores.eventTriggers.startedBy(kind), { event, at, delaysFrom });
  return {
    /** This process fires from now on: that is the engine's start the first time, and the machine's where none has been told of since. */
    owns(): void {
      if (started) return;
      core.writeAsOwner(() => {
        const { eventTriggers, leases } = core.stores;
        const now = core.clock.now();
        const told = eventTriggers.machineStart(machine.host);
        if (told === null || !isSameStart(told, machine.bootId)) {
          eventTriggers.setMachineStart(machine.host, machine.bootId);
          // What has waited since an earlier start of the machine waits for nothing any more.
          for (const kind of ["boot", "wake"] as const) eventTriggers.endWaitsOf(kind);
          tell("boot", `boot:${machine.bootId}`, now, now - (core.clock.sinceBoot() ?? 0));
        }
        eventTriggers.endWaitsOf("start");
        // Of those that were made before ends were kept there.
        for (const { scheduleId, spec } of eventTriggers.withEnd()) {
          const { endAt } = JSON.parse(spec) as ScheduleSpec;
          if (endAt) eventTriggers.wait({ scheduleId, event: END, dueAt: Date.parse(endAt) });
        }
        tell("start", `start:${leases.token()}`, now);
      });
      started = true;
    },
    /** The machine has woken. */
    woke(at: number): void {
      core.writeAsOwner(() => tell("wake", `wake:${at}`, at));
    },
  };
}
