import { defineConfig } from "vitest/config";

const layer = (name: string, include: string[], globalSetup: string[] = []) => ({
  test: { name, include, globalSetup, environment: "node" as const, testTimeout: 20_000 },
});

export default defineConfig({
  test: {
    projects: [
      layer("shared", ["shared/**/*.test.ts"]),
      // These start runner processes and the command line out of dist/.
      layer("electron", ["electron/**/*.test.ts"], ["scripts/lib/vitestSetup.ts"]),
      layer("renderer", ["renderer/**/*.test.{ts,tsx}"]),
      layer("scripts", ["scripts/**/*.test.ts", "bench/**/*.test.ts"]),
    ],
  },
});
