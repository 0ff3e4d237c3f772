import { expect, it } from "vitest";
import { hasTrayHost } from "./trayHost.ts";

const answering = (answers: Record<string, string | null>) => async (command: string) => answers[command] ?? null;

it.each([
  ["a host", { busctl: "b true\n" }, true],
  ["a watcher without a host", { busctl: "b false\n" }, false],
  ["no watcher", { busctl: "" }, false],
  ["a host, by the bus's other programs", { gdbus: "(<true>,)\n" }, true],
  ["a host, by the last of them", { "dbus-send": "   variant       boolean true\n" }, true],
  ["the first that can ask decides", { busctl: "", gdbus: "(<true>,)" }, false],
  ["nobody who can ask", {}, false],
])("on Linux: %s", async (_what, answers, expected) => {
  expect(await hasTrayHost("linux", answering(answers))).toBe(expected);
});

it("elsewhere the system has a tray", async () => {
  expect(await hasTrayHost("darwin", answering({}))).toBe(true);
  expect(await hasTrayHost("win32", answering({}))).toBe(true);
});
