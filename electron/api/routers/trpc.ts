import { initTRPC, TRPCError } from "@trpc/server";
import type { Scope } from "../../../shared/api/access.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { needScope } from "../access/caller.ts";
import type { ApiContext } from "../context.ts";
import { errorShape, toAppError, trpcCodeOf } from "../errors.ts";

/** An unknown procedure, a message that is no JSON: tRPC's own refusals, in our words. */
function ofTrpc(error: TRPCError, input: unknown): AppError {
  if (error.code === "PARSE_ERROR")
    return new AppError("INVALID_INPUT", `a message that can be read is expected: ${error.message}`);
  if (error.cause !== undefined) return toAppError(error.cause, input);
  switch (error.code) {
    case "NOT_FOUND":
      return new AppError("NOT_FOUND", error.message);
    case "INTERNAL_SERVER_ERROR":
      return new AppError("INTERNAL", error.message);
    default:
      return new AppError("INVALID_INPUT", error.message);
  }
}

/** What a caller must be allowed; left out, `read` for what only answers and `admin` for what changes anything. */
export interface Meta {
  scope?: Scope;
}

const t = initTRPC
  .context<ApiContext>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter({ shape, error, input }) {
      const app = errorShape(ofTrpc(error, input));
      return { ...shape, message: app.message, data: { ...shape.data, app } };
    },
  });

/** Calls whose input holds what nobody may read. */
const secretInputs: ReadonlySet<string> = new Set([
  "system.setSecret",
  "notifications.setChannel",
  "runtime.test",
  "runtime.choose",
]);

/** Every error leaves as one that names its code; what the program itself got wrong is also logged. */
const withAppErrors = t.middleware(async ({ ctx, path, next, getRawInput }) => {
  const result = await next();
  if (result.ok) return result;
  // A refused secret is not shown back: errors end up in logs and screenshots.
  const mayShow = result.error.code === "BAD_REQUEST" && !secretInputs.has(path);
  const input = mayShow ? await getRawInput() : undefined;
  const error = ofTrpc(result.error, input);
  if (error.code === "INTERNAL") ctx.app.logger.error(`${path}:`, error.cause ?? error);
  throw new TRPCError({ code: trpcCodeOf(error.code), message: error.message, cause: error });
});

const withinScope = t.middleware(({ ctx, meta, path, type, next }) => {
  needScope(ctx.caller, meta?.scope ?? (type === "mutation" ? "admin" : "read"), path);
  return next();
});

/** A connection has only so many calls and subscriptions under way: the next is refused and costs nothing. */
const withinLimits = t.middleware(async ({ ctx, type, next }) => {
  if (ctx.caller.limits === null) return next();
  const leave = ctx.caller.limits.enter(type === "subscription" ? "subscription" : "call");
  let kept = false;
  try {
    const result = await next();
    if (result.ok && isAsyncIterable(result.data)) {
      result.data = untilLeft(result.data, leave);
      kept = true;
    }
    return result;
  } finally {
    if (!kept) leave();
  }
});

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

async function* untilLeft(values: AsyncIterable<unknown>, leave: () => void): AsyncGenerator<unknown> {
  try {
    yield* values;
  } finally {
    leave();
  }
}

export const router = t.router;
/** A query that `read` may ask; a mutation made of it is for `admin` alone. */
export const procedure = t.procedure.use(withAppErrors).use(withinScope).use(withinLimits);
export const reading = procedure.meta({ scope: "read" });
/** Starts or ends what is set up already: none of these takes a command from its caller. */
export const running = procedure.meta({ scope: "run" });
export const editing = procedure.meta({ scope: "edit" });
export const administering = procedure.meta({ scope: "admin" });
export const createCallerFactory = t.createCallerFactory;
