import type { Connection } from "../sqlite.ts";

/** A named token; `secretHash` is SHA-256 of what only its holder knows. Times are epoch ms. */
export interface TokenRow {
  id: string;
  name: string;
  scopes: string;
  secretHash: Buffer;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

/** A signed-in browser. One with a `serverId` ends with that start of the server. */
export interface SessionRow {
  id: string;
  secretHash: Buffer;
  tokenId: string | null;
  serverId: string | null;
  origin: string;
  address: string;
  agent: string;
  createdAt: number;
  lastSeenAt: number;
}

/** With the name and scopes of the token that it was signed in with, now. */
export interface SessionWithToken extends SessionRow {
  tokenName: string | null;
  tokenScopes: string | null;
  tokenExpiresAt: number | null;
}

export interface SignInRow {
  at: number;
  outcome: "signed_in" | "refused";
  tokenName: string | null;
  address: string;
  agent: string;
}

const tokenColumns = `id, name, scopes, secret_hash as secretHash, created_at as createdAt, expires_at as expiresAt,
  last_used_at as lastUsedAt, last_used_from as lastUsedFrom`;
const sessionColumns = `s.id, s.secret_hash as secretHash, s.token_id as tokenId, s.server_id as serverId, s.origin, s.address,
  s.agent, s.created_at as createdAt, s.last_seen_at as lastSeenAt, t.name as tokenName, t.scopes as tokenScopes,
  t.expires_at as tokenExpiresAt from sessions s left join tokens t on t.id = s.token_id`;
/** So many sign-ins are remembered. */
const SIGN_INS_KEPT = 500;

export function createAccessStore(sql: Connection) {
  const token = sql.prepare<[string], TokenRow>(`select ${tokenColumns} from tokens where id = ?`);
  const tokens = sql.prepare<[], TokenRow>(`select ${tokenColumns} from tokens order by name collate nocase`);
  const addToken = sql.prepare<[string, string, string, Buffer, number, number | null]>(
    "insert into tokens (id, name, scopes, secret_hash, created_at, expires_at) values (?, ?, ?, ?, ?, ?)",
  );
  const useToken = sql.prepare<[number, string, string]>(
    "update tokens set last_used_at = ?, last_used_from = ? where id = ?",
  );
  const removeToken = sql.prepare<[string]>("delete from tokens where name = ?");
  const session = sql.prepare<[string], SessionWithToken>(`select ${sessionColumns} where s.id = ?`);
  const sessions = sql.prepare<[], SessionWithToken>(`select ${sessionColumns} order by s.last_seen_at desc`);
  const addSession = sql.prepare<
    [string, Buffer, string | null, string | null, string, string, string, number, number]
  >(
    `insert into sessions (id, secret_hash, token_id, server_id, origin, address, agent, created_at, last_seen_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const seeSession = sql.prepare<[number, string]>("update sessions set last_seen_at = ? where id = ?");
  const removeSession = sql.prepare<[string]>("delete from sessions where id = ?");
  const removeOld = sql.prepare<[number, number]>("delete from sessions where created_at <= ? or last_seen_at <= ?");
  const removeOfServer = sql.prepare<[string]>("delete from sessions where server_id = ?");
  const removeOfOrigin = sql.prepare<[string, string]>(
    "delete from sessions where server_id is not null and origin = ? and server_id <> ?",
  );
  const addSignIn = sql.prepare<[number, string, string | null, string, string]>(
    "insert into sign_ins (at, outcome, token_name, address, agent) values (?, ?, ?, ?, ?)",
  );
  const removeSignIns = sql.prepare<[number]>("delete from sign_ins where id <= (select max(id) from sign_ins) - ?");
  const signIns = sql.prepare<[number], SignInRow>(
    "select at, outcome, token_name as tokenName, address, agent from sign_ins order by id desc limit ?",
  );
  return {
    token: (id: string): TokenRow | undefined => token.get(id),
    tokens: (): TokenRow[] => tokens.all(),
    /** Throws where the name is taken. */
    addToken: (row: Omit<TokenRow, "lastUsedAt" | "lastUsedFrom">): void =>
      void addToken.run(row.id, row.name, row.scopes, row.secretHash, row.createdAt, row.expiresAt),
    markTokenUsed: (id: string, at: number, from: string): void => void useToken.run(at, from, id),
    /** With the sessions that it signed in; false where there is none of that name. */
    removeToken: (name: string): boolean => removeToken.run(name).changes > 0,
    session: (id: string): SessionWithToken | undefined => session.get(id),
    sessions: (): SessionWithToken[] => sessions.all(),
    addSession: (row: SessionRow): void =>
      void addSession.run(
        row.id,
        row.secretHash,
        row.tokenId,
        row.serverId,
        row.origin,
        row.address,
        row.agent,
        row.createdAt,
        row.lastSeenAt,
      ),
    seeSession: (id: string, at: number): void => void seeSession.run(at, id),
    removeSession: (id: string): boolean => removeSession.run(id).changes > 0,
    /** Removes those made, or last seen, at or before the given instants. */
    removeOldSessions: (madeAt: number, seenAt: number): number => removeOld.run(madeAt, seenAt).changes,
    removeSessionsOfServer: (serverId: string): number => removeOfServer.run(serverId).changes,
    /** Those that an earlier server at the same address has left: it can only be gone. */
    removeSessionsOfEarlierServers: (origin: string, serverId: string): number =>
      removeOfOrigin.run(origin, serverId).changes,
    addSignIn: (row: SignInRow): void => {
      addSignIn.run(row.at, row.outcome, row.tokenName, row.address, row.agent);
      removeSignIns.run(SIGN_INS_KEPT);
    },
    /** Newest first. */
    signIns: (limit: number): SignInRow[] => signIns.all(limit),
  };
}
export type AccessStore = ReturnType<typeof createAccessStore>;
