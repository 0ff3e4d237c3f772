import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { createStores } from "./stores.ts";

/** Indexes that hold what is under way and nothing of the past. */
const small = /USING (COVERING )?INDEX runs_(ready|interrupted|cancelling|active|buffered)\b/;

test("no statement of the engine goes through all runs, omissions or history there are", () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-plans-"));
  const { sql, close } = openDatabase({ dataDir: dir });
  const texts: string[] = [];
  const recording = new Proxy(sql, {
    get: (target, key) => {
      if (key !== "prepare") return Reflect.get(target, key).bind(target);
      return (text: string) => {
        texts.push(text);
        return sql.prepare(text);
      };
    },
  });
  createStores(recording);
  const walks = texts.flatMap((text) => {
    const named = Object.fromEntries(Array.from(text.matchAll(/@(\w+)/g), ([, name]) => [name, null]));
    const bound = text.includes("@") ? [named] : Array.from(text.matchAll(/\?/g), () => null);
    const plan = sql.prepare(`explain query plan ${text}`).all(...bound) as { detail: string }[];
    return plan
      .map(({ detail }) => detail)
      .filter(
        (detail) =>
          /^SCAN (runs|omissions|activity)\b|^SEARCH runs USING INDEX \w+ \(schedule_id=\?\)/.test(detail) &&
          !small.test(detail),
      )
      .map((detail) => `${detail}: ${text}`);
  });
  close();
  rmSync(dir, { recursive: true });
  expect(texts.length).toBeGreaterThan(100);
  expect(walks).toEqual([]);
});
