import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { createStores } from "../storage/tables/stores.ts";
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
async function damage(withBackup: boolean): Promise<void> {
  const database = openDatabase({ dataDir });
  createStores(database.sql).settings.set("colour", "green");
  if (withBackup) await database.backup(Date.UTC(2026, 0, 2, 9));
  database.close();
  writeFileSync(file(), "text");
}
const never: Ask = () => {
  throw new Error("nothing was to be asked");
};

test("a damaged database's last backup is offered with what it loses, and put in place on a yes alone", async () => {
  await damage(true);
  const asked: Parameters<Ask>[0][] = [];
  const answering =
    (answer: number): Ask =>
    (question) => {
      asked.push(question);
      return answer;
    };
  const parts = { dataDir, zone: "UTC" };
  expect(offerRestore(failure(), { ...parts, ask: answering(0) })).toBe(false);
  expect(readFileSync(file(), "utf8")).toBe("text");
  expect(asked[0]?.buttons[0]).toBe("Quit");
  expect(asked[0]?.detail).toContain("holds 0 schedules, 0 runs");
  expect(asked[0]?.detail).toContain("whatever was done after 2026-01-02T09:00:00.000Z");
  expect(offerRestore(failure(), { ...parts, ask: answering(1) })).toBe(true);
  const restored = openDatabase({ dataDir });
  expect(createStores(restored.sql).settings.all()).toEqual({ colour: "green" });
  restored.close();
});

test("without a backup, and for any other trouble, there is nothing to offer", async () => {
  await damage(false);
  expect(offerRestore(failure(), { dataDir, zone: "UTC", ask: never })).toBe(false);
  expect(existsSync(file())).toBe(true);
  const other = new AppError("DATABASE_UNAVAILABLE", "it is held");
  expect(offerRestore(other, { dataDir, zone: "UTC", ask: never })).toBe(false);
  expect(offerRestore(new Error("other"), { dataDir, zone: "UTC", ask: never })).toBe(false);
});
