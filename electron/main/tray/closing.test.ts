import { expect, it } from "vitest";
import { closing, quitNotice } from "./closing.ts";

it("goes to the tray where there is one, never hides where there is none, and quits where the person wants it", () => {
  const how = (stayInTray: unknown, hasTray: boolean) => closing({ stayInTray, hasTray, told: [] }).how;
  expect(how(undefined, true)).toBe("tray");
  expect(how(true, false)).toBe("minimise");
  expect([how(false, true), how(false, false)]).toEqual(["quit", "quit"]);
});

it("says each way once", () => {
  const notice = (hasTray: boolean, told: unknown) =>
    closing({ stayInTray: true, hasTray, told }).notice?.title ?? "nothing";
  expect(notice(true, undefined)).toBe("Almanac goes on in the tray");
  expect(notice(true, ["tray"])).toBe("nothing");
  expect(notice(false, ["tray"])).toBe("Almanac is minimised, not closed");
  expect(notice(false, ["tray", "minimise"])).toBe("nothing");
  expect(notice(true, "tray")).toBe("Almanac goes on in the tray");
});

it("says once what quitting means, and only where something would have fired", () => {
  const said = (active: number, told: unknown, stayInTray: unknown = true, hasTray = true) =>
    quitNotice({ active, told, stayInTray, hasTray })?.body ?? "nothing";
  expect(said(0, undefined)).toBe("nothing");
  expect(said(3, ["tray", "quit"])).toBe("nothing");
  expect(said(1, undefined)).toBe(
    "1 active schedule waits. To keep them firing close the window instead: Almanac goes on in the tray.",
  );
  expect(said(3, ["tray"], true, false)).toMatch(/^3 active schedules wait\. .* only minimised\.$/);
  expect(said(3, [], false)).toMatch(/^3 active schedules wait\. Settings can /);
});
