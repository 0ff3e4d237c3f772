import type { UpdateStatus } from "../../../shared/api/updates.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ApiContext, Updates } from "../context.ts";
import { administering, procedure, router } from "./trpc.ts";

function updatesOf({ app }: ApiContext): Updates {
  if (app.updates === null)
    throw new AppError("CONFLICT", "Only the desktop program updates itself; this one is updated as it was installed.");
  return app.updates;
}

export const updates = router({
  status: procedure.query(({ ctx }): UpdateStatus | null => ctx.app.updates?.status() ?? null),
  check: administering.mutation(({ ctx }): Promise<UpdateStatus> => updatesOf(ctx).check()),
  download: administering.mutation(({ ctx }): UpdateStatus => updatesOf(ctx).download()),
  install: administering.mutation(({ ctx }) => {
    const found = updatesOf(ctx);
    const { version } = found.status().offer ?? {};
    found.install();
    return { installing: version ?? null };
  }),
});
