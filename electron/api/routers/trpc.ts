import { initTRPC, TRPCError } from "@trpc/server";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ApiContext } from "../context.ts";
import { errorShape, toAppError, trpcCodeOf } from "../errors.ts";

/** An unknown procedure, a message that is no JSON: tRPC's own refusals, in our words. */
function ofTrpc(error: TRPCError, input: unknown): AppError {
  if (error.code === "PARSE_ERROR")
    return new AppError("INVALID_INPUT", `a message that can be read is taken: ${error.message}`);
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

const t = initTRPC.context<ApiContext>().create({
  isDev: false,
  errorFormatter({ shape, error, input }) {
    const app = errorShape(ofTrpc(error, input));
    return { ...shape, message: app.message, data: { ...shape.data, app } };
  },
});

/** Every error leaves as one that names its code; what the program itself got wrong is also logged. */
const withAppErrors = t.middleware(async ({ ctx, path, next, getRawInput }) => {
  const result = await next();
  if (result.ok) return result;
  // A refused secret is not shown back: errors end up in logs and screenshots.
  const mayShow = result.error.code === "BAD_REQUEST" && path !== "system.setSecret";
  const input = mayShow ? await getRawInput() : undefined;
  const error = ofTrpc(result.error, input);
  if (error.code === "INTERNAL") ctx.app.logger.error(`${path}:`, error.cause ?? error);
  throw new TRPCError({ code: trpcCodeOf(error.code), message: error.message, cause: error });
});

export const router = t.router;
export const procedure = t.procedure.use(withAppErrors);
export const createCallerFactory = t.createCallerFactory;
