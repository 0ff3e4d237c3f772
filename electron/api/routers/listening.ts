import { type ListeningState, listenSchema } from "../../../shared/api/listening.ts";
import { listeningOf } from "../listening.ts";
import { administering, procedure, router } from "./trpc.ts";

export const listening = router({
  /** Null but in the desktop program. */
  state: procedure.query(({ ctx }): ListeningState | null => ctx.app.listening?.state() ?? null),
  choose: administering
    .input(listenSchema)
    .mutation(({ ctx, input }): Promise<ListeningState> => listeningOf(ctx.app.listening).choose(input.port)),
});
