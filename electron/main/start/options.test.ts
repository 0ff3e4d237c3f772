import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLineArgs, startOptions } from "./options.ts";

describe("startOptions", () => {
  it("reads the data folder in both spellings, before the environment's", () => {
    const env = { ALMANAC_DATA_DIR: "/from/environment" };
    expect(startOptions(["/app", "--no-sandbox", "--data-dir", "some/folder"], env).dataDir).toBe(
      resolve("some/folder"),
    );
    expect(startOptions(["--data-dir=/a b"], env).dataDir).toBe("/a b");
    expect(startOptions(["--port", "7391", "--no-open"], env).dataDir).toBe("/from/environment");
  });

  it("leaves the folder to the program where none is named", () => {
    expect(startOptions(["--hidden"], {})).toEqual({ dataDir: undefined, hidden: true });
    expect(startOptions([], { ALMANAC_DATA_DIR: "" })).toEqual({ dataDir: undefined, hidden: false });
  });
});

it.each([
  [
    ["--no-sandbox", "--command-line", "--", "schedules", "list", "--json"],
    ["schedules", "list", "--json"],
  ],
  [
    ["--command-line", "--", "runs", "show", "--", "--command-line"],
    ["runs", "show", "--", "--command-line"],
  ],
  [["--command-line", "--"], []],
  [["--", "--command-line", "--", "serve"], undefined],
  [["--command-line", "serve"], undefined],
  [["--hidden", "almanac://runs"], undefined],
])("takes %j as the command line %j", (args, expected) => {
  expect(commandLineArgs(args)).toEqual(expected);
});
