import type { Connection } from "../sqlite.ts";
import initial from "./migrations/0001-initial.sql?raw";
import attempts from "./migrations/0002-attempts.sql?raw";
import activeByStatus from "./migrations/0003-active-by-status.sql?raw";
import runOutcomes from "./migrations/0004-run-outcomes.sql?raw";
import { keepReadings } from "./migrations/0005-keep-readings.ts";
import access from "./migrations/0006-access.sql?raw";
import commandSurroundings from "./migrations/0007-command-surroundings.sql?raw";
import turns from "./migrations/0008-turns.sql?raw";
import leasePlace from "./migrations/0009-lease-place.sql?raw";
import runLimits from "./migrations/0010-run-limits.sql?raw";
import importOrigins from "./migrations/0011-import-origins.sql?raw";
import pools from "./migrations/0012-pools.sql?raw";
import queues from "./migrations/0013-queues.sql?raw";
import handOvers from "./migrations/0014-hand-overs.sql?raw";
import takenResults from "./migrations/0015-taken-results.sql?raw";
import notifications from "./migrations/0016-notifications.sql?raw";
import events from "./migrations/0017-events.sql?raw";
import keepRuns from "./migrations/0018-keep-runs.sql?raw";
import eventDelays from "./migrations/0019-event-delays.sql?raw";
import troubledRuns from "./migrations/0020-troubled-runs.sql?raw";
import hooks from "./migrations/0021-hooks.sql?raw";
import triggerAges from "./migrations/0022-trigger-ages.sql?raw";
import hookAnswers from "./migrations/0023-hook-answers.sql?raw";
import runMeasures from "./migrations/0024-run-measures.sql?raw";
import asked from "./migrations/0025-asked.sql?raw";
import calledOffRuns from "./migrations/0026-called-off-runs.sql?raw";
import firstStarts from "./migrations/0027-first-starts.sql?raw";
import failuresAtResume from "./migrations/0028-failures-at-resume.sql?raw";
import editsOfSchedules from "./migrations/0029-edits-of-schedules.sql?raw";
import linesOfImports from "./migrations/0030-lines-of-imports.sql?raw";
import wordsOneByOne from "./migrations/0031-words-one-by-one.sql?raw";

interface Migration {
  name: string;
  sql: string;
  /** Changes the text of the schema itself, which a connection refuses unless it is told. */
  editsSchema?: boolean;
  /** What SQL cannot say, done after it in the same transaction. */
  step?: (connection: Connection) => void;
}

/** In order; the position (from 1) is the version a migration leads to. Released ones are never edited. */
export const migrations: readonly Migration[] = [
  { name: "0001-initial", sql: initial },
  { name: "0002-attempts", sql: attempts },
  { name: "0003-active-by-status", sql: activeByStatus },
  { name: "0004-run-outcomes", sql: runOutcomes, editsSchema: true },
  { name: "0005-keep-readings", sql: "", step: keepReadings },
  { name: "0006-access", sql: access },
  { name: "0007-command-surroundings", sql: commandSurroundings },
  { name: "0008-turns", sql: turns },
  { name: "0009-lease-place", sql: leasePlace },
  { name: "0010-run-limits", sql: runLimits },
  { name: "0011-import-origins", sql: importOrigins },
  { name: "0012-pools", sql: pools },
  { name: "0013-queues", sql: queues },
  { name: "0014-hand-overs", sql: handOvers },
  { name: "0015-taken-results", sql: takenResults },
  { name: "0016-notifications", sql: notifications },
  { name: "0017-events", sql: events },
  { name: "0018-keep-runs", sql: keepRuns },
  { name: "0019-event-delays", sql: eventDelays },
  { name: "0020-troubled-runs", sql: troubledRuns },
  { name: "0021-hooks", sql: hooks },
  { name: "0022-trigger-ages", sql: triggerAges },
  { name: "0023-hook-answers", sql: hookAnswers },
  { name: "0024-run-measures", sql: runMeasures },
  { name: "0025-asked", sql: asked },
  { name: "0026-called-off-runs", sql: calledOffRuns },
  { name: "0027-first-starts", sql: firstStarts },
  { name: "0028-failures-at-resume", sql: failuresAtResume },
  { name: "0029-edits-of-schedules", sql: editsOfSchedules },
  { name: "0030-lines-of-imports", sql: linesOfImports },
  { name: "0031-words-one-by-one", sql: wordsOneByOne, editsSchema: true },
];

/** Marks a file as ours: "ALMN". */
export const APPLICATION_ID = 0x414c4d4e;
export const SCHEMA_VERSION = migrations.length;

export function schemaVersion(connection: Connection): number {
  return connection.pragma("user_version", { simple: true }) as number;
}

/** Inside a transaction of the caller's. */
export function runMigration(connection: Connection, { sql, editsSchema = false, step }: Migration): void {
  connection.unsafeMode(editsSchema);
  try {
    connection.exec(sql);
  } finally {
    connection.unsafeMode(false);
  }
  step?.(connection);
}

/** Brings the schema up to date, each migration in a transaction of its own: it is there whole or not at all. */
export function migrate(connection: Connection): void {
  for (;;) {
    const done = connection
      .transaction(() => {
        // Read inside the transaction: another process may have been faster.
        const version = schemaVersion(connection);
        const next = migrations[version];
        if (next === undefined) return true;
        runMigration(connection, next);
        connection.pragma(`application_id = ${APPLICATION_ID}`);
        connection.pragma(`user_version = ${version + 1}`);
        return false;
      })
      .immediate();
    if (done) return;
  }
}

/** The schema as SQL text, in a stable order. */
export function schemaText(connection: Connection): string {
  const rows = connection
    .prepare<[], { sql: string }>(
      "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by type = 'index', tbl_name, name",
    )
    .all();
  return `${rows.map((row) => `${row.sql};`).join("\n\n")}\n`;
}
