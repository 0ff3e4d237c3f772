import type { RunOutcome, RuntimeListener } from "../runtime.ts";
import type { HandOver, HandOvers } from "./handOvers.ts";
import type { createInbox } from "./inbox.ts";
import type { BullmqRuntimeOptions, Timings } from "./options.ts";
import type { Finished, Keys } from "./protocol.ts";
import type { createQueues } from "./queues.ts";
import type { RedisClient } from "./redis/client.ts";
import type { Roster } from "./roster.ts";
import type { Scripts } from "./scripts.ts";
import type { Sealer } from "./sealing.ts";

/** What goes over the connection to Redis. */
export interface Parts {
  client: RedisClient;
  scripts: Scripts;
  queues: ReturnType<typeof createQueues>;
  inbox: ReturnType<typeof createInbox>;
}

/** What the parts of the runtime have in common. */
export interface RuntimeCore {
  readonly options: BullmqRuntimeOptions;
  readonly folderId: string;
  readonly timings: Timings;
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly roster: Roster;
  readonly handOvers: HandOvers;
  /** Says a thing once. */
  warn(message: string): void;
  listener: RuntimeListener | null;
  /** This engine owns the folder: nothing is done, told or removed before, nor after. */
  owning: boolean;
  /** Null before the start and after the end. */
  parts: Parts | null;
  /** What the gate says: why nothing is sent, and what else a person should know. */
  gate: { refused: string | null; notes: string[] };
}

/** Tells that a hand-over has ended without an outcome of a worker's. */
export function giveUp(core: Pick<RuntimeCore, "listener">, one: HandOver, outcome: RunOutcome): void {
  one.isGivenUp = true;
  report(core, one, { outcome });
}

/** Tells how a hand-over ended. */
export function report(
  core: Pick<RuntimeCore, "listener">,
  one: HandOver,
  finished: Pick<Finished, "outcome"> & Partial<Finished>,
): void {
  one.phase = "reported";
  core.listener?.ended(one.runId, one.epoch, finished.outcome, {
    attempt: finished.attempt ?? 1,
    worker: finished.worker ?? one.worker,
  });
}
