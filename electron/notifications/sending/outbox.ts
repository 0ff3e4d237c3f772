import type { ChannelSecret, NoticeMessage, NotificationChannel } from "../../../shared/domain/notifications.ts";
import type { Clock } from "../../engine/clock.ts";
import type { Engine } from "../../engine/contract.ts";
import type { DeliveryRow, NotificationStore } from "../../storage/tables/notifications.ts";
import { type Outgoing, SendError } from "../channels/channel.ts";
import type { Sender } from "../channels/send.ts";

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** After so long a message is given up. */
const GIVE_UP_MS = 86_400_000;
/** Looks at the queue and at what is held, where nothing wakes it. */
const LOOK_MS = 10_000;
/** So many are on their way at once. */
const AT_ONCE = 8;

/** How long after a failed attempt the next one is; `attempts` were made. */
export function retryAfterMs(attempts: number, asked: number | null): number {
  const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20));
  return asked === null ? backoff : Math.min(GIVE_UP_MS, Math.max(backoff, asked));
}

type Settled = Pick<DeliveryRow, "id" | "status" | "nextAttemptAt" | "answer">;

export interface OutboxParts {
  engine: Pick<Engine, "write" | "status" | "onChange">;
  store: NotificationStore;
  clock: Clock;
  /** Makes deliveries of what is due; returns when to look again. */
  compose(now: number): number | null;
  lookAtWaiting(): void;
  secretOf(channel: string): ChannelSecret;
  urlOf(path: string): string;
  send: Sender;
  report(error: unknown): void;
}

/**
 * Sends deliveries while this process fires: each until it is sent, refused for good, or a day old. One that was sent and
 * whose outcome could not be written is sent again: at least once, never not at all.
 */
export function createOutbox(parts: OutboxParts) {
  const { engine, store, clock, report } = parts;
  const underWay = new Map<number, Promise<void>>();
  /** Outcomes that could not be written yet: what was sent is not sent again for that. */
  const unwritten = new Map<number, Settled>();
  let cancelTimer: (() => void) | null = null;
  let isDeferred = false;
  let isOpen = false;

  const deliver = async (row: DeliveryRow): Promise<void> => {
    const channel: NotificationChannel | undefined = store.channel(row.channelName);
    const message = JSON.parse(row.message) as NoticeMessage;
    const outgoing: Outgoing = { ...message, url: parts.urlOf(message.path) };
    let settled: Settled;
    try {
      if (channel === undefined) throw new SendError(`there is no channel ${row.channelName}`, { isFinal: true });
      const answer = await parts.send(channel, parts.secretOf(channel.name), outgoing);
      settled = { id: row.id, status: "sent", nextAttemptAt: null, answer };
    } catch (error) {
      settled = afterFailure(row, error, clock.now());
    }
    unwritten.set(row.id, settled);
    writeOutcomes();
  };

  function writeOutcomes(): void {
    for (const [id, settled] of unwritten) {
      engine.write("notices", () => store.settle(settled, clock.now()));
      unwritten.delete(id);
    }
  }

  const sendDue = (): void => {
    const room = AT_ONCE - underWay.size;
    if (room <= 0) return;
    const due = store
      .due(clock.now(), AT_ONCE + underWay.size + unwritten.size)
      .filter(({ id }) => !underWay.has(id) && !unwritten.has(id));
    for (const row of due.slice(0, room)) {
      const sent = deliver(row)
        .catch(report)
        .finally(() => {
          underWay.delete(row.id);
          // Written with its outcome, which wakes us; else the next look tries to.
          if (!unwritten.has(row.id)) wake();
        });
      underWay.set(row.id, sent);
    }
  };

  const look = (): void => {
    isDeferred = false;
    if (!isOpen) return;
    let againAt: number | null = null;
    try {
      const { role, problem } = engine.status();
      if (role === "owner" && problem === null) {
        writeOutcomes();
        parts.lookAtWaiting();
        againAt = parts.compose(clock.now());
        sendDue();
        const dueAt = store.nextDueAt();
        if (dueAt !== null && underWay.size < AT_ONCE) againAt = Math.min(againAt ?? dueAt, dueAt);
      }
    } catch (error) {
      report(error);
    }
    cancelTimer?.();
    const inMs = againAt === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(200, againAt - clock.now()));
    cancelTimer = clock.timer(inMs, look);
  };

  function wake(): void {
    if (isDeferred || !isOpen) return;
    isDeferred = true;
    clock.defer(look);
  }

  return {
    /** Returns the way to stop, which resolves when nothing is on its way any more: what was sent is known to be. */
    start(): () => Promise<void> {
      isOpen = true;
      const stopFollowing = engine.onChange((events) => {
        if (events.some(({ topic }) => topic === "notices" || topic === "notifications")) wake();
      });
      wake();
      return async () => {
        isOpen = false;
        stopFollowing();
        cancelTimer?.();
        await Promise.all(underWay.values());
      };
    },
  };
}

/** What becomes of a delivery that was not sent at `now`. */
export function afterFailure(
  row: Pick<DeliveryRow, "id" | "attempts" | "createdAt">,
  error: unknown,
  now: number,
): Settled {
  const answer = error instanceof Error ? error.message : String(error);
  const nextAttemptAt = now + retryAfterMs(row.attempts + 1, error instanceof SendError ? error.retryAfterMs : null);
  const isOver = (error instanceof SendError && error.isFinal) || nextAttemptAt > row.createdAt + GIVE_UP_MS;
  return { id: row.id, status: isOver ? "failed" : "pending", nextAttemptAt: isOver ? null : nextAttemptAt, answer };
}
