import {
  type CreatedToken,
  createTokenSchema,
  type Me,
  revokeTokenSchema,
  type SessionInfo,
  type SignIn,
  signOutSchema,
  type TokenInfo,
} from "../../../shared/api/access.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ActivityEvent } from "../../../shared/domain/schedule.ts";
import { administering, procedure, reading, router } from "./trpc.ts";

export const access = router({
  me: procedure.query(({ ctx: { caller } }): Me => {
    const { scopes, tokenName, sessionId } = caller;
    return { scopes: [...scopes], tokenName, sessionId };
  }),
  tokens: administering.query(({ ctx }): TokenInfo[] => ctx.app.access.tokens.list()),
  createToken: administering
    .input(createTokenSchema)
    .mutation(({ ctx, input }): CreatedToken => ctx.app.access.tokens.create(input)),
  revokeToken: administering.input(revokeTokenSchema).mutation(({ ctx, input }) => {
    ctx.app.access.tokens.revoke(input.name);
    return { revoked: input.name };
  }),
  sessions: administering.query(({ ctx }): SessionInfo[] => ctx.app.access.sessions.list(ctx.caller.sessionId)),
  signOut: administering.input(signOutSchema).mutation(({ ctx, input }) => {
    ctx.app.access.sessions.signOut(input.sessionId);
    return { signedOut: input.sessionId };
  }),
  /** Ends the session that asks, whatever it may do. */
  signOutHere: reading.mutation(({ ctx }) => {
    const { sessionId } = ctx.caller;
    if (sessionId === null) throw new AppError("ILLEGAL_TRANSITION", "there is no session to sign out of here");
    ctx.app.access.sessions.signOut(sessionId);
    return { signedOut: sessionId };
  }),
  signIns: administering.query(({ ctx }): SignIn[] => ctx.app.access.signIns(50)),
  /** What agents have asked, newest first. */
  agentCalls: administering.query(({ ctx }): ActivityEvent[] => {
    ctx.app.agentCalls.flush();
    return ctx.app.reads.agentCalls(100);
  }),
  /** An address that signs one more browser in, once. */
  signInAddress: administering.mutation(({ ctx }) => {
    const make = ctx.caller.signInAddress;
    if (make === null) throw new AppError("ILLEGAL_TRANSITION", "only `almanac serve` has an address to sign in at");
    return { address: make() };
  }),
});
