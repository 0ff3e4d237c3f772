import type { ScheduleStatus } from "../../../shared/domain/schedule.ts";
import type { Connection } from "../sqlite.ts";
import { naturalKey } from "./naturalOrder.ts";

/** What of a schedule decides whether a list has it, and where. Times are epoch ms. */
export interface IndexedSchedule {
  id: string;
  name: string;
  /** Sorts names as people count. */
  key: string;
  /** What is searched, in lower case: a line each for name, id, workflow, each tag, and the note. */
  text: string;
  workflowName: string;
  tags: readonly string[];
  status: ScheduleStatus;
  pausedBy: string | null;
  consecutiveFailures: number;
  nextRunAt: number | null;
  lastRunAt: number | null;
  createdAt: number;
  successfulRuns: number;
  failedRuns: number;
  /** Another number whenever its row was written, whatever that left of it: so long, it has the runs that it had. */
  changed: number;
  /** As it is stored: where that is the same, so is what was made of it. */
  stored: Row;
}

type Row = [
  id: string,
  name: string,
  workflowName: string,
  tags: string,
  note: string | null,
  status: ScheduleStatus,
  pausedBy: string | null,
  consecutiveFailures: number,
  nextRunAt: number | null,
  lastRunAt: number | null,
  createdAt: number,
  successfulRuns: number,
  failedRuns: number,
  totalRuns: number,
  prunedRuns: number,
];
const columns = `id, name, workflow_name, tags, note, status, paused_by, consecutive_failures, next_run_at, last_run_at,
  created_at, successful_runs, failed_runs, total_runs, pruned_runs`;
/** How many of them, from the first on, say what it is. */
const described = 5;

export interface ScheduleIndex {
  /** Every schedule as it is stored now, deleted ones too, by name as people count, then by id. Belongs to the index. */
  all(): readonly IndexedSchedule[];
  /** The `changed` of each of these; undefined where there is no such schedule. */
  stamps(ids: readonly string[]): (number | undefined)[];
  /** Another one whenever anything of {@link all} is another. */
  version(): number;
  /**
   * Reads what is to be read a slice at a time, with others' work in between; what is asked before it is done is read at
   * once, whole.
   */
  prepare(): Promise<void>;
}

/** So long is read at a stretch, ms; then others have their turn. */
const sliceMs = 8;
const rowsAtOnce = 200;
const sortedAtOnce = 1_000;
const mergedAtOnce = 2_000;
/** Where other processes write all the time, a reading is begun anew so often; then what is asked is read at once. */
const mostReadings = 5;

const indexes = new WeakMap<Connection, ScheduleIndex>();

/** The index of a connection: there is one, since there is one set of triggers. */
export function scheduleIndexOf(sql: Connection): ScheduleIndex {
  const known = indexes.get(sql);
  if (known !== undefined) return known;
  const made = createScheduleIndex(sql);
  indexes.set(sql, made);
  return made;
}

/**
 * The schedules of a database in memory, as far as lists need them to filter, sort and group: a list of ten thousand is
 * then asked for again at each key and each change. What this connection writes is noted by triggers and read again one by
 * one; once another process has written, all of it is read again.
 */
function createScheduleIndex(sql: Connection): ScheduleIndex {
  const everything = sql.prepare<[], Row>(`select ${columns} from schedules`).raw();
  const one = sql.prepare<[string], Row>(`select ${columns} from schedules where id = ?`).raw();
  const page = sql
    .prepare<[string, number], Row>(`select ${columns} from schedules where id > ? order by id limit ?`)
    .raw();
  const dataVersion = sql.prepare<[], number>("pragma data_version").pluck();
  const noted = new Set<string>();
  const byId = new Map<string, IndexedSchedule>();
  let sorted: IndexedSchedule[] = [];
  /** What other processes had written when all was read; null: it has to be read whole. */
  let readAt: number | null = null;
  let follows = false;
  let version = 0;
  let changes = 0;
  /** How often all was read at once: a reading in slices is then of no use any more. */
  let wholeReadings = 0;
  let preparing: Promise<void> | null = null;

  /** Nothing is noted for a process that never lists anything. */
  function follow(): void {
    sql.function("note_schedule", (id: unknown) => {
      noted.add(String(id));
      return null;
    });
    for (const [event, row] of [
      ["insert", "new"],
      ["update", "new"],
      ["delete", "old"],
    ]) {
      sql.exec(
        `create temp trigger if not exists schedule_${event}_noted after ${event} on main.schedules begin select note_schedule(${row}.id); end`,
      );
    }
    follows = true;
  }

  /** Puts in a row that was written, or may have been; says whether the order may be another. */
  function put(row: Row, isWritten: boolean): boolean {
    const [id, name, workflowName, tags, note, status, pausedBy, consecutiveFailures, ...rest] = row;
    const [nextRunAt, lastRunAt, createdAt, successfulRuns, failedRuns] = rest;
    const known = byId.get(id);
    const isSame = (value: Row[number], at: number): boolean => value === known?.stored[at];
    // Of what another process writes only what differs is known.
    if (!isWritten && row.every(isSame)) return false;
    const times = { nextRunAt, lastRunAt, createdAt };
    const stamps = { changed: ++changes, stored: row };
    const counted = { status, pausedBy, consecutiveFailures, ...times, successfulRuns, failedRuns, ...stamps };
    if (known !== undefined && row.slice(0, described).every(isSame)) {
      Object.assign(known, counted);
      return false;
    }
    const listed = JSON.parse(tags) as string[];
    const fresh: IndexedSchedule = {
      id,
      name,
      key: known?.name === name ? known.key : naturalKey(name),
      text: [name, id, workflowName, ...listed, note ?? ""].join("\n").toLowerCase(),
      workflowName,
      tags: listed,
      ...counted,
    };
    if (known === undefined) byId.set(id, fresh);
    const moves = known?.key !== fresh.key;
    if (known !== undefined) Object.assign(known, fresh);
    return moves;
  }

  function sort(): void {
    sorted = [...byId.values()].sort(inOrder);
  }

  function readAll(): void {
    const rows = everything.all();
    const there = new Set(rows.map(([id]) => id));
    for (const id of byId.keys()) if (!there.has(id)) byId.delete(id);
    for (const row of rows) put(row, false);
    sort();
    version++;
    wholeReadings++;
  }

  /** False where it has to be begun anew: somebody has written meanwhile, or has read all. */
  async function readInSlices(): Promise<boolean> {
    const others = dataVersion.get() as number;
    const before = wholeReadings;
    const rest = restNowAndThen();
    const there = new Set<string>();
    for (let last: string | undefined = ""; last !== undefined; ) {
      const rows = page.all(last, rowsAtOnce);
      for (const row of rows) {
        there.add(row[0]);
        put(row, false);
      }
      last = rows.length < rowsAtOnce ? undefined : rows.at(-1)?.[0];
      await rest();
      if (wholeReadings !== before) return false;
    }
    if (dataVersion.get() !== others) return false;
    // One that was written behind the reading is noted, and is read once it is asked for.
    for (const id of byId.keys()) if (!there.has(id)) byId.delete(id);
    const merged = await sortInSlices([...byId.values()], rest);
    if (wholeReadings !== before) return false;
    sorted = merged;
    version++;
    readAt = others;
    return dataVersion.get() === others;
  }

  async function prepare(): Promise<void> {
    for (let n = 0; n < mostReadings; n++) {
      if (sql.inTransaction || readAt === dataVersion.get()) return;
      if (!follows) follow();
      if (await readInSlices()) return;
    }
  }

  function readNoted(): void {
    let moved = false;
    for (const id of noted) {
      const row = one.get(id);
      if (row === undefined) moved = byId.delete(id) || moved;
      else if (put(row, true)) moved = true;
    }
    if (moved) sort();
    version++;
  }

  function refresh(): void {
    // Rolled back, a transaction takes back what was read in it, and triggers that were made in it: nothing of it is kept.
    const kept = !sql.inTransaction;
    if (!follows && kept) follow();
    const now = dataVersion.get() as number;
    if (readAt !== now) {
      if (kept) noted.clear();
      readAll();
      readAt = kept ? now : null;
    } else if (noted.size > 0) {
      readNoted();
      if (kept) noted.clear();
    }
  }

  return {
    all() {
      refresh();
      return sorted;
    },
    stamps(ids) {
      refresh();
      return ids.map((id) => byId.get(id)?.changed);
    },
    version() {
      refresh();
      return version;
    },
    prepare() {
      preparing ??= prepare().finally(() => {
        preparing = null;
      });
      return preparing;
    },
  };
}

const inOrder = (a: IndexedSchedule, b: IndexedSchedule): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/** Gives others their turn where it is due. */
function restNowAndThen(): () => Promise<void> {
  let until = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < until) return;
    await new Promise<void>((done) => setImmediate(done));
    until = performance.now() + sliceMs;
  };
}

async function sortInSlices(items: readonly IndexedSchedule[], rest: () => Promise<void>): Promise<IndexedSchedule[]> {
  let parts: IndexedSchedule[][] = [];
  for (let at = 0; at < items.length; at += sortedAtOnce) {
    parts.push(items.slice(at, at + sortedAtOnce).sort(inOrder));
    await rest();
  }
  while (parts.length > 1) {
    const fewer: IndexedSchedule[][] = [];
    for (let i = 0; i < parts.length; i += 2) fewer.push(await merge(parts[i] ?? [], parts[i + 1] ?? [], rest));
    parts = fewer;
  }
  return parts[0] ?? [];
}

async function merge(
  one: readonly IndexedSchedule[],
  other: readonly IndexedSchedule[],
  rest: () => Promise<void>,
): Promise<IndexedSchedule[]> {
  const merged: IndexedSchedule[] = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const [a, b] = [one[i], other[j]];
    if (a !== undefined && (b === undefined || inOrder(a, b) <= 0)) {
      merged.push(a);
      i++;
    } else if (b !== undefined) {
      merged.push(b);
      j++;
    }
    if (merged.length % mergedAtOnce === 0) await rest();
  }
  return merged;
}
