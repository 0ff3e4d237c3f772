import { Menu, type MenuItemConstructorOptions } from "electron";
import { railPages } from "../../../shared/api/railPages.ts";

export interface MenuActions {
  /** Brings the window up on a page. */
  show(path: string): void;
  importFiles(): void;
  shortcuts(): void;
  about(): void;
  updates(): void;
  openDataFolder(): void;
  openLogs(): void;
  openLicences(): void;
  quit(): void;
}

/** The menu bar. On macOS the first menu is the program's own. */
export function setApplicationMenu(actions: MenuActions): void {
  const { show, quit } = actions;
  const isMac = process.platform === "darwin";
  const page = (label: string, path: string, digit: number): MenuItemConstructorOptions => ({
    label,
    accelerator: `CmdOrCtrl+${digit}`,
    click: () => show(path),
  });
  const settings: MenuItemConstructorOptions = {
    label: "Settings…",
    accelerator: "CmdOrCtrl+,",
    click: () => show("/settings"),
  };
  const quitItem: MenuItemConstructorOptions = { label: "Quit Almanac", accelerator: "CmdOrCtrl+Q", click: quit };
  const template: MenuItemConstructorOptions[] = [
    ...(isMac
      ? [
          {
            label: "Almanac",
            submenu: [
              { label: "About Almanac", click: () => actions.about() },
              { type: "separator" as const },
              settings,
              { type: "separator" as const },
              { role: "hide" as const },
              { role: "hideOthers" as const },
              { role: "unhide" as const },
              { type: "separator" as const },
              quitItem,
            ],
          },
        ]
      : []),
    {
      label: "&File",
      submenu: [
        { label: "New Schedule", accelerator: "CmdOrCtrl+N", click: () => show("/schedules/new") },
        { label: "Import…", accelerator: "CmdOrCtrl+O", click: () => actions.importFiles() },
        { type: "separator" },
        { role: "close" },
        ...(isMac ? [] : [settings, { type: "separator" as const }, quitItem]),
      ],
    },
    { role: "editMenu" },
    {
      label: "&View",
      submenu: [
        ...railPages.map(({ to, label }, index) => page(label, to === "/" ? "/schedules" : to, index + 1)),
        { type: "separator" },
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
    {
      role: "help",
      submenu: [
        { label: "Keyboard Shortcuts", click: () => actions.shortcuts() },
        { type: "separator" },
        { label: "Open Data Folder", click: () => actions.openDataFolder() },
        { label: "Show Log", click: () => actions.openLogs() },
        { label: "Licences", click: () => actions.openLicences() },
        { label: "Updates", click: () => actions.updates() },
        ...(isMac ? [] : [{ type: "separator" as const }, { label: "About Almanac", click: () => actions.about() }]),
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
