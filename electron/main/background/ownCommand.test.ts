import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { commandLineArgs } from "../start/options.ts";
import { ownCommand, ownCommandLine } from "./ownCommand.ts";

it("names what is still there after this session", () => {
  const mounted = { execPath: "/tmp/.mount_x/almanac-desktop", appPath: null };
  expect(ownCommand({ ...mounted, appImage: "/home/me/Almanac.AppImage" })).toEqual(["/home/me/Almanac.AppImage"]);
  expect(ownCommand({ ...mounted, appImage: undefined })).toEqual(["/tmp/.mount_x/almanac-desktop"]);
  expect(ownCommand({ execPath: "/e", appPath: "/checkout", appImage: "" })).toEqual(["/e", "/checkout"]);
});

it("starts the command line as the installed `almanac` does", () => {
  const [, ...args] = ownCommandLine({ execPath: "/e", appPath: null, appImage: undefined }, ["scheduler", "run"]);
  expect(commandLineArgs(args)).toEqual(["scheduler", "run"]);
  const launcher = readFileSync("packaging/linux/almanac", "utf8")
    .split("\n")
    .find((line) => line.startsWith("exec"));
  const its = launcher?.split(" ").filter((part) => part.startsWith("--"));
  expect(args.filter((part) => part.startsWith("--"))).toEqual(its);
});
