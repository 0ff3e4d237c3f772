import type { Core } from "../core.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { promoteStranded } from "../runs/overlap.ts";
import { fireDue } from "./due.ts";
import { startDelayed } from "./events.ts";
import { endPauses } from "./pauseEnds.ts";

/** Firing gives the process back to others after so long. */
const FIRE_MS = 25;

/** The owner's turn: everything that is due by now, and what other processes and the runtime have left to do. */
export function createFiringTurn(core: Core, dispatcher: Dispatcher, pollIntervalMs: number) {
  const { clock } = core;
  let sweptAt = Number.NEGATIVE_INFINITY;

  /** What nothing else would notice: runs whose runtime is silent, and runs whose turn was missed. */
  const sweep = (): void => {
    const now = clock.monotonic();
    if (now - sweptAt < pollIntervalMs) return;
    sweptAt = now;
    dispatcher.endOverdue();
    promoteStranded(core);
  };

  return {
    /** Fires what was due at `now`, epoch ms; true where more is due. */
    take(now: number): boolean {
      endPauses(core);
      const earliestAt = core.stores.schedules.earliestFireAt();
      // What has ended holds up nothing that is due now.
      if (earliestAt !== null && earliestAt <= now) dispatcher.flush();
      else dispatcher.flushSoon();
      const until = clock.monotonic() + FIRE_MS;
      let more = fireDue(core, dispatcher, now);
      while (more && clock.monotonic() < until) more = fireDue(core, dispatcher, now);
      more = startDelayed(core, now) || more;
      dispatcher.passOnCancels();
      sweep();
      return more;
    },
  };
}
