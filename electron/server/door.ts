import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Access } from "../api/access/access.ts";
import { type Caller, hasScope } from "../api/access/caller.ts";
import { createCallLimits } from "../api/access/callLimits.ts";
import { createCredential, readCredential, sameHash } from "../api/access/credentials.ts";
import { createGuessLimiter } from "../api/access/guesses.ts";
import type { KnownSession } from "../api/access/sessions.ts";
import type { KnownToken } from "../api/access/tokens.ts";
import { isLoopback } from "./names.ts";

/** A link for one more browser is to be opened by somebody who is there. */
const linkMs = 10 * 60_000;
export type Answer<T> = { found: T } | { status: 401 | 403 | 429; message: string; waitMs?: number };

/** Who may come in: one-time addresses and named tokens sign browsers in, sessions and tokens are known again. */
export function createDoor(options: {
  access: Access;
  /** Where the pages are opened; sessions hold for it alone. */
  origin: () => string;
  /** Whether others than this machine's users see to it that `origin` stays ours: a certificate, or a proxy's. */
  lasting: boolean;
  behindProxy: boolean;
  now: () => number;
  /** Told of each sign-in, and of refused ones until they are limited. */
  log: (line: string) => void;
  onSignedIn: () => void;
}) {
  const { access, origin, lasting, behindProxy, now, log } = options;
  const serverId = randomBytes(9).toString("base64url");
  const links = new Map<string, { secretHash: Buffer; until: number }>();
  const guesses = createGuessLimiter(now);

  function makeLink(lifeMs: number): string {
    for (const [id, { until }] of links) if (until <= now()) links.delete(id);
    const { id, text, secretHash } = createCredential();
    links.set(id, { secretHash, until: now() + lifeMs });
    return `${origin()}/#token=${text}`;
  }

  function openLink(text: unknown): string | null {
    const read = readCredential(text);
    const link = read === null ? undefined : links.get(read.id);
    if (read === null || link === undefined || !sameHash(link.secretHash, read.secretHash)) return null;
    return link.until > now() ? read.id : null;
  }

  /** The address that a request comes from. Of those a proxy names, the last is the one it has seen itself. */
  function addressOf(request: IncomingMessage): string {
    const named = behindProxy ? String(request.headers["x-forwarded-for"] ?? "") : "";
    const address = named.split(",").at(-1)?.trim() || request.socket.remoteAddress || "unknown";
    return address.replace(/^::ffff:/, "").slice(0, 64);
  }

  const agentOf = (request: IncomingMessage): string => (request.headers["user-agent"] ?? "").slice(0, 200);

  /**
   * How long an address must wait. All users of this machine have one address here, and none of them is to keep the owner
   * out: from it, what is right is taken at any time. Nobody comes upon 256 random bits by trying.
   */
  const mustWaitMs = (address: string): number => (isLoopback(address) ? 0 : guesses.waitMs(address));

  function refused(request: IncomingMessage): Answer<never> {
    const address = addressOf(request);
    const limitedMs = guesses.waitMs(address);
    if (limitedMs > 0) return tooMany(limitedMs);
    const count = guesses.failed(address);
    if (count === 1) access.refused(address, agentOf(request));
    const waitMs = guesses.waitMs(address);
    if (waitMs > 0)
      log(`refused to sign in from ${address} ${count} times: no sign-in is accepted from there for a minute`);
    else log(`refused to sign in from ${address}: a wrong token`);
    return { status: 401, message: "this token is wrong, has been used, was revoked or has ended" };
  }

  const tooMany = (waitMs: number): Answer<never> => ({
    status: 429,
    message: `too many wrong tokens from this address: wait ${Math.ceil(waitMs / 1000)} s`,
    waitMs,
  });

  /** `Authorization: Bearer …` of a request. */
  const bearerOf = (request: IncomingMessage): string | undefined =>
    /^Bearer ([\w.-]{1,200})$/i.exec(request.headers.authorization ?? "")?.[1];

  function known(text: unknown): KnownSession | null {
    return access.sessions.authenticate(text, { origin: origin(), serverId });
  }

  return {
    serverId,
    /** The first address, good until it is used. */
    firstAddress: (): string => makeLink(Number.POSITIVE_INFINITY),
    /** One more, good for ten minutes. */
    signInAddress: (): string => makeLink(linkMs),

    /** What a proxy hands on comes from loopback, too, whoever has sent it. */
    isOfThisMachine: (request: IncomingMessage): boolean => !behindProxy && isLoopback(addressOf(request)),

    /** Signs a browser in: with a one-time token of an address, or a named one. Found: what it keeps. */
    signIn(text: unknown, request: IncomingMessage): Answer<string> {
      const address = addressOf(request);
      const waitMs = mustWaitMs(address);
      if (waitMs > 0) return tooMany(waitMs);
      const link = openLink(text);
      const token = link === null ? access.tokens.authenticate(text, address) : null;
      if (link === null && token === null) return refused(request);
      if (token !== null && !hasScope(token, "read")) {
        return { status: 403, message: `the pages need the scope "read"; the token "${token.name}" does not have it` };
      }
      const agent = agentOf(request);
      const place = { origin: origin(), serverId: lasting ? null : serverId, address, agent };
      const session = access.sessions.create(token, place);
      // Only now: what could not be signed in may try again.
      if (link !== null) links.delete(link);
      log(`signed in from ${address} ${token === null ? "by address" : `with the token "${token.name}"`} (${agent})`);
      options.onSignedIn();
      return { found: session };
    },

    /** The session that a request or a socket's first message carries. */
    session(text: unknown): Answer<Caller> {
      const found = known(text);
      if (found === null) return { status: 401, message: "this browser is not signed in, or its session has ended" };
      return { found: { ...found, limits: createCallLimits(), signInAddress: () => makeLink(linkMs) } };
    },
    /** Whether a session that was known still is; marks it as seen. */
    stillKnown: (text: unknown): boolean => known(text) !== null,
    bearerOf,

    /** What a secret opens that is no token's: `authenticate` says whether it is right; the wrong ones are limited alike. */
    hook<T>(request: IncomingMessage, authenticate: (text: unknown) => T | null): Answer<T> {
      const waitMs = mustWaitMs(addressOf(request));
      if (waitMs > 0) return tooMany(waitMs);
      const found = authenticate(bearerOf(request));
      return found === null ? refused(request) : { found };
    },

    /** The named token that a program presents, as `Authorization: Bearer …` where it does not say otherwise. */
    token(request: IncomingMessage, text: string | undefined = bearerOf(request)): Answer<KnownToken> {
      const address = addressOf(request);
      const waitMs = mustWaitMs(address);
      if (waitMs > 0) return tooMany(waitMs);
      const found = access.tokens.authenticate(text, address);
      return found === null ? refused(request) : { found };
    },
  };
}
export type Door = ReturnType<typeof createDoor>;
