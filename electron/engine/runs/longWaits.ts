import { LONG_WAIT_MS, type LongWait } from "../../../shared/domain/waiting.ts";
import type { Core } from "../core.ts";

/** Runs that wait for room for longer than a minute now; null where there are none. */
export function longWaitOf({ stores, clock }: Pick<Core, "stores" | "clock">, runsAtOnce: number): LongWait | null {
  const { count, sinceAt, runId } = stores.queue.readySince(clock.now() - LONG_WAIT_MS);
  if (count === 0 || sinceAt === null || runId === null) return null;
  return { count, since: new Date(sinceAt).toISOString(), runId, runsAtOnce };
}

/** Notes once, when it begins, that a run has waited for room for longer than a minute; and looks whether it is over. */
export function createLongWaits(core: Core, runsAtOnce: () => number) {
  let known = false;
  return (): void => {
    const wait = longWaitOf(core, runsAtOnce());
    if ((wait !== null) === known) return;
    known = wait !== null;
    if (wait === null) {
      core.events.add("system");
      return;
    }
    const { runId, ...details } = wait;
    core.writeAsOwner(() => {
      core.stores.activity.add({
        scheduleId: null,
        at: core.clock.now(),
        kind: "waited",
        actor: "engine",
        runId,
        details,
      });
      core.touch("system");
    });
  };
}
