/** The page asks for a port by posting this to its own window; the preload answers with `desktopPortMessage`. */
export const desktopConnectMessage = "almanac:connect";
/** Comes with one MessagePort that speaks tRPC's WebSocket protocol. */
export const desktopPortMessage = "almanac:port";
/** Posted as `{ type, path }` when the tray, a menu, a notification or a deep link asks for a page. */
export const desktopNavigateMessage = "almanac:navigate";
/** Where the desktop program serves the pages. */
export const desktopOrigin = "app://almanac";
