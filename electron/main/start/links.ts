import type { App } from "electron";
import { deepLinkIn, deepLinkPath } from "../window/security.ts";
import { filesIn } from "./fileArgs.ts";

/** A page to show, files to open; without any the window alone is wanted. */
export interface Asked {
  path?: string;
  files?: readonly string[];
}

/**
 * Hears deep links, opened files and second starts from now on: macOS tells of what started the program before it is ready,
 * and opening a data folder takes a while. Whoever follows gets what was asked for until then, and is called from then on.
 */
export function hearLinks(app: Pick<App, "on">): (show: (asked: Asked) => void) => Asked | undefined {
  let waiting: Asked | undefined;
  let ask = (asked: Asked): void => {
    const files = [...(waiting?.files ?? []), ...(asked.files ?? [])];
    waiting = { ...waiting, ...asked, ...(files.length > 0 ? { files } : {}) };
  };
  app.on("second-instance", (_event, args, folder) => ask(askedFor(args, folder)));
  app.on("open-url", (event, url) => {
    event.preventDefault();
    const path = deepLinkPath(url);
    ask(path === undefined ? {} : { path });
  });
  app.on("open-file", (event, path) => {
    event.preventDefault();
    ask({ files: filesIn([path], "/") });
  });
  return (show) => {
    ask = show;
    return waiting;
  };
}

/** What a program's arguments ask for; `folder` is where it was started. Other arguments are ignored. */
export function askedFor(args: readonly string[], folder: string): Asked {
  const path = deepLinkIn(args);
  // The first one is the program.
  const files = filesIn(args.slice(1), folder);
  return { ...(path === undefined ? {} : { path }), ...(files.length === 0 ? {} : { files }) };
}
