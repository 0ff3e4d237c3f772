import { EventEmitter } from "node:events";
import type { App } from "electron";
import { expect, it } from "vitest";
import { type Asked, hearLinks } from "./links.ts";

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
  const shown: Asked[] = [];
  expect(follow((asked) => shown.push(asked))).toEqual({ path: "/runs/r1" });
  openUrl(app, "almanac://schedules/a");
  app.emit("second-instance", {}, ["almanac", "--inspect", "almanac://backfills"], "/");
  app.emit("second-instance", {}, ["almanac"], "/");
  app.emit("second-instance", {}, ["almanac", "mine.timer", "--hidden"], "/units");
  expect(shown).toEqual([{ path: "/schedules/a" }, { path: "/backfills" }, {}, { files: ["/units/mine.timer"] }]);
});

it("keeps a second start, which wants the window, and no link that is none of ours", () => {
  const app = emitter();
  const follow = hearLinks(app);
  app.emit("second-instance", {}, ["almanac", "almanac://settings"], "/");
  openUrl(app, "almanac://create?workflow=shell.command");
  expect(follow(() => {})).toEqual({ path: "/settings" });
  expect(hearLinks(emitter())(() => {})).toBeUndefined();
});

it("keeps every file that is opened before anyone can show it", () => {
  const app = emitter();
  const follow = hearLinks(app);
  const openFile = (path: string) => app.emit("open-file", { preventDefault: () => {} }, path);
  openFile("/a.ics");
  openFile("/b.plist");
  expect(follow(() => {})).toEqual({ files: ["/a.ics", "/b.plist"] });
});
