import type { Command } from "commander";
import type { SetChannelInput } from "../../../shared/api/notifications.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import {
  type ChannelConfig,
  type ChannelSecret,
  type NotificationRule,
  noticeEvents,
  webhookServices,
} from "../../../shared/domain/notifications.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, paint, plural, printTable } from "../output.ts";
import { collect, oneOf, readText, wholeNumber } from "../values.ts";

interface AddOptions {
  service?: (typeof webhookServices)[number];
  chat?: string;
  template?: string;
  contentType?: string;
  smtp?: string;
  security?: "tls" | "starttls" | "none";
  user?: string;
  from?: string;
  to?: string[];
  program?: string;
  arg?: string[];
  desktop?: boolean;
  url?: string;
  secretStdin?: boolean;
}

interface RuleOptions {
  channel?: string[];
  on?: string[];
  schedule?: string[];
  tag?: string[];
  failures?: number;
  queuedAfter?: string;
  dailyCap?: string;
  quiet?: string;
  timezone?: string;
  disabled?: boolean;
  enabled?: boolean;
}

export function addNotifications(program: Command, io: CliIo): void {
  const notifications = noun(program, "notifications", "who is told what changed: channels, rules, and what was sent", [
    "notifications add ops --service slack --secret-stdin < webhook.txt",
    "notifications test ops",
    "notifications rules set nightly --channel ops --tag nightly",
  ]);

  leaf(notifications, "list", "the channels, the rules, and the latest messages", [
    "notifications list",
    "notifications list --json",
  ])
    .option("--limit <number>", "so many of the latest messages", wholeNumber(1, 200), 10)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const channels = await api.notifications.channels();
        const rules = await api.notifications.rules();
        const messages = await api.notifications.deliveries({ limit });
        show({ channels, rules, messages }, () => {
          printTable(
            io,
            [
              { title: "Channel", cell: ({ name, enabled }) => (enabled ? name : `${name} (off)`) },
              { title: "Sends by", cell: ({ config }) => inertLine(channelWords(config)) },
              { title: "Rules", cell: ({ rules: named }) => named.join(", ") || "none: nothing is sent" },
              {
                title: "Last",
                cell: ({ last }) =>
                  last === null ? "–" : inertLine(`${last.status}: ${last.answer ?? ""}`).slice(0, 60),
              },
            ],
            channels,
          );
          io.out.write("\n");
          printRules(io, rules);
          if (messages.length === 0) return;
          io.out.write("\n");
          printTable(
            io,
            [
              { title: "Message", cell: ({ message }) => inertLine(message.title).slice(0, 60) },
              { title: "Rule", cell: ({ message }) => message.rule },
              { title: "Channel", cell: ({ channel }) => channel },
              { title: "Made", cell: ({ createdAt }) => localTime(io, createdAt) },
              {
                title: "Came to",
                cell: ({ status, answer }) => inertLine(`${status}${answer === null ? "" : `: ${answer}`}`),
              },
            ],
            messages,
          );
          io.out.write(paint(io, "gray", `times in ${io.zone}\n`));
        });
      });
    });

  leaf(notifications, "add <name>", "make a channel, or change one; what is secret comes on standard input", [
    "notifications add ops --service slack --secret-stdin < webhook.txt",
    "notifications add phone --service ntfy --url https://ntfy.sh/my-topic",
    "notifications add mail --smtp mail.example.com:587 --user almanac --from almanac@example.com --to ops@example.com --secret-stdin < password.txt",
    "notifications add speak --program spd-say --arg hello",
  ])
    .option("--service <name>", `a webhook of ${webhookServices.join(", ")}`, oneOf(webhookServices))
    .option("--url <address>", "its address, where that is no secret")
    .option("--chat <id>", "of Telegram: the chat's id; the bot's token is the secret")
    .option(
      "--template <file>",
      "of a custom webhook: the file of its body, with {{title}}, {{body}}, {{url}} and more; - reads none",
    )
    .option("--content-type <type>", "of a custom webhook; application/json where left out")
    .option("--smtp <host:port>", "e-mail by this server; the password is the secret")
    .option("--security <kind>", "tls, starttls (default) or none", oneOf(["tls", "starttls", "none"] as const))
    .option("--user <name>", "who signs in at the server")
    .option("--from <address>", "whom mails come from")
    .option("--to <address>", "who gets them (repeatable)", collect)
    .option("--program <path>", "a program that gets each message as JSON on standard input")
    .option("--arg <text>", "an argument of it (repeatable)", collect)
    .option("--desktop", "the notifications of the desktop program")
    .option("--secret-stdin", "read the webhook's address, the token or the password from standard input")
    .action(async (name: string, local: AddOptions, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const channel = await api.notifications.setChannel(channelOf(name, local));
        show(channel, () => {
          io.out.write(`${channel.name}: ${inertLine(channelWords(channel.config))}\n`);
          if (channel.rules.length === 0)
            io.err.write(`no rule sends to it yet: almanac notifications rules set RULE --channel ${channel.name}\n`);
        });
      });
    });

  leaf(notifications, "test <name>", "send a message now, and say what came of it", ["notifications test ops"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const result = await api.notifications.test({ name });
        if (!result.ok) process.exitCode = 1;
        show(result, () =>
          (result.ok ? io.out : io.err).write(
            `${result.ok ? "sent" : "not sent"} in ${result.tookMs} ms: ${inertLine(result.answer)}\n`,
          ),
        );
      });
    },
  );

  leaf(notifications, "remove <name>", "remove a channel that no rule names, with what is secret of it", [
    "notifications remove ops",
  ]).action(async (name: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) =>
      show(await api.notifications.deleteChannel({ name }), () => io.out.write(`${name} is gone\n`)),
    );
  });

  leaf(notifications, "retry <id>", "send a message that failed again, by its id in list --json", [
    "notifications retry 12",
  ]).action(async (id: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      const deliveryId = Number(id);
      show(await api.notifications.retry({ deliveryId }), () => io.out.write(`message ${id} is sent again\n`));
    });
  });

  const rules = noun(notifications, "rules", "who is told of what", [
    "notifications rules list",
    "notifications rules set nightly --channel ops --tag nightly --on failed --on recovered --failures 3",
  ]);
  leaf(rules, "list", "the rules", ["notifications rules list"]).action(async (_local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      const found = await api.notifications.rules();
      show({ rules: found }, () => printRules(io, found));
    });
  });
  leaf(rules, "set <name>", "make a rule, or change what is given of one", [
    "notifications rules set all --channel ops",
    "notifications rules set nightly --channel mail --tag nightly --failures 3 --quiet 22:00-07:00 --timezone Europe/Berlin",
  ])
    .option("--channel <name>", "a channel that is told (repeatable)", collect)
    .option("--on <event>", `${noticeEvents.join(", ")} (repeatable)`, collect)
    .option("--schedule <id>", "only of this schedule (repeatable)", collect)
    .option("--tag <tag>", "only of schedules with this tag (repeatable)", collect)
    .option("--failures <number>", "told at so many failures in a row", wholeNumber(1, 1000))
    .option("--queued-after <duration>", "how long a run waits for room before that is told")
    .option("--daily-cap <number>", "so many messages a day at most, or none")
    .option("--quiet <from-to>", "hours in which nothing is sent, such as 22:00-07:00, or none")
    .option("--timezone <zone>", "of the quiet hours")
    .option("--disabled", "keep it, and tell nothing by it")
    .option("--enabled", "tell by it again")
    .action(async (name: string, local: RuleOptions, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const before = (await api.notifications.rules()).find((rule) => rule.name === name);
        const rule = await api.notifications.setRule({ ...before, name, ...ruleOf(local, before) } as never);
        show(rule, () => printRules(io, [rule]));
      });
    });
  leaf(rules, "remove <name>", "remove a rule", ["notifications rules remove nightly"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) =>
        show(await api.notifications.deleteRule({ name }), () => io.out.write(`${name} is gone\n`)),
      );
    },
  );
}

function printRules(io: CliIo, rules: readonly NotificationRule[]): void {
  printTable(
    io,
    [
      { title: "Rule", cell: ({ name, enabled }) => (enabled ? name : `${name} (off)`) },
      {
        title: "On",
        cell: ({ events, failuresInARow }) =>
          events
            .map((event) => (event === "failed" && failuresInARow > 1 ? `failed ×${failuresInARow}` : event))
            .join(", "),
      },
      {
        title: "Of",
        cell: ({ schedules, tags }) => inertLine([...schedules, ...tags.map((tag) => `#${tag}`)].join(", ")) || "all",
      },
      { title: "To", cell: ({ channels }) => channels.join(", ") },
      { title: "Quiet", cell: ({ quietHours }) => (quietHours === null ? "–" : `${quietHours.from}–${quietHours.to}`) },
      { title: "A day", cell: ({ dailyCap }) => (dailyCap === null ? "any" : plural(dailyCap, "message")) },
    ],
    rules,
  );
}

function channelWords(config: ChannelConfig): string {
  switch (config.kind) {
    case "desktop":
      return "the desktop program";
    case "webhook":
      return config.service === "custom" ? "a webhook" : config.service;
    case "email":
      return `mail to ${config.to.join(", ")} by ${config.host}:${config.port}`;
    case "command":
      return [config.program, ...config.args].join(" ");
  }
}

function channelOf(name: string, local: AddOptions): SetChannelInput {
  const kinds = [local.service, local.smtp, local.program, local.desktop].filter((given) => given !== undefined);
  if (kinds.length !== 1)
    throw new AppError("INVALID_INPUT", "one of --service, --smtp, --program and --desktop is expected");
  const typed = local.secretStdin === true ? readText("secret", "-").trim() : undefined;
  const secret: ChannelSecret = {};
  if (local.url !== undefined) secret.url = local.url;
  if (local.desktop === true) return { name, config: { kind: "desktop" } };
  if (local.program !== undefined)
    return { name, config: { kind: "command", program: local.program, args: local.arg ?? [] } };
  if (local.smtp !== undefined) {
    const [, host, port = "587"] = /^(.+?)(?::(\d+))?$/.exec(local.smtp) ?? [];
    if (host === undefined) throw invalidField("smtp", local.smtp, "a server, such as mail.example.com:587");
    if (typed !== undefined) secret.password = typed;
    const { security, user = null, from = "", to = [] } = local;
    const config = { kind: "email" as const, host, port: Number(port), user, from, to };
    return { name, config: security === undefined ? config : { ...config, security }, secret };
  }
  const service = local.service ?? "custom";
  if (typed !== undefined) {
    // A token beside an address that is given; else the address itself is the secret.
    if (service === "telegram" || local.url !== undefined) secret.token = typed;
    else secret.url = typed;
  }
  const template = local.template === undefined ? null : readText("template", local.template);
  const config = { kind: "webhook" as const, service, chatId: local.chat ?? null, template };
  const { contentType } = local;
  return { name, config: contentType === undefined ? config : { ...config, contentType }, secret };
}

function ruleOf(local: RuleOptions, before: NotificationRule | undefined): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  const given: [keyof RuleOptions, string][] = [
    ["channel", "channels"],
    ["on", "events"],
    ["schedule", "schedules"],
    ["tag", "tags"],
    ["failures", "failuresInARow"],
    ["queuedAfter", "queuedAfter"],
  ];
  for (const [option, field] of given) if (local[option] !== undefined) set[field] = local[option];
  if (before === undefined && local.channel === undefined)
    throw invalidField("channels", undefined, "a channel is expected: --channel NAME");
  if (local.dailyCap !== undefined) set["dailyCap"] = local.dailyCap === "none" ? null : Number(local.dailyCap);
  if (local.quiet !== undefined) {
    const [from, to] = local.quiet.split("-");
    set["quietHours"] = local.quiet === "none" ? null : { from, to, timezone: local.timezone ?? null };
  } else if (local.timezone !== undefined) {
    if (before?.quietHours == null) throw invalidField("timezone", local.timezone, "a zone goes with --quiet");
    set["quietHours"] = { ...before.quietHours, timezone: local.timezone };
  }
  if (local.disabled === true) set["enabled"] = false;
  if (local.enabled === true) set["enabled"] = true;
  return set;
}
