import {
  chooseRuntimeSchema,
  type RuntimeChoice,
  resumeQueuesSchema,
  sharedKeySchema,
  testRedisSchema,
} from "../../../shared/api/runtime.ts";
import type { RedisReport, WorkersView } from "../../../shared/api/workers.ts";
import { administering, editing, procedure, router } from "./trpc.ts";

/** What executes runs: here, or workers on other machines. */
export const runtime = router({
  choice: procedure.query(({ ctx }): RuntimeChoice => ctx.app.runtimes.choice()),
  test: administering
    .input(testRedisSchema)
    .mutation(({ ctx, input }): Promise<RedisReport> => ctx.app.runtimes.test(input.redis)),
  choose: administering
    .input(chooseRuntimeSchema)
    .mutation(({ ctx, input }): Promise<RuntimeChoice> => ctx.app.runtimes.choose(input.runtime, input.redis)),
  setSharedKey: administering
    .input(sharedKeySchema)
    .mutation(({ ctx, input }): Promise<RuntimeChoice> => ctx.app.runtimes.setSharedKey(input.key)),
  workers: procedure.query(({ ctx }): Promise<WorkersView> => ctx.app.runtimes.workers()),
  resume: editing.input(resumeQueuesSchema).mutation(async ({ ctx, input: { queue, workflowName } }) => ({
    resumed: await ctx.app.runtimes.resume({
      ...(queue === undefined ? {} : { queue }),
      ...(workflowName === undefined ? {} : { workflowName }),
    }),
  })),
});
