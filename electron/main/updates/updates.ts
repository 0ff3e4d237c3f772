import {
  feedAddressSchema,
  publicKeySchema,
  seenOfferSetting,
  type UpdateStatus,
  updateFeedSetting,
  updateKeySetting,
  updatesSetting,
} from "../../../shared/api/updates.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { Logger, Updates } from "../../api/context.ts";
import type { Feed } from "./feed.ts";
import { extensions, type Installed, type PackagedFeed } from "./installed.ts";
import type { Installer, OfferedFile } from "./installer.ts";
import { FeedRefused } from "./refused.ts";

export interface UpdatesParts {
  version: string;
  platform: NodeJS.Platform;
  arch: string;
  installed: Installed;
  packaged: PackagedFeed;
  settings(): Record<string, unknown>;
  setSetting(key: string, value: unknown): void;
  /** Null where there is nothing at the address. */
  fetchSmall(url: URL): Promise<Uint8Array | null>;
  createInstaller(file: OfferedFile): Promise<Installer>;
  /** Ends the program, with `install` called once nothing of it is open. */
  endToInstall(install: () => void): void;
  now(): number;
  logger: Logger;
}

type Found = Pick<UpdateStatus, "state" | "offer" | "percent" | "problem" | "checkedAt">;
const nothing: Found = { state: "idle", offer: null, percent: null, problem: null, checkedAt: null };

/** Updates of this copy from a feed: nothing is asked of anybody before one is configured. */
export function createUpdates(parts: UpdatesParts): Updates {
  let found = nothing;
  /** The feed and key that `found` is about. */
  let about = "";
  let file: OfferedFile | null = null;
  let installer: Installer | null = null;
  let checking: Promise<UpdateStatus> | null = null;

  const configured = () => {
    const settings = parts.settings();
    const feed = feedAddressSchema
      .nullable()
      .catch(null)
      .parse(settings[updateFeedSetting] ?? null);
    const publicKey = publicKeySchema
      .nullable()
      .catch(null)
      .parse(settings[updateKeySetting] ?? null);
    return {
      feed: feed ?? parts.packaged.feed,
      publicKey: publicKey ?? parts.packaged.publicKey,
      looks: settings[updatesSetting] !== false,
    };
  };

  function status(): UpdateStatus {
    const { feed, publicKey, looks } = configured();
    if (`${feed} ${publicKey}` !== about) forget(`${feed} ${publicKey}`);
    return {
      version: parts.version,
      installedAs: parts.installed.as,
      cannotInstall: parts.installed.cannotInstall,
      feed,
      publicKey,
      packaged: parts.packaged,
      looks,
      ...found,
      ...(feed === null ? { state: "off" as const } : {}),
    };
  }
  /** What another feed has offered is nothing that holds of this one. */
  function forget(next: string): void {
    about = next;
    found = nothing;
    file = null;
    installer = null;
  }

  async function check(): Promise<UpdateStatus> {
    const { feed, publicKey } = status();
    if (feed === null) throw new AppError("CONFLICT", "No feed is set, so there is nowhere to look for updates.");
    // What is under way is not begun anew.
    if (found.state === "downloading" || found.state === "ready") return status();
    const asked = about;
    found = { ...nothing, state: "checking", checkedAt: found.checkedAt };
    file = null;
    const next = await look(new URL(feed.endsWith("/") ? feed : `${feed}/`), publicKey).catch(failed);
    if (asked !== about) return status();
    found = { ...next, checkedAt: new Date(parts.now()).toISOString() };
    return status();
  }

  async function look(base: URL, publicKey: string | null): Promise<Found> {
    // Loaded by those who look: the start has no use for what reads a feed.
    const { feedFileName, isNewer, readFeed, seenOfferSchema, signatureFileName } = await import("./feed.ts");
    const name = feedFileName(parts.platform, parts.arch);
    const bytes = await parts.fetchSmall(new URL(name, base));
    if (bytes === null) throw new Error(`there is no ${name} at ${base.href}`);
    const signature = publicKey === null ? null : await parts.fetchSmall(new URL(signatureFileName(name), base));
    const feed = readFeed(name, bytes, signature && Buffer.from(signature).toString("utf8"), publicKey);
    const seen = seenOfferSchema
      .nullable()
      .catch(null)
      .parse(parts.settings()[seenOfferSetting] ?? null);
    const newer = isNewer(feed, parts.version, seen?.publicKey === publicKey ? seen : null);
    const { version, releasedAt } = feed;
    if (publicKey !== null)
      parts.setSetting(seenOfferSetting, { publicKey, version, releasedAt: releasedAt.toISOString() });
    if (!newer) return { ...nothing, state: "current" };
    file = chosenFile(feed, base);
    return {
      ...nothing,
      state: "available",
      offer: {
        version,
        releasedAt: releasedAt.toISOString(),
        url: file?.url.href ?? null,
        isVerified: feed.isVerified,
      },
    };
  }

  function chosenFile({ version, releasedAt, files }: Feed, base: URL): OfferedFile | null {
    const extension = extensions[parts.installed.as];
    if (extension === null) return null;
    const fitting = files.filter(({ url }) => url.endsWith(extension));
    const chosen =
      fitting.find(({ url }) => archOf(url) === parts.arch) ?? fitting.find(({ url }) => archOf(url) === null);
    if (chosen === undefined) return null;
    return { version, releasedAt, url: new URL(chosen.url, base), sha512: chosen.sha512, size: chosen.size };
  }

  function failed(error: unknown): Found {
    const problem = error instanceof Error ? error.message : String(error);
    parts.logger.warn("updates:", problem);
    return { ...nothing, state: error instanceof FeedRefused ? "refused" : "failed", problem };
  }

  function download(): UpdateStatus {
    const { state, offer, cannotInstall } = status();
    if (state !== "available" || offer === null) throw new AppError("CONFLICT", "There is no update to download.");
    if (cannotInstall !== null) throw new AppError("CONFLICT", cannotInstall);
    if (!offer.isVerified)
      throw new AppError("CONFLICT", "No public key is set, so the update cannot be verified and is not installed.");
    if (file === null) throw new AppError("CONFLICT", `The feed has no file of ${offer.version} for this copy.`);
    const asked = about;
    found = { ...found, state: "downloading", percent: 0, problem: null };
    downloadFile(file, asked).catch((error: unknown) => {
      if (asked !== about) return;
      found = { ...failed(isOtherFile(error) ? altered(offer.version) : error), checkedAt: found.checkedAt };
    });
    return status();
  }

  async function downloadFile(chosen: OfferedFile, asked: string): Promise<void> {
    const started = await parts.createInstaller(chosen);
    await started.download((percent) => {
      if (asked === about && found.state === "downloading") found = { ...found, percent: Math.floor(percent) };
    });
    if (asked !== about) return;
    installer = started;
    found = { ...found, state: "ready", percent: null };
  }

  return {
    status,
    check() {
      checking ??= check().finally(() => {
        checking = null;
      });
      return checking;
    },
    download,
    install() {
      const ready = status().state === "ready" ? installer : null;
      if (ready === null) throw new AppError("CONFLICT", "No update is ready to be installed.");
      parts.endToInstall(() => ready.install());
    },
  };
}

const altered = (version: string): FeedRefused =>
  new FeedRefused(`the file of ${version} is not the one that the feed describes: it was altered, or is incomplete`);

/** The library's word for it. */
const isOtherFile = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "ERR_CHECKSUM_MISMATCH";

/** The processor that a file's name tells of, in Node's word; null where it tells of none. */
function archOf(name: string): string | null {
  if (/arm64|aarch64/.test(name)) return "arm64";
  return /x64|amd64|x86_64/.test(name) ? "x64" : null;
}
