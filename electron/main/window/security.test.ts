import { describe, expect, it } from "vitest";
import { deepLinkIn, deepLinkPath, externalUrl, isPageUrl, isTrustedSender } from "./security.ts";

describe("external links", () => {
  it("lets https on known hosts out", () => {
    expect(externalUrl("https://www.iana.org/time-zones")).toBe("https://www.iana.org/time-zones");
  });

  it.each([
    "http://www.iana.org/",
    "https://www.iana.org.evil.test/",
    "https://evil.test/?https://www.iana.org/",
    "https://www.iana.org@evil.test/",
    "https://user@www.iana.org/",
    "https://www.iana.org:8443/",
    " https://www.iana.org/",
    "https://www.iana.org/\u202e",
    "file:///etc/passwd",
    "smb://www.iana.org/share",
    "javascript:alert(1)",
    "ms-msdt:/id",
    "almanac://schedules/a",
    "",
  ])("keeps %j in", (url) => {
    expect(externalUrl(url)).toBeUndefined();
  });
});

describe("deep links", () => {
  it.each([
    ["almanac://schedules", "/schedules"],
    ["almanac://schedules/nightly.2", "/schedules/nightly.2"],
    ["almanac://runs/abc/", "/runs/abc"],
  ])("%s shows %s", (link, path) => {
    expect(deepLinkPath(link)).toBe(path);
  });

  it.each([
    "almanac://create?workflow=shell.command",
    "almanac://schedules/new/extra",
    "almanac://schedules/..",
    "almanac://schedules/%2e%2e",
    "almanac://schedules/a?trigger=1",
    "almanac://schedules/a#trigger",
    "almanac:schedules/a",
    " almanac://schedules/a",
    "app://../",
  ])("%j shows nothing", (link) => {
    expect(deepLinkPath(link)).toBeUndefined();
  });

  it("is found among other arguments, which count for nothing", () => {
    expect(deepLinkIn(["almanac", "--inspect", "--gpu-launcher=x", "almanac://runs/r1"])).toBe("/runs/r1");
    expect(deepLinkIn(["almanac", "--inspect"])).toBeUndefined();
  });
});

describe("senders", () => {
  const page = "app://almanac/schedules";
  it("are our own pages in a top frame", () => {
    expect(isTrustedSender({ url: page, parent: null })).toBe(true);
  });

  it.each([
    ["a frame inside", { url: page, parent: {} as never }],
    ["another host of the scheme", { url: "app://evil/", parent: null }],
    ["a file", { url: "file:///app://almanac/", parent: null }],
    ["the web", { url: "https://almanac/", parent: null }],
    ["a blank page", { url: "about:blank", parent: null }],
    ["a frame that is gone", null],
  ])("are not %s", (_name, frame) => {
    expect(isTrustedSender(frame)).toBe(false);
  });

  it("compares the whole origin", () => {
    expect(isPageUrl("app://almanac.evil/")).toBe(false);
    expect(isPageUrl("app://almanac:80/")).toBe(false);
    expect(isPageUrl("app://user@almanac/")).toBe(true);
  });
});
