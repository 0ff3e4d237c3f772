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
  "runner/runner": "electron/workflows/running/runner.ts",
  "runner/commandHost": "electron/workflows/running/commandHost.ts",
  "runner/launcher": "electron/runtime/local/processes/launcherProgram.ts",
  "reader/reader": "electron/api/exchange/reading/readerProgram.ts",
  "almanac/index": "electron/workflows/sdk/sdk.ts",
};

/** The command line builds what is stale before it answers, and its output is read by programs. */
const quiet = { pluginTimings: false };

const benchEntries = (): Record<string, string> =>
  Object.fromEntries([
    ...readdirSync(resolve(root, "bench"))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => [`bench/${file.slice(0, -3)}`, `bench/${file}`]),
    ["screens/program", "bench/screens/program.ts"],
  ]);

function nodeBuild(entries: Record<string, string>, outDir: string): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: "error",
    publicDir: false,
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      // Electron's main process runs an older Node than the command line does.
      target: "node20",
      minify: false,
      sourcemap: true,
      reportCompressedSize: false,
      rolldownOptions: {
        checks: quiet,
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(root, file)])),
        external: ["electron", "almanac"],
        output: { format: "esm", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  };
}

/** Every node-side program in one build, so that they share their chunks. */
export const programsBuild = (outDir: string): InlineConfig => nodeBuild(nodeEntries, outDir);

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
