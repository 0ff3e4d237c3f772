import type { MailOffer } from "../../../shared/api/exchange.ts";
import type { Notifications } from "../../notifications/notifications.ts";
import { slugOf } from "./formats/found.ts";

/** What of the notifications an import uses. */
export type Rules = Pick<Notifications, "channels" | "rules" | "setRule" | "deleteRule">;

/** A rule takes so many schedules. */
const MOST_SCHEDULES = 1000;

/** The addresses of `MAILTO`: several with commas or blanks between. */
const addressesOf = (mailTo: string): string[] => mailTo.split(/[\s,]+/).filter((address) => address !== "");

/** `ops@example.com` out of `Ops <ops@example.com>`. */
const bareAddress = (text: string): string => (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase();

/**
 * The e-mail channels that tell whom `MAILTO` names: for each address one that is sent there, else the first there is. None
 * where there is no e-mail channel.
 */
function channelsFor(rules: Rules, mailTo: string): string[] {
  const emails = rules
    .channels()
    .flatMap(({ name, config, enabled }) => (config.kind === "email" && enabled ? [{ name, to: config.to }] : []));
  const chosen = addressesOf(mailTo).flatMap((address) => {
    const exact = emails.find(({ to }) => to.some((one) => bareAddress(one) === address.toLowerCase()));
    return exact?.name ?? emails[0]?.name ?? [];
  });
  return [...new Set(chosen)];
}

const ruleName = (mailTo: string): string => `mailto-${slugOf(mailTo, "me").slice(0, 50)}`;

/** What is said of a schedule whose crontab mails its output. */
export function mailNote(rules: Rules, mailTo: string): string {
  const channels = channelsFor(rules, mailTo);
  return channels.length === 0
    ? `its output is kept with the run, and not mailed to ${mailTo}: with an e-mail channel (Notifications), a rule can be made of it`
    : `its output is kept with the run, and not mailed to ${mailTo}; its failures are told by ${channels.join(", ")} where that is asked for`;
}

/** What rules an import could make of `MAILTO`, by whom they would tell. `jobs`: each schedule with its `MAILTO`. */
export function mailOffers(rules: Rules, jobs: readonly { scheduleId: string; mailTo: string }[]): MailOffer[] {
  const byAddress = new Map<string, number>();
  for (const { mailTo } of jobs) byAddress.set(mailTo, (byAddress.get(mailTo) ?? 0) + 1);
  return [...byAddress].map(([mailTo, schedules]) => ({
    mailTo,
    schedules,
    channels: channelsFor(rules, mailTo),
    rule: ruleName(mailTo),
  }));
}

/**
 * Makes the rules, or adds to those that an earlier import has made; a schedule that has another `MAILTO` by now leaves the
 * rule of the one before. Says nothing where there is no e-mail channel.
 */
export function makeMailRules(rules: Rules, jobs: readonly { scheduleId: string; mailTo: string }[]): void {
  const wanted = new Map<string, { mailTo: string; ids: Set<string> }>();
  for (const { scheduleId, mailTo } of jobs) {
    const name = ruleName(mailTo);
    const rule = wanted.get(name) ?? { mailTo, ids: new Set() };
    wanted.set(name, { ...rule, ids: rule.ids.add(scheduleId) });
  }
  const moved = new Map(jobs.map(({ scheduleId, mailTo }) => [scheduleId, ruleName(mailTo)]));
  for (const rule of rules.rules()) {
    if (!rule.name.startsWith("mailto-")) continue;
    const own = rule.name.replace(/-part\d+$/, "");
    const kept = rule.schedules.filter((id) => (moved.get(id) ?? own) === own);
    if (kept.length === rule.schedules.length) continue;
    // One that names nothing would be about all of them.
    if (kept.length === 0 && rule.tags.length === 0) rules.deleteRule(rule.name);
    else rules.setRule({ ...rule, schedules: kept });
  }
  for (const [name, { mailTo, ids }] of wanted) {
    const channels = channelsFor(rules, mailTo);
    if (channels.length === 0) continue;
    const left = new Set(ids);
    const parts = rules.rules().filter((rule) => rule.name === name || rule.name.startsWith(`${name}-part`));
    for (const part of parts) for (const id of part.schedules) left.delete(id);
    for (let n = 1; left.size > 0; n++) {
      const partName = n === 1 ? name : `${name}-part${n}`;
      const existing = parts.find((part) => part.name === partName);
      const before = existing?.schedules ?? [];
      const added = [...left].slice(0, MOST_SCHEDULES - before.length);
      if (added.length === 0) continue;
      for (const id of added) left.delete(id);
      const changed = existing ?? { name: partName, channels, events: ["failed" as const] };
      rules.setRule({ ...changed, schedules: [...before, ...added] });
    }
  }
}
