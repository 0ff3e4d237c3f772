import { buildStale } from "./build.ts";

/** Vitest's global setup: tests that start a program must meet the one made of today's sources. */
export async function setup(): Promise<void> {
  try {
    await buildStale(["node"]);
  } catch (error) {
    console.warn(`the programs could not be built: ${String(error).slice(0, 500)}`);
  }
}
