import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

// One seed for all that is left to chance, so that a second try and a repetition elsewhere meet the same cases.
process.env["ALMANAC_SEED"] ??= String(Date.now() % 1_000_000_007);

// The checkout may be another user's than the one who tests it, as in a container.
process.env["ALMANAC_TRUSTED_FOLDERS"] ??= import.meta.dirname;

/** Takes minutes and measures: `npm run soak` alone runs it. */
const soakOnly =
  process.env["ALMANAC_SOAK"] === "1"
    ? []
    : [
        "electron/cli/runsAtOnce.test.ts",
        "electron/worker/distributedKills.test.ts",
        "scripts/lib/npmPack.test.ts",
        "scripts/lib/package.test.ts",
        "scripts/lib/packageProfile.test.ts",
      ];

const layer = (name: string, include: string[], globalSetup: string[] = [], TZ?: string) => ({
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...soakOnly],
    globalSetup,
    setupFiles: ["scripts/lib/propertySeed.ts", "scripts/lib/ownZone.ts"],
    env: TZ === undefined ? {} : { TZ, ALMANAC_ZONE: TZ },
    environment: "node" as const,
    testTimeout: 60_000,
    // What they start is waited for as long as a busy machine may need.
    hookTimeout: 60_000,
    // A second try tells a slow machine from a fault; the report names what needed it.
    retry: process.env["CI"] ? 1 : 0,
  },
});

/**
 * What tells times must tell them alike whatever zone the process itself is in: west and east of UTC, with a clock change
 * of half an hour. `npm test` asks for these, so that a file run by hand runs once.
 */
const inZones = process.env["ALMANAC_IN_ZONES"]
  ? ["UTC", "America/New_York", "Australia/Lord_Howe"].map((zone) =>
      layer(
        `in ${zone}`,
        [
          "shared/schedule/{dialects,matcher,texts,words}/*.test.ts",
          "renderer/format/*.test.ts",
          "renderer/features/{backfill,calendar,exclusions}/*.test.ts",
          "electron/api/exchange/formats/**/*.test.ts",
        ],
        [],
        zone,
      ),
    )
  : [];

export default defineConfig({
  test: {
    // On two processors the default is one worker, yet most of these tests wait for processes, disks and Redis.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: ["scripts/lib/propertySeed.ts"],
    projects: [
      layer("shared", ["shared/**/*.test.ts"]),
      // These start runner processes and the command line out of dist/.
      layer("electron", ["electron/**/*.test.ts"], ["scripts/lib/vitestSetup.ts"]),
      layer("renderer", ["renderer/**/*.test.{ts,tsx}"]),
      layer("scripts", ["scripts/**/*.test.ts", "bench/**/*.test.ts"]),
      ...inZones,
    ],
  },
});
