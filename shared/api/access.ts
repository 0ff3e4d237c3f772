import { z } from "zod";

/** What a token or session may do; `admin` may do all of it, the others nothing of one another. */
export const scopes = ["read", "run", "edit", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** What each scope lets one do, in words for people. */
export const scopeWords: Record<Scope, string> = {
  read: "look at schedules, runs and their logs",
  run: "start, cancel and repeat runs that are set up, and backfill",
  edit: "make and change schedules, and so run any command",
  admin: "everything, with settings, secrets and tokens",
};

export const tokenNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "letters, digits, '.', '_' and '-', at most 64, starting with a letter or digit",
  );

export const createTokenSchema = z.strictObject({
  name: tokenNameSchema,
  scopes: z.array(z.enum(scopes)).min(1, "at least one of read, run, edit, admin").max(scopes.length),
  /** Left out: it does not end by itself. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export const revokeTokenSchema = z.strictObject({ name: tokenNameSchema });
export const signOutSchema = z.strictObject({ sessionId: z.string().min(1).max(64) });

/** A named token, without its secret. */
export interface TokenInfo {
  name: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  /** The address it was last used from. */
  lastUsedFrom: string | null;
}

/** The token itself is shown once, here, and kept nowhere. */
export interface CreatedToken extends TokenInfo {
  token: string;
}

/** A browser that is signed in. */
export interface SessionInfo {
  sessionId: string;
  /** The token it was signed in with; null: the address that `serve` printed, or a link. */
  tokenName: string | null;
  scopes: Scope[];
  signedInAt: string;
  lastSeenAt: string;
  /** It ends when the server that it was made by does: see decision 16. */
  endsWithServer: boolean;
  /** When it ends unless it is used before, and when it ends in any case. */
  endsAt: string;
  /** The address of the browser, and what it calls itself. */
  from: string;
  agent: string;
  /** The address of the pages. */
  origin: string;
  /** The session of whoever asks. */
  current: boolean;
}

/** A sign-in, or one that was refused. */
export interface SignIn {
  at: string;
  outcome: "signed_in" | "refused";
  tokenName: string | null;
  from: string;
  agent: string;
}

/** Who asks. */
export interface Me {
  scopes: Scope[];
  /** The name of the token that signed in; null in the desktop program and by address. */
  tokenName: string | null;
  sessionId: string | null;
}
