import { callTRPCProcedure, TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { z } from "zod";
import type { Scope } from "../../../shared/api/access.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ApiContext } from "../context.ts";
import { type ErrorShape, errorShape, toAppError } from "../errors.ts";
import { appRouter } from "../router.ts";
import type { Meta } from "../routers/trpc.ts";

/** A call of the API that programs with a token may make. */
export interface ProgramCall {
  /** Such as `schedules.create`. */
  name: string;
  /** `mutation`: it changes something. */
  type: "query" | "mutation";
  scope: Scope;
  /** Null where it takes nothing. */
  input: z.ZodType | null;
}

/** What tRPC keeps of a procedure. */
const definitionSchema = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  inputs: z.array(z.custom<z.ZodType>((value) => value instanceof z.ZodType)),
  meta: z.custom<Meta>().optional(),
});

/** All that a program may call, by name: the router without what goes on and on, and what is for pages alone. */
export function programCalls(): ProgramCall[] {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: unknown }>;
  const calls: ProgramCall[] = [];
  for (const [name, procedure] of Object.entries(procedures)) {
    const { type, inputs, meta } = definitionSchema.parse(procedure._def);
    if (type === "subscription" || forPages.has(name)) continue;
    calls.push({
      name,
      type,
      scope: meta?.scope ?? (type === "mutation" ? "admin" : "read"),
      input: inputs[0] ?? null,
    });
  }
  return calls.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A browser that is signed in asks for these. */
const forPages: ReadonlySet<string> = new Set(["access.signInAddress"]);

const known = new Map(programCalls().map((call) => [call.name, call]));
export const programCall = (name: string): ProgramCall | undefined => known.get(name);

export type Answered = { status: 200; body: unknown } | { status: number; body: { error: ErrorShape } };

/** Calls the API by name; what is refused is answered as every edge shows it, with the status that says so. */
export async function callProcedure(name: string, input: unknown, ctx: ApiContext): Promise<Answered> {
  const call = known.get(name);
  if (call === undefined) {
    const message = `there is no call ${JSON.stringify(name)}; /openapi.json has them all`;
    return { status: 404, body: { error: errorShape(new AppError("NOT_FOUND", message)) } };
  }
  try {
    const body: unknown = await callTRPCProcedure({
      router: appRouter,
      path: name,
      type: call.type,
      ctx,
      getRawInput: async () => input,
      signal: undefined,
      batchIndex: 0,
    });
    return { status: 200, body: body ?? null };
  } catch (error) {
    const app = toAppError(error instanceof TRPCError && error.cause !== undefined ? error.cause : error);
    return {
      status: error instanceof TRPCError ? getHTTPStatusCodeFromError(error) : 500,
      body: { error: errorShape(app) },
    };
  }
}
