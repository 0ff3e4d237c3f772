import { AppError } from "../../../shared/domain/errors.ts";

/** Far more than a page needs: it has a handful of subscriptions, and at its start some twenty calls at once. */
const maxSubscriptions = 32;
const maxCalls = 256;

/** Counts what one connection has under way, so that none can use up the program. */
export interface CallLimits {
  /** Counts a call or subscription in; returns the way to count it out. Throws AppError TOO_MANY_REQUESTS. */
  enter(kind: "call" | "subscription"): () => void;
}

export function createCallLimits(): CallLimits {
  const most = { call: maxCalls, subscription: maxSubscriptions };
  const open = { call: 0, subscription: 0 };
  return {
    enter(kind) {
      if (open[kind] >= most[kind]) {
        const message = `at most ${most[kind]} ${kind}s at once are allowed on one connection`;
        throw new AppError("TOO_MANY_REQUESTS", message);
      }
      open[kind]++;
      let left = false;
      return () => {
        if (!left) open[kind]--;
        left = true;
      };
    },
  };
}
