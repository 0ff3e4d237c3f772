import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { openDatabase } from "../../storage/opening/database.ts";
import { createStores } from "../../storage/tables/stores.ts";
import { type Ask, offerRestore } from "./damage.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "almanac-desktop-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const file = (): string => join(dataDir, "almanac.db");
/** What opening the folder throws. */
function failure(): unknown {
  try {
    openDatabase({ dataDir }).close();
    return null;
  } catch (error) {
    return error;
  }
}
async function damage(withBackup: boolean, days: readonly number[] = [2]): Promise<void> {
  const database = openDatabase({ dataDir });
  createStores(database.sql).settings.set("colour", "green");
  if (withBackup) for (const day of days) await database.backup(Date.UTC(2026, 0, day, 9));
  database.close();
  writeFileSync(file(), "text");
}
/** Answers by the labels of buttons, in order; keeps what was asked. */
function answering(...labels: string[]) {
  const asked: Parameters<Ask>[0][] = [];
  const ask: Ask = (question) => {
    const label = labels[asked.length];
    asked.push(question);
    const button = question.buttons.findIndex((text) => text === label || (label === "…" && text.includes("2026")));
    if (button < 0) throw new Error(`no button "${label}" among ${question.buttons.join(", ")}`);
    return button;
  };
  const opened: string[] = [];
  return { asked, opened, parts: { dataDir, zone: "UTC", ask, openFolder: () => opened.push(dataDir) } };
}
const settings = (): Record<string, unknown> => {
  const database = openDatabase({ dataDir });
  try {
    return createStores(database.sql).settings.all();
  } finally {
    database.close();
  }
};
const keptAside = (): string[] =>
  readdirSync(dataDir)
    .filter((name) => name.includes(".damaged-"))
    .map((name) => readFileSync(join(dataDir, name), "utf8"));

test("a damaged database's backups are offered with what each holds and loses, and one is put in place on a yes", async () => {
  await damage(true);
  const leaving = answering("Restore the newest backup…", "Back", "Open the folder", "Quit");
  expect(offerRestore(failure(), leaving.parts)).toBe("quit");
  expect(readFileSync(file(), "utf8")).toBe("text");
  expect(leaving.opened).toEqual([dataDir]);
  expect(leaving.asked.map(({ buttons }) => buttons[0])).toEqual(["Quit", "Back", "Quit", "Quit"]);
  expect(leaving.asked[0]?.detail).toContain(`${file()}: it is not a SQLite database.\n`);
  expect(leaving.asked[0]?.detail).not.toContain("doctor");
  expect(leaving.asked[0]?.detail).toContain("2026, 9:00:00 AM: 0 schedules, 0 runs");
  expect(leaving.asked[1]?.detail).toContain(
    `whatever was done after ${new Date("2026-01-02T09:00:00Z").toLocaleString(undefined, { timeZone: "UTC" })}: `,
  );

  expect(offerRestore(failure(), answering("Restore the newest backup…", "Restore it").parts)).toBe("open");
  expect(settings()).toEqual({ colour: "green" });
  expect(keptAside()).toEqual(["text"]);
});

test("an older backup can be chosen, and no damaged one is offered", async () => {
  await damage(true, [1, 3]);
  writeFileSync(join(dataDir, "backups", "almanac-20260109T090000000Z.db"), "text");
  const older = answering("Another backup…", "…", "Restore it");
  expect(offerRestore(failure(), older.parts)).toBe("open");
  expect(older.asked[1]?.buttons).toHaveLength(3);
  expect(settings()).toEqual({ colour: "green" });
});

test("an empty start keeps the damaged file, also without any backup", async () => {
  await damage(false);
  const starting = answering("Start empty…", "Back", "Start empty…", "Start empty");
  expect(offerRestore(failure(), starting.parts)).toBe("open");
  expect(starting.asked[0]?.detail).toContain("There is no backup that can be used.");
  expect(starting.asked[0]?.buttons).toEqual(["Quit", "Open the folder", "Start empty…"]);
  expect(settings()).toEqual({});
  expect(keptAside()).toEqual(["text"]);
});

test("any other trouble is no damage, and nothing is asked", () => {
  const { parts, asked } = answering();
  const other = new AppError("DATABASE_UNAVAILABLE", "it is held");
  expect(offerRestore(other, parts)).toBe("other");
  expect(offerRestore(new Error("other"), parts)).toBe("other");
  expect(asked).toEqual([]);
});
