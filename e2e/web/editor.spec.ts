import type { Page } from "@playwright/test";
import type { Schedule } from "../../shared/domain/schedule.ts";
import type { ScheduleSpec } from "../../shared/schedule/types.ts";
import { addEntry, begin, card, choose, moveTo, toggle } from "../fixtures/editor.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

// Each of these walks through a whole page, and takes its pictures on the way.
test.describe.configure({ timeout: 120_000 });

/** Saves, compares what is stored, and opens it again: nothing may have changed. */
async function saveAndReopen(
  page: Page,
  almanac: <T>(...args: string[]) => Promise<T>,
  expected: ScheduleSpec,
  name: string,
): Promise<void> {
  await page.getByRole("button", { name: "Create schedule" }).click();
  await page.waitForURL(/\/schedules\/(?!new)[^/]+$/);
  const { schedules } = await almanac<{ schedules: Schedule[] }>("schedules", "list");
  const stored = schedules.find((schedule) => schedule.name === name);
  expect(stored?.spec).toEqual({ ...expected, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone });

  await page.goto(new URL(`/schedules/${stored?.scheduleId}/edit`, page.url()).href);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await expect(page.getByText("Nothing has changed.")).toBeVisible();
  await page.getByRole("heading", { name: "When", exact: true }).evaluate((heading) => heading.scrollIntoView());
  await takeScreenshots(page, `editor-${name.replaceAll(/\W+/g, "-").toLowerCase()}`);
  // A note alone saves the rest as it was.
  await page.getByRole("textbox", { name: "Note" }).fill("looked at");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.waitForURL(/\/schedules\/[^/]+$/);
  const shown = await almanac<Schedule>("schedules", "show", stored?.scheduleId ?? "");
  expect(shown.spec).toEqual(stored?.spec);
  expect(shown.nextRunTime).toBe(stored?.nextRunTime);
}

test("the 1st and the 15th at midnight, by clicks alone", async ({ home, almanac }) => {
  await begin(home, "Billing");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Month days");
  await toggle(entry, "Days of the month", "1st of the month", "15th of the month");
  await moveTo(entry.getByRole("slider"), "00:00");
  await expect(home.getByRole("table", { name: "Next runs" }).getByRole("row")).toHaveCount(10);
  await saveAndReopen(home, almanac, { calendar: [{ dayOfMonth: [1, 15], times: ["00:00"] }] }, "Billing");
});

test("weekdays at 08:30 and 14:45, except 24 to 31 December", async ({ home, almanac }) => {
  await begin(home, "Standup");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Weekdays");
  await moveTo(entry.getByRole("slider"), "08:30");
  await entry.getByRole("button", { name: "Time", exact: true }).click();
  await moveTo(entry.getByRole("slider").last(), "14:45");

  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  await home.getByRole("button", { name: /December.*Edit$/ }).click();
  const rule = home.getByRole("group", { name: "Excluded by rule" });
  await toggle(
    rule,
    "Days of the month",
    ...[27, 28, 29, 30].map((day) => `${day}th of the month`),
    "31st of the month",
  );
  await expect(home.getByText(/^−1[0-9]$/)).toBeVisible();
  await saveAndReopen(
    home,
    almanac,
    {
      calendar: [{ dayOfWeek: "mon-fri", times: ["08:30", "14:45"] }],
      exclude: [{ month: 12, dayOfMonth: "24-31" }],
    },
    "Standup",
  );
});

test("the second Tuesday and the last Friday", async ({ home, almanac }) => {
  await begin(home, "Patch days");
  await addEntry(home, "Calendar");
  await choose(card(home, 1), "Which days", "Nth weekday");
  await toggle(card(home, 1), "Weekdays of the month", "2nd Tuesday");
  await toggle(card(home, 1), "Weekdays of the month", "last Friday");
  await expect(card(home, 2)).toBeVisible();
  await saveAndReopen(
    home,
    almanac,
    {
      calendar: [
        { times: ["09:00"], dayOfWeek: "tue", weekOfMonth: 2 },
        { times: ["09:00"], dayOfWeek: "fri", weekOfMonth: -1 },
      ],
    },
    "Patch days",
  );
});

test("weekdays from 10:01 to 18:02 every 15 minutes", async ({ home, almanac }) => {
  await begin(home, "Office hours");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Weekdays");
  await choose(entry, "How the times are chosen", "Every … between");
  await entry.getByRole("group", { name: "Usual steps" }).getByRole("button", { name: "15m" }).click();
  await moveTo(entry.getByRole("slider", { name: "Last time of the window" }), "18:02");
  await moveTo(entry.getByRole("slider", { name: "First time of the window" }), "10:01");
  await saveAndReopen(
    home,
    almanac,
    { calendar: [{ dayOfWeek: "mon-fri", every: "15m", between: ["10:01", "18:02"] }] },
    "Office hours",
  );
});

test("the last business day", async ({ home, almanac }) => {
  await begin(home, "Closing");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Month days");
  await expect(home.getByRole("button", { name: "Create schedule" })).toBeDisabled();
  await expect(home.getByText("Choose at least one day of the month.").first()).toBeVisible();
  await toggle(entry, "Days from the end of the month", "Last weekday (Monday to Friday) of the month");
  await saveAndReopen(home, almanac, { calendar: [{ dayOfMonth: "LW", times: ["09:00"] }] }, "Closing");
});

test("a contradiction is shown at its fields and cannot be saved", async ({ home }) => {
  await begin(home, "Never");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Month days");
  await toggle(entry, "Days of the month", "31st of the month");
  await toggle(entry, "Months", "February");
  await expect(entry.getByRole("alert")).toHaveCount(2);
  await expect(home.getByRole("button", { name: "Create schedule" })).toBeDisabled();
  await expect(home.getByText(/It would never run/)).toBeVisible();
  await takeScreenshots(home, "editor-contradiction");
  await home.keyboard.press("Control+z");
  await expect(home.getByRole("button", { name: "Create schedule" })).toBeEnabled();
});

test("days are excluded and taken back by clicks in the year", async ({ home }) => {
  await begin(home, "Clicks");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Show 2027" }).click();
  const day = home.locator('[data-date="2027-05-03"]').first();
  await day.click();
  await expect(home.getByText("3 May 2027 excluded: 1 run removed.").first()).toBeVisible();
  await expect(home.getByRole("button", { name: "Remove exclusion 3 May 2027" })).toBeVisible();
  await day.click();
  await expect(home.getByRole("button", { name: "Remove exclusion 3 May 2027" })).toBeHidden();
});

test("a pasted crontab becomes cards, and a draft survives a reload", async ({ home }) => {
  await begin(home, "Pasted");
  await home.getByRole("heading", { name: "When" }).evaluate((heading) => {
    const data = new DataTransfer();
    data.setData("text", "30 8 * * 1-5 /usr/bin/report\n*/15 9-17 * * *");
    heading.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await expect(home.getByLabel("Cron expression")).toHaveCount(2);
  await expect(home.getByLabel("Cron expression").first()).toHaveValue("30 8 * * 1-5");
  // The draft is kept a moment after the last change, and at once when the page is hidden.
  await home.reload();
  await expect(home.getByLabel("Cron expression")).toHaveCount(2);
  await expect(home.getByText(/Your draft is back/)).toBeVisible();
  await home.getByRole("button", { name: "Start over" }).click();
  await expect(home.getByLabel("Cron expression")).toHaveCount(0);
});

test("cron says what is wrong under its field, and is clicked together", async ({ home }) => {
  await begin(home, "Cron");
  await addEntry(home, "Cron");
  const entry = card(home, 1);
  await entry.getByLabel("Cron expression").fill("0 25 * * *");
  await expect(entry.getByRole("alert")).toContainText("hour");
  await expect(home.getByRole("button", { name: "Create schedule" })).toBeDisabled();
  await entry.getByRole("button", { name: /^hour:/ }).click();
  await entry.getByRole("button", { name: "every hour" }).click();
  await toggle(entry, "Values of the hour field", "hour 8");
  await toggle(entry, "Values of the hour field", "hour 17");
  await expect(entry.getByLabel("Cron expression")).toHaveValue("0 8,17 * * *");
  await takeScreenshots(home, "editor-cron");
});

test("an edit says what moves", async ({ home, almanac }) => {
  const created = await almanac<Schedule>(
    "schedules",
    "create",
    "--id",
    "moves",
    "--workflow",
    "shell.command",
    "--input",
    '{"command":"true"}',
    "--calendar",
    '[{"dayOfWeek":"mon-fri","times":["09:00"]}]',
    "--timezone",
    "Europe/Berlin",
  );
  await home.goto(new URL(`/schedules/${created.scheduleId}/edit`, home.url()).href);
  await moveTo(card(home, 1).getByRole("slider"), "08:30");
  await expect(home.getByText(/2[012] runs move in the next 30 days/)).toBeVisible();
  await takeScreenshots(home, "editor-difference");
});

test("leaving with changes asks", async ({ home }) => {
  await begin(home, "Leaving");
  await home.getByRole("link", { name: "Runs" }).click();
  const dialog = home.getByRole("dialog", { name: "Leave with changes?" });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(home.getByRole("textbox", { name: "Name" })).toHaveValue("Leaving");
  await home.getByRole("link", { name: "Runs" }).click();
  await dialog.getByRole("button", { name: "Throw them away" }).click();
  await expect(home).toHaveURL(/\/runs$/);
});

test("nothing serious for assistive technology, and a keystroke's preview is quick", async ({ home }) => {
  await begin(home, "Measured");
  await addEntry(home, "Calendar");
  await addEntry(home, "Cron");
  await addEntry(home, "Interval");
  for (const colorScheme of ["light", "dark"] as const) {
    expect(await accessibilityFaults(home, colorScheme)).toEqual([]);
  }
  const input = home.getByLabel("Cron expression");
  await input.fill("0 9 * * 1-5");
  await home.evaluate(() => performance.clearMeasures("preview"));
  // From the key going down to the frame that shows what came of it.
  await home.evaluate(() => {
    const frames: number[] = [];
    Object.assign(window, { frames });
    document.addEventListener(
      "input",
      () => {
        const from = performance.now();
        requestAnimationFrame(() => setTimeout(() => frames.push(performance.now() - from)));
      },
      true,
    );
  });
  await input.press("End");
  for (const key of [",", "6", "Backspace", "Backspace", ",", "0"]) {
    await input.press(key);
    await home.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }
  const timings = await home.evaluate(() => ({
    preview: performance.getEntriesByName("preview").map((entry) => entry.duration),
    frames: (window as unknown as { frames: number[] }).frames,
  }));
  const text = (list: number[]) => list.map((ms) => ms.toFixed(1)).join(", ");
  console.log(
    `preview per keystroke (ms): ${text(timings.preview)}; keystroke to painted frame (ms): ${text(timings.frames)}`,
  );
  expect(timings.preview.length).toBeGreaterThan(0);
});
