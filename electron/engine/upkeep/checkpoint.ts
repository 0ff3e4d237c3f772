import type { Database } from "../../storage/opening/database.ts";
import type { Logger } from "../core.ts";

/** 8 MiB. */
const LONG_PAGES = 2048;

/**
 * Folds the write-ahead log in, beside the process, each time that it has grown long. Returns what there is to wait for,
 * or null where it is short: what writes much waits, so that the log can begin anew. What cannot be folded in stays in
 * the log, where it is as safe, and is tried again when there is as much more of it.
 */
export function createCheckpoint({
  database,
  logger,
}: {
  database: Database;
  logger: Logger;
}): () => Promise<void> | null {
  let folding: Promise<void> | null = null;
  let left = 0;
  let failed = false;

  const unfolded = (): number => {
    try {
      return database.unfoldedPages();
    } catch {
      // Whatever is wrong the next write says.
      return 0;
    }
  };

  const fold = async (pages: number): Promise<void> => {
    try {
      left = await database.fold();
      failed = false;
    } catch (error) {
      left = pages;
      if (!failed) logger.error("the database's write-ahead log could not be folded in", error);
      failed = true;
    }
    folding = null;
  };

  return () => {
    if (folding !== null) return folding;
    const pages = unfolded();
    left = Math.min(left, pages);
    if (pages - left >= LONG_PAGES) folding = fold(pages);
    return folding;
  };
}
