import type { Diagnostics } from "../../../shared/api/diagnostics.ts";
import type { ChangeEvent } from "../../../shared/api/events.ts";
import { runtimeKindSchema } from "../../../shared/api/runtime.ts";
import {
  type BackupView,
  backupNameSchema,
  type DoctorReport,
  type Downtime,
  deleteSecretSchema,
  dismissDowntimeSchema,
  type Recounted,
  type RestorePlan,
  type SystemStatus,
  setSecretSchema,
  setSettingSchema,
} from "../../../shared/api/system.ts";
import type { Engine } from "../../engine/contract.ts";
import { runtimeSetting } from "../runtimes.ts";
import { administering, editing, procedure, router } from "./trpc.ts";

/** A page that is slow to take its changes is told to read whole topics again, instead of a list without end. */
const mostWaiting = 500;

function collapsed(events: readonly ChangeEvent[]): ChangeEvent[] {
  if (events.length <= mostWaiting) return [...events];
  return [...new Set(events.map(({ topic }) => topic))].map((topic) => ({ topic }));
}

/**
 * Groups of changes, the first one empty so that a page that connects again reads everything anew. They are collected from
 * the call on: what is asked after it shows everything that happened before, and what happens later is told.
 */
function changesOf(engine: Engine, signal: AbortSignal | undefined): AsyncGenerator<ChangeEvent[]> {
  let waiting: ChangeEvent[] = [];
  let wake: () => void = () => {};
  const stop = engine.onChange((events) => {
    waiting = collapsed([...waiting, ...events]);
    wake();
  });
  // Also of one that nobody has taken anything from.
  signal?.addEventListener("abort", () => {
    stop();
    wake();
  });
  async function* groups(): AsyncGenerator<ChangeEvent[]> {
    try {
      yield [];
      while (signal?.aborted !== true) {
        if (waiting.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const events = waiting;
        waiting = [];
        yield events;
      }
    } finally {
      stop();
    }
  }
  return groups();
}

export const system = router({
  status: procedure.query(({ ctx }): SystemStatus => ctx.app.status()),
  downtimes: procedure.query(({ ctx }): Downtime[] => ctx.app.reads.downtimes(20)),
  dismissDowntime: editing.input(dismissDowntimeSchema).mutation(({ ctx, input }) => {
    ctx.app.engine.dismissDowntime(input.downtimeId);
    return { dismissed: input.downtimeId };
  }),
  settings: procedure.query(({ ctx }): Record<string, unknown> => ctx.app.engine.getSettings()),
  setSetting: administering
    .input(setSettingSchema)
    .mutation(async ({ ctx, input }): Promise<Record<string, unknown>> => {
      // It needs an address that can be used, and is refused without.
      if (input.key === runtimeSetting) await ctx.app.runtimes.choose(runtimeKindSchema.parse(input.value));
      else ctx.app.engine.setSetting(input.key, input.value);
      return ctx.app.engine.getSettings();
    }),
  doctor: procedure.query(({ ctx }): Promise<DoctorReport> => ctx.app.doctor()),
  diagnostics: administering.query(({ ctx }): Promise<Diagnostics> => ctx.app.diagnostics()),
  backups: administering.query(({ ctx }): Promise<BackupView[]> => ctx.app.backups()),
  planRestore: administering
    .input(backupNameSchema)
    .query(({ ctx, input }): RestorePlan => ctx.app.planRestore(input.backup)),
  restoreBackup: administering.input(backupNameSchema).mutation(({ ctx, input }) => {
    ctx.app.restoreBackup(input.backup);
    return { restoring: input.backup };
  }),
  recount: administering.mutation(({ ctx }): Promise<Recounted[]> => ctx.app.engine.recount()),
  secrets: administering.query(({ ctx }) => ctx.app.secrets.list()),
  setSecret: administering.input(setSecretSchema).mutation(async ({ ctx, input }) => {
    await ctx.app.secrets.set(input.name, input.value);
    return { name: input.name };
  }),
  deleteSecret: administering.input(deleteSecretSchema).mutation(async ({ ctx, input }) => {
    await ctx.app.secrets.delete(input.name);
    return { deleted: input.name };
  }),
  changes: procedure.subscription(({ ctx, signal }) => changesOf(ctx.app.engine, signal)),
});
