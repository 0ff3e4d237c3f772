import { expect, test } from "vitest";
import { setChannelSchema } from "../../../shared/api/notifications.ts";
import { inert, type Outgoing } from "./channel.ts";
import { filled, requestOf } from "./payloads.ts";

const message: Outgoing = {
  title: "✕ Nightly <copy> & co failed",
  body: 'exit code 1: "no space"',
  path: "/runs/r1",
  url: "https://almanac.example.com/runs/r1",
  event: "failed",
  rule: "ops",
  scheduleIds: ["nightly", "weekly"],
  at: "2026-01-05T07:40:00.000Z",
};
type Config = Parameters<typeof requestOf>[0];
const config = (service: Config["service"], more: Partial<Config> = {}): Config => ({
  kind: "webhook",
  service,
  chatId: null,
  template: null,
  contentType: "application/json",
  ...more,
});
const sent = (service: Config["service"], url: string, more: Partial<Config> = {}, out = message) => {
  const request = requestOf(config(service, more), { url, token: "t0ken" }, out);
  return { ...request, body: JSON.parse(request.body) as unknown };
};

// The shapes are those of each service's own documentation of its incoming webhooks.
test("Slack takes text with its three marks escaped and a named link", () => {
  expect(sent("slack", "https://hooks.slack.com/services/T0/B0/x").body).toEqual({
    text: '*✕ Nightly &lt;copy&gt; &amp; co failed*\nexit code 1: "no space"\n<https://almanac.example.com/runs/r1|Open in Almanac>',
  });
});

test("Discord takes an embed, mentions nobody, and no address that is not of the web", () => {
  const embed = {
    title: message.title,
    description: message.body,
    url: message.url,
    color: 0xc92a2a,
    timestamp: message.at,
  };
  expect(sent("discord", "https://discord.com/api/webhooks/1/x").body).toEqual({
    embeds: [embed],
    allowed_mentions: { parse: [] },
  });
  const { url: _, ...plain } = embed;
  const deep = { ...message, url: "almanac://runs/r1" };
  expect(sent("discord", "https://discord.com/api/webhooks/1/x", {}, deep).body).toEqual({
    embeds: [{ ...plain, description: `${message.body}\nalmanac://runs/r1` }],
    allowed_mentions: { parse: [] },
  });
});

test("Teams takes an adaptive card in a message", () => {
  expect(sent("teams", "https://example.webhook.office.com/x").body).toEqual({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            { type: "TextBlock", text: message.title, weight: "Bolder", wrap: true, color: "Attention" },
            { type: "TextBlock", text: message.body, wrap: true },
          ],
          actions: [{ type: "Action.OpenUrl", title: "Open in Almanac", url: message.url }],
        },
      },
    ],
  });
});

test("ntfy takes JSON at its root, with the topic of the address in it", () => {
  expect(sent("ntfy", "https://ntfy.example.com/sub/my-topic")).toEqual({
    url: "https://ntfy.example.com/sub/",
    headers: { "content-type": "application/json", authorization: "Bearer t0ken" },
    body: {
      topic: "my-topic",
      title: message.title,
      message: message.body,
      click: message.url,
      priority: 4,
      tags: ["warning"],
    },
  });
});

test("Telegram takes plain text for a chat, its token in the address", () => {
  const request = requestOf(config("telegram", { chatId: "-100123" }), { token: "12:ab" }, message);
  expect(request.url).toBe("https://api.telegram.org/bot12:ab/sendMessage");
  expect(JSON.parse(request.body)).toEqual({
    chat_id: "-100123",
    text: `${message.title}\n${message.body}\n${message.url}`,
    link_preview_options: { is_disabled: true },
  });
});

test("a template's names are filled in, as JSON where it is JSON; what is no name of ours stays", () => {
  const template = '{"summary":"{{title}}: {{ body }}","ids":"{{schedules}}","by":"{{rule}} {{event}} {{other}}"}';
  expect(JSON.parse(filled(template, "application/json; charset=utf-8", message))).toEqual({
    summary: `${message.title}: ${message.body}`,
    ids: "nightly, weekly",
    by: "ops failed {{other}}",
  });
  expect(filled("{{body}} {{constructor}}", "text/plain", message)).toBe(`${message.body} {{constructor}}`);
});

test("a channel that could not send is refused with what it needs", () => {
  const refused = (config: unknown): string[] =>
    setChannelSchema.safeParse({ name: "ops", config }).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(refused({ kind: "webhook", service: "telegram" })).toEqual(["config.chatId"]);
  expect(refused({ kind: "webhook", service: "custom" })).toEqual(["config.template"]);
  expect(refused({ kind: "email", host: "mail", from: "nobody", to: ["a b"] })).toEqual(["config.from", "config.to.0"]);
});

test("no part of what is secret is shown", () => {
  const secret = { url: "https://hooks.example.com/services/T0/hidden?key=abcd", token: "t0ken", password: "hunter2" };
  const text = `POST ${secret.url} /services/T0/hidden ?key=abcd Bearer t0ken hunter2\nsecond line`;
  expect(inert(text, secret)).toBe("POST ••• ••• ••• Bearer ••• ••• second line");
});
