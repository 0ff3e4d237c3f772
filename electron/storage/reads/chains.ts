import type { ChainLink, ChainMember, ChainRun } from "../../../shared/domain/chain.ts";
import type { RunError, RunStatus } from "../../../shared/domain/run.ts";
import type { OmissionReason, ScheduleStatus } from "../../../shared/domain/schedule.ts";
import type { AfterOutcome, ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { Connection } from "../sqlite.ts";

/** A member with what else its schedule says of when it runs. */
export interface ChainMemberReading extends ChainMember {
  /** Null where there is no such schedule any more. */
  spec: ScheduleSpec | null;
  /** Epoch ms. */
  nextRunAt: number | null;
}

/** All schedules that come after each other, by however many others, and what came of each link. */
export interface ChainReading {
  members: ChainMemberReading[];
  links: ChainLink[];
  /** Whether there are more than were asked for. */
  more: boolean;
}

/** How far back a schedule's runs are looked through for one that is no backfill's. */
const lookedAt = 500;
const mostCharacters = 300;

interface LinkRow {
  from: string;
  to: string;
  outcome: AfterOutcome;
  delayMs: number;
  sinceAt: number;
}

interface RunRow extends Omit<ChainRun, "warning" | "error"> {
  warned: number;
  error: string | null;
}

const lastIn = (condition: string): string => `select id as runId, status, warning is not null as warned, error,
    created_at as createdAt, started_at as startedAt, completed_at as completedAt
  from (select * from runs where schedule_id = ? order by id desc limit ${lookedAt})
  where backfill_id is null and ${condition} order by runId desc limit 1`;

export function createChainReads(sql: Connection) {
  const columns = 'source_id as "from", schedule_id as "to", outcome, delay_ms as delayMs, since_at as sinceAt';
  const isThere = "schedule_id in (select id from schedules where status <> 'deleted')";
  const into = sql.prepare<[string], LinkRow>(
    `select ${columns} from event_triggers where schedule_id = ? and kind = 'after' and ${isThere} order by source_id, outcome, delay_ms`,
  );
  const outOf = sql.prepare<[string], LinkRow>(
    `select ${columns} from event_triggers where kind = 'after' and source_id = ? and ${isThere} order by schedule_id, outcome, delay_ms`,
  );
  const schedule = sql.prepare<
    [string],
    { name: string; status: ScheduleStatus; spec: string; nextRunAt: number | null }
  >("select name, status, spec, next_run_at as nextRunAt from schedules where id = ?");
  const lastRun = sql.prepare<[string], RunRow>(lastIn("true"));
  // Those that start what comes after them: see `startFollowers`.
  const lastEnd = sql.prepare<[string], RunRow>(lastIn("started_at is not null and completed_at is not null"));
  const startedBy = sql
    .prepare<[string, string], string>("select id from runs where schedule_id = ? and event = ?")
    .pluck();
  const waits = sql
    .prepare<[string, string], number>("select due_at from event_waits where schedule_id = ? and event = ?")
    .pluck();
  const skippedAt = sql
    .prepare<[string, number, number], OmissionReason>(
      `select reason from omissions where schedule_id = ? and first_at <= ? and last_at >= ? and kind = 'skipped'
       order by first_at desc limit 1`,
    )
    .pluck();

  function memberOf(scheduleId: string): ChainMemberReading {
    const found = schedule.get(scheduleId);
    const run = lastRun.get(scheduleId);
    const end = lastEnd.get(scheduleId);
    return {
      scheduleId,
      name: found?.name ?? scheduleId,
      status: found === undefined || found.status === "deleted" ? "gone" : found.status,
      spec: found === undefined ? null : (JSON.parse(found.spec) as ScheduleSpec),
      nextRunAt: found?.nextRunAt ?? null,
      lastRun: run === undefined ? null : runOf(run),
      lastEnd:
        end?.completedAt == null
          ? null
          : { runId: end.runId, outcome: end.status as RunStatus, at: end.completedAt, createdAt: end.createdAt },
    };
  }

  function linkOf(row: LinkRow, source: ChainMember): ChainLink {
    const { lastEnd: ended } = source;
    if (ended === null) return { ...row, started: null, waitsUntil: null, skipped: null };
    const event = row.delayMs === 0 ? `after:${ended.runId}` : `after:${ended.runId}+${row.delayMs}`;
    const at = ended.at + row.delayMs;
    return {
      ...row,
      started: startedBy.get(row.to, event) ?? null,
      waitsUntil: waits.get(row.to, event) ?? null,
      skipped: skippedAt.get(row.to, at, at) ?? null,
    };
  }

  return {
    /** The chain that a schedule belongs to, the nearest `most` members of it: itself alone where it has none. */
    chainOf(scheduleId: string, most: number): ChainReading {
      const ids = new Set([scheduleId]);
      const rows = new Map<string, LinkRow>();
      let more = false;
      // Grows while it is walked.
      for (const id of ids) {
        for (const row of [...into.all(id), ...outOf.all(id)]) {
          const other = row.from === id ? row.to : row.from;
          if (!ids.has(other) && ids.size >= most) {
            more = true;
            continue;
          }
          ids.add(other);
          rows.set(JSON.stringify([row.from, row.to, row.outcome, row.delayMs]), row);
        }
      }
      const members = [...ids].map(memberOf);
      const byId = new Map(members.map((member) => [member.scheduleId, member]));
      const links = [...rows.values()].flatMap((row) => {
        const source = byId.get(row.from);
        return source === undefined ? [] : [linkOf(row, source)];
      });
      return { members, links, more };
    },
  };
}

function runOf({ warned, error, ...run }: RunRow): ChainRun {
  const message = error === null ? null : (JSON.parse(error) as RunError).message;
  return { ...run, warning: warned !== 0, error: message === null ? null : message.slice(0, mostCharacters) };
}
