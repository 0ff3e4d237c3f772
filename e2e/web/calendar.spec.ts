import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];

test("the calendar shows what is planned and what falls together, by month, week, day and in one list", async ({
  home: page,
  almanac,
}) => {
  for (const id of ["one", "two", "three", "four"]) {
    await almanac("schedules", "create", "--id", id, "--cron", "0 2 * * *", "--timezone", "UTC", ...shell("true"));
  }
  await almanac("schedules", "create", "--id", "pulse", "--every", "1m", "--tag", "ops", ...shell("true"));
  await openPage(page, "Calendar");
  await page.getByRole("button", { name: "Next month" }).click();
  const days = page.getByRole("group", { name: "Days" });
  await expect(page.getByText(/^4 (schedules )?at /).first()).toBeVisible();

  await test.step("a cell says how much more there is, and leads there", async () => {
    await days
      .getByRole("button", { name: /more schedules? on/ })
      .nth(10)
      .click();
    await expect(page.getByRole("radio", { name: "Day" })).toBeChecked();
  });

  const lanes = page.getByRole("group", { name: "Schedules of the day" });
  await test.step("a day has a lane a schedule: the frequent a band, the rare a mark", async () => {
    await expect(lanes.getByRole("listitem")).toHaveCount(5);
    const pulse = lanes.getByRole("group", { name: "pulse", exact: true });
    await expect(pulse.getByRole("button", { name: /: 60 runs, 60 planned/ }).first()).toBeVisible();
    for (const id of ["one", "two", "three", "four"]) {
      await expect(lanes.getByRole("group", { name: id, exact: true }).getByRole("link")).toHaveCount(1);
    }
    await expectAccessible(page);
    await takeScreenshots(page, "calendar-day");
  });

  await test.step("every target is large enough to be hit", async () => {
    const sides = await lanes.locator("[data-lane] > *").evaluateAll((marks) =>
      marks.map((mark) => {
        const { width, height } = mark.getBoundingClientRect();
        return Math.min(width, height);
      }),
    );
    expect(sides.length).toBeGreaterThan(20);
    for (const side of sides) expect(side).toBeGreaterThanOrEqual(23.9);
  });

  await test.step("keys zoom in until a band's runs are told apart, and back", async () => {
    const timeline = lanes.getByRole("group", { name: /^Schedules of the day: / });
    await timeline.focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press("+");
    const pulse = lanes.getByRole("group", { name: "pulse", exact: true });
    await expect(pulse.getByRole("link", { name: /pulse: planned/ }).first()).toBeVisible();
    await page.keyboard.press("0");
    await expect(pulse.getByRole("button", { name: /: 60 runs/ }).first()).toBeVisible();
  });

  await test.step("Ctrl and the wheel zoom where the pointer is", async () => {
    const pulse = lanes.getByRole("group", { name: "pulse", exact: true });
    await pulse.hover();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -600);
    await page.keyboard.up("Control");
    await expect(pulse.getByRole("button", { name: /: 60 runs/ })).toHaveCount(0);
    await page.getByRole("button", { name: "Show all again" }).click();
    await expect(pulse.getByRole("button", { name: /: 60 runs/ }).first()).toBeVisible();
  });

  await test.step("a mark leads to what it is about", async () => {
    await lanes.getByRole("group", { name: "two", exact: true }).getByRole("link").click();
    await expect(page.getByRole("heading", { level: 1, name: "two" })).toBeVisible();
    await page.goBack();
    await expect(page.getByRole("radio", { name: "Day" })).toBeChecked();
  });

  await test.step("a week has the same lanes", async () => {
    await page.getByText("Week", { exact: true }).click();
    const week = page.getByRole("group", { name: "Schedules of the week" });
    await expect(week.getByRole("group", { name: "two", exact: true }).getByRole("link")).toHaveCount(7);
  });

  await test.step("filters are kept in the address", async () => {
    await page.getByRole("combobox", { name: "Tag" }).click();
    await page.getByRole("option", { name: "ops" }).click();
    await expect(page.getByRole("group", { name: "Schedules of the week" }).getByRole("listitem")).toHaveCount(1);
    await expect.poll(() => new URL(page.url()).searchParams.get("tag")).toBe("ops");
    await page.reload();
    await expect(page.getByRole("group", { name: "Schedules of the week" }).getByRole("listitem")).toHaveCount(1);
    await page.getByRole("combobox", { name: "Outcome" }).click();
    await page.getByRole("option", { name: "Failed" }).click();
    await page.getByRole("button", { name: "Show all of it" }).click();
    await expect(page.getByRole("group", { name: "Schedules of the week" }).getByRole("listitem")).toHaveCount(5);
  });

  await test.step("the agenda tells the days one after the other, and reads on", async () => {
    await page.getByText("Agenda", { exact: true }).click();
    const agenda = page.getByRole("region", { name: "Agenda" });
    await expect(agenda.getByRole("link", { name: /two/ }).first()).toBeVisible();
    await expect(agenda.getByRole("link", { name: /all day.*pulse.*1,440 runs/ }).first()).toBeVisible();
    const size = () => agenda.getByRole("listitem").first().getAttribute("aria-setsize").then(Number);
    const before = await size();
    await page.getByRole("button", { name: "A week more" }).click();
    await expect.poll(size).toBeGreaterThan(before);
    await expectAccessible(page);
  });
});

test("a stretch that is dragged over on a schedule's timeline narrows its runs or is backfilled", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "tick", "--every", "1s", ...shell("true"));
  await page.goto(new URL("/schedules/tick?tab=timeline", page.url()).href);
  const timeline = page.getByRole("group", { name: "Runs of tick", exact: true });
  const track = timeline.getByRole("group", { name: "tick", exact: true });
  await expect(track.getByRole("button").first()).toBeVisible();
  const box = await track.boundingBox();
  if (box === null) throw new Error("the timeline is not drawn");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.6, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, y, { steps: 5 });
  await page.mouse.up();
  await expect(timeline.getByRole("link", { name: "Backfill this time" })).toBeVisible();
  await expectAccessible(page);
  await timeline.getByRole("button", { name: "Show these runs" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("from")).toMatch(/^\d{4}-.*Z$/);
  await expect(page.getByText("Runs of", { exact: false }).first()).toBeVisible();

  await test.step("by keyboard too", async () => {
    await timeline.getByRole("group", { name: /^Runs of tick: / }).focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    await expect(timeline.getByRole("button", { name: "Show these runs" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(timeline.getByRole("button", { name: "Show these runs" })).toHaveCount(0);
  });
});

test("an empty calendar says what would be there, and leads on", async ({ home: page }) => {
  await openPage(page, "Calendar");
  await expect(page.getByRole("heading", { name: "Nothing in these weeks" })).toBeVisible();
  await page.getByRole("link", { name: "New schedule" }).click();
  await expect(page).toHaveURL(/schedules\/new/);
});

test("a week begins on the day that Settings say", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "daily", "--cron", "0 2 * * *", ...shell("true"));
  const firstDay = async () => {
    await openPage(page, "Calendar");
    return page.getByRole("group", { name: "Days" }).locator("> div").first().textContent();
  };
  expect(await firstDay()).toBe("Sun");
  await openPage(page, "Settings");
  await page.getByText("Monday", { exact: true }).click();
  expect(await firstDay()).toBe("Mon");
});
