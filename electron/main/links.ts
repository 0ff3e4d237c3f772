import type { App } from "electron";
import { deepLinkIn, deepLinkPath } from "./security.ts";

/** A page to show; without a path the window alone is wanted. */
export interface Asked {
  path: string | undefined;
}

/**
 * Hears deep links and second starts from now on: macOS tells of the link that started the program before it is ready,
 * and opening a data folder takes a while. Whoever follows gets what was asked for until then, and is called from then on.
 */
export function hearLinks(app: Pick<App, "on">): (show: (path?: string) => void) => Asked | undefined {
  let waiting: Asked | undefined;
  let ask = (path: string | undefined): void => {
    waiting = { path: path ?? waiting?.path };
  };
  app.on("second-instance", (_event, args) => ask(deepLinkIn(args)));
  app.on("open-url", (event, url) => {
    event.preventDefault();
    ask(deepLinkPath(url));
  });
  return (show) => {
    ask = show;
    return waiting;
  };
}
