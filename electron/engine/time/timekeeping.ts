import type { Core } from "../core.ts";
import { accountForSetBack } from "./clockSetBack.ts";
import { createClockWatch } from "./clockWatch.ts";
import { createDowntimes, isLong } from "./downtime.ts";

/** Records that lie ahead by less are not worth an account. */
const AHEAD_MS = 1000;
const SET_BACK_MS = 2000;

/**
 * Accounts for what happened to time between two looks of the owner:
 *
 * | what the clocks say                        | account                                                           |
 * | the wall clock ran on by more than time did | a downtime (`asleep`), and a line in the history where nobody slept |
 * | both ran on, and nobody looked             | a downtime (`stalled`) where it was long, else one line for what fires late |
 * | the wall clock was set back                | occurrences that lie ahead again are taken back                   |
 */
export function createTimekeeping(core: Core, pollIntervalMs: number, onWake: (at: number) => void) {
  const { clock } = core;
  const watch = createClockWatch(clock);
  const downtimes = createDowntimes(core);
  let suspendedAt: number | null = null;

  const noteClock = (details: { from: number; to: number; byMs: number; schedules?: number }): void => {
    const { from, to, ...rest } = details;
    core.stores.activity.add({
      scheduleId: null,
      at: to,
      kind: "clock_changed",
      actor: "engine",
      details: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...rest },
    });
    core.touch("system");
  };

  /** The clock may stand at `now` before what schedules have behind them already. */
  const setBack = (fromAt: number, now: number): void => {
    const { schedules, runs, eventTriggers } = core.stores;
    if (schedules.aheadOf(now + AHEAD_MS).length === 0 && fromAt - now < SET_BACK_MS) return;
    const ahead = schedules.aheadOf(now);
    core.writeAsOwner(() => {
      if (fromAt > now) {
        runs.hastenRetries(now, fromAt - now);
        eventTriggers.hastenWaits(now, fromAt - now);
      }
      noteClock({ from: fromAt, to: now, byMs: now - fromAt, schedules: ahead.length });
    });
    accountForSetBack(core, ahead, now);
  };

  return {
    downtimes,
    setBack,
    /** What has passed until now is accounted for otherwise. */
    reset: watch.reset,
    /** What the wall clock said at the last look, epoch ms. */
    lastLookAt: watch.lastLookAt,
    /** `expectedMs`: how long the wait was meant to be. Only looks where it is not `accountable`. */
    look(expectedMs: number, accountable: boolean): void {
      const passage = watch.look(expectedMs);
      if (passage.kind === "ordinary" || !accountable) return;
      const { fromAt, toAt } = passage;
      if (passage.kind === "backward") {
        setBack(fromAt, toAt);
        return;
      }
      const slept = suspendedAt !== null || (passage.kind === "forward" && passage.slept);
      const asleep = passage.kind === "forward" || slept;
      if (passage.kind === "forward" && !slept)
        core.writeAsOwner(() => noteClock({ from: fromAt, to: toAt, byMs: passage.byMs }));
      const reason = asleep ? ("asleep" as const) : ("stalled" as const);
      const downtime = { fromAt: suspendedAt ?? fromAt, toAt, reason };
      suspendedAt = null;
      // Between two looks lies up to one poll interval in which all was well.
      if (isLong(downtime, pollIntervalMs)) downtimes.begin(downtime);
      else if (!asleep) downtimes.noteStall(downtime);
      if (slept) onWake(toAt);
    },
    /** The machine is about to sleep. */
    suspended(): void {
      suspendedAt ??= clock.now();
    },
    /** It has woken; a sleep too short for an account is a sleep all the same. */
    resumed(accountable: boolean): void {
      const slept = suspendedAt !== null;
      suspendedAt = null;
      if (slept && accountable) onWake(clock.now());
    },
  };
}
