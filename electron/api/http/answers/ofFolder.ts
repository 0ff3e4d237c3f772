import { z } from "zod";
import { channelConfigSchema } from "../../../../shared/api/notifications.ts";
import { noticeEvents } from "../../../../shared/domain/notifications.ts";
import {
  count,
  countOrNull,
  deleted,
  excludedEntry,
  idOfRun,
  instant,
  instantOrNull,
  json,
  keep,
  namedSchedule,
  outcomeMark,
  text,
  textOrNull,
  yes,
} from "./parts.ts";

const progress = z.object({ done: count, total: count }).nullable();
const object = z.record(z.string(), z.unknown());

const workflow = keep(
  "Workflow",
  z.object({
    name: text,
    description: text,
    source: z.union([
      z.object({ kind: z.literal("builtin") }),
      z.object({ kind: z.literal("file"), path: text, hash: text, files: z.array(text) }),
    ]),
    inputSchema: object.nullable(),
    defaults: object,
    declaration: object.nullable(),
    stepNames: z.array(text),
    queue: textOrNull,
    memoryLimit: textOrNull,
    durable: yes.optional(),
    schedules: z.array(namedSchedule),
    lastRuns: z.array(outcomeMark),
    memory: z.object({ limit: text, by: z.enum(["workflow", "code", "settings"]) }),
  }),
);
const workflowsPage = z.object({
  workflows: z.array(workflow),
  errors: z.array(z.object({ path: text, line: countOrNull, column: countOrNull, message: text, stack: textOrNull })),
  paths: z.array(text),
});

/** Answers about workflows. */
export const workflows = {
  list: workflowsPage,
  run: idOfRun,
  update: workflow.nullable(),
  agents: z.array(text),
  reload: workflowsPage,
  setPaths: workflowsPage,
};

const entries = z.array(json);
const fileReading = z.object({ name: text, entries, notes: z.array(text) });

/** Answers about exclusion calendars. */
export const calendars = {
  list: z.array(
    z.object({
      name: text,
      entries,
      updatedAt: instant,
      usedBy: count,
      source: z.object({ url: text, readAt: instantOrNull, triedAt: instantOrNull, problem: textOrNull }).nullable(),
    }),
  ),
  follow: fileReading,
  unfollow: z.object({ unfollowed: yes }),
  save: z.object({ name: text, entries }),
  show: z.object({
    dates: z.array(text),
    windows: z.array(z.object({ from: text, to: text, timezone: text.optional() })),
    rules: z.array(excludedEntry),
  }),
  delete: deleted,
  importICal: fileReading,
  readingProgress: progress,
  stopReading: z.null(),
};

const pool = keep("Pool", z.object({ name: text, limit: count, workflows: z.array(text), tags: z.array(text) }));
/** Answers about pools. */
export const pools = { list: z.array(pool), set: pool, delete: deleted };

const hookFields = {
  hookId: text,
  name: text,
  scheduleId: textOrNull,
  workflowName: textOrNull,
  takesInput: yes,
  path: text,
  createdAt: instant,
  lastUsedAt: instantOrNull,
  lastStatus: countOrNull,
  lastSaid: textOrNull,
  lastRunId: textOrNull,
  started: count,
  refused: count,
  limited: count,
  wrongSecrets: count,
  wrongSecretAt: instantOrNull,
};
const hook = keep("Hook", z.object(hookFields));
const createdHook = keep("CreatedHook", z.object({ ...hookFields, token: text }));
/** Answers about hooks. */
export const hooks = {
  list: z.array(hook),
  origins: z.array(text),
  create: createdHook,
  rotate: createdHook,
  delete: deleted,
  test: z.object({ status: count, runId: textOrNull, said: text, tookMs: count, origin: text }),
};

const listeningState = z.object({ port: countOrNull, origin: textOrNull, error: textOrNull });
/** Answers about where the desktop program listens. */
export const listening = { state: listeningState.nullable(), choose: listeningState };

const delivery = keep(
  "Delivery",
  z.object({
    deliveryId: count,
    channel: text,
    message: z.object({
      title: text,
      body: text,
      path: text,
      event: z.enum([...noticeEvents, "digest", "test"]),
      rule: text,
      scheduleIds: z.array(text),
      at: instant,
    }),
    status: z.enum(["pending", "sent", "failed"]),
    attempts: count,
    createdAt: instant,
    triedAt: instantOrNull,
    nextAttemptAt: instantOrNull,
    answer: textOrNull,
  }),
);
const channel = keep(
  "Channel",
  z.object({
    name: text,
    enabled: yes,
    config: channelConfigSchema,
    stored: z.array(z.enum(["url", "token", "password"])).nullable(),
    rules: z.array(text),
    last: delivery.nullable(),
  }),
);
const rule = keep(
  "Rule",
  z.object({
    name: text,
    enabled: yes,
    events: z.array(z.enum(noticeEvents)),
    schedules: z.array(text),
    tags: z.array(text),
    failuresInARow: count,
    queuedAfter: text,
    channels: z.array(text),
    dailyCap: countOrNull,
    quietHours: z.object({ from: text, to: text, timezone: textOrNull }).nullable(),
  }),
);
/** Answers about notifications. */
export const notifications = {
  channels: z.array(channel),
  setChannel: channel,
  deleteChannel: deleted,
  test: z.object({ ok: yes, answer: text, tookMs: count }),
  rules: z.array(rule),
  setRule: rule,
  deleteRule: deleted,
  deliveries: z.array(delivery),
  retry: z.object({ retried: count }),
};
