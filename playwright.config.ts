import { defineConfig } from "@playwright/test";

const executablePath = process.env["ALMANAC_CHROMIUM"];

// The checkout may be another user's than the one who tests it, as in a container.
process.env["ALMANAC_TRUSTED_FOLDERS"] ??= import.meta.dirname;

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/playwright",
  fullyParallel: true,
  // Each test owns a whole engine; more at once than this starve each other on a small machine.
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // A second try tells a slow machine from a fault; the report names what needed it.
  retries: process.env["CI"] ? 1 : 0,
  forbidOnly: Boolean(process.env["CI"]),
  reporter: [["list"], ["json", { outputFile: "test-results/playwright.json" }]],
  // Recording all tests takes a quarter of their time; in CI the second try of one that failed is recorded.
  use: { trace: process.env["CI"] ? "on-first-retry" : "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    {
      name: "web",
      testMatch: "web/**/*.spec.ts",
      use: { browserName: "chromium", launchOptions: executablePath ? { executablePath } : {} },
    },
    // The driver or Electron itself falls over once in some fifty starts on a busy machine; a fault of ours does so twice.
    { name: "electron", testMatch: "electron/**/*.spec.ts", fullyParallel: false, retries: 1 },
  ],
});
