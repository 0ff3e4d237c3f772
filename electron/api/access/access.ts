import type { SignIn } from "../../../shared/api/access.ts";
import type { AccessStore } from "../../storage/tables/access.ts";
import { createSessions } from "./sessions.ts";
import { createTokens } from "./tokens.ts";

/** Who may use the API from outside this program: named tokens, signed-in browsers, and what came of each try. */
export function createAccess(options: {
  store: AccessStore;
  /** One transaction, of which pages in this and other processes are told. */
  write: <T>(work: () => T) => T;
  now: () => number;
  warn: (message: string) => void;
}) {
  const { store, write, now, warn } = options;
  return {
    tokens: createTokens(options),
    sessions: createSessions(options),
    /** Notes a sign-in that was refused. Callers limit how often. */
    refused(address: string, agent: string): void {
      try {
        write(() => store.addSignIn({ at: now(), outcome: "refused", tokenName: null, address, agent }));
      } catch (error) {
        warn(`a refused sign-in from ${address} could not be noted: ${String(error)}`);
      }
    },
    /** Newest first. */
    signIns: (limit: number): SignIn[] =>
      store.signIns(limit).map(({ at, outcome, tokenName, address, agent }) => ({
        at: new Date(at).toISOString(),
        outcome,
        tokenName,
        from: address,
        agent,
      })),
  };
}
export type Access = ReturnType<typeof createAccess>;
