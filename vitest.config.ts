import { defineConfig } from "vitest/config";

// One seed for all that is left to chance, so that a second try and a repetition elsewhere meet the same cases.
process.env["ALMANAC_SEED"] ??= String(Date.now() % 1_000_000_007);

// The checkout may be another user's than the one who tests it, as in a container.
process.env["ALMANAC_TRUSTED_FOLDERS"] ??= import.meta.dirname;

const layer = (name: string, include: string[], globalSetup: string[] = []) => ({
  test: {
    name,
    include,
    globalSetup,
    setupFiles: ["scripts/lib/propertySeed.ts"],
    environment: "node" as const,
    testTimeout: 60_000,
    // A second try tells a slow machine from a fault; the report names what needed it.
    retry: process.env["CI"] ? 1 : 0,
  },
});

export default defineConfig({
  test: {
    globalSetup: ["scripts/lib/propertySeed.ts"],
    projects: [
      layer("shared", ["shared/**/*.test.ts"]),
      // These start runner processes and the command line out of dist/.
      layer("electron", ["electron/**/*.test.ts"], ["scripts/lib/vitestSetup.ts"]),
      layer("renderer", ["renderer/**/*.test.{ts,tsx}"]),
      layer("scripts", ["scripts/**/*.test.ts", "bench/**/*.test.ts"]),
    ],
  },
});
