import { folderSchema, type TrustedFolders } from "../../../shared/api/folders.ts";
import { createTrustedFolders } from "../../folders/trusted.ts";
import { administering, router } from "./trpc.ts";

const current = (): TrustedFolders => ({ folders: createTrustedFolders().list() });

export const folders = router({
  trusted: administering.query(current),
  trust: administering.input(folderSchema).mutation(async ({ ctx, input }): Promise<TrustedFolders> => {
    createTrustedFolders().trust(input.path);
    await ctx.app.catalogue.reload();
    return current();
  }),
  distrust: administering.input(folderSchema).mutation(async ({ ctx, input }): Promise<TrustedFolders> => {
    createTrustedFolders().distrust(input.path);
    await ctx.app.catalogue.reload();
    return current();
  }),
});
