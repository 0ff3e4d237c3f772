/** The page asks for a port by posting this to its own window; the preload answers with `desktopPortMessage`. */
export const desktopConnectMessage = "almanac:connect";
/** Comes with one MessagePort that speaks tRPC's WebSocket protocol. */
export const desktopPortMessage = "almanac:port";
/** Posted as `{ type, path }` when the tray, a menu, a notification or a deep link asks for a page. */
export const desktopNavigateMessage = "almanac:navigate";
/** Posted as `{ type, ...DesktopDialog }` when a menu or an opened file asks for a dialog. */
export const desktopDialogMessage = "almanac:dialog";
/** The page posts this to its own window once it hears what is asked of it. */
export const desktopReadyMessage = "almanac:ready";
/** Where the desktop program serves the pages. */
export const desktopOrigin = "app://almanac";

/** A dialog that the program asks the page for; with the files that were opened. */
export type DesktopDialog =
  | { dialog: "shortcuts" }
  | { dialog: "import"; files: { name: string; bytes: Uint8Array }[] };
