import { isDeepStrictEqual } from "node:util";
import { placeOf, sentToWord } from "../../../shared/domain/queue.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import { firstInTurn, type InTurn, type RuntimeWait } from "../../storage/tables/runs/runQueue.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";
import type { RunLimits } from "../parts.ts";
import { finishRun } from "./ends.ts";
import type { RunsInRuntime } from "./inRuntime.ts";
import { type ClaimableRun, jobOf, type OfSchedule, ofSchedule, queueOf } from "./jobs.ts";
import { createPools } from "./pools.ts";

/** Takes a run that may start at once for the runtime; false where it has to wait. `schedule` says what its job holds of its schedule. */
export type Claimer = (run: ClaimableRun, schedule: () => OfSchedule) => boolean;

/** Rows read in one statement: at first, since often there is room for a few, and at most. */
const FIRST_PAGE = 16;
const PAGE = 100;
/** Rows that one statement passes by at most. */
const WITHIN = 500;
/** One claim looks no longer past what the runtime does not take; the next one goes on from there, ms. */
const LOOK_MS = 2;
/** After such a look none follows for so many times as long, and never for longer than that: claims are made for each few ends. */
const LOOK_PAUSES = 24;
const LONGEST_PAUSE_MS = 50;

/**
 * Decides which run starts next. One starts when all of these say yes:
 *
 * | asked               | no means                                                        |
 * | ------------------- | --------------------------------------------------------------- |
 * | is it ready         | a backoff or a durable sleep has not ended                      |
 * | its turn            | live runs go before those of backfills, schedules take turns    |
 * | *Runs at once*      | all wait, for room                                              |
 * | its pools           | it waits for that pool; the others pass by                      |
 * | does the runtime    | that workflow's runs wait (room or runtime); the others pass by |
 *
 * Everything here is inside the caller's transaction; the jobs are for the runtime once it is committed.
 */
export function createAdmission(core: Core, inRuntime: RunsInRuntime, limits: () => RunLimits) {
  const { clock, stores, runtime } = core;
  const { queue } = stores;
  const placesInPools = createPools(core, () => inRuntime.all());
  let waits: readonly RuntimeWait[] | null = null;
  /** How far the look past refused ones has come, of live runs and of those of backfills; null: it begins anew. */
  const looked: { live: InTurn | null; backfill: InTurn | null } = { live: null, backfill: null };
  let hasRoom = true;
  /** The next look may begin then (monotonic), and whether one was put off until then. */
  let lookAgainAt = Number.NEGATIVE_INFINITY;
  let isPutOff = false;
  /** What was refused since it began. */
  let refusedSoFar = new Map<string, RuntimeWait>();

  const fail = (run: RunRecord, error: Parameters<typeof finishRun>[2]["error"]): null => {
    finishRun(core, run, { status: "failed", error: error ?? null, at: clock.now() });
    return null;
  };

  /** What a runner needs; null (and the run failed) where it can never start. */
  const prepare = (run: RunRecord, schedule: OfSchedule, held: RunLimits): RunJob | null => {
    const job = jobOf(core, run, schedule, { attempt: run.attempt, epoch: run.epoch + 1 }, held);
    if ("code" in job) return fail(run, job);
    const whole = runtime?.keepsRuns === true ? { ...job, logBytes: run.logBytes + run.logDroppedBytes } : job;
    // One that has never started has no steps.
    return run.startedAt === null ? whole : { ...whole, steps: stores.steps.toResume(run.id) };
  };

  /** *Runs at once* bounds this machine; a runtime that keeps runs has workers elsewhere, each with a bound of its own. */
  const room = (held: RunLimits, claimed: number): number =>
    runtime?.keepsRuns === true ? Number.POSITIVE_INFINITY : held.runsAtOnce - inRuntime.countHere() - claimed;

  /** Claims one run; false where somebody else was first. */
  const take = (run: RunRecord, job: RunJob, now: number): boolean => {
    if (runtime?.keepsRuns !== true) return stores.runs.claim(run.id, now);
    if (!stores.runs.send(run.id, sentToWord({ queue: job.queue, at: runtime.keptAt ?? null }))) return false;
    stores.outbox.put({ runId: run.id, epoch: job.epoch, job: JSON.stringify(job) });
    return true;
  };

  /** Keeps for every process to read what the runtime has refused. */
  const keepWaits = (refused: readonly RuntimeWait[]): void => {
    waits ??= queue.runtimeWaits();
    if (isDeepStrictEqual(waits, refused)) return;
    waits = refused;
    queue.setRuntimeWaits(refused);
    core.touch("runs");
  };

  return {
    /** Whether a look at what waits may start something. */
    mayClaim: (): boolean =>
      queue.isAnyDue(clock.now()) || queue.isAnyInPool() || (room(limits(), 0) > 0 && queue.hasReady()),

    /**
     * For the occurrences of one transaction: takes those for which there is room without a way through `pending`, as
     * long as nothing waits there before them. Their jobs are added to `jobs`.
     */
    claimer(jobs: RunJob[]): Claimer {
      const held = limits();
      const isOpen = !queue.hasReady() && !queue.isAnyDue(clock.now());
      const claimed = countByPlace(jobs);
      const places = placesInPools();
      for (const job of jobs) places.take(job);
      return (run, scheduleOf) => {
        if (!isOpen || runtime === null || runtime.keepsRuns || room(held, jobs.length) <= 0) return false;
        if (places.fullFor(run) !== null) return false;
        const schedule = scheduleOf();
        const { queue: place } = queueOf(core, run, schedule);
        if (!runtime.takes({ workflowName: run.workflowName, queue: place }, claimed).ok) return false;
        const job = jobOf(core, run, schedule, { attempt: 1, epoch: 1 }, held);
        if ("code" in job) return false;
        jobs.push(job);
        addTo(claimed, job);
        places.take(run);
        return true;
      };
    },

    /** Claims pending runs for the room there is, and adds their jobs. */
    claim(jobs: RunJob[]): RunJob[] {
      if (runtime === null) return jobs;
      const now = clock.now();
      const held = limits();
      const claimed = countByPlace(jobs);
      const refused = new Map<string, RuntimeWait>();
      /** Places of which the runtime takes runs. */
      const taken = new Set<string>();
      let served = -1;
      queue.release(now);
      const places = placesInPools();
      for (const job of jobs) places.take(job);
      const beganAt = clock.monotonic();
      const until = beganAt + LOOK_MS;
      const mayLook = beganAt >= lookAgainAt;
      let lookingSince: number | null = null;
      isPutOff = false;
      for (const ofBackfill of [false, true]) {
        const kind = ofBackfill ? "backfill" : "live";
        let from: InTurn | null = firstInTurn;
        let page = FIRST_PAGE;
        while (from !== null && room(held, jobs.length) > 0) {
          if (refused.size > 0) {
            if (!mayLook) {
              isPutOff = true;
              break;
            }
            lookingSince ??= clock.monotonic();
          }
          const most = Math.min(room(held, jobs.length), page);
          page = Math.min(PAGE, page * 2);
          const candidates = queue.next(ofBackfill, [...refused.values()], most, { from, within: WITHIN });
          if (candidates.length === 0) {
            // Those who are first are looked at each time, all others a part at a time.
            from = (from === firstInTurn ? looked[kind] : null) ?? queue.endOf(ofBackfill, from, WITHIN);
            looked[kind] = from;
            if (clock.monotonic() > until) break;
          }
          for (const run of candidates) {
            const { workflowName } = run;
            const schedule = ofSchedule(core, run);
            const { queue: place, ofSchedule: scheduleQueue } = queueOf(core, run, schedule);
            const key = placeOf(scheduleQueue, workflowName);
            if (refused.has(key)) continue;
            const pool = places.fullFor(run);
            if (pool !== null) {
              queue.park(run.id, pool);
              core.touch("runs", run.id);
              continue;
            }
            const takes = runtime.takes({ workflowName, queue: place }, claimed);
            if (!takes.ok) {
              const { waitingFor, message } = takes;
              refused.set(key, { workflowName, scheduleQueue, waitingFor, message });
              continue;
            }
            taken.add(key);
            const job = prepare(run, schedule, held);
            if (job === null || !take(run, job, now)) continue;
            core.touch("runs", run.id);
            if (run.scheduleId !== null) core.touch("schedules", run.scheduleId);
            jobs.push(job);
            addTo(claimed, job);
            places.take(run);
            served = Math.max(served, run.turn);
          }
        }
      }
      if (lookingSince !== null) {
        const endedAt = clock.monotonic();
        lookAgainAt = endedAt + Math.min(LONGEST_PAUSE_MS, LOOK_PAUSES * (endedAt - lookingSince));
      }
      if (served >= 0) {
        queue.serve(served);
        // The others have moved up.
        if (queue.hasReady()) core.touch("runs");
      }
      // Without room the runtime was not asked about all of them.
      hasRoom = room(held, jobs.length) > 0;
      if (hasRoom) {
        for (const [place, wait] of refused) refusedSoFar.set(place, wait);
        const isAll = !isPutOff && looked.live === null && looked.backfill === null;
        const earlier = isAll ? [] : (waits ?? queue.runtimeWaits());
        const known = new Map(earlier.map((wait) => [placeOf(wait.scheduleQueue, wait.workflowName), wait]));
        for (const [place, wait] of refusedSoFar) known.set(place, wait);
        keepWaits([...known.values()]);
        if (isAll) refusedSoFar = new Map();
      } else if (taken.size > 0) {
        // What was refused before and is taken now waits for room.
        for (const place of taken) refusedSoFar.delete(place);
        waits ??= queue.runtimeWaits();
        keepWaits(waits.filter((wait) => !taken.has(placeOf(wait.scheduleQueue, wait.workflowName))));
      }
      return jobs;
    },

    /** Whether the last claim has not looked at all that waits: another one is to go on. */
    isLooking: (): boolean => hasRoom && (isPutOff || looked.live !== null || looked.backfill !== null),
  };
}

type Counts = Map<string, number>;

function addTo(counts: Counts, { queue, workflowName }: RunJob): void {
  const place = placeOf(queue, workflowName);
  counts.set(place, (counts.get(place) ?? 0) + 1);
}

function countByPlace(jobs: readonly RunJob[]): Counts {
  const counts: Counts = new Map();
  for (const job of jobs) addTo(counts, job);
  return counts;
}
