import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mimeTypes } from "../../packaging/config.ts";
import { root } from "./paths.ts";

interface DebOptions {
  /** The unpacked program. */
  folder: string;
  output: string;
  version: string;
  /** Debian's name of it. */
  arch: string;
  /** Compress nothing: to be tried here, not to be shipped. */
  quick: boolean;
}

const iconSizes = [16, 24, 32, 48, 64, 128, 256, 512];

/** Makes a Debian package of the unpacked program with `dpkg-deb` alone, and returns its file. */
export function createDeb({ folder, output, version, arch, quick }: DebOptions): string {
  const staging = join(output, "deb");
  const linux = join(root, "packaging/linux");
  const put = (from: string, to: string, mode = 0o644): void => {
    const path = join(staging, to);
    mkdirSync(dirname(path), { recursive: true });
    cpSync(from, path);
    chmodSync(path, mode);
  };
  const filledIn = (name: string, values: Record<string, string>): string =>
    readFileSync(join(linux, name), "utf8").replace(/@([A-Z_]+)@/g, (_all, key: string) => values[key] ?? "");

  rmSync(staging, { recursive: true, force: true });
  mkdirSync(join(staging, "usr/lib"), { recursive: true });
  cpSync(folder, join(staging, "usr/lib/almanac"), { recursive: true, verbatimSymlinks: true });
  // The program tells how it was installed, and leaves updates of this kind to the system.
  writeFileSync(join(staging, "usr/lib/almanac/resources/package-type"), "deb\n", { mode: 0o644 });
  // Chromium's own helper, for kernels that give ordinary programs no namespaces of users: it runs as root.
  chmodSync(join(staging, "usr/lib/almanac/chrome-sandbox"), 0o4755);
  mkdirSync(join(staging, "usr/bin"), { recursive: true });
  symlinkSync("../lib/almanac/almanac", join(staging, "usr/bin/almanac"));
  for (const size of iconSizes) {
    const name = `${size}x${size}`;
    put(join(root, `packaging/icons/${name}.png`), `usr/share/icons/hicolor/${name}/apps/almanac.png`);
  }
  put(join(root, "renderer/public/icon.svg"), "usr/share/icons/hicolor/scalable/apps/almanac.svg");
  put(join(root, "LICENSE"), "usr/share/doc/almanac/copyright");
  put(join(linux, "mime.xml"), "usr/share/mime/packages/almanac.xml");
  const entry = join(staging, "usr/share/applications/almanac.desktop");
  mkdirSync(dirname(entry), { recursive: true });
  writeFileSync(entry, filledIn("almanac.desktop", { MIME_TYPES: `${mimeTypes.join(";")};` }), { mode: 0o644 });

  const kib = Number(execFileSync("du", ["-sk", staging], { encoding: "utf8" }).split("\t")[0]);
  mkdirSync(join(staging, "DEBIAN"), { mode: 0o755 });
  const control = filledIn("control", { VERSION: version, ARCH: arch, SIZE: String(kib) });
  writeFileSync(join(staging, "DEBIAN/control"), control, { mode: 0o644 });
  for (const script of ["postinst", "postrm"]) put(join(linux, script), `DEBIAN/${script}`, 0o755);

  const file = join(output, `almanac_${version}_${arch}.deb`);
  // What npm unpacks may be writable by a group; nothing that is installed is.
  execFileSync("chmod", ["-R", "go-w,a+rX", staging]);
  const compression = quick ? "-Znone" : "-Zxz";
  execFileSync("dpkg-deb", ["--root-owner-group", compression, "--build", staging, file], { stdio: "inherit" });
  rmSync(staging, { recursive: true, force: true });
  return file;
}
