import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "../../electron/api/router.ts";
import { connection, onConnection } from "./connection.ts";

type Kind = "query" | "mutation" | "subscription";

/** The engine was away when it was to be asked, and was not asked. */
class AwayError extends Error {
  constructor(kind: Kind) {
    super(
      kind === "mutation"
        ? "Almanac's engine is away, and nothing was changed. Try again once it is back."
        : "Almanac's engine is away. Try again once it is back.",
    );
  }
}

/** The connection broke between the question and its answer. */
class BrokenOffError extends Error {
  constructor(kind: Kind, cause: unknown) {
    super(
      kind === "mutation"
        ? "The connection to Almanac's engine broke before it answered: whether this was done is not known. The page looks again once the engine is back."
        : "The connection to Almanac's engine broke before it answered.",
      { cause },
    );
  }
}

/** Whether a call was refused because the engine is away: it may be tried again just so. */
export const isAway = (error: unknown): boolean => error instanceof TRPCClientError && error.cause instanceof AwayError;

/**
 * Each client numbers its calls from 1, and the socket that they share tells answers apart by the number alone: the first
 * press took the place of the subscription to changes, and the page heard of none any more.
 */
let calls = 0;

const isGone = (): boolean => connection() === "lost" || connection() === "signedOut";

/**
 * Answers calls now or never. tRPC's socket keeps what is asked while it is not connected, and asks it once it is: a run
 * that is started so comes minutes after the press, when nobody expects it. What `waits` are reads for the page.
 */
export function atOnce(waits: readonly Kind[]): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const away = () => observer.error(TRPCClientError.from(new AwayError(op.type)));
        const isPatient = waits.includes(op.type);
        if (isGone() && !isPatient) {
          away();
          return;
        }
        // Before the first connection nothing is sent.
        let sent = connection() === "open";
        const brokenOff = (cause?: unknown) => observer.error(TRPCClientError.from(new BrokenOffError(op.type, cause)));
        const unwatch = onConnection(() => {
          if (isPatient) return;
          if (connection() === "open") sent = true;
          else if (sent) brokenOff();
          else away();
        });
        const call = next({ ...op, id: ++calls }).subscribe({
          next: (value) => observer.next(value),
          complete: () => observer.complete(),
          // What the engine answers has a shape.
          error: (error) => (error.shape == null ? brokenOff(error) : observer.error(error)),
        });
        return () => {
          unwatch();
          // Takes it from what the socket would ask later.
          call.unsubscribe();
        };
      });
}
