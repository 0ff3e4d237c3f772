import { Menu, type MenuItemConstructorOptions } from "electron";

/** The menu bar; `show` brings the window up on a page. On macOS the first menu is the program's own. */
export function setApplicationMenu({ show, quit }: { show: (path: string) => void; quit: () => void }): void {
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
              { role: "about" as const },
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
        { type: "separator" },
        { role: "close" },
        ...(isMac ? [] : [settings, { type: "separator" as const }, quitItem]),
      ],
    },
    { role: "editMenu" },
    {
      label: "&View",
      submenu: [
        page("Schedules", "/schedules", 1),
        page("Calendar", "/calendar", 2),
        page("Runs", "/runs", 3),
        page("Backfills", "/backfills", 4),
        page("Workflows", "/workflows", 5),
        { type: "separator" },
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
