import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type InlineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Programs that run in Node or in Electron's main process: output under dist/, without `.js`, and its source. */
const nodeEntries: Record<string, string> = {
  "main/desktop": "electron/main/desktop.ts",
  "main/commands": "electron/main/commands.ts",
  "cli/cli": "electron/cli/cli.ts",
  "runner/commandHost": "electron/workflows/running/commandHost.ts",
  "runner/launcher": "electron/runtime/local/processes/launcherProgram.ts",
  "reader/reader": "electron/api/exchange/reading/readerProgram.ts",
  "almanac/index": "electron/workflows/sdk/sdk.ts",
};

/**
 * The runner is started anew for each one that a run has taken with it: few files, and of its packages what it uses, load
 * in half the time. What starts the compiler or the system's own functions is loaded from where it is installed.
 */
const runnerEntries = { "runner/runner": "electron/workflows/running/runner.ts" };
const runnerPackages = ["zod", "cron-parser", "luxon", "get-tsconfig", "resolve-pkg-maps"];

/** The command line builds what is stale before it answers, and its output is read by programs. */
const quiet = { pluginTimings: false };

const benchEntries = (): Record<string, string> =>
  Object.fromEntries([
    ...readdirSync(resolve(root, "bench"))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => [`bench/${file.slice(0, -3)}`, `bench/${file}`]),
    ["screens/program", "bench/screens/program.ts"],
  ]);

function nodeBuild(entries: Record<string, string>, outDir: string, bundled: string[] = []): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: "error",
    publicDir: false,
    // Its packages have the compiler for a peer, which whoever installs ours would get with them.
    ssr: { noExternal: [/^@trpc\//, ...bundled] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      // Electron's main process runs an older Node than the command line does.
      target: "node20",
      minify: false,
      sourcemap: true,
      reportCompressedSize: false,
      rolldownOptions: {
        checks: quiet,
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(root, file)])),
        external: ["electron", "almanac"],
        output: {
          format: "esm",
          entryFileNames: "[name].js",
          chunkFileNames: "chunks/[name]-[hash].js",
          // What stands over a declaration is for who reads the source.
          comments: { jsdoc: false },
        },
      },
    },
  };
}

/** Every node-side program but the runner in one build, so that they share their chunks. */
export const programsBuild = (outDir: string): InlineConfig => nodeBuild(nodeEntries, outDir);

/** The runner, into the same folder. Workflow code cannot become an engine: of what the library opens one with it has nothing. */
export function runnerBuild(outDir: string): InlineConfig {
  const config = nodeBuild(runnerEntries, outDir, runnerPackages);
  return { ...config, plugins: [{ name: "no-engine", enforce: "pre", resolveId: engineOfHost }] };
}

function engineOfHost(id: string, importer: string | undefined): { id: string; external: true } | null {
  return importer?.endsWith("/sdk/host.ts") && id.startsWith("../../api/") ? { id, external: true } : null;
}

export const benchBuild = (outDir: string): InlineConfig => nodeBuild(benchEntries(), outDir);

/** One CommonJS file that needs nothing beside it but Electron. */
const singleFileBuild = (name: string, source: string, outDir: string): InlineConfig => ({
  configFile: false,
  root,
  logLevel: "error",
  publicDir: false,
  build: {
    ssr: true,
    outDir,
    emptyOutDir: false,
    target: "node20",
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: quiet,
      input: { [name]: resolve(root, source) },
      external: ["electron"],
      output: { format: "cjs", entryFileNames: "[name].cjs" },
    },
  },
});

/** What Electron loads itself: the main process's first file before it is ready, and the preload in its sandbox. */
export const electronBuilds = (outDir: string): InlineConfig[] => [
  singleFileBuild("main/main", "electron/main/main.ts", outDir),
  singleFileBuild("preload/preload", "electron/preload/preload.ts", outDir),
];

/** The pages. Also what `vite` serves in development. */
export const rendererBuild = (outDir: string): InlineConfig => ({
  configFile: false,
  root: resolve(root, "renderer"),
  base: "/",
  logLevel: "error",
  plugins: [react()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "chrome130",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks: quiet },
    // The content security policy allows no data: script or style, so small assets stay files.
    assetsInlineLimit: 0,
  },
});

export default defineConfig(rendererBuild(resolve(root, "dist/renderer")));
