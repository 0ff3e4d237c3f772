import {
  type ChannelTest,
  type SetChannelInput,
  type SetRuleInput,
  setChannelSchema,
  setRuleSchema,
} from "../../shared/api/notifications.ts";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import { parseWith } from "../../shared/domain/fieldIssues.ts";
import type {
  ChannelSecret,
  Delivery,
  NoticeMessage,
  NotificationChannel,
  NotificationRule,
} from "../../shared/domain/notifications.ts";
import { formatDuration, parseDuration } from "../../shared/schedule/index.ts";
import type { Clock } from "../engine/clock.ts";
import type { Engine } from "../engine/contract.ts";
import type { Connection } from "../storage/sqlite.ts";
import { createNotificationStore } from "../storage/tables/notifications.ts";
import { createRunStore } from "../storage/tables/runs/runs.ts";
import { createScheduleStore } from "../storage/tables/schedules.ts";
import { sendThrough } from "./channels/send.ts";
import { pageUrl } from "./pageUrl.ts";
import { createChannelSecrets, type SecretAccess } from "./secrets.ts";
import { createComposer } from "./sending/composer.ts";
import { createOutbox } from "./sending/outbox.ts";
import { createRecorder } from "./telling/recorder.ts";

/** A channel as pages show it. */
export interface ChannelView extends NotificationChannel {
  /** Which parts of what is secret are stored; null where this program cannot read it. */
  stored: (keyof ChannelSecret)[] | null;
  /** Names of the rules that send to it. */
  rules: string[];
  last: Delivery | null;
}

/** Tells people what changed: their channels and rules, and what became of each message. */
export interface Notifications {
  channels(): ChannelView[];
  setChannel(input: SetChannelInput): ChannelView;
  /** Throws CONFLICT while a rule names it. */
  deleteChannel(name: string): void;
  rules(): NotificationRule[];
  setRule(input: SetRuleInput): NotificationRule;
  deleteRule(name: string): void;
  /** Sends a message at once, whatever fires where, and says what came of it. */
  test(name: string): Promise<ChannelTest>;
  /** Newest first. */
  deliveries(options: {
    status?: Delivery["status"] | undefined;
    before?: number | undefined;
    limit: number;
  }): Delivery[];
  /** Sends one that failed again. */
  retry(deliveryId: number): void;
  /** What the desktop program shows: messages after one, oldest first. */
  forDesktop(afterId: number): Delivery[];
  /** Notes that the desktop program has shown them. */
  shownOnDesktop(deliveryIds: readonly number[]): void;
  lastDeliveryId(): number;
  /** Sends while this process fires. Returns the way to stop, which resolves when nothing is on its way. */
  start(): () => Promise<void>;
}

export interface NotificationsOptions {
  sql: Connection;
  engine: Engine;
  clock: Clock;
  secrets: SecretAccess;
  /** IANA zone of the machine. */
  zone: string;
  report(error: unknown): void;
}

/** Assembles the notifications of one data folder; from now on, what happens in it is recorded for them. */
export function createNotifications(options: NotificationsOptions): Notifications {
  const { sql, engine, clock, zone, report } = options;
  const store = createNotificationStore(sql);
  const schedules = createScheduleStore(sql);
  const runs = createRunStore(sql);
  const secrets = createChannelSecrets(options.secrets);
  const recorder = createRecorder({
    engine,
    store,
    schedules,
    errorOf: (runId) => runs.get(runId)?.error ?? null,
    now: () => clock.now(),
    report,
  });
  engine.follow(recorder.followers);

  const urlOf = (path: string): string => pageUrl(engine, path, null);
  const compose = createComposer({
    engine,
    store,
    nameOf: (scheduleId) => schedules.get(scheduleId)?.name ?? scheduleId,
    zone,
  });
  const outbox = createOutbox({
    engine,
    store,
    clock,
    compose,
    lookAtWaiting: recorder.lookAtWaiting,
    secretOf: secrets.read,
    urlOf,
    send: sendThrough,
    report,
  });

  const viewOf = (channel: NotificationChannel): ChannelView => ({
    ...channel,
    stored: secrets.parts(channel.name),
    rules: store
      .rules()
      .filter(({ channels }) => channels.includes(channel.name))
      .map(({ name }) => name),
    last: store.lastOf(channel.name),
  });
  const existing = (name: string): NotificationChannel => {
    const channel = store.channel(name);
    if (channel !== undefined) return channel;
    const names = store.channels().map((known) => known.name);
    throw notFound("channel", name, names);
  };

  return {
    channels: () => store.channels().map(viewOf),
    setChannel(input) {
      const { name, enabled, config, secret } = parseWith(setChannelSchema, input);
      const before = store.channel(name);
      const kept = before?.config.kind === config.kind ? secrets.read(name) : {};
      const merged = { ...kept, ...secret };
      needSecret(config, merged);
      // First what is secret: a channel without it could not send.
      secrets.write(name, merged);
      engine.write("notifications", () => store.putChannel({ name, enabled, config }, clock.now()));
      return viewOf(existing(name));
    },
    deleteChannel(name) {
      existing(name);
      const users = store.rules().filter(({ channels }) => channels.includes(name));
      if (users.length > 0) {
        throw new AppError(
          "CONFLICT",
          `The channel ${name} is named by ${users.length === 1 ? "the rule" : "the rules"} ${users.map((rule) => rule.name).join(", ")}; take it out there first.`,
        );
      }
      engine.write("notifications", () => store.removeChannel(name));
      secrets.remove(name);
    },
    rules: () => store.rules().map(({ queued: _, ...rule }) => rule),
    setRule(input) {
      const rule = parseWith(setRuleSchema, input);
      for (const [i, name] of rule.channels.entries()) {
        if (store.channel(name) !== undefined) continue;
        const names = store.channels().map((known) => known.name);
        throw invalidField(
          `channels[${i}]`,
          name,
          `a channel that there is: ${names.join(", ") || "there is none yet"}`,
        );
      }
      for (const [i, id] of rule.schedules.entries()) {
        if (schedules.get(id) === undefined) throw invalidField(`schedules[${i}]`, id, "the id of a schedule");
      }
      const kept = { ...rule, queuedAfter: formatDuration(parseDuration(rule.queuedAfter)) };
      engine.write("notifications", () => store.putRule(kept, clock.now()));
      return kept;
    },
    deleteRule(name) {
      engine.write("notifications", () => {
        if (!store.removeRule(name))
          throw notFound(
            "rule",
            name,
            store.rules().map((rule) => rule.name),
          );
      });
    },
    async test(name) {
      const channel = existing(name);
      const message: NoticeMessage = {
        title: "Test from Almanac",
        body: `This is what messages through ${name} look like.`,
        path: "/schedules",
        event: "test",
        rule: "test",
        scheduleIds: [],
        at: new Date(clock.now()).toISOString(),
      };
      const began = clock.monotonic();
      const took = (): number => Math.round(clock.monotonic() - began);
      // Whichever desktop program is open shows what it finds among the deliveries.
      if (channel.config.kind === "desktop")
        engine.write("notices", () => store.addDelivery("test", name, message, clock.now()));
      try {
        const answer = await sendThrough(channel, secrets.read(name), { ...message, url: urlOf(message.path) });
        return { ok: true, answer, tookMs: took() };
      } catch (error) {
        return { ok: false, answer: error instanceof Error ? error.message : String(error), tookMs: took() };
      }
    },
    deliveries: ({ status, before, limit }) =>
      store.deliveries(status ?? null, before ?? Number.MAX_SAFE_INTEGER, limit),
    retry(deliveryId) {
      engine.write("notices", () => {
        if (store.again(deliveryId, clock.now())) return;
        throw new AppError(
          "CONFLICT",
          `There is no message ${deliveryId} that failed; one that is on its way is tried by itself.`,
        );
      });
    },
    forDesktop: store.desktopAfter,
    shownOnDesktop: (ids) => engine.write("notices", () => store.shown(ids)),
    lastDeliveryId: store.lastId,
    start: outbox.start,
  };
}

function notFound(what: "channel" | "rule", name: string, names: readonly string[]): AppError {
  const message = `there is no ${what} ${JSON.stringify(name)}; there are ${names.join(", ") || "none"}`;
  return new AppError("NOT_FOUND", message, { issues: [{ path: "name", given: name, message }] });
}

/** Says so where a channel could never send. */
function needSecret(config: NotificationChannel["config"], secret: ChannelSecret): void {
  if (config.kind === "webhook" && config.service === "telegram") {
    if (secret.token === undefined)
      throw invalidField("secret.token", undefined, "the token of a bot, as BotFather gives it");
    return;
  }
  if (config.kind === "webhook" && secret.url === undefined)
    throw invalidField("secret.url", undefined, "the address that the service gives for its webhook");
  if (config.kind === "webhook" && config.service === "ntfy" && new URL(secret.url ?? "").pathname === "/")
    throw invalidField("secret.url", undefined, "an address with its topic, such as https://ntfy.sh/my-topic");
  if (config.kind === "email" && config.user !== null && secret.password === undefined)
    throw invalidField("secret.password", undefined, `the password of ${config.user}`);
}
