import type { Actor } from "../../engine/contract.ts";
import type { ActivityStore } from "../../storage/tables/activity.ts";

/** Calls that are alike within so long are one line with their number: an agent that looks each second fills no history. */
export const oneLineMs = 10 * 60_000;
/** The first of them is written at once, and how many came since so much later. */
const writtenAfterMs = 2000;
const mostLines = 1000;
const mostCharacters = 200;

/** A call of a tool for agents. */
export interface AgentCall {
  actor: Actor;
  /** Such as `read`. */
  tool: string;
  /** What of it was asked, such as `schedule`. */
  what: string;
  /** The schedule that it is about; null where it is about none. */
  scheduleId: string | null;
  /** Why it was refused; null where it was answered. */
  refused: string | null;
}

interface Line {
  id: number;
  at: number;
  call: AgentCall;
  count: number;
  lastAt: number;
  /** Whether the database has its count. */
  written: boolean;
}

const detailsOf = ({ call: { tool, what, refused }, count, lastAt }: Line): Record<string, unknown> => ({
  tool,
  what,
  count,
  lastAt: new Date(lastAt).toISOString(),
  ...(refused === null ? {} : { refused }),
});

/** Writes every call of an agent into the history: who asked what. */
export function createAgentCalls(options: {
  store: Pick<ActivityStore, "add" | "setAsked">;
  /** One transaction, of which pages are told. */
  write: <T>(work: () => T) => T;
  now: () => number;
  warn: (message: string) => void;
}) {
  const { store, write, now, warn } = options;
  const lines = new Map<string, Line>();
  let timer: NodeJS.Timeout | null = null;

  const tried = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // What was asked has been answered.
      warn(`what an agent asked could not be noted: ${String(error)}`);
    }
  };

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const changed = [...lines.values()].filter(({ written }) => !written);
    if (changed.length === 0) return;
    tried(() => {
      write(() => {
        for (const line of changed) store.setAsked(line.id, line.at, detailsOf(line));
      });
      for (const line of changed) line.written = true;
    });
  }

  return {
    note(given: AgentCall): void {
      const call = {
        ...given,
        what: given.what.slice(0, mostCharacters),
        refused: given.refused?.slice(0, mostCharacters) ?? null,
      };
      const key = JSON.stringify([call.actor, call.tool, call.what, call.scheduleId, call.refused]);
      const at = now();
      const known = lines.get(key);
      if (known !== undefined && at - known.at < oneLineMs) {
        known.count += 1;
        known.lastAt = at;
        known.written = false;
        timer ??= setTimeout(flush, writtenAfterMs).unref();
        return;
      }
      flush();
      tried(() => {
        const line: Line = { id: 0, at, call, count: 1, lastAt: at, written: true };
        const { actor, scheduleId } = call;
        line.id = write(() => store.add({ scheduleId, at, kind: "asked", actor, details: detailsOf(line) }));
        lines.delete(key);
        lines.set(key, line);
      });
      for (const [oldKey, { at: since }] of lines)
        if (at - since >= oneLineMs || lines.size > mostLines) lines.delete(oldKey);
    },
    /** Writes what has not been written yet. */
    flush,
  };
}
export type AgentCalls = ReturnType<typeof createAgentCalls>;
