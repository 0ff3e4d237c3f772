import type { ChangeEvent } from "../../shared/api/events.ts";
import type { Runtime, WorkflowCatalogue } from "../runtime/runtime.ts";
import { type Database, storageError } from "../storage/opening/database.ts";
import { sqliteCode } from "../storage/sqlite.ts";
import type { NewActivity } from "../storage/tables/activity.ts";
import { createStores, type Stores } from "../storage/tables/stores.ts";
import type { Clock } from "./clock.ts";
import type { Importing } from "./contract.ts";
import { heldError, LeaseLostError } from "./errors.ts";
import { createEvents, type Events } from "./events.ts";
import type { Ids } from "./ids.ts";
import type { BackfillHooks, EndedRun, OverdueState } from "./parts.ts";
import { createSpecs, type Specs } from "./specs.ts";

type Topic = ChangeEvent["topic"];

export type Logger = Pick<Console, "info" | "warn" | "error">;

export interface CoreOptions {
  database: Database;
  clock: Clock;
  catalogue: WorkflowCatalogue;
  /** Null in a process that never fires. */
  runtime: Runtime | null;
  ids: Ids;
  logger: Logger;
  programName: string;
  /** Checkpoints the write-ahead log where it has grown long; what there is to wait for, or null. Outside `write`. */
  checkpointIfLong(): Promise<void> | null;
}

/** What every part of the engine works with. */
export interface Core extends CoreOptions {
  stores: Stores;
  specs: Specs;
  events: Events;
  /** One transaction; what it touched is told after it is committed. Throws AppError for faults of the disk. Nests. */
  write<T>(work: () => T): T;
  /** The same for the owner alone: throws LeaseLostError where the lease's token is not ours any more. */
  writeAsOwner<T>(work: () => T): T;
  /** Notes a change inside `write`. No id means: all of the topic. */
  touch(topic: Topic, id?: string): void;
  /** Called once what is being written is committed, and never where it is not. Inside `write`. */
  onceCommitted(work: () => void): void;
  /** Called after each committed write of this process that touched something, and by `told`. */
  onCommit(listener: () => void): void;
  /** Another process has written. */
  told(): void;
  /** How often another process's writes have been noticed. */
  strangers(): number;
  /** Each topic's version as last known. */
  versions: Map<Topic, number>;
  lease: { token: number | null };
  /** Calls what follows on the end of a run, in the order in which it was added; inside the transaction that ends it. */
  runEnded(ended: EndedRun): void;
  onRunEnd(follower: (ended: EndedRun) => void): void;
  /** Changes of schedules that `work` makes or takes back are noted as those of an import. Not nested. */
  ofImport<T>(of: Importing, work: () => T): T;
  /** Calls `follower` with each line of the history, inside the transaction that writes it. */
  onActivity(follower: (entry: NewActivity) => void): void;
  /** Schedules whose occurrences are behind, by id. */
  overdue: Map<string, OverdueState>;
  hooks: BackfillHooks | null;
}

export function createCore(options: CoreOptions): Core {
  const { database, clock, logger } = options;
  const noting: ((entry: NewActivity) => void)[] = [];
  let importing: Importing | null = null;
  const stores = notedStores(createStores(database.sql), noting, () => importing);
  const events = createEvents(clock, (error) => logger.error("a listener failed", error));
  const lease: { token: number | null } = { token: null };
  const listeners: (() => void)[] = [];
  const followers: ((ended: EndedRun) => void)[] = [];
  let touched = new Map<Topic, Set<string> | null>();
  let depth = 0;
  let afterwards: (() => void)[] = [];

  const versions = stores.changes.versions();
  let bumped: [Topic, number][] = [];

  const commitNotes = (): void => {
    bumped = [];
    for (const topic of touched.keys()) bumped.push([topic, stores.changes.bump(topic)]);
  };

  let strangers = 0;
  const tellListeners = (): void => {
    for (const listener of listeners) listener();
  };

  const writeWithin = <T>(work: () => T): T => {
    const before = afterwards.length;
    try {
      return database.transaction(work);
    } catch (error) {
      afterwards.length = before;
      throw error;
    }
  };

  const write = <T>(work: () => T): T => {
    if (depth > 0) return writeWithin(work);
    depth = 1;
    touched = new Map();
    afterwards = [];
    let result: T;
    try {
      result = database.transaction(() => {
        const value = work();
        commitNotes();
        return value;
      });
    } catch (error) {
      if (sqliteCode(error) === "SQLITE_BUSY")
        throw heldError(database.dataDir, stores.leases.get() ?? null, clock.now());
      throw storageError(error, database.path) ?? error;
    } finally {
      depth = 0;
    }
    const then = afterwards;
    for (const [topic, ids] of touched) events.add(topic, ids ?? undefined);
    for (const [topic, version] of bumped) {
      // Another process has touched it since: its ids are not known.
      if (version !== (versions.get(topic) ?? 0) + 1) {
        strangers += 1;
        events.add(topic);
      }
      versions.set(topic, version);
    }
    if (touched.size > 0) tellListeners();
    // Last: what one of them writes begins its own lists of what was touched and of what follows.
    for (const work of then) work();
    return result;
  };

  return {
    ...options,
    stores,
    specs: createSpecs(stores.calendars),
    events,
    write,
    writeAsOwner: (work) =>
      write(() => {
        if (lease.token === null || stores.leases.token() !== lease.token) throw new LeaseLostError();
        return work();
      }),
    touch(topic, id) {
      if (id === undefined) touched.set(topic, null);
      else {
        const known = touched.get(topic);
        if (known === undefined) touched.set(topic, new Set([id]));
        else known?.add(id);
      }
    },
    onceCommitted: (work) => void afterwards.push(work),
    onCommit: (listener) => void listeners.push(listener),
    told() {
      strangers += 1;
      tellListeners();
    },
    strangers: () => strangers,
    versions,
    lease,
    runEnded(ended) {
      for (const follower of followers) follower(ended);
    },
    onRunEnd: (follower) => void followers.push(follower),
    ofImport(of, work) {
      importing = of;
      try {
        return work();
      } finally {
        importing = null;
      }
    },
    onActivity: (follower) => void noting.push(follower),
    overdue: new Map(),
    hooks: null,
  };
}

/** What a command changes of a schedule, and not what comes due by it. */
const changes: ReadonlySet<string> = new Set(["created", "edited", "paused", "resumed", "deleted", "restored"]);

const lineOf = (entry: NewActivity, { importId, undo }: Importing): NewActivity => ({
  ...entry,
  importId,
  ...(undo === true ? { details: { ...entry.details, undo } } : {}),
});

/** The stores, with each line of the history told to those who follow it. */
function notedStores(
  stores: Stores,
  followers: readonly ((entry: NewActivity) => void)[],
  importing: () => Importing | null,
): Stores {
  const { activity } = stores;
  const add = (entry: NewActivity): number => {
    const of = importing();
    const id = activity.add(of === null || !changes.has(entry.kind) ? entry : lineOf(entry, of));
    for (const follower of followers) follower(entry);
    return id;
  };
  return { ...stores, activity: { ...activity, add } };
}
