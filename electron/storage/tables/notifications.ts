import type {
  ChannelConfig,
  Delivery,
  NoticeEvent,
  NoticeMessage,
  NotificationChannel,
  NotificationRule,
} from "../../../shared/domain/notifications.ts";
import { desktopAnswers } from "../../../shared/domain/notifications.ts";
import type { Connection } from "../sqlite.ts";

/** A change that a rule tells of, not yet made into messages. Times are epoch ms. */
export interface NoticeRow {
  id: number;
  ruleName: string;
  scheduleId: string | null;
  runId: string | null;
  event: NoticeEvent;
  /** JSON. */
  details: string;
  at: number;
}

export interface DeliveryRow {
  id: number;
  channelName: string;
  message: string;
  status: Delivery["status"];
  attempts: number;
  createdAt: number;
  triedAt: number | null;
  nextAttemptAt: number | null;
  answer: string | null;
}

/** Runs that are ready and have waited for long, by schedule. */
export interface WaitingSchedule {
  scheduleId: string;
  runId: string;
  count: number;
  sinceAt: number;
}

interface ChannelRow {
  name: string;
  config: string;
  enabled: number;
}
interface RuleRow {
  name: string;
  rule: string;
  enabled: number;
  queued: number;
}

const deliveryColumns = `id, channel_name as channelName, message, status, attempts, created_at as createdAt,
  tried_at as triedAt, next_attempt_at as nextAttemptAt, answer`;
/** So many deliveries that are over are remembered. */
const DELIVERIES_KEPT = 2000;

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const deliveryView = (row: DeliveryRow): Delivery => ({
  deliveryId: row.id,
  channel: row.channelName,
  message: JSON.parse(row.message) as NoticeMessage,
  status: row.status,
  attempts: row.attempts,
  createdAt: new Date(row.createdAt).toISOString(),
  triedAt: iso(row.triedAt),
  nextAttemptAt: iso(row.nextAttemptAt),
  answer: row.answer,
});

export function createNotificationStore(sql: Connection) {
  const channels = sql.prepare<[], ChannelRow>("select name, config, enabled from notification_channels order by name");
  const channel = sql.prepare<[string], ChannelRow>(
    "select name, config, enabled from notification_channels where name = ?",
  );
  const putChannel = sql.prepare<[ChannelRow & { kind: string; at: number }]>(
    `insert into notification_channels (name, kind, config, enabled, updated_at) values (@name, @kind, @config, @enabled, @at)
     on conflict (name) do update set kind = @kind, config = @config, enabled = @enabled, updated_at = @at`,
  );
  const removeChannel = sql.prepare<[string]>("delete from notification_channels where name = ?");
  const rules = sql.prepare<[], RuleRow>("select name, rule, enabled, queued from notification_rules order by name");
  const putRule = sql.prepare<[{ name: string; rule: string; enabled: number; at: number }]>(
    `insert into notification_rules (name, rule, enabled, updated_at) values (@name, @rule, @enabled, @at)
     on conflict (name) do update set rule = @rule, enabled = @enabled, updated_at = @at`,
  );
  const removeRule = sql.prepare<[string]>("delete from notification_rules where name = ?");
  const setQueued = sql.prepare<[number, string]>("update notification_rules set queued = ? where name = ?");
  const version = sql.prepare<[], number>("select version from changes where topic = 'notifications'").pluck();
  const states = sql.prepare<[string], { ruleName: string; state: string }>(
    "select rule_name as ruleName, state from notification_states where schedule_id = ?",
  );
  const putState = sql.prepare<[string, string, string]>(
    `insert into notification_states (schedule_id, rule_name, state) values (?, ?, ?)
     on conflict (schedule_id, rule_name) do update set state = excluded.state`,
  );
  const removeState = sql.prepare<[string, string]>(
    "delete from notification_states where schedule_id = ? and rule_name = ?",
  );
  const addNotice = sql.prepare<[Omit<NoticeRow, "id">]>(
    `insert into notices (rule_name, schedule_id, run_id, event, details, at)
     values (@ruleName, @scheduleId, @runId, @event, @details, @at)`,
  );
  const addToMissed = sql.prepare<[{ ruleName: string; scheduleId: string; count: number }]>(
    `update notices set details = json_set(details, '$.count', coalesce(json_extract(details, '$.count'), 1) + @count)
     where id = (select max(id) from notices where schedule_id = @scheduleId and rule_name = @ruleName and event = 'missed')`,
  );
  const noticesOf = sql.prepare<[string], NoticeRow>(
    `select id, rule_name as ruleName, schedule_id as scheduleId, run_id as runId, event, details, at
     from notices where rule_name = ? order by id limit 10000`,
  );
  const noticedRules = sql.prepare<[], string>("select distinct rule_name from notices").pluck();
  const removeNotices = sql.prepare<[string, number]>("delete from notices where rule_name = ? and id <= ?");
  const addDelivery = sql.prepare<[string, string, string, number, number]>(
    `insert into notification_deliveries (rule_name, channel_name, message, status, created_at, next_attempt_at)
     values (?, ?, ?, 'pending', ?, ?)`,
  );
  const due = sql.prepare<[number, number], DeliveryRow>(
    `select ${deliveryColumns} from notification_deliveries where status = 'pending' and next_attempt_at <= ?
     order by next_attempt_at, id limit ?`,
  );
  const nextDueAt = sql
    .prepare<[], number | null>("select min(next_attempt_at) from notification_deliveries where status = 'pending'")
    .pluck();
  const settle = sql.prepare<
    [Pick<DeliveryRow, "id" | "status" | "nextAttemptAt" | "answer"> & { at: number; shown: string }]
  >(
    `update notification_deliveries set status = @status, attempts = attempts + 1, tried_at = @at,
       next_attempt_at = @nextAttemptAt,
       answer = case when answer = @shown then answer else @answer end where id = @id and status = 'pending'`,
  );
  const again = sql.prepare<[{ id: number; at: number }]>(
    `update notification_deliveries set status = 'pending', created_at = @at, next_attempt_at = @at where id = @id and status = 'failed'`,
  );
  const drop = sql.prepare<[string]>(
    "delete from notification_deliveries where channel_name = ? and status = 'pending'",
  );
  const listed = sql.prepare<[{ status: string | null; before: number; limit: number }], DeliveryRow>(
    `select ${deliveryColumns} from notification_deliveries where (@status is null or status = @status) and id < @before
     order by id desc limit @limit`,
  );
  const lastOf = sql.prepare<[string], DeliveryRow>(
    `select ${deliveryColumns} from notification_deliveries where channel_name = ? order by id desc limit 1`,
  );
  const desktopAfter = sql.prepare<[number], DeliveryRow>(
    `select ${deliveryColumns} from notification_deliveries d where id > ? and exists
       (select 1 from notification_channels c where c.name = d.channel_name and c.kind = 'desktop') order by id limit 100`,
  );
  const setAnswer = sql.prepare<[string, number, string]>(
    "update notification_deliveries set answer = ? where id = ? and (answer = ? or answer is null)",
  );
  const lastId = sql.prepare<[], number>("select coalesce(max(id), 0) from notification_deliveries").pluck();
  const prune = sql.prepare<[number]>(
    "delete from notification_deliveries where status <> 'pending' and id <= (select max(id) from notification_deliveries) - ?",
  );
  const countOf = sql.prepare<[string], { dayAt: number; sent: number }>(
    "select day_at as dayAt, day_messages as sent from notification_rules where name = ?",
  );
  const putCount = sql.prepare<[number, number, string]>(
    "update notification_rules set day_at = ?, day_messages = ? where name = ?",
  );
  const waiting = sql.prepare<[number], WaitingSchedule>(
    `select schedule_id as scheduleId, min(id) as runId, count(*) as count, min(ready_at) as sinceAt from runs
     where status = 'pending' and not_before_at is null and ready_at <= ? and sent_to is null and schedule_id is not null and backfill_id is null
     group by schedule_id`,
  );
  const downtimeAt = sql.prepare<[number, number], { kind: string; fromAt: number; toAt: number }>(
    "select kind, from_at as fromAt, to_at as toAt from downtimes where from_at <= ? and to_at >= ? order by id desc limit 1",
  );

  const channelOf = (row: ChannelRow): NotificationChannel => ({
    name: row.name,
    enabled: row.enabled === 1,
    config: JSON.parse(row.config) as ChannelConfig,
  });

  return {
    channels: (): NotificationChannel[] => channels.all().map(channelOf),
    channel(name: string): NotificationChannel | undefined {
      const row = channel.get(name);
      return row === undefined ? undefined : channelOf(row);
    },
    putChannel: ({ name, enabled, config }: NotificationChannel, at: number): void =>
      void putChannel.run({ name, kind: config.kind, config: JSON.stringify(config), enabled: enabled ? 1 : 0, at }),
    removeChannel(name: string): boolean {
      drop.run(name);
      return removeChannel.run(name).changes > 0;
    },
    rules: (): (NotificationRule & { queued: boolean })[] =>
      rules.all().map((row) => ({
        ...(JSON.parse(row.rule) as NotificationRule),
        name: row.name,
        enabled: row.enabled === 1,
        queued: row.queued === 1,
      })),
    putRule: ({ name, enabled, ...rule }: NotificationRule, at: number): void =>
      void putRule.run({ name, rule: JSON.stringify(rule), enabled: enabled ? 1 : 0, at }),
    removeRule: (name: string): boolean => removeRule.run(name).changes > 0,
    setQueued: (name: string, queued: boolean): void => void setQueued.run(queued ? 1 : 0, name),
    /** Counts up with each change of a channel or rule, by whichever process. */
    version: (): number => version.get() ?? 0,
    /** What each rule has told of a schedule, as JSON by the rule's name. */
    states: (scheduleId: string): { ruleName: string; state: string }[] => states.all(scheduleId),
    /** Null: nothing. */
    putState: (scheduleId: string, ruleName: string, state: string | null): void =>
      void (state === null ? removeState.run(scheduleId, ruleName) : putState.run(scheduleId, ruleName, state)),
    addNotice: (row: Omit<NoticeRow, "id">): void => void addNotice.run(row),
    /** Adds to the count of what was missed where that is not told yet. */
    addToMissed: (ruleName: string, scheduleId: string, count: number): void =>
      void addToMissed.run({ ruleName, scheduleId, count }),
    noticedRules: (): string[] => noticedRules.all(),
    /** Oldest first. */
    noticesOf: (ruleName: string): NoticeRow[] => noticesOf.all(ruleName),
    removeNotices: (ruleName: string, upToId: number): void => void removeNotices.run(ruleName, upToId),
    addDelivery: (ruleName: string, channelName: string, message: NoticeMessage, at: number): void =>
      void addDelivery.run(ruleName, channelName, JSON.stringify(message), at, at),
    due: (at: number, limit: number): DeliveryRow[] => due.all(at, limit),
    nextDueAt: (): number | null => nextDueAt.get() ?? null,
    settle: (row: Pick<DeliveryRow, "id" | "status" | "nextAttemptAt" | "answer">, at: number): void =>
      void settle.run({ ...row, at, shown: desktopAnswers.shown }),
    /** One that failed is tried anew, for as long as a new one; false where there is none. */
    again: (id: number, at: number): boolean => again.run({ id, at }).changes > 0,
    deliveries: (status: Delivery["status"] | null, before: number, limit: number): Delivery[] =>
      listed.all({ status, before, limit }).map(deliveryView),
    lastOf(channelName: string): Delivery | null {
      const row = lastOf.get(channelName);
      return row === undefined ? null : deliveryView(row);
    },
    /** Those for the desktop made after one, oldest first. */
    desktopAfter: (id: number): Delivery[] => desktopAfter.all(id).map(deliveryView),
    /** Those that were left for the desktop program and that it has shown. */
    shown: (ids: readonly number[]): void => {
      for (const id of ids) setAnswer.run(desktopAnswers.shown, id, desktopAnswers.left);
    },
    lastId: (): number => lastId.get() ?? 0,
    prune: (): void => void prune.run(DELIVERIES_KEPT),
    count: (ruleName: string): { dayAt: number; sent: number } => countOf.get(ruleName) ?? { dayAt: 0, sent: 0 },
    putCount: (ruleName: string, dayAt: number, sent: number): void => void putCount.run(dayAt, sent, ruleName),
    waiting: (readyBeforeAt: number): WaitingSchedule[] => waiting.all(readyBeforeAt),
    /** The time around an instant in which nothing fired. */
    downtimeAt: (at: number) => downtimeAt.get(at, at),
  };
}
export type NotificationStore = ReturnType<typeof createNotificationStore>;
