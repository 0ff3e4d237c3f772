import { mkdirSync, writeFileSync } from "node:fs";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import {
  CancellationToken,
  configureRequestOptions,
  configureRequestUrl,
  type DownloadOptions,
  HttpExecutor,
  type UpdateInfo,
} from "builder-util-runtime";
import { AppImageUpdater, type BaseUpdater, MacUpdater, NsisUpdater, Provider } from "electron-updater";
import type { Logger } from "../../api/context.ts";

/** The file that was chosen of a verified feed. */
export interface OfferedFile {
  version: string;
  releasedAt: Date;
  url: URL;
  sha512: string;
  size: number;
}

export interface InstallerParts {
  version: string;
  platform: NodeJS.Platform;
  /** Of what is downloaded: a folder of nobody else's. */
  folder: string;
  quit(): void;
  logger: Logger;
}

/** Downloads one file and puts it in this copy's place. */
export interface Installer {
  /** Rejects where it is not the file that the feed has described; `onProgress` is told percents. */
  download(onProgress: (percent: number) => void): Promise<void>;
  /** Puts it in place and starts it, once nothing of this program is in its way. Throws where that does not work. */
  install(): void;
}

/**
 * electron-updater does both; what it is given to install is one file of a feed whose signature was verified already, so
 * that the library decides nothing. On Linux it would check a hash alone, that of whoever holds the feed.
 */
export function createInstaller(offered: OfferedFile, parts: InstallerParts): Installer {
  const updater = updaterOf(parts, offered.size);
  let fault: Error | null = null;
  updater.on("error", (error) => {
    fault = error;
  });
  updater.logger = {
    info: () => {},
    warn: (message: unknown) => parts.logger.warn("update:", message),
    error: (message: unknown) => parts.logger.warn("update:", message),
  };
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  // Of parts of the old file and the new: what they save is not worth maps that nobody signs.
  updater.disableDifferentialDownload = true;
  updater.disableWebInstaller = true;
  updater.forceDevUpdateConfig = true;
  updater.setFeedURL({ provider: "custom", updateProvider: providerOf(offered) } as never);
  return {
    async download(onProgress) {
      const listen = ({ percent }: { percent: number }): void => onProgress(percent);
      updater.on("download-progress", listen);
      try {
        await updater.checkForUpdates();
        await updater.downloadUpdate(new CancellationToken());
      } finally {
        updater.off("download-progress", listen);
      }
    },
    install() {
      fault = null;
      if (!updater.install(true, true)) throw fault ?? new Error("the update could not be put in place");
    },
  };
}

function updaterOf({ version, platform, folder, quit }: InstallerParts, size: number): BaseUpdater {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configuration = join(folder, "app-update.yml");
  writeFileSync(configuration, "provider: custom\nupdaterCacheDirName: downloaded\n", { mode: 0o600 });
  const adapter = {
    version,
    name: "Almanac",
    isPackaged: true,
    appUpdateConfigPath: configuration,
    userDataPath: folder,
    baseCachePath: folder,
    whenReady: async () => {},
    relaunch: () => {},
    quit,
    onQuit: () => {},
  };
  const Updater = { win32: NsisUpdater, darwin: MacUpdater }[platform as string] ?? AppImageUpdater;
  const updater = new (Updater as typeof AppImageUpdater)(null, adapter);
  // Electron's own network is cut off from every name server, and its requests say which copy asks.
  Object.assign(updater, { httpExecutor: new NodeExecutor(size) });
  return updater;
}

/** Answers with what was verified, and asks nobody. */
function providerOf({ version, releasedAt, url, sha512, size }: OfferedFile) {
  const file = { url: url.href, sha512, size };
  const info: UpdateInfo = {
    version,
    releaseDate: releasedAt.toISOString(),
    files: [file],
    path: url.href,
    sha512,
  };
  return class extends Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ConstructorParameters<typeof HttpExecutor> & never) {
      super({ ...(runtime as object), isUseMultipleRangeRequest: false } as never);
    }
    override async getLatestVersion(): Promise<UpdateInfo> {
      return info;
    }
    override resolveFiles() {
      return [{ url, info: file }];
    }
  };
}

/** The library's downloads by Node's own client. */
class NodeExecutor extends HttpExecutor<ClientRequest> {
  readonly #size: number;
  /** `size`: what more than so many bytes is, is not the file. */
  constructor(size: number) {
    super();
    this.#size = size;
  }

  override createRequest(options: RequestOptions, callback: (response: IncomingMessage) => void): ClientRequest {
    const { request, Agent } = options.protocol === "http:" ? http : https;
    return request({ ...options, agent: new Agent({ proxyEnv: process.env }) }, (response) => {
      let left = this.#size;
      response.on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) response.destroy(Object.assign(new Error("too long"), { code: "ERR_CHECKSUM_MISMATCH" }));
      });
      callback(response);
    });
  }

  download(url: URL, destination: string, options: DownloadOptions): Promise<string> {
    return options.cancellationToken.createPromise<string>((resolve, reject, onCancel) => {
      const request: RequestOptions = { headers: options.headers ?? {} };
      configureRequestUrl(url, request);
      configureRequestOptions(request);
      // It is told of an end without a fault by nothing at all.
      const callback = (error?: Error | null): void => (error ? reject(error) : resolve(destination));
      this.doDownload(request, { destination, options, onCancel, callback, responseHandler: null }, 0);
    });
  }
}
