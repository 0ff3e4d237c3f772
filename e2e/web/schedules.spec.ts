import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostileTexts } from "../../electron/api/testing/hostileTexts.ts";
import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
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
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
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
    await openPage(page, "Schedules");
    await expect(page.getByRole("main")).toContainText("Nothing is scheduled yet");
    expect(await almanac("schedules", "show", "tick")).toMatchObject({ status: "deleted" });
  });
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
  await expect(page.getByRole("link", { name: "nightly", exact: true })).toBeVisible();
  await almanac("schedules", "pause", "nightly");
  await expect(page.getByRole("main").getByText("Paused by the command line")).toBeAttached();
});

test("names that would be markup or code are text, exactly as they were given", async ({
  home: page,
  almanac,
  server,
}) => {
  test.slow();
  const canary = join(server.dataDir, "CANARY");
  const taken = (text: string) => text !== "" && text.length <= 200 && !/\0|\p{Surrogate}/u.test(text);
  const names = hostileTexts(canary).filter(taken);
  const file = join(server.dataDir, "hostile.json");
  const schedules = names.map((name, i) => ({
    scheduleId: `hostile-${i}`,
    name,
    note: name,
    workflowName: "shell.command",
    spec: { cron: "0 3 * * *" },
    input: { program: "true", args: [name] },
  }));
  await writeFile(file, JSON.stringify(schedules));
  await almanac("import", file, "--yes");

  await page.addInitScript("window.canary = () => { window.fired = true; };");
  await page.reload();
  const harmless = async (): Promise<void> => {
    const made = 'img[src="x"], svg[onload], script:not([src])';
    expect(await page.evaluate((parts) => document.querySelectorAll(parts).length, made)).toBe(0);
    expect(await page.evaluate(() => "fired" in window)).toBe(false);
  };

  await test.step("in the list, which shows all of them in a window of such a height", async () => {
    await page.setViewportSize({ width: 1280, height: names.length * 40 + 400 });
    const shown = page.getByRole("grid", { name: "Schedules" }).getByRole("row").locator("a.quietLink");
    await expect(shown).toHaveCount(names.length, { timeout: 60_000 });
    expect((await shown.allTextContents()).sort()).toEqual([...names].sort());
    await harmless();
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await test.step("on their own pages, in the palette and in the calendar", async () => {
    const markup = names.findIndex((name) => name.startsWith("<img"));
    await page.goto(new URL(`/schedules/hostile-${markup}`, page.url()).href);
    await expect(page.getByRole("heading", { level: 1 })).toContainText(names[markup] ?? "");
    await expect(page).toHaveTitle(`${names[markup]} · Almanac`);
    await harmless();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("><svg/onload");
    await expect(page.getByRole("dialog")).toContainText(/Run now: \S*"><svg\/onload=canary\(\)>/);
    await harmless();
    await page.keyboard.press("Escape");
    await page.goto(new URL("/calendar?view=day&date=2099-01-15", page.url()).href);
    await expect(page.getByText(`${names.length} schedules at `)).toBeVisible();
    await harmless();
  });
  expect(existsSync(canary)).toBe(false);
});

test("a page that is not signed in shows nothing and says what to do", async ({ page, server }) => {
  await page.goto(new URL(server.address).origin);
  await expect(page.getByRole("heading")).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeHidden();
  await expect(page.getByText("almanac tokens create")).toHaveText(
    `almanac tokens create NAME --scope admin --data-dir ${server.dataDir}`,
  );
  await expectAccessible(page);

  const field = page.getByLabel("Token or address");
  const enter = page.getByRole("button", { name: "Sign in" });
  await field.fill("almanac_wrong-token-of-twenty");
  await enter.click();
  await expect(page.getByText("This token is wrong, has been used, was revoked or has ended")).toBeVisible();
  await takeScreenshots(page, "signed-out");
  await field.fill("hunter2");
  await enter.click();
  await expect(page.getByText("A token begins with almanac_")).toBeVisible();
  await field.fill(server.address);
  await enter.click();
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
});
