import { EventEmitter } from "node:events";
import type { App } from "electron";
import { expect, it } from "vitest";
import { hearLinks } from "./links.ts";

const emitter = () => new EventEmitter() as unknown as App;
const openUrl = (app: App, url: string): boolean => {
  let prevented = false;
  app.emit("open-url", { preventDefault: () => (prevented = true) }, url);
  return prevented;
};

it("keeps the link that came before anyone could show it", () => {
  const app = emitter();
  const follow = hearLinks(app);
  expect(openUrl(app, "almanac://runs/r1")).toBe(true);
  const shown: (string | undefined)[] = [];
  expect(follow((path) => shown.push(path))).toEqual({ path: "/runs/r1" });
  openUrl(app, "almanac://schedules/a");
  app.emit("second-instance", {}, ["almanac", "--inspect", "almanac://backfills"], "/");
  app.emit("second-instance", {}, ["almanac"], "/");
  expect(shown).toEqual(["/schedules/a", "/backfills", undefined]);
});

it("keeps a second start, which wants the window, and no link that is none of ours", () => {
  const app = emitter();
  const follow = hearLinks(app);
  app.emit("second-instance", {}, ["almanac", "almanac://settings"], "/");
  openUrl(app, "almanac://create?workflow=shell.command");
  expect(follow(() => {})).toEqual({ path: "/settings" });
  expect(hearLinks(emitter())(() => {})).toBeUndefined();
});
