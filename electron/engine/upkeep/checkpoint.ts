import type { Database } from "../../storage/opening/database.ts";
import type { Logger } from "../core.ts";

/** Below this the log is short on any disk (128 KiB), and the disk is not asked. */
const SHORT_PAGES = 32;

/**
 * Checkpoints the write-ahead log in the storage thread, each time that the log has grown long. Returns what there is to
 * wait for, or null where the log is short. What writes much waits: only then can the log begin anew. Pages that cannot
 * be checkpointed are as safe in the log; they are tried again when there is as much more of it.
 */
export function createCheckpoint({
  database,
  logger,
}: {
  database: Database;
  logger: Logger;
}): () => Promise<void> | null {
  let checkpointing: Promise<void> | null = null;
  let left = 0;
  let failed = false;

  const pending = (): number => {
    try {
      return database.uncheckpointedPages();
    } catch {
      // Whatever is wrong the next write says.
      return 0;
    }
  };

  const checkpoint = async (pages: number): Promise<void> => {
    try {
      left = await database.checkpoint();
      failed = false;
    } catch (error) {
      left = pages;
      if (!failed) logger.error("the database's write-ahead log could not be checkpointed", error);
      failed = true;
    }
    checkpointing = null;
  };

  return () => {
    if (checkpointing !== null) return checkpointing;
    const pages = pending();
    left = Math.min(left, pages);
    if (pages - left >= SHORT_PAGES && pages - left >= database.longLogPages()) checkpointing = checkpoint(pages);
    return checkpointing;
  };
}
