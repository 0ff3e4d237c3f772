import { join } from "node:path";

// Loaded before Electron is ready, which waits for nothing: so it needs nothing that takes time to load.

/** The folder of what the desktop program says: it has no terminal. */
export const logFolder = (dataDir: string): string => join(dataDir, "logs");

/** Where reports are of what ended the desktop program. */
export const crashFolder = (dataDir: string): string => join(dataDir, "crashes");
