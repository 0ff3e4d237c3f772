import type { Page } from "@playwright/test";
import { lineOf } from "../fixtures/line.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "true" })];
const script = (name: string) => new RegExp(`/assets/${name}-[^/]+\\.js$`);

/** As after an update, or where the way to it breaks: the scripts of these names do not come. */
const cutOff = (page: Page, ...names: string[]) =>
  Promise.all(names.map((name) => page.route(script(name), (route) => route.abort())));
const mend = (page: Page, ...names: string[]) => Promise.all(names.map((name) => page.unroute(script(name))));

test("what stands around the list and does not come is said in its place, and the list stays usable", async ({
  page,
  server,
  almanac,
}) => {
  const names = ["NextDayStrip", "BulkBar", "SchedulePanel", "DowntimeBanners"];
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await cutOff(page, ...names);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /Select nightly/ });
  const missing = (what: string) => page.getByRole("alert").filter({ hasText: what });
  await expect(row).toBeVisible();
  const strip = missing("The next 24 hours could not be shown");
  await expect(strip).toBeVisible();
  await expect(missing("What was missed while nothing could run could not be shown")).toBeVisible();

  await test.step("a panel that does not come can be closed", async () => {
    await row.click();
    const panel = page.getByRole("complementary", { name: "Schedule at a glance" });
    await expect(panel).toContainText("could not be shown");
    await panel.getByRole("button", { name: "Close" }).click();
    await expect(panel).toBeHidden();
  });
  await test.step("nor is a selection lost", async () => {
    const box = row.getByRole("checkbox");
    await box.check();
    const bar = missing("What can be done to these could not be shown");
    await expect(bar).toBeVisible();
    await mend(page, "BulkBar");
    await bar.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
    await box.uncheck();
  });
  await test.step("tried again in vain while Almanac answers, all of the page can be loaded anew", async () => {
    await strip.getByRole("button", { name: "Try again" }).click();
    await mend(page, ...names);
    await strip.getByRole("button", { name: "Load the page anew" }).click();
    await expect(page.getByRole("group", { name: "Next 24 hours", exact: true })).toBeVisible();
  });
});

test("a menu or a dialog that does not come says so once, and opens when tried again", async ({
  page,
  server,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await cutOff(page, "CommandMenu", "ShortcutSheet");
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /Select nightly/ });
  await row.click({ button: "right" });
  const noMenu = page.getByRole("alert").filter({ hasText: "The menu did not open" });
  await expect(noMenu).toHaveCount(1);
  await mend(page, "CommandMenu");
  await noMenu.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("menuitem", { name: "Delete" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.keyboard.press("?");
  const noSheet = page.getByRole("alert").filter({ hasText: "The list of keys did not open" });
  await expect(noSheet).toHaveCount(1);
  await expect(row).toBeVisible();
  await mend(page, "ShortcutSheet");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("what did not come with the engine comes with it", async ({ page, server, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await cutOff(page, "NextDayStrip");
  await page.goto(server.address);
  const missing = page.getByText("The next 24 hours could not be shown");
  await expect(missing).toBeVisible();
  await line.cut();
  await expect(page.getByText(/No connection to Almanac's engine/)).toBeVisible();
  await expect(missing).toBeVisible();
  await mend(page, "NextDayStrip");
  line.mend();
  await expect(page.getByRole("group", { name: "Next 24 hours", exact: true })).toBeVisible();
});
