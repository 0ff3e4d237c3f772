import { z } from "zod";
import { redisName } from "../runtime/bullmq/redis/address.ts";
import type { OwnSecrets } from "./secrets.ts";

const bookSchema = z.record(z.string(), z.string());

/**
 * The addresses of each Redis that may have runs, by the short name that a run carries: the one in use, and those of before
 * until what they have has ended. So a change of the address loses none, whenever the program ends.
 */
export function createRedisAddresses(own: OwnSecrets) {
  const read = (): Record<string, string> => {
    try {
      return bookSchema.parse(JSON.parse(own.get("redis addresses") ?? "{}"));
    } catch {
      // The system keeps it for another program, or it is none: runs of before have an address then where they tell of it.
      return {};
    }
  };
  return {
    of: (name: string): string | null => read()[name] ?? null,
    /** Keeps the one that comes into use, and those that `stillHas` says; forgets all others. */
    keep(url: string, stillHas: (name: string) => boolean): void {
      const known = read();
      const name = redisName(url);
      const next = { ...Object.fromEntries(Object.entries(known).filter(([each]) => stillHas(each))), [name]: url };
      if (JSON.stringify(next) !== JSON.stringify(known)) own.set("redis addresses", JSON.stringify(next));
    },
  };
}
