import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { createHarness } from "../testing/harness.ts";
import { createCheckpoint } from "./checkpoint.ts";

const text = "x".repeat(9 * 1024 * 1024);

test("the owner checkpoints the log when it has become long, and not before", async () => {
  await using h = await createHarness();
  h.engine.setSetting("text", "short");
  h.clock.advance(1000);
  const short = h.database.uncheckpointedPages();
  expect(short).toBeGreaterThan(0);
  h.engine.setSetting("text", text);
  expect(h.database.uncheckpointedPages()).toBeGreaterThan(2048);
  h.clock.advance(1000);
  await expect.poll(() => h.database.uncheckpointedPages(), { timeout: 30_000 }).toBe(0);
});

test("where it cannot be checkpointed, that is said once, all goes on, and it is tried again with what is added", async () => {
  await using h = await createHarness({ started: false });
  const errors: unknown[][] = [];
  const logger = { info: () => {}, warn: () => {}, error: (...args: unknown[]) => void errors.push(args) };
  const checkpointIfLong = createCheckpoint({ database: h.database, logger });
  expect(checkpointIfLong()).toBeNull();
  const { path } = h.database;
  const away = async (): Promise<void> => {
    renameSync(path, `${path}.away`);
    await checkpointIfLong();
    renameSync(`${path}.away`, path);
  };
  h.engine.setSetting("text", text);
  await away();
  expect(errors).toMatchObject([
    ["the database's write-ahead log could not be checkpointed", { code: "SQLITE_CANTOPEN" }],
  ]);
  expect(checkpointIfLong()).toBeNull();
  h.engine.setSetting("more", text);
  await away();
  expect(errors).toHaveLength(1);
  expect(checkpointIfLong()).toBeNull();
  h.engine.setSetting("most", text);
  await checkpointIfLong();
  expect(h.database.uncheckpointedPages()).toBe(0);
  expect(checkpointIfLong()).toBeNull();
});
