import { buildStale } from "./build.ts";

/** Vitest's global setup: tests that start a program must meet the one made of today's sources. */
export const setup = (): Promise<void> => buildStale(["node"]);
