import { z } from "zod";

/** Setting: where updates are offered; null is the feed that the package names, or none. */
export const updateFeedSetting = "desktop.updateFeed";
/** Setting: the public key that the feed is signed with; null is the package's own, or none. */
export const updateKeySetting = "desktop.updateKey";
/** Setting: false looks for no updates by itself although there is a feed. */
export const updatesSetting = "desktop.updates";
/** What is kept among the settings: the newest offer of a signed feed, so that an older one is never taken. */
export const seenOfferSetting = "desktop.updateSeen";

/** The folder of a feed: what is downloaded is checked, but which version there is must not be for all to see or change. */
export const feedAddressSchema = z
  .string()
  .max(2000)
  .regex(
    /^(https:\/\/[^\s/?#@]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?)(\/[^\s?#]*)?$/,
    "an address such as https://example.com/almanac, without a password, '?' or '#'; http only on this machine",
  );

/** A raw Ed25519 public key in base64, as `npm run feed` prints it. */
export const publicKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, "the 44 characters of an Ed25519 public key, as the publisher of the feed gives it");

/** How a copy of the desktop program came to this machine. */
export type InstalledAs = "checkout" | "deb" | "archive" | "appimage" | "installer" | "application";

/**
 * What the desktop program knows of its updates.
 *
 *   off → checking → current | available | refused | failed
 *   available → downloading → ready | refused | failed      (where this copy can install)
 */
export interface UpdateStatus {
  version: string;
  installedAs: InstalledAs;
  /** Why this copy puts no update in its own place; null where it does. */
  cannotInstall: string | null;
  feed: string | null;
  publicKey: string | null;
  /** What holds where the settings name nothing. */
  packaged: { feed: string | null; publicKey: string | null };
  /** Whether it looks by itself. */
  looks: boolean;
  /** `refused`: what was offered proves not to be genuine. `idle`: nobody has looked since the start. */
  state: "off" | "idle" | "checking" | "current" | "available" | "downloading" | "ready" | "refused" | "failed";
  offer: {
    version: string;
    /** Null where the feed says none. */
    releasedAt: string | null;
    /** Where the file for this copy is; null where the feed has none. */
    url: string | null;
    /** False: no public key is set, so nobody knows whose offer it is. */
    isVerified: boolean;
  } | null;
  /** Of the download, 0 to 100. */
  percent: number | null;
  problem: string | null;
  checkedAt: string | null;
}
