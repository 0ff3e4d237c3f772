import type { Connection } from "../sqlite.ts";
import { selectList } from "./columns.ts";

/** What starts a schedule, or a workflow, from outside; one of the two is null. Times are epoch ms, booleans 0 or 1. */
export interface HookRow {
  id: string;
  name: string;
  scheduleId: string | null;
  workflowName: string | null;
  takesInput: number;
  secretHash: Buffer;
  createdAt: number;
  /** The last call with its secret: the HTTP status, what was wrong, the run that it has started. */
  lastUsedAt: number | null;
  lastStatus: number | null;
  lastSaid: string | null;
  lastRunId: string | null;
  /** How many calls started a run, were refused one, came too often. */
  started: number;
  refused: number;
  limited: number;
  /** Calls without its secret. */
  wrongSecrets: number;
  wrongSecretAt: number | null;
}

export type NewHook = Pick<
  HookRow,
  "id" | "name" | "scheduleId" | "workflowName" | "takesInput" | "secretHash" | "createdAt"
>;

/** What came of calls since the last time it was written: counts, and the last call with the secret where there was one. */
export interface HookTally {
  started: number;
  refused: number;
  limited: number;
  wrongSecrets: number;
  wrongSecretAt: number | null;
  last: { at: number; status: number; said: string | null; runId: string | null } | null;
}

const columns = selectList([
  "id",
  "name",
  "scheduleId",
  "workflowName",
  "takesInput",
  "secretHash",
  "createdAt",
  "lastUsedAt",
  "lastStatus",
  "lastSaid",
  "lastRunId",
  "started",
  "refused",
  "limited",
  "wrongSecrets",
  "wrongSecretAt",
]);

export function createHookStore(sql: Connection) {
  const get = sql.prepare<[string], HookRow>(`select ${columns} from hooks where id = ?`);
  const all = sql.prepare<[], HookRow>(`select ${columns} from hooks order by name collate nocase`);
  const add = sql.prepare<[NewHook]>(
    `insert into hooks (id, name, schedule_id, workflow_name, takes_input, secret_hash, created_at)
     values (@id, @name, @scheduleId, @workflowName, @takesInput, @secretHash, @createdAt)`,
  );
  const remove = sql.prepare<[string]>("delete from hooks where name = ?");
  const secret = sql.prepare<[Buffer, string]>("update hooks set secret_hash = ? where name = ?");
  const tally = sql.prepare<[Omit<HookTally, "last"> & { id: string }]>(
    `update hooks set started = started + @started, refused = refused + @refused, limited = limited + @limited,
       wrong_secrets = wrong_secrets + @wrongSecrets, wrong_secret_at = coalesce(@wrongSecretAt, wrong_secret_at)
     where id = @id`,
  );
  const last = sql.prepare<[NonNullable<HookTally["last"]> & { id: string }]>(
    `update hooks set last_used_at = @at, last_status = @status, last_said = @said, last_run_id = @runId where id = @id`,
  );
  const called = sql
    .prepare<[string, string], string>("select run_id from hook_calls where hook_id = ? and idempotency_key = ?")
    .pluck();
  const addCall = sql.prepare<[string, string, string, number]>(
    "insert into hook_calls (hook_id, idempotency_key, run_id, at) values (?, ?, ?, ?)",
  );
  const forget = sql.prepare<[string, number]>("delete from hook_calls where hook_id = ? and at <= ?");
  return {
    get: (id: string): HookRow | undefined => get.get(id),
    all: (): HookRow[] => all.all(),
    add: (row: NewHook): void => void add.run(row),
    /** False where there is none of that name. */
    remove: (name: string): boolean => remove.run(name).changes > 0,
    /** Gives it another secret; false where there is none of that name. */
    setSecret: (name: string, secretHash: Buffer): boolean => secret.run(secretHash, name).changes > 0,
    /** Adds what came of calls. */
    tally(id: string, { last: call, ...counts }: HookTally): void {
      tally.run({ id, ...counts });
      if (call !== null) last.run({ id, ...call });
    },
    /** The run that a call with this key has started. */
    called: (id: string, key: string): string | undefined => called.get(id, key),
    addCall: (id: string, key: string, runId: string, at: number): void => void addCall.run(id, key, runId, at),
    /** Forgets calls at or before `at`. */
    forgetCalls: (id: string, at: number): void => void forget.run(id, at),
  };
}
export type HookStore = ReturnType<typeof createHookStore>;
