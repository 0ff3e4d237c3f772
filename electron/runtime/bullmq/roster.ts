import {
  inOrderOfNeed,
  pausedText,
  type QueueView,
  type WorkersView,
  type WorkerView,
} from "../../../shared/api/workers.ts";
import { placeOf } from "../../../shared/domain/queue.ts";
import type { Takes } from "../runtime.ts";
import { handOverOf, PROTOCOL, type WorkerRecord, workerRecord } from "./protocol.ts";

/** A worker that was not heard of for so long is not shown any more. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** What waits at the workers beside what runs there, so that a free one need not wait for the engine: at first, and at most. */
const firstAhead = 100;
const mostAhead = 1_000;
/** Where runs are short so many are ahead as end in half of it, ms. */
const rateMs = 1_000;

interface Seen extends WorkerRecord {
  lastSeenAt: number;
  state: WorkerView["state"];
}

export interface RosterOptions {
  lateMs: number;
  lockMs: number;
  keyName: string | null;
  versionOf: (workflowName: string) => string | null | undefined;
}

/** Who takes what: the workers of a folder as they were last heard of. */
export function createRoster({ lateMs, lockMs, keyName, versionOf }: RosterOptions) {
  let workers: Seen[] = [];
  let queues: QueueView[] = [];
  /** What is said of a run whose queue is paused, by place. */
  let paused = new Map<string, string>();
  /** Runs handed over and not ended, by place. */
  const inFlight = new Map<string, number>();
  /** Runs that ended lately, by place: in the second that goes on, and in the one before. */
  const ends = new Map<string, { sinceMs: number; now: number; before: number }>();
  /** Who can take runs, by place; asked anew when something of workers was read. */
  let fits = new Map<string, { capacity: number; fitting: number }>();

  const noteEnd = (place: string): void => {
    const now = performance.now();
    const known = ends.get(place) ?? { sinceMs: now, now: 0, before: 0 };
    ends.set(place, known);
    if (now - known.sinceMs >= rateMs) {
      known.before = now - known.sinceMs < 2 * rateMs ? known.now : 0;
      known.now = 0;
      known.sinceMs = now;
    }
    known.now++;
  };
  const aheadAt = (place: string, capacity: number): number => {
    const known = ends.get(place);
    const recent =
      known === undefined || performance.now() - known.sinceMs > 2 * rateMs ? 0 : Math.max(known.now, known.before);
    return Math.max(Math.min(capacity, firstAhead), Math.min(mostAhead, Math.floor(recent / 2)));
  };

  /** Why a worker is given nothing; null where it is. */
  const unfit = (worker: Seen): string | null => {
    if (worker.protocol !== PROTOCOL)
      return `speaks protocol ${worker.protocol} and this engine ${PROTOCOL}: run the same version of Almanac on both`;
    if (worker.key !== keyName) {
      if (worker.key === null) return "was started without the shared key of this engine: set ALMANAC_SHARED_KEY there";
      return keyName === null
        ? "has a shared key and this engine has none: set ALMANAC_SHARED_KEY here"
        : "has another shared key than this engine: set the same ALMANAC_SHARED_KEY on both";
    }
    return null;
  };
  const usable = (): Seen[] =>
    workers.filter((worker) => worker.state === "online" && !worker.draining && unfit(worker) === null);

  const fitAt = (place: string, workflowName: string, queue: string): { capacity: number; fitting: number } => {
    const known = fits.get(place);
    if (known !== undefined) return known;
    const fit = { capacity: 0, fitting: 0 };
    for (const worker of usable()) {
      if (!worker.queues.includes(queue) || !worker.workflows.some(({ name }) => name === workflowName)) continue;
      fit.capacity += worker.concurrency;
      fit.fitting++;
    }
    fits.set(place, fit);
    return fit;
  };

  const differs = ({ name, version }: WorkerRecord["workflows"][number]): boolean => {
    const here = versionOf(name);
    return here !== undefined && here !== version;
  };

  const whoLacksWhat = (workflowName: string, queue: string): string => {
    const online = usable();
    if (online.length === 0) {
      const unusable = workers.filter(({ state }) => state === "online").length;
      return unusable > 0
        ? `No worker takes runs: ${unusable === 1 ? "one is" : `${unusable} are`} there that cannot, see Workers`
        : "No worker is there: start one with almanac worker run";
    }
    const having = online.filter(({ workflows }) => workflows.some(({ name }) => name === workflowName));
    const count = online.length === 1 ? "The only worker" : `None of ${online.length} workers`;
    const not = online.length === 1 ? "has not" : "has";
    if (having.length === 0) return `${count} ${not} the workflow ${workflowName}: start one with --module`;
    const served = [...new Set(having.flatMap((worker) => worker.queues))].sort().join(", ");
    return `No worker that has ${workflowName} takes the queue ${queue}; they take ${served}: start one with --queue ${queue}`;
  };

  return {
    /** Takes in what Redis keeps of them; what is no record of a worker is left out. */
    read(records: Record<string, string>, seen: Record<string, string>, redisNow: number): void {
      fits = new Map();
      workers = Object.entries(records).flatMap(([workerId, text]): Seen[] => {
        const parsed = workerRecord.safeParse(jsonOf(text));
        if (!parsed.success || parsed.data.workerId !== workerId) return [];
        const ageMs = redisNow - Number(seen[workerId] ?? 0);
        if (!(ageMs < FORGOTTEN_MS)) return [];
        const state = ageMs < lateMs ? "online" : ageMs < lateMs + lockMs ? "late" : "gone";
        return [{ ...parsed.data, lastSeenAt: Date.now() - Math.max(0, ageMs), state }];
      });
    },
    setQueues(all: QueueView[]): void {
      queues = all;
      paused = new Map(
        all.flatMap((one) => {
          const why = pausedText([one]);
          return why === null ? [] : [[placeOf(one.queue, one.workflowName), why]];
        }),
      );
    },
    /** Which queues are paused in Redis, in words; null where none is. */
    get paused(): string | null {
      return paused.size === 0 ? null : pausedText(queues);
    },
    /** Redis is away: nobody is known to be there. */
    clear(): void {
      fits = new Map();
      workers = workers.map((worker) => ({ ...worker, state: worker.state === "online" ? "late" : worker.state }));
    },
    /** Counts a run in (1) or out (-1). */
    count(queue: string, workflowName: string, by: 1 | -1): void {
      const place = placeOf(queue, workflowName);
      if (by < 0) noteEnd(place);
      const next = (inFlight.get(place) ?? 0) + by;
      if (next > 0) inFlight.set(place, next);
      else inFlight.delete(place);
    },
    takes(workflowName: string, queue: string, claimed: ReadonlyMap<string, number>): Takes {
      const place = placeOf(queue, workflowName);
      const held = paused.get(place);
      if (held !== undefined) return { ok: false, waitingFor: "runtime", message: held };
      const { capacity, fitting } = fitAt(place, workflowName, queue);
      if (fitting === 0) return { ok: false, waitingFor: "runtime", message: whoLacksWhat(workflowName, queue) };
      const used = (inFlight.get(place) ?? 0) + (claimed.get(place) ?? 0);
      if (used < capacity + aheadAt(place, capacity)) return { ok: true };
      // The same words as long as it is so: they are kept for other processes to read, and are not to be written for each run.
      const who = fitting === 1 ? "One worker has" : `${fitting} workers have`;
      return {
        ok: false,
        waitingFor: "room",
        message: `${who} as many runs of ${workflowName} in the queue ${queue} as ${fitting === 1 ? "it takes" : "they take"} (${capacity} at once)`,
      };
    },
    get online(): number {
      return workers.filter(({ state }) => state === "online").length;
    },
    get busy(): number {
      return workers.reduce((sum, { state, running }) => sum + (state === "online" ? running.length : 0), 0);
    },
    /** @param away why Redis is not used; null where it is */
    view(away: string | null, notes: readonly string[] = []): WorkersView {
      const problem = away ?? pausedText(queues);
      const own = workers.flatMap((worker) => {
        const who = `${worker.host} (pid ${worker.pid})`;
        const why = unfit(worker);
        if (why !== null) return [`The worker on ${who} ${why}`];
        return worker.workflows.flatMap((each) => {
          const { name } = each;
          return !differs(each)
            ? []
            : [
                `The worker on ${who} has another version of ${name} than this engine: its runs there are of that version`,
              ];
        });
      });
      return {
        workers: inOrderOfNeed(
          workers.map(
            (worker): WorkerView => ({
              workerId: worker.workerId,
              host: worker.host,
              pid: worker.pid,
              version: worker.version,
              protocol: worker.protocol,
              concurrency: worker.concurrency,
              queues: worker.queues,
              workflows: worker.workflows.map((each) => ({ ...each, differs: differs(each) })),
              running: worker.running.map(({ jobId, workflowName, startedAt }) => ({
                runId: handOverOf(jobId)?.runId ?? jobId,
                workflowName,
                startedAt: new Date(startedAt).toISOString(),
              })),
              startedAt: new Date(worker.startedAt).toISOString(),
              lastSeenAt: new Date(worker.lastSeenAt).toISOString(),
              state: worker.state,
              refused: unfit(worker),
            }),
          ),
        ),
        queues,
        problem,
        notes: [...(problem === null ? [] : [problem]), ...notes, ...new Set(own)],
      };
    },
  };
}

export type Roster = ReturnType<typeof createRoster>;

/** What Redis holds as JSON, to be parsed by a schema; null where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
