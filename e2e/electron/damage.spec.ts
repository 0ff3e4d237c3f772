import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures/desktop.ts";
import { createEverySecond } from "../fixtures/steps.ts";

test("a damaged database is put aside as it is by starting empty, and the program works on", async ({ desktop }) => {
  const damaged = Buffer.from("no database at all\n".repeat(500));
  writeFileSync(join(desktop.dataDir, "almanac.db"), damaged);
  const { page, asked } = await desktop.startAnswering("Start empty…", "Start empty");
  expect(asked).toEqual([
    { message: "The database is damaged", buttons: ["Quit", "Open the folder", "Start empty…"], covered: false },
    { message: "Start with an empty database?", buttons: ["Back", "Start empty"], covered: false },
  ]);
  await expect(page.getByRole("heading", { name: "Nothing is scheduled yet" })).toBeVisible();
  const kept = readdirSync(desktop.dataDir).filter((name) => name.includes(".damaged-"));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(desktop.dataDir, kept[0] ?? ""))).toEqual(damaged);
  // The empty one is one that takes what is made in it.
  await createEverySecond(page, { name: "After it", command: "true" });
});
