import { scopes as allScopes, type Scope, type SessionInfo } from "../../../shared/api/access.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { AccessStore, SessionWithToken } from "../../storage/tables/access.ts";
import { createCredential, readCredential, sameHash } from "./credentials.ts";
import { type KnownToken, readScopes } from "./tokens.ts";

/** A session ends when it has not been used for the one, and in any case after the other. */
export const sessionIdleMs = 7 * 86_400_000;
export const sessionMostMs = 30 * 86_400_000;
/** More browsers than one person signs in; beyond them the one that was seen longest ago goes. */
const maxSessions = 100;
/** A use is noted at most so often. */
const notedEveryMs = 60_000;

/** What a session that is right stands for. */
export interface KnownSession {
  sessionId: string;
  scopes: Set<Scope>;
  tokenName: string | null;
}

/** Where a browser signs in: what its session holds for, and what a person recognises it by. */
export interface SessionPlace {
  origin: string;
  /** The start of the server that it ends with; null where it outlives it. */
  serverId: string | null;
  address: string;
  agent: string;
}

/** Browsers that are signed in. Each holds for one origin, so that what one server's pages keep opens no other. */
export function createSessions(options: {
  store: AccessStore;
  write: <T>(work: () => T) => T;
  now: () => number;
  warn: (message: string) => void;
}) {
  const { store, write, now, warn } = options;

  const hasEnded = (row: SessionWithToken): boolean =>
    now() >= endOf(row) || (row.tokenExpiresAt !== null && row.tokenExpiresAt <= now());

  const scopesOf = (row: SessionWithToken): Set<Scope> =>
    row.tokenId === null ? new Set(allScopes) : readScopes(row.tokenScopes ?? "[]");

  return {
    /** Signs a browser in; the text is for it alone and is kept nowhere. `token`: what it holds for; null for all. */
    create(token: KnownToken | null, place: SessionPlace): string {
      const { id, text, secretHash } = createCredential();
      const at = now();
      write(() => {
        store.removeOldSessions(at - sessionMostMs, at - sessionIdleMs);
        for (const row of store.sessions().slice(maxSessions - 1)) store.removeSession(row.id);
        store.addSession({ id, secretHash, tokenId: token?.id ?? null, ...place, createdAt: at, lastSeenAt: at });
        store.addSignIn({
          at,
          outcome: "signed_in",
          tokenName: token?.name ?? null,
          address: place.address,
          agent: place.agent,
        });
      });
      return text;
    },
    /** Whose session `text` is at this origin; null where it is wrong, has ended or is another server's. */
    authenticate(text: unknown, place: Pick<SessionPlace, "origin" | "serverId">): KnownSession | null {
      const read = readCredential(text);
      const row = read === null ? undefined : store.session(read.id);
      if (read === null || row === undefined || !sameHash(row.secretHash, read.secretHash)) return null;
      if (row.origin !== place.origin || (row.serverId !== null && row.serverId !== place.serverId)) return null;
      if (hasEnded(row)) return null;
      if (now() - row.lastSeenAt >= notedEveryMs) {
        try {
          store.seeSession(row.id, now());
        } catch (error) {
          // A full disk signs nobody out.
          warn(`the use of a session could not be noted: ${String(error)}`);
        }
      }
      return { sessionId: row.id, scopes: scopesOf(row), tokenName: row.tokenName };
    },
    /** Newest use first. `current` is the session that asks. */
    list: (current: string | null): SessionInfo[] =>
      store
        .sessions()
        .filter((row) => !hasEnded(row))
        .map((row) => ({
          sessionId: row.id,
          tokenName: row.tokenName,
          scopes: [...scopesOf(row)],
          signedInAt: new Date(row.createdAt).toISOString(),
          lastSeenAt: new Date(row.lastSeenAt).toISOString(),
          endsWithServer: row.serverId !== null,
          endsAt: new Date(Math.min(endOf(row), row.tokenExpiresAt ?? Number.POSITIVE_INFINITY)).toISOString(),
          from: row.address,
          agent: row.agent,
          origin: row.origin,
          current: row.id === current,
        })),
    signOut(sessionId: string): void {
      write(() => {
        if (store.removeSession(sessionId)) return;
        const message = "this session has ended already";
        throw new AppError("NOT_FOUND", message, { issues: [{ path: "sessionId", given: sessionId, message }] });
      });
    },
    /** A server has started at this origin: sessions of earlier ones there can only be dead. */
    serverStarted: (origin: string, serverId: string): void => {
      if (store.sessions().some((row) => row.serverId !== null && row.origin === origin && row.serverId !== serverId))
        write(() => store.removeSessionsOfEarlierServers(origin, serverId));
    },
    serverStopped: (serverId: string): void => {
      if (store.sessions().some((row) => row.serverId === serverId))
        write(() => store.removeSessionsOfServer(serverId));
    },
  };
}

const endOf = (row: Pick<SessionWithToken, "createdAt" | "lastSeenAt">): number =>
  Math.min(row.createdAt + sessionMostMs, row.lastSeenAt + sessionIdleMs);
