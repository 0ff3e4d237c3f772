// How the desktop program is packed, for every system: read by scripts/package.ts.
import { type FuseConfig, FuseV1Options, FuseVersion } from "@electron/fuses";
import type { Configuration } from "electron-builder";

export const executableName = "almanac-desktop";

/**
 * What the program's binary can be made to do. Off: whatever would let another program run its own code with our rights.
 * Of asar integrity only macOS and Windows know something.
 */
export const fuses: Record<FuseV1Options, boolean> = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  // Bounds are checked by faults of the memory, as everywhere in Chromium.
  [FuseV1Options.WasmTrapHandlers]: true,
};

/** `strict`: a fuse that this list does not name is an error; an older Electron than ours has fewer. */
export const fuseConfig = (strict: boolean): FuseConfig =>
  ({
    version: FuseVersion.V1,
    resetAdHocDarwinSignature: process.platform === "darwin",
    ...(strict ? fuses : Object.fromEntries(Object.entries(fuses).filter(([fuse]) => Number(fuse) <= olderFuses))),
    strictlyRequireAllFuses: strict,
  }) as FuseConfig;
/** The last one that every Electron since 29 has. */
const olderFuses = FuseV1Options.GrantFileProtocolExtraPrivileges;

/** Of what the program depends on: only what runs on the system that is packed for. */
const dependencies = [
  // The compiler comes as a peer of packages that need its types alone.
  "!node_modules/{typescript,@typescript}/**",
  "!node_modules/better-sqlite3/{deps,src,binding.gyp}",
  "!node_modules/better-sqlite3/prebuilds/*",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills in what is packed for.
  "node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node",
  "!node_modules/koffi/{src,lib,vendor,doc}/**",
  "!node_modules/**/*.{map,md,markdown,d.ts,d.mts,d.cts,flow}",
  "!node_modules/**/{test,tests,__tests__,example,examples,.github}/**",
];

/** The types that the program opens: what it can import. */
export const mimeTypes = [
  "x-scheme-handler/almanac",
  "text/calendar",
  "text/x-crontab",
  "text/x-systemd-timer",
  "application/x-launchd-plist",
];

export const configuration: Configuration = {
  appId: "app.almanac.desktop",
  productName: "Almanac",
  copyright: "Almanac's authors, MIT licence",
  directories: { output: "dist-packages", buildResources: "packaging" },
  npmRebuild: false,
  nodeGypRebuild: false,
  asar: true,
  // What is loaded as machine code, and what other processes than the main one start from.
  asarUnpack: [
    "node_modules/{better-sqlite3,bindings,koffi}/**",
    "node_modules/{@koromix,@swc}/**",
    "dist/{runner,reader,almanac,chunks}/**",
  ],
  files: [
    "package.json",
    "LICENSE",
    "CHANGELOG.md",
    "dist/**",
    "!dist/{benchmarks,.stamp-*}",
    "!dist/benchmarks/**",
    "!dist/**/*.map",
    ...dependencies,
  ],
  electronLanguages: ["en-US"],
  protocols: [{ name: "Almanac", schemes: ["almanac"] }],
  linux: {
    executableName,
    category: "Utility",
    icon: "packaging/icons",
    target: ["dir"],
    extraFiles: [
      { from: "packaging/linux/almanac", to: "almanac" },
      { from: "LICENSE", to: "LICENSE.almanac.txt" },
    ],
    extraResources: [{ from: "packaging/linux/apparmor", to: "linux/apparmor" }],
    mimeTypes,
  },
  mac: {
    icon: "packaging/icons/512x512.png",
    category: "public.app-category.productivity",
    hardenedRuntime: true,
    target: [{ target: "dmg", arch: ["x64", "arm64"] }],
    fileAssociations: [
      { ext: "ics", name: "Calendar", role: "Viewer" },
      { ext: "plist", name: "Property list", role: "Viewer" },
      { ext: "crontab", name: "Crontab", role: "Viewer" },
    ],
  },
  win: { icon: "packaging/icons/256x256.png", target: [{ target: "nsis", arch: ["x64", "arm64"] }] },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    deleteAppDataOnUninstall: false,
  },
  publish: null,
};
