import { deletePoolSchema, setPoolSchema } from "../../../shared/api/pools.ts";
import type { Pool } from "../../../shared/domain/waiting.ts";
import { editing, procedure, router } from "./trpc.ts";

export const pools = router({
  list: procedure.query(({ ctx }): Pool[] => ctx.app.engine.pools.list()),
  set: editing.input(setPoolSchema).mutation(({ ctx, input }): Pool => ctx.app.engine.pools.set(input)),
  delete: editing.input(deletePoolSchema).mutation(({ ctx, input }) => {
    ctx.app.engine.pools.delete(input.name);
    return { deleted: input.name };
  }),
});
