import {
  exportSchema,
  type FoundFiles,
  type ImportedBefore,
  type ImportListed,
  type ImportProgress,
  type ImportReport,
  type ImportUndone,
  icalSchema,
  importSchema,
  listImportsSchema,
  undoImportSchema,
} from "../../../shared/api/exchange.ts";
import { findMine } from "../exchange/findMine.ts";
import { editing, procedure, router } from "./trpc.ts";

export const exchange = router({
  export: procedure
    .input(exportSchema)
    .query(({ ctx, input }) => ({ text: ctx.app.exchange.export(input.format, input.scheduleIds) })),
  import: editing.input(importSchema).mutation(async ({ ctx, input }): Promise<ImportReport> => {
    if (input.dryRun !== true) await ctx.app.engine.backUpBefore("import");
    return ctx.app.exchange.import(input, ctx.actor);
  }),
  /** The newest imports that can be undone, the newest first. */
  imports: procedure
    .input(listImportsSchema)
    .query(({ ctx, input }): ImportListed[] => ctx.app.exchange.imports(input.limit ?? 20)),
  /** What an import has written, as long as it can be undone. */
  imported: procedure
    .input(undoImportSchema)
    .query(({ ctx, input }): ImportedBefore => ctx.app.exchange.imported(input.undoId)),
  /** Takes back what an import with this `undoId` has written; what was changed since stays, and is named. */
  undoImport: editing.input(undoImportSchema).mutation(async ({ ctx, input }): Promise<ImportUndone> => {
    await ctx.app.engine.backUpBefore("delete");
    return ctx.app.exchange.undoImport(input.undoId, ctx.actor);
  }),
  /** Reads what the person has scheduled by other programs of this machine; nothing is imported by that. */
  findMine: editing.mutation((): Promise<FoundFiles> => findMine()),
  /** Ends the import that goes on, which then answers; what it has written stays. */
  stopImport: editing.mutation(({ ctx }) => ctx.app.exchange.stopImport()),
  importProgress: procedure.query(({ ctx }): ImportProgress | null => ctx.app.exchange.importProgress()),
  ical: procedure
    .input(icalSchema)
    .query(async ({ ctx, input }) => ({ text: await ctx.app.exchange.ical(input.scheduleIds, input.days) })),
});
