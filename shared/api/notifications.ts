import { z } from "zod";
import { noticeEvents, webhookServices } from "../domain/notifications.ts";
import { isKnownZone, zoneTaken } from "../schedule/index.ts";
import { durationSchema } from "./schedules.ts";

const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    "letters, digits, '_' and '-', at most 64, starting with a letter or digit",
  );
/** Text on one line. */
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/\p{Cc}/u.test(text), "text on one line");
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 22:00");
const address = line(320).regex(
  /^[^@]+@[^@\s]+$/,
  "an e-mail address, such as ops@example.com or Ops <ops@example.com>",
);

/** What is not secret about a channel. */
export const channelConfigSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("desktop") }),
  z.strictObject({
    kind: z.literal("webhook"),
    service: z.enum(webhookServices),
    chatId: line(100).nullable().default(null),
    template: z.string().min(1).max(16_384).nullable().default(null),
    contentType: line(100).default("application/json"),
  }),
  z.strictObject({
    kind: z.literal("email"),
    host: line(253),
    port: z.int().min(1).max(65_535).default(587),
    security: z.enum(["tls", "starttls", "none"]).default("starttls"),
    user: line(320).nullable().default(null),
    from: address,
    to: z.array(address).min(1).max(20),
  }),
  z.strictObject({
    kind: z.literal("command"),
    program: line(1024),
    args: z.array(z.string().max(4096)).max(50).default([]),
  }),
]);

const webAddress = z.url({ protocol: /^https?$/, error: "an address that begins with https:// or http://" }).max(2048);

export const channelSecretSchema = z.strictObject({
  url: webAddress.optional(),
  token: line(4096).optional(),
  password: line(4096).optional(),
});

/** Makes a channel or changes it; what is left out of `secret` stays as it is stored. */
export const setChannelSchema = z
  .strictObject({
    name: nameSchema,
    enabled: z.boolean().default(true),
    config: channelConfigSchema,
    secret: channelSecretSchema.default({}),
  })
  .superRefine(({ config }, ctx) => {
    if (config.kind !== "webhook") return;
    if (config.service === "telegram" && config.chatId === null)
      ctx.addIssue({
        code: "custom",
        path: ["config", "chatId"],
        message: "the id of a chat, such as -1001234567890 or @ops",
      });
    if (config.service === "custom" && config.template === null)
      ctx.addIssue({ code: "custom", path: ["config", "template"], message: 'a body such as {"text": "{{title}}"}' });
  });
export type SetChannelInput = z.input<typeof setChannelSchema>;

export const setRuleSchema = z.strictObject({
  name: nameSchema,
  enabled: z.boolean().default(true),
  events: z
    .array(z.enum(noticeEvents))
    .min(1, `one or more of ${noticeEvents.join(", ")}`)
    .default(["failed", "recovered", "missed"]),
  schedules: z.array(line(200)).max(1000).default([]),
  tags: z.array(line(64)).max(100).default([]),
  failuresInARow: z.int().min(1).max(1000).default(1),
  queuedAfter: durationSchema.default("10m"),
  channels: z.array(nameSchema).min(1, "the name of a channel or more").max(50),
  dailyCap: z.int().min(1).max(10_000).nullable().default(50),
  quietHours: z
    .strictObject({
      from: timeOfDay,
      to: timeOfDay,
      timezone: z
        .string()
        .refine(isKnownZone, { error: ({ input }) => zoneTaken(input) })
        .nullable()
        .default(null),
    })
    .refine(({ from, to }) => from !== to, "hours that end at another time than they begin")
    .nullable()
    .default(null),
});
export type SetRuleInput = z.input<typeof setRuleSchema>;

export const nameOnlySchema = z.strictObject({ name: nameSchema });

export const listDeliveriesSchema = z.strictObject({
  status: z.enum(["pending", "sent", "failed"]).optional(),
  limit: z.int().min(1).max(200).default(50),
  /** Those with a smaller id. */
  before: z.int().min(1).optional(),
});

export const retryDeliverySchema = z.strictObject({ deliveryId: z.int().min(1) });

/** What a test of a channel came to. */
export interface ChannelTest {
  ok: boolean;
  /** What the other side said, or why it could not be asked. */
  answer: string;
  tookMs: number;
}

/** Setting: where pages are reached from the messages; null or not set: by links that open the desktop program. */
export const baseUrlSetting = "notifications.baseUrl";
