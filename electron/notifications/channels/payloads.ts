import type { ChannelConfig, ChannelSecret } from "../../../shared/domain/notifications.ts";
import { type Outgoing, SendError } from "./channel.ts";

type Webhook = Extract<ChannelConfig, { kind: "webhook" }>;

interface WebRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const isWeb = (url: string): boolean => url.startsWith("https://") || url.startsWith("http://");
/** Slack reads these three as its own marks. */
const forSlack = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const isGood = ({ event }: Outgoing): boolean => event === "recovered" || event === "test";

/** What each service takes; none of them is sent more than it shows. */
const bodies: Readonly<
  Record<Exclude<Webhook["service"], "custom" | "ntfy" | "telegram">, (message: Outgoing) => unknown>
> = {
  slack: (message) => ({
    text: cut(`*${forSlack(message.title)}*\n${forSlack(message.body)}\n<${message.url}|Open in Almanac>`, 3900),
  }),
  discord: (message) => ({
    embeds: [
      {
        title: cut(message.title, 256),
        description: cut(isWeb(message.url) ? message.body : `${message.body}\n${message.url}`, 4000),
        // It refuses the whole message for an address that is not of the web.
        ...(isWeb(message.url) ? { url: message.url } : {}),
        color: isGood(message) ? 0x2b8a3e : 0xc92a2a,
        timestamp: message.at,
      },
    ],
    allowed_mentions: { parse: [] },
  }),
  teams: (message) => ({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            {
              type: "TextBlock",
              text: cut(message.title, 500),
              weight: "Bolder",
              wrap: true,
              color: isGood(message) ? "Good" : "Attention",
            },
            { type: "TextBlock", text: cut(message.body, 4000), wrap: true },
          ],
          actions: [{ type: "Action.OpenUrl", title: "Open in Almanac", url: message.url }],
        },
      },
    ],
  }),
};

const needed = (value: string | undefined, what: string): string => {
  if (value !== undefined) return value;
  throw new SendError(`${what} of this channel is not stored: set it again`, { isFinal: true });
};

/** A template's body, with what is between its double braces as the inside of a JSON string where it is JSON. */
export function filled(template: string, contentType: string, message: Outgoing): string {
  const { title, body, url, event, rule, scheduleIds } = message;
  const values: Readonly<Record<string, string>> = { title, body, url, event, rule, schedules: scheduleIds.join(", ") };
  const isJson = /\bjson\b/i.test(contentType);
  return template.replace(/\{\{\s*([a-z]+)\s*\}\}/g, (all, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return all;
    return isJson ? JSON.stringify(value).slice(1, -1) : value;
  });
}

/** The request that posts a message to a service. Throws SendError where the channel lacks something. */
export function requestOf(config: Webhook, secret: ChannelSecret, message: Outgoing): WebRequest {
  const json = { "content-type": "application/json" };
  const authorized: Record<string, string> =
    secret.token === undefined ? {} : { authorization: `Bearer ${secret.token}` };
  switch (config.service) {
    case "telegram": {
      const base = secret.url ?? "https://api.telegram.org";
      const token = needed(secret.token, "The token");
      return {
        url: `${base.replace(/\/$/, "")}/bot${token}/sendMessage`,
        body: JSON.stringify({
          chat_id: config.chatId,
          text: cut(`${message.title}\n${message.body}\n${message.url}`, 4000),
          link_preview_options: { is_disabled: true },
        }),
        headers: json,
      };
    }
    case "ntfy": {
      // Published as JSON, to the server's root: headers would not hold a title with signs beyond Latin-1.
      const url = new URL(needed(secret.url, "The address"));
      const topic = decodeURIComponent(url.pathname.split("/").filter(Boolean).at(-1) ?? "");
      url.pathname = url.pathname.replace(/[^/]*\/?$/, "");
      return {
        url: url.href,
        body: JSON.stringify({
          topic,
          title: cut(message.title, 250),
          message: cut(message.body, 3500),
          click: message.url,
          priority: isGood(message) ? 3 : 4,
          tags: [isGood(message) ? "white_check_mark" : "warning"],
        }),
        headers: { ...json, ...authorized },
      };
    }
    case "custom":
      return {
        url: needed(secret.url, "The address"),
        body: filled(config.template ?? "", config.contentType, message),
        headers: { "content-type": config.contentType, ...authorized },
      };
    default:
      return {
        url: needed(secret.url, "The address"),
        body: JSON.stringify(bodies[config.service](message)),
        headers: { ...json, ...authorized },
      };
  }
}
