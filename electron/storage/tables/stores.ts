import type { Connection } from "../sqlite.ts";
import { createRetentionStore, type RetentionStore } from "../upkeep/retention.ts";
import { type ActivityStore, createActivityStore } from "./activity.ts";
import { type CalendarStore, createCalendarStore } from "./calendars.ts";
import { type ChangeStore, createChangeStore } from "./changes.ts";
import { createDowntimeStore, type DowntimeStore } from "./downtimes.ts";
import { createEventTriggerStore, type EventTriggerStore } from "./eventTriggers.ts";
import { createLeaseStore, type LeaseStore } from "./leases.ts";
import { createOmissionStore, type OmissionStore } from "./omissions.ts";
import { type AttemptStore, createAttemptStore } from "./runs/attempts.ts";
import { createLateResultStore, type LateResultStore } from "./runs/lateResults.ts";
import { createLogStore, type LogStore } from "./runs/logs.ts";
import { createOutboxStore, type OutboxStore } from "./runs/outbox.ts";
import { createPoolStore, type PoolStore } from "./runs/pools.ts";
import { createRetakeStore, type RetakeStore } from "./runs/retakes.ts";
import { createRunQueueStore, type RunQueueStore } from "./runs/runQueue.ts";
import { createRunStore, type RunStore } from "./runs/runs.ts";
import { createStepStore, type StepStore } from "./runs/steps.ts";
import { createScheduleStore, type ScheduleStore } from "./schedules.ts";
import { createSettingStore, type SettingStore } from "./settings.ts";

/** Every table's statements over one connection. */
export interface Stores {
  schedules: ScheduleStore;
  eventTriggers: EventTriggerStore;
  runs: RunStore;
  queue: RunQueueStore;
  pools: PoolStore;
  omissions: OmissionStore;
  activity: ActivityStore;
  attempts: AttemptStore;
  steps: StepStore;
  logs: LogStore;
  outbox: OutboxStore;
  retakes: RetakeStore;
  lateResults: LateResultStore;
  settings: SettingStore;
  calendars: CalendarStore;
  downtimes: DowntimeStore;
  leases: LeaseStore;
  changes: ChangeStore;
  retention: RetentionStore;
}

export function createStores(sql: Connection): Stores {
  return {
    schedules: createScheduleStore(sql),
    eventTriggers: createEventTriggerStore(sql),
    runs: createRunStore(sql),
    queue: createRunQueueStore(sql),
    pools: createPoolStore(sql),
    omissions: createOmissionStore(sql),
    activity: createActivityStore(sql),
    attempts: createAttemptStore(sql),
    steps: createStepStore(sql),
    logs: createLogStore(sql),
    outbox: createOutboxStore(sql),
    retakes: createRetakeStore(sql),
    lateResults: createLateResultStore(sql),
    settings: createSettingStore(sql),
    calendars: createCalendarStore(sql),
    downtimes: createDowntimeStore(sql),
    leases: createLeaseStore(sql),
    changes: createChangeStore(sql),
    retention: createRetentionStore(sql),
  };
}
