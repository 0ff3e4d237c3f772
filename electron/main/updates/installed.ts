import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { feedAddressSchema, type InstalledAs, publicKeySchema } from "../../../shared/api/updates.ts";

/** What decides how this copy came here. */
export interface InstallFacts {
  isPackaged: boolean;
  platform: NodeJS.Platform;
  /** The folder of the package's own files beside the program. */
  resources: string;
  execPath: string;
  /** The file of an AppImage, of which the program runs. */
  appImage: string | undefined;
}

export interface Installed {
  as: InstalledAs;
  /** Why this copy puts no update in its own place; null where it does. */
  cannotInstall: string | null;
}

export function installedAs({ isPackaged, platform, resources, execPath, appImage }: InstallFacts): Installed {
  if (!isPackaged) return { as: "checkout", cannotInstall: "A checkout is updated with git." };
  if (platform === "darwin") return { as: "application", cannotInstall: null };
  if (platform === "win32") {
    if (existsSync(join(dirname(execPath), "Uninstall Almanac.exe"))) return { as: "installer", cannotInstall: null };
    return { as: "archive", cannotInstall: byHand };
  }
  if (appImage) {
    return { as: "appimage", cannotInstall: isReplaceable(appImage) ? null : `${appImage} is not yours to replace.` };
  }
  if (packageType(resources) === "deb") {
    return {
      as: "deb",
      cannotInstall: "A Debian package is the system's to replace: download the new one, then sudo apt install ./FILE.",
    };
  }
  return { as: "archive", cannotInstall: byHand };
}

const byHand = "An unpacked archive is replaced by hand: unpack the new one in its place.";

/** Of the file's extension: which file of a feed is for which copy. */
export const extensions: Record<InstalledAs, string | null> = {
  checkout: null,
  deb: ".deb",
  archive: ".tar.gz",
  appimage: ".AppImage",
  installer: ".exe",
  application: ".zip",
};

function isReplaceable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function packageType(resources: string): string | null {
  try {
    return readFileSync(join(resources, "package-type"), "utf8").trim();
  } catch {
    return null;
  }
}

const packagedSchema = z.object({ feed: feedAddressSchema.nullable(), publicKey: publicKeySchema.nullable() });
export type PackagedFeed = z.infer<typeof packagedSchema>;

/** Where a package has the feed that it was made with. */
export const packagedFeedFile = "updates.json";

/** The feed that the package itself names. */
export function packagedFeed(resources: string): PackagedFeed {
  try {
    return packagedSchema.parse(JSON.parse(readFileSync(join(resources, packagedFeedFile), "utf8")));
  } catch {
    return { feed: null, publicKey: null };
  }
}
