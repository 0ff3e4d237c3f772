import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlmanacAppOptions, createAlmanacApp } from "../app.ts";
import type { AlmanacApp } from "../context.ts";

/** An app over an empty data folder of its own, which goes with it. Fires nothing and starts no process unless told to. */
export async function tempApp(
  options: Partial<AlmanacAppOptions> = {},
): Promise<AlmanacApp & AsyncDisposable & { errors: unknown[] }> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "almanac-api-")));
  const errors: unknown[] = [];
  const quiet = () => {};
  const app = await createAlmanacApp({
    programName: "test",
    role: "client",
    createDatabase: true,
    logger: { info: quiet, warn: quiet, error: (...parts: unknown[]) => void errors.push(parts) },
    ...options,
    dataDir,
  });
  return {
    ...app,
    errors,
    async [Symbol.asyncDispose]() {
      await app.close(0);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
