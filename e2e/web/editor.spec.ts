import type { Schedule } from "../../shared/domain/schedule.ts";
import { addEntry, begin, card, choose, moveTo, toggle } from "../fixtures/editor.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

// Each of these walks through a whole page, and takes its pictures on the way.
test.describe.configure({ timeout: 180_000 });

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

test("the days of the year are read month by month, and the arrows go on from one month to the next", async ({
  home,
}) => {
  await begin(home, "Months");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Show 2027" }).click();
  const year = home.getByRole("group", { name: "Days of 2027" });
  const months = Array.from({ length: 12 }, (_, month) =>
    new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
      Date.UTC(2027, month, 1),
    ),
  );
  await expect(year).toMatchAriaSnapshot(
    `- group "Days of 2027":\n${months.map((month) => `  - group "${month}"`).join("\n")}`,
  );
  await expect(year.getByRole("group", { name: "March 2027" }).getByRole("button")).toHaveCount(31);
  await expect(year.getByRole("button")).toHaveCount(365);
  await year.locator('g[data-date="2027-02-26"]').focus();
  await home.keyboard.press("ArrowRight");
  await expect(year.locator('g[data-date="2027-03-05"]')).toBeFocused();
  await home.keyboard.press("End");
  await expect(year.locator('g[data-date="2027-12-31"]')).toBeFocused();
  expect(await accessibilityFaults(home, "light", year)).toEqual([]);
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
  await home.getByRole("heading", { name: "Policies" }).evaluate((heading) => heading.scrollIntoView());
  await home.reload();
  await expect(home.getByLabel("Cron expression")).toHaveCount(2);
  // Wherever on the page one was.
  await home.getByRole("heading", { name: "Policies" }).evaluate((heading) => heading.scrollIntoView());
  await expect(home.getByText(/Your draft is back/)).toBeInViewport();
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

test("nothing serious for assistive technology", async ({ home }) => {
  await begin(home, "Measured");
  await addEntry(home, "Calendar");
  await addEntry(home, "Cron");
  await addEntry(home, "Interval");
  // Everything open that opens.
  await choose(card(home, 1), "Which days", "Combined");
  await card(home, 2)
    .getByRole("button", { name: /^weekday:/ })
    .click();
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  await choose(home.getByRole("group", { name: "Excluded by rule" }), "Which days", "Nth weekday");
  await card(home, 1).getByRole("textbox", { name: "Time 09:00" }).click();
  for (const colorScheme of ["light", "dark"] as const) {
    expect(await accessibilityFaults(home, colorScheme)).toEqual([]);
  }
});
