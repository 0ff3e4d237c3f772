import { protocol } from "electron";
import { desktopOrigin } from "../../../shared/api/desktop.ts";
import { readPage } from "../../transport/pages.ts";

const scheme = new URL(desktopOrigin).protocol.slice(0, -1);

/** Must be called before the program is ready. */
export function registerPagesScheme(): void {
  protocol.registerSchemesAsPrivileged([
    // With a cache of compiled code the pages' scripts are not compiled anew at each start.
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the built pages of `folder` to the window. */
export function servePages(folder: string): void {
  protocol.handle(scheme, async (request) => {
    const url = new URL(request.url);
    if (`${url.protocol}//${url.host}` !== desktopOrigin) return new Response("Not found", { status: 404 });
    if (request.method !== "GET") return new Response("Only GET", { status: 405 });
    const { status, headers, body } = await readPage(folder, url.pathname);
    return new Response(body, { status, headers });
  });
}
