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

/**
 * Of what the program depends on: what Node never loads, being built for another kind of module, for browsers, or for an
 * entry that nobody here asks for. A test follows all imports, and finds none of it on the way.
 */
export const otherBuilds = [
  "node_modules/@opentelemetry/*/build/{esm,esnext}/**",
  "node_modules/@opentelemetry/sdk-logs/**",
  "node_modules/@opentelemetry/semantic-conventions/dist/**/*.mjs",
  "node_modules/@opentelemetry/semantic-conventions/dist/{experimental_*,index-incubating}.cjs",
  "node_modules/@modelcontextprotocol/{core,server}/dist/**/*.cjs",
  "node_modules/@modelcontextprotocol/server/dist/{cfWorkerProvider,extension}-*.mjs",
  "node_modules/zod/**/*.cjs",
  "node_modules/zod/v3/**",
  "node_modules/bullmq/dist/esm/**",
  // Its scripts for Redis stand in its modules, too.
  "node_modules/bullmq/dist/cjs/commands/**",
  "node_modules/nodemailer/dist/cjs/**",
  "node_modules/luxon/{src,build/amd,build/cjs-browser,build/es6,build/global}/**",
  "node_modules/yaml/browser/**",
  "node_modules/fflate/{lib,umd}/**",
  "node_modules/fflate/esm/browser.js",
  "node_modules/{fast-xml-parser,fast-xml-builder}/lib/**",
  "node_modules/fast-xml-parser/src/v6/**",
  "node_modules/tldts/{src,dist/es6,dist/cjs/src}/**",
  "node_modules/tldts/dist/*.min.js",
  // It is in tldts already.
  "node_modules/tldts-core/**",
  "node_modules/tough-cookie/dist/*.cjs",
  "node_modules/get-tsconfig/dist/*.cjs",
  "node_modules/js-yaml/{bin,dist}/**",
  // Of js-yaml's command alone.
  "node_modules/argparse/**",
  "node_modules/windows-iana/dist/*.esm.js",
  "node_modules/msgpackr/*.js",
  "node_modules/msgpackr/dist/{index.js,test*,*.min.js,*no-eval*}",
  "node_modules/@msgpackr-extract/*/*.musl.node",
  "node_modules/tslib/tslib.es6.*",
  "node_modules/koffi/cnoke.cjs",
  "node_modules/@swc/core/{Visitor,postinstall}.js",
  "node_modules/ical.js/{lib/**,dist/*.cjs,dist/*.min.*}",
  "node_modules/xmlbuilder/{perf,typings}/**",
];

/** Of what the program depends on: only what runs on the system that is packed for. */
export const dependencies = [
  // The compiler comes as a peer of packages that need its types alone.
  "!node_modules/{typescript,@typescript}/**",
  "!node_modules/better-sqlite3/{deps,src,binding.gyp}",
  "!node_modules/better-sqlite3/prebuilds/*",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills in what is packed for.
  "node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node",
  // Its loader is among what it is compiled from.
  "!node_modules/koffi/{lib,vendor,doc,src/koffi/src/abi}/**",
  "!node_modules/@koromix/koffi-*/musl_*/**",
  ...otherBuilds.map((pattern) => `!${pattern}`),
  "!node_modules/node-addon-api/**",
  "!node_modules/**/*.{map,md,markdown,ts,mts,cts,flow,tsbuildinfo,coffee,h,hh,hpp,inc,c,cc,cpp,def,gyp}",
  "!node_modules/**/{test,tests,__tests__,example,examples,.github}/**",
];

/** How much people have to download, bytes: `archive` of the whole tar.gz, `own` of what comes beside Electron's part of it. */
export const mostBytes = { archive: 110e6, own: 17.5e6 };

/** Of Electron's own files: what draws in three dimensions without a graphics card, which no page does. */
export const unusedFiles = ["libvk_swiftshader.so", "vk_swiftshader_icd.json", "libvulkan.so.1"];

/**
 * The types that the program opens: what it can import and a system can tell from other files (packaging/linux/mime.xml).
 * All of XML, JSON and YAML are not among them: it would open every such file where no other program is registered for them.
 */
export const mimeTypes = [
  "x-scheme-handler/almanac",
  "text/calendar",
  "text/x-crontab",
  "text/x-systemd-timer",
  "application/x-launchd-plist",
  "application/x-windows-task+xml",
  "application/x-almanac+json",
  "application/x-almanac+yaml",
];

export const configuration: Configuration = {
  appId: "app.almanac.desktop",
  productName: "Almanac",
  copyright: "Almanac's authors, MIT licence",
  directories: { output: "dist-packages", buildResources: "packaging" },
  // Names without spaces, which a feed takes.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills in what is packed for.
  artifactName: "almanac-${version}-${os}-${arch}.${ext}",
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
  // Its desktop entry has no --no-sandbox of electron-builder's: AppRun tries whether there can be one, and About says if not.
  appImage: { executableArgs: [] },
  mac: {
    icon: "packaging/icons/512x512.png",
    category: "public.app-category.productivity",
    hardenedRuntime: true,
    // Updates are taken from the zip.
    target: [
      { target: "dmg", arch: ["x64", "arm64"] },
      { target: "zip", arch: ["x64", "arm64"] },
    ],
    fileAssociations: [
      { ext: "crontab", name: "Crontab", role: "Viewer" },
      // Offered under "Open With"; what opens them stays as it is.
      { ext: "ics", name: "Calendar", role: "Viewer", rank: "Alternate" },
      { ext: "plist", name: "Property list", role: "Viewer", rank: "Alternate" },
      { ext: "xml", name: "XML", role: "Viewer", rank: "Alternate" },
      { ext: "json", name: "JSON", role: "Viewer", rank: "Alternate" },
      { ext: ["yaml", "yml"], name: "YAML", role: "Viewer", rank: "Alternate" },
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
