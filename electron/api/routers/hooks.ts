import { createHookSchema, type HookTest, hookNameSchema, testHookSchema } from "../../../shared/api/hooks.ts";
import { baseUrlSetting } from "../../../shared/api/notifications.ts";
import { testHook } from "../access/hookTest.ts";
import { administering, procedure, router } from "./trpc.ts";

export const hooks = router({
  list: procedure.query(({ ctx }) => ctx.app.hooks.list()),
  /** What the address of a hook begins with: the address that people gave for the pages first, then where this program listens. */
  origins: procedure.query(({ ctx }): string[] => {
    const given = ctx.app.engine.getSettings()[baseUrlSetting];
    const own = typeof given === "string" && given !== "" ? [given.replace(/\/+$/, "")] : [];
    return [...new Set([...own, ...ctx.app.served.origins()])];
  }),
  create: administering.input(createHookSchema).mutation(({ ctx, input }) => ctx.app.hooks.create(input)),
  /** Another secret for the same address. */
  rotate: administering.input(hookNameSchema).mutation(({ ctx, input }) => ctx.app.hooks.rotate(input.name)),
  delete: administering.input(hookNameSchema).mutation(({ ctx, input }) => {
    ctx.app.hooks.delete(input.name);
    return { deleted: input.name };
  }),
  test: administering
    .input(testHookSchema)
    .mutation(({ ctx, input }): Promise<HookTest> => testHook(ctx.app, input.name, input.input)),
});
