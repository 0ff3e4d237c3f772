import { uptime } from "node:os";
import { ownPlace } from "../storage/tables/leaseHolder.ts";
import type { Machine } from "./firing/events.ts";

/** This machine, and since which start of it: by the number that its system gives it, or since when it is up. */
export function ownMachine(): Machine {
  const { host, bootId } = ownPlace;
  return { host, bootId: bootId ?? `up since ${Math.round(Date.now() / 1000 - uptime())} s` };
}
