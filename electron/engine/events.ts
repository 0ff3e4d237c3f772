import type { ChangeEvent } from "../../shared/api/events.ts";
import type { Clock } from "./clock.ts";

type Topic = ChangeEvent["topic"];
type Listener = (events: readonly ChangeEvent[]) => void;

/** Groups go out at most ten times a second. */
const GROUP_MS = 100;
/** Beyond so many a list of ids is no help any more. */
const MOST_IDS = 200;

/** Collects what changed and tells listeners in groups. A listener that throws harms no other. */
export function createEvents(clock: Clock, onError: (error: unknown) => void) {
  const listeners = new Set<Listener>();
  let waiting = new Map<Topic, Set<string> | null>();
  let scheduled = false;
  let lastAt = Number.NEGATIVE_INFINITY;

  const deliver = (): void => {
    scheduled = false;
    lastAt = clock.monotonic();
    const events: ChangeEvent[] = [];
    for (const [topic, ids] of waiting) events.push(ids === null ? { topic } : { topic, ids: [...ids] });
    waiting = new Map();
    for (const listener of listeners) {
      try {
        listener(events);
      } catch (error) {
        onError(error);
      }
    }
  };

  return {
    add(topic: Topic, ids?: Iterable<string>): void {
      if (listeners.size === 0) return;
      const known = waiting.get(topic);
      if (ids === undefined) waiting.set(topic, null);
      else if (known !== null) {
        const all = known ?? new Set<string>();
        for (const id of ids) all.add(id);
        waiting.set(topic, all.size > MOST_IDS ? null : all);
      }
      if (scheduled) return;
      scheduled = true;
      const wait = GROUP_MS - (clock.monotonic() - lastAt);
      if (wait > 0) clock.timer(wait, deliver);
      else clock.defer(deliver);
    },
    onChange(listener: Listener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
export type Events = ReturnType<typeof createEvents>;
