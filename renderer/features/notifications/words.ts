import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../../../electron/api/router.ts";
import { noticeEventWords } from "../../../shared/domain/notifications.ts";

type Answers = inferRouterOutputs<AppRouter>["notifications"];
export type ChannelRow = Answers["channels"][number];
export type RuleRow = Answers["rules"][number];
export type DeliveryRow = Answers["deliveries"][number];

/** What each service is called. */
export const serviceNames = {
  slack: "Slack",
  discord: "Discord",
  teams: "Microsoft Teams",
  ntfy: "ntfy",
  telegram: "Telegram",
  custom: "Another webhook",
} as const;

export function channelWords({ config, enabled }: Pick<ChannelRow, "config" | "enabled">): string {
  const off = enabled ? "" : "Off · ";
  switch (config.kind) {
    case "desktop":
      return `${off}The desktop program, where it is open`;
    case "webhook":
      return `${off}${serviceNames[config.service]}`;
    case "email":
      return `${off}Mail to ${config.to.join(", ")} by ${config.host}`;
    case "command":
      return `${off}${[config.program, ...config.args].join(" ")}`;
  }
}

export function ruleWords(rule: RuleRow): string {
  const about = [...rule.schedules, ...rule.tags.map((tag) => `#${tag}`)].join(", ") || "all schedules";
  const events = rule.events.map((event) => noticeEventWords[event].toLowerCase()).join(", ");
  const failures = rule.failuresInARow > 1 ? ` · at ${rule.failuresInARow} failures in a row` : "";
  const quiet = rule.quietHours === null ? "" : ` · quiet ${rule.quietHours.from}–${rule.quietHours.to}`;
  const cap = rule.dailyCap === null ? "" : ` · at most ${rule.dailyCap} a day`;
  return `${rule.enabled ? "" : "Off · "}${about} → ${rule.channels.join(", ")}: ${events}${failures}${quiet}${cap}`;
}
