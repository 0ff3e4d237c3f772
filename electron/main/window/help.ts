import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { app, clipboard, dialog, shell } from "electron";
import type { UpdateStatus } from "../../../shared/api/updates.ts";
import { installedWords, updateWords } from "../../../shared/api/updateWords.ts";

/** An AppImage starts itself so where the system lets programs set up no sandbox; people may, too. */
export const hasNoSandbox = (): boolean => app.commandLine.hasSwitch("no-sandbox");
export const noSandboxText = "Its pages run without Chromium's sandbox: it was started with --no-sandbox.";

/** What the program is made of and where its data lies: shown in a dialog, from which it can be copied. */
export async function showAbout(dataDir: string, updates: UpdateStatus | null): Promise<void> {
  const { electron, chrome, node } = process.versions;
  const detail = [
    `Electron ${electron} · Chromium ${chrome} · Node ${node}`,
    `${process.platform} ${process.arch}`,
    `Data: ${dataDir}`,
    ...(hasNoSandbox() ? [noSandboxText] : []),
    "",
    ...(updates === null ? [] : [`Installed as ${installedWords[updates.installedAs]}.`, updateWords(updates)]),
    "It reports nothing about its use.",
    "MIT licence.",
  ].join("\n");
  const message = `Almanac ${app.getVersion()}`;
  const { response } = await dialog.showMessageBox({
    type: "info",
    title: "About Almanac",
    message,
    detail,
    buttons: ["Close", "Copy"],
    defaultId: 0,
    cancelId: 0,
  });
  if (response === 1) clipboard.writeText(`${message}\n${detail}\n`);
}

/** Opens the licences of what the program brings, in the person's browser; `dist` is the folder of the built programs. */
export function openLicences(dist: string): void {
  const beside = dirname(process.execPath);
  const files = [
    join(beside, "LICENSES.chromium.html"),
    join(beside, "LICENSE.almanac.txt"),
    join(dist, "../LICENSE"),
  ].filter((file) => !file.includes(".asar") && existsSync(file));
  for (const file of files.slice(0, 2)) void shell.openPath(file);
}
