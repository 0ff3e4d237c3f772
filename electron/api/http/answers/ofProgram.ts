import { z } from "zod";
import { scopes } from "../../../../shared/api/access.ts";
import { importFormats } from "../../../../shared/api/exchange.ts";
import { runtimeKinds } from "../../../../shared/api/runtime.ts";
import {
  activityEvent,
  count,
  countOrNull,
  counts,
  deleted,
  instant,
  instantOrNull,
  json,
  keep,
  namedSchedule,
  spec,
  text,
  textOrNull,
  yes,
} from "./parts.ts";

const progress = z.object({ done: count, total: count }).nullable();

const scope = z.enum(scopes);
const tokenFields = {
  name: text,
  scopes: z.array(scope),
  createdAt: instant,
  expiresAt: instantOrNull,
  lastUsedAt: instantOrNull,
  lastUsedFrom: textOrNull,
};
/** Answers about who may ask. */
export const access = {
  me: z.object({ scopes: z.array(scope), tokenName: textOrNull, sessionId: textOrNull }),
  tokens: z.array(keep("Token", z.object(tokenFields))),
  createToken: keep("CreatedToken", z.object({ ...tokenFields, token: text })),
  revokeToken: z.object({ revoked: text }),
  sessions: z.array(
    z.object({
      sessionId: text,
      tokenName: textOrNull,
      scopes: z.array(scope),
      signedInAt: instant,
      lastSeenAt: instant,
      endsWithServer: yes,
      endsAt: instant,
      from: text,
      agent: text,
      origin: text,
      current: yes,
    }),
  ),
  signOut: z.object({ signedOut: text }),
  signOutHere: z.object({ signedOut: text }),
  signIns: z.array(
    z.object({
      at: instant,
      outcome: z.enum(["signed_in", "refused"]),
      tokenName: textOrNull,
      from: text,
      agent: text,
    }),
  ),
  agentCalls: z.array(activityEvent),
};

const owner = z.object({ program: text, pid: count, host: text, heartbeatAt: instant }).nullable();
const backup = keep(
  "Backup",
  z.object({
    name: text,
    path: text,
    createdAt: instant,
    bytes: count,
    reason: z.enum(["rolling", "migration", "import", "delete", "restore", "other"]),
    holds: z.object({ schedules: count, runs: count, newestChangeAt: instantOrNull }).nullable(),
  }),
);
const settings = z.record(z.string(), json);
/** Answers about the program and its data folder. */
export const system = {
  status: z.object({
    role: z.enum(["owner", "client", "stopped"]),
    owner,
    problem: z.object({ code: text, message: text }).nullable(),
    waiting: z.object({ count, since: instant, runId: text, runsAtOnce: count }).nullable(),
    running: count,
    pollIntervalMs: count,
    runtime: z
      .object({
        kind: z.enum(runtimeKinds),
        state: z.enum(["starting", "ready", "paused", "degraded", "stopped"]),
        message: textOrNull,
        workers: count,
        busy: count,
      })
      .nullable(),
    dataDir: text,
    startedAt: instant,
    version: text,
    zone: text,
    locale: text,
    desktop: yes,
  }),
  downtimes: z.array(
    z.object({
      downtimeId: count,
      kind: z.enum(["closed", "asleep", "stalled"]),
      from: instant,
      to: instant,
      due: count,
      ran: count,
      skipped: count,
      missed: count,
      perSchedule: z.array(z.object({ scheduleId: text, name: text, missed: count, from: instant, to: instant })),
    }),
  ),
  dismissDowntime: z.object({ dismissed: count }),
  settings,
  setSetting: settings,
  doctor: z.object({
    dataDir: text,
    database: z.object({
      path: text,
      bytes: count,
      schemaVersion: count,
      journalMode: text,
      integrity: z.array(text),
      foreignKeyViolations: count,
      schedules: count,
      runs: count,
    }),
    owner,
    runtime: text,
    limits: z.array(text),
    runs: z.object({ running: count, runsAtOnce: count }),
    versions: z.record(z.string(), text),
    backups: z.array(backup),
    countersOff: z.array(text),
    problems: z.array(text),
  }),
  diagnostics: z.object({
    fileName: text,
    files: z.array(z.object({ name: text, text })),
    zip: text,
  }),
  backups: z.array(backup),
  planRestore: z.object({
    backup,
    isKnown: yes,
    lost: z.array(namedSchedule),
    changed: z.array(namedSchedule),
    back: z.array(namedSchedule),
    runs: count,
    settings: z.array(text),
    calendars: z.array(text),
  }),
  restoreBackup: z.object({ restoring: text }),
  recount: z.array(z.object({ scheduleId: text, before: counts, after: counts })),
  secrets: z.array(z.object({ name: text, updatedAt: instant })),
  setSecret: z.object({ name: text }),
  deleteSecret: deleted,
};

const imported = { at: instant, actor: text, created: count, updated: count, calendars: count, rules: count };

/** Answers about import and export. */
export const exchange = {
  export: z.object({ text }),
  ical: z.object({ text }),
  importProgress: progress,
  stopImport: z.null(),
  imports: z.array(z.object({ ...imported, undoId: text })),
  imported: z.object(imported),
  undoImport: z.object({
    deleted: count,
    changedBack: count,
    calendars: count,
    rules: count,
    kept: z.array(z.object({ kind: z.enum(["schedule", "calendar", "rule"]), id: text, name: text, why: text })),
  }),
  findMine: z.object({
    files: z.array(z.union([z.object({ name: text, text }), z.object({ name: text, base64: text })])),
    looked: z.array(text),
  }),
  import: z.object({
    formats: z.array(z.enum(importFormats)),
    timezone: text,
    items: z.array(
      z.object({
        kind: z.enum(["schedule", "calendar"]),
        key: text,
        id: text,
        name: text,
        action: z.enum(["create", "update", "unchanged"]),
        changes: z.array(z.object({ field: text, from: json, to: json })),
        notes: z.array(text),
        schedule: z
          .object({
            file: text,
            line: countOrNull,
            workflowName: text,
            input: json,
            spec,
            words: text,
            timezone: text,
            next: z.array(instant),
          })
          .nullable(),
      }),
    ),
    skipped: z.array(text),
    invalid: z.array(z.object({ file: text, line: count, text, reason: text })),
    mail: z.array(z.object({ mailTo: text, schedules: count, channels: z.array(text), rule: text })),
    rules: count,
    created: count,
    updated: count,
    unchanged: count,
    written: yes,
    undoId: textOrNull,
    stopped: yes,
  }),
};

const choice = z.object({
  runtime: z.enum(runtimeKinds),
  redis: textOrNull,
  startedWith: z.enum(runtimeKinds).nullable(),
  problem: textOrNull,
  sharedKey: z.enum(["given", "kept"]).nullable(),
});
/** Answers about what executes runs. */
export const runtime = {
  choice,
  choose: choice,
  setSharedKey: choice,
  test: z.object({
    address: text,
    kind: z.enum(["redis", "valkey", "unknown"]),
    version: textOrNull,
    evictionPolicy: textOrNull,
    persistence: z.enum(["aof", "snapshots", "none"]).nullable(),
    usedMemoryBytes: countOrNull,
    maxMemoryBytes: countOrNull,
    latencyMs: countOrNull,
    clockDifferenceMs: countOrNull,
    problems: z.array(z.object({ code: text, refused: yes, message: text, remedy: text })),
    refused: yes,
  }),
  workers: z.object({
    workers: z.array(
      z.object({
        workerId: text,
        host: text,
        pid: count,
        version: text,
        protocol: count,
        concurrency: count,
        queues: z.array(text),
        workflows: z.array(z.object({ name: text, version: textOrNull, differs: yes })),
        running: z.array(z.object({ runId: text, workflowName: text, startedAt: instant })),
        startedAt: instant,
        lastSeenAt: instant,
        state: z.enum(["online", "late", "gone"]),
        refused: textOrNull,
      }),
    ),
    queues: z.array(
      z.object({
        queue: text,
        workflowName: text,
        waiting: count,
        active: count,
        paused: z.object({ since: instantOrNull }).nullable(),
      }),
    ),
    problem: textOrNull,
    notes: z.array(text),
  }),
  resume: z.object({ resumed: z.array(z.object({ queue: text, workflowName: text })) }),
};

const updateStatus = z.object({
  version: text,
  installedAs: z.enum(["checkout", "deb", "archive", "appimage", "installer", "application"]),
  cannotInstall: textOrNull,
  feed: textOrNull,
  publicKey: textOrNull,
  packaged: z.object({ feed: textOrNull, publicKey: textOrNull }),
  looks: yes,
  state: z.enum(["off", "idle", "checking", "current", "available", "downloading", "ready", "refused", "failed"]),
  offer: z.object({ version: text, releasedAt: instantOrNull, url: textOrNull, isVerified: yes }).nullable(),
  percent: countOrNull,
  problem: textOrNull,
  checkedAt: instantOrNull,
});
/** Answers about updates of the desktop program. */
export const updates = {
  status: updateStatus.nullable(),
  check: updateStatus,
  download: updateStatus,
  install: z.object({ installing: textOrNull }),
};

const folderList = z.object({ folders: z.array(text) });
/** Answers about folders. */
export const folders = { trusted: folderList, trust: folderList, distrust: folderList };
