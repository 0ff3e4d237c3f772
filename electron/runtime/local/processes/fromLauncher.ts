import { z } from "zod";
import type { FromLauncher } from "./launcherMessages.ts";

const schema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("launched"), id: z.int(), pid: z.int().min(2) }),
  z.strictObject({
    type: z.literal("exit"),
    id: z.int(),
    code: z.int().nullable(),
    signal: z.string().max(20).nullable(),
    error: z.string().max(10_000).optional(),
  }),
]);

/** A message of the launcher; null where it is none. */
export function parseFromLauncher(value: unknown): FromLauncher | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? (parsed.data as FromLauncher) : null;
}
