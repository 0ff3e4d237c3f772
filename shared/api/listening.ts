import { z } from "zod";

/** A port that needs no rights of the system's. */
export const listenPortSchema = z
  .number({ error: "a port from 1024 to 65535 is expected" })
  .int("a port from 1024 to 65535 is expected")
  .min(1024, "a port from 1024 to 65535 is expected")
  .max(65_535, "a port from 1024 to 65535 is expected");
/** Null: it listens no more. */
export const listenSchema = z.strictObject({ port: listenPortSchema.nullable() });

/** Whether the desktop program answers programs of this machine. */
export interface ListeningState {
  /** The port that was chosen; null where it is not to listen. */
  port: number | null;
  /** Where it listens; null where it does not. */
  origin: string | null;
  /** Why it does not although it is to. */
  error: string | null;
}
