import { addEntry, card, choose } from "../fixtures/editor.ts";
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
  // High enough that each day of a month of six weeks has room for what falls together.
  await page.setViewportSize({ width: 1280, height: 900 });
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

  await test.step("two fingers zoom, and one moves", async () => {
    const pulse = lanes.getByRole("group", { name: "pulse", exact: true });
    const box = await pulse.boundingBox();
    if (box === null) throw new Error("the lane is not there");
    const touches = await page.context().newCDPSession(page);
    await touches.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 2 });
    const [middle, y] = [box.x + box.width * 0.6, box.y + box.height / 2];
    const put = (type: "touchStart" | "touchMove" | "touchEnd", ...xs: number[]) =>
      touches.send("Input.dispatchTouchEvent", { type, touchPoints: xs.map((x, id) => ({ x, y, id })) });
    const timeline = page.getByRole("group", { name: /^Schedules of the day: / });
    const inView = () => timeline.getAttribute("aria-label");
    const before = await inView();
    await put("touchStart", middle - 20, middle + 20);
    for (let half = 30; half <= 240; half += 10) await put("touchMove", middle - half, middle + half);
    await put("touchEnd");
    await expect(pulse.getByRole("button", { name: /: 60 runs/ })).toHaveCount(0);
    const zoomed = await inView();
    await put("touchStart", middle);
    for (let by = 10; by <= 100; by += 10) await put("touchMove", middle - by);
    await put("touchEnd");
    await expect.poll(inView).not.toBe(zoomed);
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1);
    await touches.send("Emulation.setTouchEmulationEnabled", { enabled: false });
    await touches.detach();
    // A touch that is still being drawn may come after the click.
    const all = page.getByRole("button", { name: "Show all again" });
    await expect(async () => {
      if (await all.isVisible()) await all.click();
      expect(await inView()).toBe(before);
    }).toPass();
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

test("a place in the calendar becomes a schedule, by mouse and by keyboard, and a time of it its runs", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "yearly", "--cron", "0 3 15 * *", "--timezone", "UTC", ...shell("true"));
  const heading = page.getByRole("heading", { level: 1, name: "New schedule" });
  const preview = page.getByRole("region", { name: "Preview" });

  await test.step("an empty place of a day to come", async () => {
    await page.goto(new URL("/calendar?view=day&date=2099-01-15", page.url()).href);
    const lane = page.getByRole("group", { name: "yearly", exact: true });
    await expect(lane.getByRole("link")).toBeVisible();
    const box = await lane.boundingBox();
    if (box === null) throw new Error("the lane is not drawn");
    await lane.click({ position: { x: (box.width * 14.6) / 24, y: 4 } });
    await expect(heading).toBeVisible();
    await expect(preview).toContainText("15 January 2099 at 14:30");
  });

  await test.step("a day of a month, from its menu", async () => {
    await page.goto(new URL("/calendar?date=2099-01-15", page.url()).href);
    const days = page.getByRole("group", { name: "Days" });
    await days.locator('[data-date="2099-01-20"]').focus();
    await page.keyboard.press(".");
    const menu = page.getByRole("menu");
    await expect(menu.getByRole("menuitem", { name: "Agenda from here" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await days.locator('[data-cell="2099-01-21"]').click({ button: "right", position: { x: 8, y: 40 } });
    await menu.getByRole("menuitem", { name: "New schedule on this day" }).click();
    await expect(heading).toBeVisible();
    await expect(preview).toContainText("21 January 2099 at 09:00");
  });

  await test.step("a planned run that is dragged asks what goes with it, and its move can be taken back", async () => {
    await page.goto(new URL("/calendar?view=day&date=2099-01-15", page.url()).href);
    const lane = page.getByRole("group", { name: "yearly", exact: true });
    const mark = lane.getByRole("link", { name: /3:00.*yearly: planned/ });
    const box = await mark.boundingBox();
    const track = await lane.boundingBox();
    if (box === null || track === null) throw new Error("the lane is not drawn");
    const y = box.y + box.height / 2;
    const dialog = page.getByRole("dialog", { name: "Move a run of yearly" });
    // What was pressed and let go elsewhere is not carried by what comes after.
    await page.mouse.move(box.x + 3, y);
    await page.mouse.down();
    await page.mouse.move(2, 2);
    await page.mouse.up();
    await page.mouse.move(track.x + track.width * 0.7, y);
    await page.mouse.down();
    await page.mouse.move(track.x + track.width * 0.8, y, { steps: 4 });
    await page.mouse.up();
    await expect(page.getByRole("button", { name: "Select nothing" }).or(dialog).first()).toBeVisible();
    await expect(dialog).toBeHidden();
    await page.keyboard.press("Escape");

    await page.mouse.move(box.x + 3, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 3 + (track.width * 2.5) / 24, y, { steps: 6 });
    await takeScreenshots(page, "calendar-carry");
    await page.mouse.up();
    await expect(dialog.getByRole("radio", { name: /^All to come/ })).toBeEnabled();
    await expect(dialog.getByText(/^At 05:30 on the 15th/)).toBeVisible();
    await expectAccessible(page);
    await takeScreenshots(page, "move");
    await dialog.getByRole("button", { name: "Move", exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(lane.getByRole("link", { name: /5:30.*yearly: planned/ })).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(lane.getByRole("link", { name: /3:00.*yearly: planned/ })).toBeVisible();
    const { spec } = await almanac<{ spec: object }>("schedules", "show", "yearly");
    expect(spec).toEqual({ cron: "0 3 15 * *", timezone: "UTC" });
  });

  await test.step("by keyboard: its menu, another day, and all of them", async () => {
    await page.goto(new URL("/calendar?date=2099-01-15", page.url()).href);
    await page.getByRole("group", { name: "Days" }).locator('[data-date="2099-01-15"]').focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press(".");
    const menu = page.getByRole("menu");
    await expectAccessible(page);
    await menu.getByRole("menuitem", { name: "Move…" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Move a run of yearly" });
    await dialog.getByRole("button", { name: "Cancel" }).press("Enter");
    await expect(dialog).toBeHidden();
  });

  await test.step("an entry of a month that is dropped on another day", async () => {
    const days = page.getByRole("group", { name: "Days" });
    const from = await days.getByRole("link", { name: /yearly/ }).boundingBox();
    const to = await days.locator('[data-cell="2099-01-20"]').boundingBox();
    if (from === null || to === null) throw new Error("the month is not drawn");
    await page.mouse.move(from.x + 20, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(to.x + 20, to.y + 40, { steps: 8 });
    await page.mouse.up();
    const dialog = page.getByRole("dialog", { name: "Move a run of yearly" });
    await dialog.getByRole("radio", { name: /^All to come/ }).check();
    await dialog.getByRole("button", { name: "Move", exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(days.locator('[data-cell="2099-01-20"]').getByRole("link", { name: /yearly/ })).toBeVisible();
    const { spec } = await almanac<{ spec: object }>("schedules", "show", "yearly");
    expect(spec).toEqual({ cron: ["0 3 20 * *"], timezone: "UTC" });
  });

  await test.step("a stretch of time: its runs, and any of them again", async () => {
    await almanac("schedules", "trigger", "yearly", "--wait");
    const [from, to] = ["2020-01-01T00:00:00.000Z", "2020-01-01T02:30:00.000Z"];
    await page.goto(new URL(`/runs?from=${from}&to=${to}`, page.url()).href);
    await expect(page.getByText("No run fits")).toBeVisible();
    await page.getByRole("button", { name: "Runs of any time" }).click();
    await expect(page.getByRole("grid", { name: "Runs" }).getByRole("row")).toHaveCount(2);
    // What is no time at all narrows nothing, and breaks nothing.
    await page.goto(new URL("/runs?from=once&to=later", page.url()).href);
    await expect(page.getByRole("grid", { name: "Runs" }).getByRole("row")).toHaveCount(2);
  });
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
  await test.step("in the editor's toggles, too", async () => {
    await page.goto(new URL("/schedules/new", page.url()).href);
    await addEntry(page, "Cron");
    await addEntry(page, "Calendar");
    await choose(card(page, 2), "Which days", "Weekdays");
    await expect(card(page, 2).getByRole("group", { name: "Weekdays" }).getByRole("button").first()).toHaveText("Mon");
    await choose(card(page, 2), "Which days", "Nth weekday");
    const nth = card(page, 2).getByRole("group", { name: "Weekdays of the month" });
    await expect(nth.getByRole("button").nth(7)).toHaveAccessibleName("2nd Monday");
  });
});

test("a run that is not the next is skipped, shown so once everywhere, and runs after all", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "daily", "--cron", "0 12 * * *", "--timezone", "UTC", ...shell("true"));
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const at = `${day}T12:00:00.000Z`;
  await page.goto(new URL(`/calendar?date=${day}`, page.url()).href);
  const cell = page.locator(`[data-cell="${day}"]`);
  const entry = cell.getByRole("link", { name: /daily/ });
  const skip = async () => {
    await entry.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Skip this run" }).click();
    await expect(cell.locator("[data-date]")).toHaveAccessibleName(/: 1 skipped$/);
  };

  await test.step("it says which run of which schedule, and takes it back", async () => {
    await skip();
    await expect(page.getByText(/^daily is skipped on \w{3} .*12:00/)).toBeVisible();
    await expect(entry.getByRole("img", { name: "Skipped" })).toBeVisible();
    await expect(entry).toHaveAttribute("href", "/schedules/daily");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(cell.locator("[data-date]")).toHaveAccessibleName(/: 1 planned$/);
  });

  await test.step("the month takes it back by its menu, the day shows it once", async () => {
    await skip();
    await takeScreenshots(page, "calendar-skipped");
    await entry.focus();
    await page.keyboard.press(".");
    await page.getByRole("menuitem", { name: "Take the skip back" }).click();
    await expect(cell.locator("[data-date]")).toHaveAccessibleName(/: 1 planned$/);
    await skip();
    await page.goto(new URL(`/calendar?date=${day}&view=day`, page.url()).href);
    const lane = page.getByRole("group", { name: "daily", exact: true });
    await expect(lane.getByRole("link", { name: /12:00.*daily: skipped/ })).toBeVisible();
    await expect(lane.getByRole("link")).toHaveCount(1);
    await lane.getByRole("link").click({ button: "right" });
    await expect(page.getByRole("menuitem", { name: "Take the skip back" })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("so does the agenda", async () => {
    await page.goto(new URL(`/calendar?date=${day}&view=agenda`, page.url()).href);
    const lines = page.getByRole("region", { name: "Agenda" }).getByRole("listitem");
    await expect(lines.filter({ hasText: "daily" }).first()).toContainText(/12:00.*daily.*skipped/);
    await expect(lines.filter({ hasText: "skipped" }).filter({ hasText: "daily" })).toHaveCount(1);
  });

  await test.step("its page names it among the next runs and the changes, not among what did not run", async () => {
    await page.goto(new URL("/schedules/daily?tab=upcoming", page.url()).href);
    const row = page.locator("li[data-skipped]");
    await expect(row).toHaveCount(1);
    await expect(row.locator("time")).toHaveAttribute("datetime", at);
    await expect(page.locator(`time[datetime="${at}"]`)).toHaveCount(1);
    await expectAccessible(page);
    await takeScreenshots(page, "upcoming-skipped");
    await expect(page.getByText("skipped by hand")).toHaveCount(0);
    await row.getByRole("button", { name: "Take back" }).click();
    await expect(row).toHaveCount(0);
    await expect(page.locator(`time[datetime="${at}"]`)).toHaveCount(1);
    await page.goto(new URL("/schedules/daily?tab=activity", page.url()).href);
    await expect(page.getByText(/^Run for .* skipped: skipped by hand/).first()).toBeVisible();
    await expect(page.getByText(/^Skip of the run for .* taken back/).first()).toBeVisible();
  });

  await test.step("so does the command line", async () => {
    const isUpcoming = async () => {
      const { upcoming } = await almanac<{ upcoming: { at: string }[] }>("upcoming", "--hours", "120");
      return upcoming.some((run) => run.at === at);
    };
    await almanac("schedules", "skip", "daily", "--at", at);
    expect(await isUpcoming()).toBe(false);
    // Counted from its time on.
    expect(await almanac("schedules", "show", "daily")).toMatchObject({ skippedRuns: 0 });
    await almanac("schedules", "unskip", "daily", "--at", at);
    expect(await isUpcoming()).toBe(true);
  });
});

test("a zoom into a day keeps what is searched for, its lane and the way back", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "dawn", "--cron", "15 1 * * *", ...shell("true"));
  await almanac("schedules", "create", "--id", "dusk", "--cron", "0 21 * * *", ...shell("true"));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await page.goto(new URL(`/calendar?view=day&date=${tomorrow}&q=dawn`, page.url()).href);
  const lanes = page.getByRole("group", { name: "Schedules of the day", exact: true });
  const mark = lanes.getByRole("group", { name: "dawn", exact: true }).getByRole("link");
  await expect(mark).toBeVisible();
  for (let i = 0; i < 6; i++) await page.getByRole("button", { name: "Zoom in" }).click();
  const timeline = lanes.getByRole("group", { name: /^Schedules of the day: / });
  await expect(timeline).toHaveAccessibleName(/1:\d\d(:\d\d)? AM/);
  await expect(mark).toBeVisible();

  await timeline.focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("status").filter({ hasText: /Nothing between .*1:\d\d.* and / })).toBeVisible();
  await expect(mark).toHaveCount(0);
  await expect(lanes.getByRole("link", { name: "dawn" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Zoom out" })).toBeVisible();
  await expectAccessible(page);

  await test.step("also where another search is made in it", async () => {
    await page.getByRole("textbox", { name: "Search the calendar" }).fill("dusk");
    await expect(lanes.getByRole("link", { name: "dusk" })).toBeVisible();
    await expect(page.getByText("Nothing matches")).toHaveCount(0);
    await expect(page.getByRole("status").filter({ hasText: "Nothing between" })).toBeVisible();
  });
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  await expect(lanes.getByRole("group", { name: "dusk", exact: true }).getByRole("link")).toBeVisible();
  await expect(page.getByText("Nothing between")).toHaveCount(0);
});

test("the marks of a month's days are whole at 200 %", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "pulse", "--cron", "* * * * *", ...shell("true"));
  await page.setViewportSize({ width: 640, height: 400 });
  await openPage(page, "Calendar");
  await page.getByRole("button", { name: "Next month" }).click();
  const marks = page.locator("[data-cell] [data-date] svg");
  await expect(marks.nth(20)).toBeVisible();
  const cut = await marks.evaluateAll(
    (all) =>
      all.filter((mark) => {
        const counts = mark.parentElement?.parentElement?.getBoundingClientRect();
        const { left, width, height } = mark.getBoundingClientRect();
        return counts === undefined || left < counts.left - 0.5 || Math.abs(width - height) > 0.5;
      }).length,
  );
  expect(cut).toBe(0);
});

test("what is planned has its menu in the agenda and in a list of what falls together, too", async ({
  home: page,
  almanac,
}) => {
  for (const id of ["one", "two", "three"])
    await almanac("schedules", "create", "--id", id, "--cron", "0 6 * * *", ...shell("true"));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const menu = page.getByRole("menu", { name: /^Actions for .*two/ });
  const items = [/Move…/, /Skip this run/, /Open the schedule/];
  await page.goto(new URL(`/calendar?view=agenda&date=${tomorrow}`, page.url()).href);
  const row = page.getByRole("region", { name: "Agenda" }).getByRole("link", { name: /two/ }).first();
  await row.click({ button: "right" });
  await expect(menu.getByRole("menuitem")).toHaveText(items);
  await page.keyboard.press("Escape");
  await row.focus();
  await page.keyboard.press(".");
  await expect(menu).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await almanac("schedules", "create", "--id", "other", "--cron", "0,10 6 * * *", ...shell("true"));
  await page.goto(new URL(`/calendar?view=day&date=${tomorrow}`, page.url()).href);
  const lanes = page.getByRole("group", { name: "Schedules of the day", exact: true });
  await lanes.getByRole("group", { name: "other", exact: true }).getByRole("button").click();
  const together = page.getByRole("dialog", { name: /together/ });
  await together.getByRole("link").first().click({ button: "right" });
  await expect(page.getByRole("menu", { name: /^Actions for .*other/ }).getByRole("menuitem")).toHaveText(items);
});

test("one failure among many in a band stands out of it, wherever time is drawn", async ({ home: page, almanac }) => {
  const late = shell('case "$ALMANAC_SCHEDULED_TIME" in *T01:07:*) exit 3 ;; esac');
  await almanac("schedules", "create", "--id", "pulse", "--cron", "* * * * *", "--timezone", "UTC", ...late);
  const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);
  const range = ["--from", `${day}T00:30:00Z`, "--to", `${day}T01:30:00Z`];
  await almanac("schedules", "backfill", "pulse", ...range, "--concurrency", "4", "--wait").catch(() => {});
  /** Of each step of the band: what of it is failed, and how high the sign of that is beside the band. */
  const steps = () =>
    page.locator("[data-bin]").evaluateAll((bins) =>
      bins.map((bin) => {
        const [band, sign] = [getComputedStyle(bin, "::before"), getComputedStyle(bin, "::after")];
        return {
          failed: /failed/.test(bin.getAttribute("aria-label") ?? ""),
          higher: sign.content === "none" ? 0 : Number.parseFloat(sign.height) - Number.parseFloat(band.height),
          wide: sign.content === "none" ? 0 : Number.parseFloat(sign.width),
        };
      }),
    );
  for (const path of [`/calendar?view=day&date=${day}`, `/calendar?view=week&date=${day}`]) {
    await page.goto(new URL(path, page.url()).href);
    await expect.poll(async () => (await steps()).filter(({ failed }) => failed).length).toBe(1);
    for (const { failed, higher, wide } of await steps()) {
      if (failed) expect(higher).toBeGreaterThanOrEqual(8);
      expect(wide).toBe(failed ? 6 : 0);
    }
  }
});
