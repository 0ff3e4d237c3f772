import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { filesIn } from "./fileArgs.ts";
import { readOpened } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "almanac-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("takes paths and file addresses of what can be imported, and none of the program's own arguments", () => {
  const args = [
    ...["/opt/almanac", "--data-dir", "/d", "--no-sandbox", "almanac://runs", "https://example.org/a.ics"],
    ...["holidays.ICS", pathToFileURL("/a b/backup.timer").href, "/etc/crontab", "crontab", "holidays.ICS"],
    ...["notes.txt", "file://%%%", "mycrontab"],
  ];
  expect(filesIn(args, "/home/me")).toEqual([
    "/home/me/holidays.ICS",
    "/a b/backup.timer",
    "/etc/crontab",
    "/home/me/crontab",
  ]);
});

it("reads them whole, as they are", () => {
  const file = join(folder, "crontab");
  writeFileSync(file, Buffer.from([0xff, 0xfe, 10]));
  expect(readOpened([file])).toEqual([{ name: "crontab", bytes: new Uint8Array([0xff, 0xfe, 10]) }]);
});

it("refuses what is too much together, what is no file, and what is not there", () => {
  const large = join(folder, "large.json");
  writeFileSync(large, Buffer.alloc(3_000_000));
  expect(readOpened([large])[0]?.bytes.length).toBe(3_000_000);
  expect(() => readOpened([large, large])).toThrow(/at most 5 MB/);
  expect(() => readOpened([folder])).toThrow(/no file/);
  expect(() => readOpened([join(folder, "gone.ics")])).toThrow(/ENOENT/);
  if (process.platform === "win32") return;
  const pipe = join(folder, "pipe.json");
  execFileSync("mkfifo", [pipe]);
  expect(() => readOpened([pipe])).toThrow(/no file/);
});
