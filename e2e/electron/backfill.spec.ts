import type { Backfill } from "../../shared/domain/backfill.ts";
import type { Run } from "../../shared/domain/run.ts";
import { ago, day, drag, hourly, showMonthOf } from "../fixtures/backfill.ts";
import { expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";
import { openPage } from "../fixtures/steps.ts";

test("five days are dragged and run; killed in the middle and started again, each occurrence has run once", async ({
  desktop,
}) => {
  const almanac = <T>(...args: string[]): Promise<T> => cli<T>(desktop.dataDir, ...args);
  const { page } = await desktop.start();
  // Long enough that it goes on when the program has been started again and its page is open.
  await hourly(almanac, "hourly-sync", "sleep 0.25");
  await page.getByRole("link", { name: "hourly-sync" }).first().click();
  await page.getByRole("link", { name: "Backfill", exact: true }).click();
  const [first, last] = [ago(9), ago(5)];
  await showMonthOf(page, first);
  await drag(page, day(page, first), day(page, last));
  await expect(page.getByTestId("plan-count")).toHaveText("120 occurrences: 120 to run");
  await page.getByRole("button", { name: "Backfill 120 runs" }).click();
  await expect(page.getByTestId("backfill-done")).toHaveText(/^[1-9]\d* of 120$/);
  await desktop.kill();

  const soFar = await almanac<{ backfills: Backfill[] }>("backfills", "list");
  expect(soFar.backfills).toMatchObject([{ total: 120, status: "running" }]);
  expect(soFar.backfills[0]?.completed).toBeLessThan(120);

  const again = (await desktop.start()).page;
  await openPage(again, "Backfills");
  await again.getByRole("main").getByRole("link", { name: "hourly-sync" }).first().click();
  await again.getByLabel("At a time").fill("4");
  await expect(again.getByTestId("backfill-done")).toHaveText("120 of 120", { timeout: 60_000 });
  await expect(again.getByText("Completed", { exact: true }).first()).toBeVisible();
  const { runs } = await almanac<{ runs: Run[] }>("runs", "list", "--schedule", "hourly-sync", "--limit", "1000");
  const from = Date.parse(`${first}T00:00:00Z`);
  const all = Array.from({ length: 120 }, (_, n) => new Date(from + n * 3_600_000).toISOString());
  expect(runs.map((run) => run.scheduledTime).sort()).toEqual(all);
  // The command that was under way is done again only where a person asks for it.
  const rest = runs.map((run) => run.status).filter((status) => status !== "completed");
  expect(["", "interrupted"]).toContain(rest.join());
});
