import { backupDueAt, isCopyNeededNow, type Uncopied } from "../../storage/upkeep/backupPolicy.ts";
import type { Core } from "../core.ts";

/** How long after a change it is looked whether a copy is due, ms. */
const LOOK_MS = 5000;
/** How long after a copy that failed the next one is tried, ms. */
const RETRY_MS = 5 * 60_000;
/** Topics that tell of nothing worth a copy. */
const WORTHLESS = new Set(["system", "workflows"]);
/** Topics that a person edits and that the history of the schedules does not tell of. */
const EDITED = new Set(["settings", "calendars"]);

/** What the newest copy holds, and what is known to have changed since. */
interface Newest {
  copiedAt: number | null;
  holdsSchedules: boolean;
  versions: Record<string, number>;
  /** The history is looked through up to this line. */
  seen: { id: number; at: number };
  edits: { firstAt: number; lastAt: number } | null;
  changedSinceAt: number | null;
  isLookedAt: boolean;
}

export interface Backups {
  start(): void;
  /** Resolves when a copy that somebody asked for is made; one that is made as time goes by is given up when the database closes. */
  stop(): Promise<void>;
  /** Begins a copy before something takes much away, unless one holds it already. Resolves when what follows is not in it. */
  before(reason: "import" | "delete"): Promise<void>;
}

/** Copies the database as the policy says (backupPolicy.ts), by the owner alone; nothing is looked at while nothing changes. */
export function createBackups(core: Core, isOwner: () => boolean): Backups {
  const { clock, database, logger, stores } = core;
  let newest: Newest | null = null;
  let isRunning = false;
  let hasCopies = true;
  let lookAtMs = Number.POSITIVE_INFINITY;
  let cancelLook: (() => void) | null = null;
  let copying: Promise<void> | null = null;
  let asked: Promise<void> = Promise.resolve();
  let failure: string | null = null;

  const readNewest = async (): Promise<Newest> => {
    const found = await database.newestBackup(clock.now());
    const holds = found?.holds ?? null;
    return {
      copiedAt: found?.createdAt ?? null,
      holdsSchedules: holds !== null && holds.schedules > 0,
      versions: holds?.versions ?? {},
      seen: holds?.lastActivity ?? { id: 0, at: 0 },
      edits: null,
      changedSinceAt: null,
      isLookedAt: false,
    };
  };

  /** What has changed since the newest copy, noted in it. */
  const uncopied = (state: Newest): Uncopied => {
    const now = clock.now();
    const { activity, changes } = stores;
    if (!activity.has(state.seen)) state.seen = { id: 0, at: 0 };
    const more = activity.editsAfter(state.seen.id);
    state.seen = activity.last();
    if (more !== null) state.edits = { firstAt: state.edits?.firstAt ?? more.firstAt, lastAt: more.lastAt };
    let changed = more !== null;
    for (const [topic, version] of changes.versions()) {
      if (WORTHLESS.has(topic) || version === (state.versions[topic] ?? 0)) continue;
      changed = true;
      if (EDITED.has(topic)) {
        state.edits = { firstAt: state.edits?.firstAt ?? now, lastAt: now };
        state.versions[topic] = version;
      }
    }
    const { copiedAt, holdsSchedules, edits } = state;
    // What is found at the first look may be as old as the copy.
    if (changed) state.changedSinceAt ??= (state.isLookedAt ? null : copiedAt) ?? now;
    state.isLookedAt = true;
    const { changedSinceAt } = state;
    return { lastCopyAt: copiedAt, isFirst: !holdsSchedules && stores.schedules.any(), edits, changedSinceAt };
  };

  const copy = (options: Parameters<typeof database.backup>[1] = {}): Promise<void> => {
    const made = database
      .backup(clock.now(), options)
      .then(async (path) => {
        if (path === null) return;
        newest = await readNewest();
        failure = null;
        core.events.add("system");
      })
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== failure) logger.error("the database could not be copied:", message);
        failure = message;
      })
      .finally(() => {
        copying = null;
        lookIn(failure === null ? LOOK_MS : RETRY_MS);
      });
    copying = made;
    return made;
  };

  const look = (): void => {
    cancelLook = null;
    lookAtMs = Number.POSITIVE_INFINITY;
    if (!isRunning || copying !== null) return;
    if (!isOwner()) {
      // Whoever owns makes the copies.
      newest = null;
      return;
    }
    if (newest === null) {
      copying = readNewest()
        .then((found) => {
          newest = found;
        })
        .catch((error: unknown) => logger.error("the copies of the database could not be looked at:", error))
        .finally(() => {
          copying = null;
          if (newest !== null) look();
        });
      return;
    }
    try {
      const due = backupDueAt(uncopied(newest));
      if (due === null) return;
      if (due <= clock.now()) void copy();
      else lookIn(due - clock.now());
    } catch {
      // Whatever is wrong with the database the next write says.
      lookIn(RETRY_MS);
    }
  };

  const lookIn = (ms: number): void => {
    if (!isRunning) return;
    const at = clock.monotonic() + ms;
    if (at >= lookAtMs) return;
    cancelLook?.();
    lookAtMs = at;
    cancelLook = clock.timer(ms, look);
  };

  core.onCommit(() => {
    // A look that is further off was for what had changed before.
    if (failure === null) lookIn((newest?.holdsSchedules ?? hasCopies) ? LOOK_MS : 0);
  });

  return {
    start() {
      isRunning = true;
      hasCopies = database.hasBackups();
      lookIn(LOOK_MS);
    },
    async stop() {
      isRunning = false;
      cancelLook?.();
      cancelLook = null;
      lookAtMs = Number.POSITIVE_INFINITY;
      await asked;
    },
    async before(reason) {
      try {
        if (!stores.schedules.any()) return;
        await copying;
        newest ??= await readNewest();
        if (!isCopyNeededNow(uncopied(newest), clock.now())) return;
        await new Promise<void>((begun) => {
          asked = copy({ reason, onBegun: begun });
          // What cannot be copied is done all the same, and the failure is told.
          void asked.then(begun);
        });
      } catch (error) {
        logger.error("the database could not be copied:", error);
      }
    },
  };
}
