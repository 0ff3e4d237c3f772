import type { AlmanacApp } from "../api/context.ts";
import type { Door } from "./door.ts";

/** What answers programs, who are no pages. */
export interface ProgramParts {
  app: AlmanacApp;
  door: Door;
  /** Where programs ask. */
  origin: () => string;
  /** Where the pages are opened; null where they are in the desktop program's window alone. */
  pages: () => string | null;
}
