import type { InstalledAs, UpdateStatus } from "./updates.ts";

/** How a copy came to this machine, after "installed as". */
export const installedWords: Record<InstalledAs, string> = {
  checkout: "a checkout of the source",
  deb: "a Debian package",
  archive: "an unpacked archive",
  appimage: "an AppImage",
  installer: "a Windows installer's copy",
  application: "a macOS application",
};

/** One sentence or two on what this copy does about updates, and what it does not. */
export function updateWords({ feed, publicKey, looks, cannotInstall }: UpdateStatus): string {
  if (feed === null) return "It looks for no updates: no feed is set.";
  const when = looks ? "It looks for updates once a day at" : "It looks for updates only when asked, at";
  const what =
    cannotInstall !== null
      ? `It only tells of them. ${cannotInstall}`
      : publicKey === null
        ? "It only tells of them: no public key is set, so nothing proves that they are genuine."
        : "It installs what is signed with the public key that is set, when you say so.";
  return `${when} ${feed}. ${what}`;
}
