// What electron-builder would say of our configuration, without packing: tests pack for Linux alone.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, matchesGlob } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { configuration, dependencies, otherBuilds } from "../../packaging/config.ts";
import { root } from "./paths.ts";

// The schema by which electron-builder judges a configuration before it packs.
const builder = createRequire(createRequire(import.meta.url).resolve("electron-builder"));
const schema = JSON.parse(readFileSync(builder.resolve("app-builder-lib/scheme.json"), "utf8")) as object;
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

/** Where the schema finds fault, an option that it does not know named with its place. */
function faults(given: object): string[] {
  if (validate(given)) return [];
  const places = (validate.errors ?? []).map(({ instancePath, params }) =>
    "additionalProperty" in params ? `${instancePath}/${params["additionalProperty"]}` : instancePath,
  );
  return [...new Set(places)];
}

/** Width of a PNG, which stands behind its signature and the head of its first chunk. */
const pngWidth = (path: string): number => readFileSync(join(root, path)).readUInt32BE(16);

describe("the configuration of packages", () => {
  it("is one that electron-builder takes", () => {
    expect(faults(configuration)).toEqual([]);
  });

  it.each([
    ["linux", { ...configuration.linux, mimeType: [] }, "/linux/mimeType"],
    ["appImage", { ...configuration.appImage, systemIntegration: "ask" }, "/appImage/systemIntegration"],
    ["mac", { ...configuration.mac, hardenedRuntime: "if possible" }, "/mac/hardenedRuntime"],
    ["mac", { ...configuration.mac, target: [{ target: "dmg", arch: ["arm"] }] }, "/mac/target/0/arch/0"],
    ["dmg", { ...configuration.dmg, signed: true }, "/dmg/signed"],
    ["win", { ...configuration.win, target: [{ target: "nsis", architecture: "x64" }] }, "/win/target/0/architecture"],
    ["nsis", { ...configuration.nsis, oneclick: false }, "/nsis/oneclick"],
  ])("would not be with a slip under %s", (part, value, place) => {
    expect(faults({ ...configuration, [part]: value })).toContain(place);
  });

  it("leaves it to an AppImage's own start to go without a sandbox", () => {
    expect(configuration.appImage?.executableArgs).toEqual([]);
    const { generateAppRunScript } = builder("app-builder-lib/out/targets/appimage/appImageUtil.js") as {
      generateAppRunScript(config: { ExecutableName: string }): string;
    };
    const start = generateAppRunScript({ ExecutableName: "program" });
    expect(start).toMatch(/unshare -Ur true .*then\n\s*NO_SANDBOX=\(--no-sandbox\)/);
  });

  it("names files that are there, and icons as large as each system asks for", () => {
    const { linux, mac, win } = configuration;
    const named = [linux?.extraFiles, linux?.extraResources].flat().flatMap((entry) => {
      const from = typeof entry === "object" && entry !== null ? entry.from : entry;
      return typeof from === "string" ? [from] : [];
    });
    expect(named.length).toBeGreaterThan(2);
    for (const path of [...named, String(linux?.icon)])
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    expect(pngWidth(String(mac?.icon))).toBeGreaterThanOrEqual(512);
    expect(pngWidth(String(win?.icon))).toBeGreaterThanOrEqual(256);
  });
});

describe("what is left out of a package", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: true }>;
  };
  const folderOf = (file: string): string => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? "";
  const script = ["--experimental-import-meta-resolve", join(root, "scripts/lib/loadedFiles.ts")];
  const printed = execFileSync(process.execPath, script, { cwd: root, encoding: "utf8", maxBuffer: 1e8 });
  // Tests' own programs reach what they are tested with.
  const loaded = (JSON.parse(printed) as string[]).filter(
    (file) => packages[folderOf(file)]?.dev === undefined && !file.endsWith(".d.ts"),
  );

  /** As electron-builder does: the last pattern that matches decides, and a folder is all that is in it. */
  const isLeftOut = (file: string, patterns: readonly string[]): boolean => {
    const last = patterns.findLast((pattern) => {
      const plain = pattern
        .replace(/^!/, "")
        .replace(/\$\{platform\}-\$\{arch\}/, `${process.platform}-${process.arch}`);
      return matchesGlob(file, plain) || matchesGlob(file, `${plain}/**`);
    });
    return last?.startsWith("!") === true;
  };

  it("is nothing that Node loads for the program", () => {
    const packagesOf = new Set(loaded.map(folderOf));
    for (const name of ["zod", "fflate", "electron-updater", "bullmq", "@opentelemetry/sdk-trace", "prom-client"])
      expect(packagesOf).toContain(`node_modules/${name}`);
    expect(loaded.filter((file) => isLeftOut(file, dependencies))).toEqual([]);
  });

  it.each([
    ["!node_modules/@opentelemetry/*/build/src/**", "node_modules/@opentelemetry/api/build/src/index.js"],
    ["!node_modules/fflate/esm/**", "node_modules/fflate/esm/index.mjs"],
    ["!node_modules/luxon/build/node/**", "node_modules/luxon/build/node/luxon.js"],
    ["!node_modules/zod/v4/**", "node_modules/zod/v4/classic/index.js"],
  ])("would be, with %s", (pattern, file) => {
    expect(loaded.filter((one) => isLeftOut(one, [...dependencies, pattern]))).toContain(file);
  });

  it.each(otherBuilds)("%s names what is there", (pattern) => {
    expect(globSync(pattern, { cwd: root })).not.toEqual([]);
  });
});
