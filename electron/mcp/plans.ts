import { randomBytes } from "node:crypto";
import { AppError } from "../../shared/domain/errors.ts";

/** A plan that was shown is good for so long. */
export const planLifeMs = 15 * 60_000;
/** So many are kept of one holder; beyond them the oldest is forgotten. */
const mostPlans = 100;

/** Something that was shown, and can be done as it was shown. */
export interface Plan {
  /** In a few words, such as `create the schedule nightly`. */
  what: string;
  /** What it was made from: where this changes, it is not done. */
  madeFrom(): Promise<string> | string;
  apply(): Promise<{ said: string; path: string; result: Record<string, unknown> }>;
}

interface Kept {
  plan: Plan;
  holder: string;
  madeFrom: string;
  until: number;
}

/** Plans that were shown to agents, by handle. Each is done once, by whom it was shown to, while nothing under it has changed. */
export function createPlans(now: () => number) {
  const kept = new Map<string, Kept>();

  const refused = (why: string): AppError => new AppError("CONFLICT", `${why}; ask almanac_preview again`);

  return {
    /** `holder`: who may apply it. */
    async keep(plan: Plan, holder: string): Promise<{ handle: string; expiresAt: string }> {
      for (const [handle, { until }] of kept) if (until <= now()) kept.delete(handle);
      const own = [...kept].filter(([, other]) => other.holder === holder);
      for (const [handle] of own.slice(0, Math.max(0, own.length - mostPlans + 1))) kept.delete(handle);
      const handle = `plan_${randomBytes(12).toString("base64url")}`;
      const until = now() + planLifeMs;
      kept.set(handle, { plan, holder, madeFrom: await plan.madeFrom(), until });
      return { handle, expiresAt: new Date(until).toISOString() };
    },
    /** Throws CONFLICT where it is unknown, has been applied, has expired or was made from what has changed since. */
    async apply(handle: string, holder: string) {
      const found = kept.get(handle);
      if (found === undefined || found.holder !== holder)
        throw refused("there is no such plan: it has been applied, or was made in another conversation");
      if (found.until <= now()) {
        kept.delete(handle);
        throw refused(`this plan has expired (after ${planLifeMs / 60_000} minutes)`);
      }
      // Taken at once: two calls at the same moment do it once.
      kept.delete(handle);
      if ((await found.plan.madeFrom()) !== found.madeFrom)
        throw refused("what this plan was made from has changed since it was shown");
      return { what: found.plan.what, ...(await found.plan.apply()) };
    },
  };
}
export type Plans = ReturnType<typeof createPlans>;
