import { type Scope, scopes } from "../../../shared/api/access.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { CallLimits } from "./callLimits.ts";

/** Who asks, and what they may do. */
export interface Caller {
  scopes: ReadonlySet<Scope>;
  /** Of the token that signed in; null for the owner's own programs and for who came by address. */
  tokenName: string | null;
  sessionId: string | null;
  /** Of the connection that the call came through; null for calls inside this process. */
  limits: CallLimits | null;
  /** Makes an address that signs one browser in; null where nothing is served. */
  signInAddress: (() => string) | null;
}

/** The owner's own programs: the desktop program, the command line, code that uses the library. */
export const owner: Caller = {
  scopes: new Set(scopes),
  tokenName: null,
  sessionId: null,
  limits: null,
  signInAddress: null,
};

export const hasScope = (caller: Pick<Caller, "scopes">, scope: Scope): boolean =>
  caller.scopes.has("admin") || caller.scopes.has(scope);

/** Throws AppError FORBIDDEN, which names what is needed and what there is. */
export function needScope(caller: Pick<Caller, "scopes" | "tokenName">, scope: Scope, what: string): void {
  if (hasScope(caller, scope)) return;
  const who = caller.tokenName === null ? "this session" : `the token "${caller.tokenName}"`;
  throw new AppError("FORBIDDEN", `${what} needs the scope "${scope}"; ${who} has ${[...caller.scopes].join(", ")}`);
}
