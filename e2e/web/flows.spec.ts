import type { Backfill } from "../../shared/domain/backfill.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import { ago, day, drag, showMonthOf } from "../fixtures/backfill.ts";
import { countClicks } from "../fixtures/clicks.ts";
import { tabTo } from "../fixtures/editor.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

// Each walks through several pages.
test.describe.configure({ timeout: 240_000 });

test("a first schedule takes three clicks: tried, scheduled, made", async ({ home: page, almanac }) => {
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  await takeScreenshots(page, "first-start");
  const clicks = await countClicks(page);
  await page.getByRole("button", { name: "Run once to see: Run a script on weekday mornings" }).click();
  await expect(page.getByText(/^Report for \d{4}-/)).toBeVisible();
  await page.getByRole("link", { name: "Schedule this" }).click();
  await expect(page.getByRole("region", { name: "Preview" })).toContainText("At 08:30 on weekdays");
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("Weekday report");
  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByText("It has not run yet")).toBeVisible();
  expect(await clicks()).toBeLessThanOrEqual(3);
  // It says when it will run, and offers not to wait for that.
  await expect(page.getByText(/^It runs first /)).toBeVisible();
  await takeScreenshots(page, "first-schedule");
  expect(await accessibilityFaults(page, "light")).toEqual([]);
  await page.getByRole("button", { name: "Run it now to see" }).click();
  await expect(page.getByText("It has not run yet")).toBeHidden();
  expect((await almanac<Schedule>("schedules", "show", "weekday-report")).spec).toMatchObject({
    calendar: [{ dayOfWeek: "mon-fri", times: ["08:30"] }],
  });
});

test("a calendar schedule by hand takes eight clicks at most", async ({ home: page, almanac }) => {
  const clicks = await countClicks(page);
  await page.getByRole("link", { name: "New schedule" }).click();
  await page.getByRole("group", { name: "Add an entry" }).getByRole("button", { name: "Calendar" }).click();
  await page.getByRole("radiogroup", { name: "Which days" }).getByText("Month days", { exact: true }).click();
  const days = page.getByRole("group", { name: "Days of the month", exact: true });
  await days.getByRole("button", { name: "15th of the month" }).click();
  await page.getByRole("navigation", { name: "Steps" }).getByRole("button", { name: /What/ }).click();
  await expect(page.getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type("Invoices");
  await page.getByRole("textbox", { name: "Command" }).click();
  await page.keyboard.type("true");
  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Invoices" })).toBeVisible();
  expect(await clicks()).toBeLessThanOrEqual(8);
  expect((await almanac<Schedule>("schedules", "show", "invoices")).spec.calendar).toEqual([
    { dayOfMonth: 15, times: ["09:00"] },
  ]);
});

test("the cause of a failure is one click from home, a filled range three from its schedule", async ({
  home: page,
  almanac,
}) => {
  const input = JSON.stringify({ command: "echo no disk >&2; exit 7" });
  await almanac(
    ...["schedules", "create", "--id", "hourly-sync", "--workflow", "shell.command", "--input", input],
    ...["--cron", "0 * * * *", "--timezone", "UTC"],
  );
  await almanac("schedules", "trigger", "hourly-sync");
  await expect(page.getByRole("row", { name: /Needs attention/ })).toBeVisible();
  const clicks = await countClicks(page);
  await page
    .getByRole("row", { name: /hourly-sync/ })
    .getByText("Last run failed")
    .click();
  await expect(page.getByText("The command ended with exit code 7: no disk")).toBeVisible();
  expect(await clicks()).toBe(1);

  await page.goto(new URL("/schedules/hourly-sync", page.url()).href);
  const more = await countClicks(page);
  await page.getByRole("link", { name: "Backfill", exact: true }).click();
  await showMonthOf(page, ago(4));
  const before = await more();
  await drag(page, day(page, ago(5)), day(page, ago(4)));
  await page.getByRole("button", { name: "Backfill 48 runs" }).click();
  await expect(page).toHaveURL(/\/backfills\/[^/]+$/);
  // Where the range lies in the month that is shown; another month is a click more.
  expect((await more()) - before + 1).toBe(3);
});

test("a crontab is imported in four clicks", async ({ home: page, almanac }) => {
  const clicks = await countClicks(page);
  await page.getByRole("button", { name: "Import schedules" }).click();
  const dialog = page.getByRole("dialog", { name: "Import schedules" });
  await dialog.getByLabel("Or paste it here").click();
  await page.keyboard.insertText("30 4 * * 1-5 /usr/local/bin/backup.sh --all\n0 3 * * * /usr/bin/clean\n");
  await dialog.getByRole("button", { name: "Look it over" }).click();
  await dialog.getByRole("button", { name: "Import 2 items" }).click();
  await expect(dialog).toBeHidden();
  expect(await clicks()).toBeLessThanOrEqual(4);
  expect((await almanac<{ total: number }>("schedules", "list")).total).toBe(2);
});

test("a schedule is made, run, read, filled and taken back by the keyboard alone", async ({ home: page, almanac }) => {
  const { keyboard } = page;
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name });
  // A key before the first paint is nobody's.
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  await test.step("made", async () => {
    await keyboard.press("n");
    await expect(heading("New schedule")).toBeVisible();
    await tabTo(page.getByRole("textbox", { name: "Say when" }));
    await keyboard.type("every day at 9");
    await keyboard.press("Enter");
    await expect(page.getByRole("region", { name: "Preview" })).toContainText("At 09:00 every day");
    await tabTo(page.getByRole("textbox", { name: "Name" }));
    await keyboard.type("By keys");
    await tabTo(page.getByRole("textbox", { name: "Command" }));
    await keyboard.type("echo hello from the keys");
    await tabTo(page.getByRole("button", { name: "Create schedule" }));
    await keyboard.press("Enter");
    await expect(heading("By keys")).toBeVisible();
  });
  await test.step("run, and its log read", async () => {
    await keyboard.press("r");
    await expect(page.getByRole("grid", { name: "Runs" }).getByText("Completed")).toBeVisible();
    await tabTo(page.getByRole("grid", { name: "Runs" }).getByRole("row").nth(1));
    await keyboard.press("Enter");
    await expect(page.getByText("hello from the keys").last()).toBeVisible();
    await keyboard.press("s");
    await expect(heading("By keys")).toBeVisible();
  });
  await test.step("filled", async () => {
    await keyboard.press("b");
    await expect(heading(/Backfill/)).toBeVisible();
    await tabTo(page.getByRole("button", { name: "Yesterday" }));
    await keyboard.press("Enter");
    await tabTo(page.getByRole("button", { name: "Backfill 1 run" }));
    await keyboard.press("Enter");
    await expect(page).toHaveURL(/\/backfills\/[^/]+$/);
    const { backfills } = await almanac<{ backfills: Backfill[] }>("backfills", "list");
    expect(backfills).toHaveLength(1);
  });
  await test.step("a longer one, and taken back while it goes on", async () => {
    await almanac("schedules", "update", "by-keys", "--input", '{"command":"sleep 60"}');
    await page.goto(new URL("/schedules/by-keys/backfill", page.url()).href);
    await tabTo(page.getByRole("button", { name: "Last 7 days" }));
    await keyboard.press("Enter");
    await tabTo(page.getByRole("button", { name: /^Backfill \d runs$/ }));
    await keyboard.press("Enter");
    await expect(page).toHaveURL(/\/backfills\/[^/]+$/);
    await tabTo(page.getByRole("button", { name: "Undo" }));
    await keyboard.press("Enter");
    await expect
      .poll(async () => (await almanac<{ backfills: Backfill[] }>("backfills", "list")).backfills[0]?.status)
      .toBe("cancelled");
    await expect.poll(() => almanac("schedules", "show", "by-keys")).toMatchObject({ runningRunIds: [] });
  });
  await test.step("and a pause taken back", async () => {
    await page.goto(new URL("/schedules/by-keys", page.url()).href);
    await expect(heading("By keys")).toBeVisible();
    await keyboard.press("p");
    await expect.poll(() => almanac("schedules", "show", "by-keys")).toMatchObject({ status: "paused" });
    await tabTo(page.getByRole("button", { name: "Undo" }));
    await keyboard.press("Enter");
    await expect.poll(() => almanac("schedules", "show", "by-keys")).toMatchObject({ status: "active" });
  });
});

test("nothing in the editor moves when a day of its year is clicked, and what the click said goes with undo", async ({
  home: page,
}) => {
  await page.goto(new URL("/schedules/new", page.url()).href);
  await page.getByRole("textbox", { name: "Say when" }).fill("every day at 9");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show 2027" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("365 runs in 2027");
  for (const size of [
    { width: 1280, height: 800 },
    { width: 900, height: 600 },
  ]) {
    await page.setViewportSize(size);
    // The sentence, the year and the next runs are on the first screen.
    for (const part of [
      preview.getByText("At 09:00 every day", { exact: true }),
      preview.getByRole("group", { name: "Days of 2027" }),
      preview.getByText(/^Next runs/),
    ])
      await expect(part).toBeInViewport({ ratio: 1 });
    const days = preview.locator('[data-date="2027-05-03"], [data-date="2027-11-03"]');
    const places = () => days.evaluateAll((all) => all.map((each) => JSON.stringify(each.getBoundingClientRect())));
    const before = await places();
    await page.locator('[data-date="2027-05-03"]').first().click();
    await expect(page.getByText("3 May 2027 excluded: 1 run removed.").first()).toBeVisible();
    expect(await places()).toEqual(before);
    await page.keyboard.press("Control+z");
    await expect(preview.getByText(/excluded: 1 run removed/)).toBeHidden();
    expect(await places()).toEqual(before);
  }
});
