import { join } from "node:path";
import { app, Notification } from "electron";
import type { Logger, Updates } from "../../api/context.ts";
import type { Engine } from "../../engine/contract.ts";
import { installedAs, packagedFeed } from "./installed.ts";
import type { OfferedFile } from "./installer.ts";
import { createUpdates } from "./updates.ts";

export interface DesktopUpdatesParts {
  engine: Engine;
  dataDir: string;
  logger: Logger;
  endToInstall(install: () => void): void;
}

/** Updates of this running program. */
export function createDesktopUpdates({ engine, dataDir, logger, endToInstall }: DesktopUpdatesParts): Updates {
  const version = app.getVersion();
  const { platform, arch, execPath, resourcesPath: resources } = process;
  const { isPackaged } = app;
  return createUpdates({
    version,
    platform,
    arch,
    installed: installedAs({ isPackaged, platform, resources, execPath, appImage: process.env["APPIMAGE"] }),
    packaged: isPackaged ? packagedFeed(resources) : { feed: null, publicKey: null },
    settings: () => engine.getSettings(),
    setSetting: (key, value) => engine.setSetting(key, value),
    fetchSmall: async (url) => (await import("./fetchFeed.ts")).fetchSmall(url),
    async createInstaller(file: OfferedFile) {
      // Loaded where there is something to install: the start has no use for it.
      const { createInstaller } = await import("./installer.ts");
      return createInstaller(file, {
        version,
        platform,
        folder: join(dataDir, "updates"),
        quit: () => app.quit(),
        logger,
      });
    },
    endToInstall,
    now: Date.now,
    logger,
  });
}

const firstLookMs = 60_000;
const lookEveryMs = 24 * 3_600_000;

/**
 * Looks for updates a minute after the start and once a day, where a feed is set and nobody has switched that off, and says
 * once of each version that it is there. Returns the way to stop.
 */
export function lookDaily(updates: Updates, logger: Logger, show: (path: string) => void): () => void {
  let told: string | null = null;
  // Kept until it is gone: a collected notification answers no click.
  let shown: Notification | undefined;
  const look = async (): Promise<void> => {
    const { feed, looks } = updates.status();
    if (feed === null || !looks) return;
    const { state, offer } = await updates.check();
    if (state !== "available" || offer === null || offer.version === told || !Notification.isSupported()) return;
    told = offer.version;
    shown = new Notification({ title: `Almanac ${offer.version} is available`, body: "Settings tell how to get it." });
    shown.on("click", () => show("/settings#updates"));
    shown.show();
  };
  const lookSafely = (): void => void look().catch((error: unknown) => logger.warn("updates:", error));
  const first = setTimeout(lookSafely, firstLookMs);
  const daily = setInterval(lookSafely, lookEveryMs);
  return () => {
    clearTimeout(first);
    clearInterval(daily);
    shown?.close();
  };
}
