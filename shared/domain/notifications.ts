export const noticeEvents = [
  "failed",
  "recovered",
  "missed",
  "slow",
  "overdue",
  "queued",
  "paused",
  "interrupted",
  "late_result",
] as const;
/** What a rule can tell of. Each is a change of a schedule's state, told once until it changes back. */
export type NoticeEvent = (typeof noticeEvents)[number];

/** What each event is called on pages and in terminals. */
export const noticeEventWords: Readonly<Record<NoticeEvent, string>> = {
  failed: "Failed",
  recovered: "Works again",
  missed: "Missed",
  slow: "Slow",
  overdue: "Not done in time",
  queued: "Waits for room",
  paused: "Paused by failures",
  interrupted: "Process lost",
  late_result: "Late result",
};

/** A stretch of local time in which nothing is sent; `from` may lie after `to`. */
export interface QuietHours {
  from: string;
  to: string;
  /** IANA zone; null is the machine's own. */
  timezone: string | null;
}

/** Who is told of what. */
export interface NotificationRule {
  name: string;
  enabled: boolean;
  events: NoticeEvent[];
  /** Ids and tags of the schedules it is about; both empty: all. */
  schedules: string[];
  tags: string[];
  /** Told at the nth failure in a row. */
  failuresInARow: number;
  /** How long a run waits for room before that is told, such as `10m`. */
  queuedAfter: string;
  /** Names of channels. */
  channels: string[];
  /** So many messages a local day; what comes beyond is told as one the next day. Null: no limit. */
  dailyCap: number | null;
  quietHours: QuietHours | null;
}

export const webhookServices = ["slack", "discord", "teams", "ntfy", "telegram", "custom"] as const;
export type WebhookService = (typeof webhookServices)[number];

/** What is not secret about a channel. */
export type ChannelConfig =
  | { kind: "desktop" }
  | {
      kind: "webhook";
      service: WebhookService;
      /** Of Telegram. */
      chatId: string | null;
      /** The body of a custom one; its `{{title}}`, `{{body}}`, `{{url}}`, `{{event}}`, `{{rule}}` and `{{schedules}}` are filled in. */
      template: string | null;
      contentType: string;
    }
  | {
      kind: "email";
      host: string;
      port: number;
      security: "tls" | "starttls" | "none";
      user: string | null;
      from: string;
      to: string[];
    }
  | { kind: "command"; program: string; args: string[] };

/** Where messages go. What is secret about it is kept in the secret store and never shown. */
export interface NotificationChannel {
  name: string;
  enabled: boolean;
  config: ChannelConfig;
}

/** What only the channel itself uses: an address that whoever knows it may post to, a token, a password. */
export interface ChannelSecret {
  url?: string | undefined;
  token?: string | undefined;
  password?: string | undefined;
}

export type MessageEvent = NoticeEvent | "digest" | "test";

/** What one channel is told. */
export interface NoticeMessage {
  title: string;
  body: string;
  /** The page concerned, such as `/runs/…`. */
  path: string;
  event: MessageEvent;
  rule: string;
  scheduleIds: string[];
  /** When the first change that it tells of happened. */
  at: string;
}

/** What stands as the answer of a message for the desktop: it is only left for whichever program is open to show it. */
export const desktopAnswers = {
  left: "left for the desktop program, which shows it while it is open",
  shown: "shown by the desktop program",
} as const;

/** A message on its way to one channel, or what became of it. */
export interface Delivery {
  deliveryId: number;
  channel: string;
  message: NoticeMessage;
  status: "pending" | "sent" | "failed";
  attempts: number;
  createdAt: string;
  triedAt: string | null;
  /** When it is tried again; null where it is not. */
  nextAttemptAt: string | null;
  /** What the other side said last, or why it could not be asked. */
  answer: string | null;
}
