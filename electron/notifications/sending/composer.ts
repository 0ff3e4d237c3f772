import type { NotificationRule } from "../../../shared/domain/notifications.ts";
import type { Engine } from "../../engine/contract.ts";
import type { NoticeRow, NotificationStore } from "../../storage/tables/notifications.ts";
import { dayOf, quietUntil } from "../telling/hours.ts";
import { messagesOf, type Notice } from "../telling/words.ts";

/** What happens within so long is told together. */
export const GATHER_MS = 2000;
/** What waited for longer than that was held back, and is told as one. */
const HELD_MS = 60_000;

export interface ComposerParts {
  engine: Pick<Engine, "write">;
  store: NotificationStore;
  /** A schedule's name. */
  nameOf(scheduleId: string): string;
  /** IANA zone of the machine. */
  zone: string;
}

interface Due {
  /** Messages of the day that began at `dayAt`, and how many more it may have. */
  sent: number;
  left: number;
  dayAt: number;
  wasHeld: boolean;
}

/** Makes deliveries of the changes that rules tell of: once they are gathered, outside quiet hours, within the daily limit. */
export function createComposer({ engine, store, nameOf, zone }: ComposerParts) {
  const noticeOf = (row: NoticeRow): Notice => {
    const details = JSON.parse(row.details) as Record<string, unknown>;
    const since = Date.parse(String(details["from"] ?? details["scheduledTime"] ?? ""));
    const downtime = row.event === "missed" && !Number.isNaN(since) ? (store.downtimeAt(since) ?? null) : null;
    const { event, scheduleId, runId, at } = row;
    return { event, scheduleId, runId, at, details, downtime, name: scheduleId === null ? "" : nameOf(scheduleId) };
  };

  /** What of a rule is due, and how much it may still say today; or until when it is held. Epoch ms. */
  const dueOf = (rule: NotificationRule, rows: readonly NoticeRow[], now: number): Due | number => {
    const firstAt = rows[0]?.at ?? now;
    // The clock was set back: what seems to lie ahead is not waited for.
    const gatheredAt = Math.min(firstAt, now) + GATHER_MS;
    if (gatheredAt > now) return gatheredAt;
    const quiet = quietUntil(rule.quietHours, now, zone);
    if (quiet !== null) return quiet;
    const day = dayOf(rule.quietHours, now, zone);
    const counted = store.count(rule.name);
    const sent = counted.dayAt === day.fromAt ? counted.sent : 0;
    const left = rule.dailyCap === null ? Number.POSITIVE_INFINITY : rule.dailyCap - sent;
    return left <= 0 ? day.toAt : { sent, left, dayAt: day.fromAt, wasHeld: now - firstAt > HELD_MS };
  };

  const put = (rule: NotificationRule, rows: readonly NoticeRow[], due: Due, now: number): void => {
    const said = messagesOf(rows.map(noticeOf), due.wasHeld, zone, due.left);
    const channels = rule.channels.filter((name) => store.channel(name)?.enabled === true);
    for (const message of said)
      for (const channel of channels) store.addDelivery(rule.name, channel, { ...message, rule: rule.name }, now);
    store.putCount(rule.name, due.dayAt, due.sent + said.length);
    store.removeNotices(rule.name, rows.at(-1)?.id ?? 0);
    store.prune();
  };

  /** Until when they are held; null where they are not. */
  const compose = (rule: NotificationRule, now: number): number | null => {
    const rows = store.noticesOf(rule.name);
    if (rows.length === 0) return null;
    const due = dueOf(rule, rows, now);
    if (typeof due === "number") return due;
    // Read again inside: another process that looked at the same moment has taken them.
    engine.write("notices", () => put(rule, store.noticesOf(rule.name), due, now));
    return null;
  };

  /** Returns when to look again; null where nothing is held. */
  return (now: number): number | null => {
    const waiting = new Set(store.noticedRules());
    if (waiting.size === 0) return null;
    let againAt: number | null = null;
    for (const rule of store.rules()) {
      if (!waiting.has(rule.name)) continue;
      const heldUntil = compose(rule, now);
      if (heldUntil !== null) againAt = Math.min(againAt ?? heldUntil, heldUntil);
    }
    return againAt;
  };
}
