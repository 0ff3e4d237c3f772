import { expect, it } from "vitest";
import { closing } from "./closing.ts";

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
