import { describe, expect, it } from "vitest";
import { autostartEntry } from "./autostart.ts";

/** Reads a command the way the desktop entry specification says: the file's escapes first, then the quotes'. */
function commandOf(entry: string): string[] {
  const line = /^Exec=(.*)$/m.exec(entry)?.[1] ?? "";
  const value = line.replace(/\\\\/g, "\\");
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) =>
    (part ?? "").replace(/\\(.)/g, "$1").replaceAll("%%", "%"),
  );
}

describe("autostartEntry", () => {
  it.each([
    [["/opt/almanac/almanac", "--hidden"]],
    [["/home/a b/electron", "/home/a b/almanac", "--hidden"]],
    [['/odd/$HOME/`x`/100%/quote"/back\\slash', "--hidden"]],
  ])("starts %j as it is", (command) => {
    expect(commandOf(autostartEntry(command))).toEqual(command);
  });

  it("is an application's entry without a terminal", () => {
    const lines = autostartEntry(["/opt/almanac/almanac"]).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["[Desktop Entry]", "Type=Application", "Terminal=false"]));
  });
});
