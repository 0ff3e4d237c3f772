import { countedRuns, createEverySecond, openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

test("a schedule made by clicking runs, pauses, resumes, runs by hand and is deleted", async ({
  home: page,
  almanac,
}) => {
  await createEverySecond(page, { name: "Tick", command: "echo tick $ALMANAC_SCHEDULED_TIME" });
  await expect.poll(() => countedRuns(page)).toBeGreaterThanOrEqual(2);

  await test.step("pause stops it, and the command line agrees", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    await confirmIfAsked();
    await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
    const stored = await almanac<{ status: string; nextRunTime: string | null }>("schedules", "show", "tick");
    expect(stored).toMatchObject({ status: "paused", nextRunTime: null });
  });

  await test.step("a run by hand leaves it paused", async () => {
    const before = await countedRuns(page);
    await page.getByRole("button", { name: "Run now" }).click();
    await expect.poll(() => countedRuns(page)).toBe(before + 1);
    await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  });

  await test.step("resume goes on", async () => {
    const before = await countedRuns(page);
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => countedRuns(page)).toBeGreaterThan(before);
  });

  await test.step("delete takes it out of the list and keeps its record", async () => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: /Delete/ }).click();
    await confirmIfAsked();
    await openPage(page, "Schedules");
    await expect(page.getByRole("main")).toContainText("Nothing is scheduled yet");
    expect(await almanac("schedules", "show", "tick")).toMatchObject({ status: "deleted" });
  });

  async function confirmIfAsked(): Promise<void> {
    const dialog = page.getByRole("dialog");
    if (await dialog.isVisible()) await dialog.getByRole("button", { name: /Pause|Delete/ }).click();
  }
});

test("what the command line does is seen at once, without a reload", async ({ home: page, almanac }) => {
  await expect(page.getByRole("main")).toContainText("Nothing is scheduled yet");
  await almanac(
    "schedules",
    "create",
    "--id",
    "nightly",
    "--workflow",
    "shell.command",
    "--cron",
    "0 3 * * *",
    "--input",
    '{"command":"true"}',
  );
  await expect(page.getByRole("link", { name: "nightly" })).toBeVisible();
  await almanac("schedules", "pause", "nightly");
  await expect(page.getByRole("main").getByText("Paused by the command line")).toBeAttached();
});

test("a page that is not signed in shows nothing and says what to do", async ({ page, server }) => {
  await page.goto(new URL(server.address).origin);
  await expect(page.getByRole("heading")).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeHidden();
});
