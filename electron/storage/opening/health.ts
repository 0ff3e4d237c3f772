import { statSync } from "node:fs";
import type { DoctorReport } from "../../../shared/api/system.ts";
import { type Counted, countRows } from "../tables/counts.ts";
import type { Database } from "./database.ts";
import { schemaVersion } from "./migrate.ts";

/**
 * The state of an open database. `thorough` reads every page and every run; without it only what a running program has
 * time for.
 */
export function readHealth(
  database: Database,
  thorough: boolean,
): { database: DoctorReport["database"]; countersOff: string[]; sqliteVersion: string } {
  const { sql, path } = database;
  const one = <T>(statement: string): T => sql.prepare<[], T>(statement).pluck().get() as T;
  const integrity = thorough
    ? (sql.pragma("integrity_check(100)") as { integrity_check: string }[]).map((row) => row.integrity_check)
    : (sql.pragma("quick_check(schedules)") as { quick_check: string }[]).map((row) => row.quick_check);
  const countersOff = thorough ? [...offAtOnce(database).keys()] : [];
  return {
    database: {
      path,
      bytes: statSync(path).size,
      schemaVersion: schemaVersion(sql),
      journalMode: String(sql.pragma("journal_mode", { simple: true })),
      integrity,
      foreignKeyViolations: thorough ? (sql.pragma("foreign_key_check") as unknown[]).length : 0,
      schedules: one<number>("select count(*) from schedules where status <> 'deleted'"),
      // The highest number is close enough where counting would hold up a running program.
      runs: one<number>(thorough ? "select count(*) from runs" : "select coalesce(max(seq), 0) from runs"),
    },
    countersOff,
    sqliteVersion: one<string>("select sqlite_version()"),
  };
}

/** Schedules whose counters are off, looked for without a stop. */
function offAtOnce(database: Database): Map<string, Counted> {
  const counting = countRows(database.sql);
  for (;;) {
    const step = counting.next();
    if (step.done) return step.value;
  }
}
