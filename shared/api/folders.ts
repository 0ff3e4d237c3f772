import { z } from "zod";

/** A folder by its path: `trust` takes any that exists, `distrust` one that is trusted. */
export const folderSchema = z.strictObject({ path: z.string().min(1, "the path of a folder").max(4096) });

/** Folders that the person trusts although others can write there. */
export interface TrustedFolders {
  folders: string[];
}
