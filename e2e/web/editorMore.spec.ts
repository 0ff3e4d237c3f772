import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Locator } from "@playwright/test";
import type { Schedule } from "../../shared/domain/schedule.ts";
import { addEntry, begin, card, choose, moveTo, toggle } from "../fixtures/editor.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { root } from "../fixtures/programs.ts";
import { expect, test } from "../fixtures/web.ts";

// Each of these walks through a whole page, and takes its pictures on the way.
test.describe.configure({ timeout: 180_000 });

test("a window over midnight is taken as it is typed, in words and in fields", async ({ home }) => {
  await begin(home, "Nightly");
  const line = home.getByRole("textbox", { name: "Say when" });
  await line.fill("monday to friday from 22:00 until 06:00 every 15 minutes");
  await expect(home.getByText(/each of these days it means 00:00 to 06:00 and 22:00 to 24:00/)).toBeVisible();
  await line.fill("every 5 minutes between 22:00 and 6:00");
  await line.press("Enter");
  const said = card(home, 1);
  await expect(said.getByRole("heading", { name: /every 5 minutes from 22:00 to 06:00/ })).toBeVisible();
  await expect(said.getByText("97 times a day: until 06:00, and from 22:00")).toBeVisible();

  await addEntry(home, "Calendar");
  const entry = card(home, 2);
  await choose(entry, "How the times are chosen", "Every … between");
  const [first, last] = ["First time", "Last time"].map((name) => entry.getByRole("textbox", { name, exact: true }));
  await first?.fill("22:00");
  await first?.press("Tab");
  await expect(first as Locator).toHaveValue("22:00");
  await expect(last as Locator).toHaveValue("17:00");
  await last?.fill("06:00");
  await last?.press("Tab");
  await expect(first as Locator).toHaveValue("22:00");
  await expect(last as Locator).toHaveValue("06:00");
  // An end that is dragged stops at the other one.
  const end = entry.getByRole("slider", { name: "Last time of the window" });
  await moveTo(end, "21:45");
  await end.press("PageUp");
  await expect(end).toHaveAttribute("aria-valuetext", "21:45");
  await moveTo(end, "06:00");
  await takeScreenshots(home, "editor-over-midnight");
  await home.getByRole("button", { name: "Create schedule" }).click();
  await expect(home).toHaveURL(/\/schedules\/nightly/);
});

test("a new interval says that it runs when it is created, and an edit that leaves it alone keeps its phase", async ({
  home,
}) => {
  await begin(home, "Phased");
  await addEntry(home, "Interval");
  await card(home, 1).getByRole("textbox", { name: "Length", exact: true }).fill("2d");
  const runs = home.getByRole("table", { name: "Next runs" });
  const foot = home.getByRole("region", { name: "Save" });
  await expect(runs.getByRole("row").first()).toHaveText("When it is created");
  await expect(runs.getByRole("row")).toHaveCount(10);
  await expect(foot.getByText(/^runs when it is created, next /)).toBeVisible();
  await takeScreenshots(home, "editor-when-created");
  // Paused, it lets that moment pass.
  await foot.getByRole("switch", { name: "Start paused" }).check({ force: true });
  await expect(runs.getByText("When it is created")).toBeHidden();
  await expect(foot.getByText(/^next /)).toBeVisible();
  await foot.getByRole("switch", { name: "Start paused" }).uncheck({ force: true });
  await home.getByRole("button", { name: "Create schedule" }).click();
  await expect(home.getByText(/Phased.* created\. It runs at once, then /)).toBeVisible();

  await home.goto(new URL("/schedules/phased/edit", home.url()).href);
  const first = runs.getByRole("row").first();
  await expect(first).not.toHaveText("When it is created");
  const kept = await first.textContent();
  await home.getByRole("textbox", { name: "Say when" }).fill("2040-12-24 18:00");
  await home.getByRole("textbox", { name: "Say when" }).press("Enter");
  await expect(foot.getByText(/no run moves|is added/)).toBeVisible();
  await expect(first).toHaveText(kept as string);
});

test("the days of an excluded rule are chosen in one row at 1280 px, and its hours may go over midnight", async ({
  home,
}) => {
  await begin(home, "Narrowed");
  await addEntry(home, "Cron");
  await home.getByRole("button", { name: "Exclude" }).click();
  await home.getByRole("menuitem", { name: /By rule/ }).click();
  const rule = home.getByRole("group", { name: "Excluded by rule" });
  const days = rule.getByRole("radiogroup", { name: "Which days" });
  const rowOf = async (name: string) => (await days.getByText(name, { exact: true }).boundingBox())?.y;
  expect(await rowOf("Combined")).toBe(await rowOf("Every day"));
  await choose(rule, "Which hours are excluded", "Between");
  await rule.getByRole("textbox", { name: "Excluded from" }).fill("22:00");
  await rule.getByRole("textbox", { name: "Excluded from" }).press("Enter");
  await expect(rule.getByRole("textbox", { name: "Excluded from" })).toHaveValue("22:00");
  await expect(rule.getByRole("textbox", { name: "Excluded to" })).toHaveValue("06:00");
  await expect(rule.getByText("each day until 06:00, and from 22:00")).toBeVisible();
  await takeScreenshots(home, "editor-excluded-rule");
});

test("a length that is none leaves the last one that was right", async ({ home }) => {
  await begin(home, "Lengths");
  await addEntry(home, "Interval");
  const entry = card(home, 1);
  const length = entry.getByRole("textbox", { name: "Length", exact: true });
  await length.fill("3");
  await length.fill("0");
  await expect(entry.getByText(/at least 1s/)).toBeVisible();
  await length.fill("-5");
  await expect(entry.getByText("A duration such as 90, 1h30m or 1:30 is expected. 3h holds.")).toBeVisible();
  await expect(entry.getByRole("heading", { name: /every 3 hours/i })).toBeVisible();
});

test("a test run from the editor shows its log and result", async ({ home }) => {
  await begin(home, "Tried");
  await home
    .getByRole("textbox", { name: /command/i })
    .first()
    .fill("echo hello from the test run");
  await home.getByRole("button", { name: "Run it once to see" }).click();
  await expect(home.getByText("Completed", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(home.getByText("hello from the test run").last()).toBeVisible();
  await expect(home.getByRole("link", { name: "Open the run" })).toBeVisible();
  await takeScreenshots(home, "editor-test-run");
});

test("a test run that is refused says so at the field", async ({ home }) => {
  await begin(home, "Refused");
  await home.getByRole("combobox", { name: "Workflow" }).click();
  await home.getByRole("option", { name: "http.request" }).click();
  const url = home.getByRole("textbox", { name: "URL" });
  await home.getByRole("button", { name: "Run it once to see" }).click();
  await expect(home.getByText("It was not run: the input needs a change.")).toBeVisible();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  // Refused at once: nothing is sent to this address.
  await url.fill("http://127.0.0.1:9/{{secret.NONE}}");
  await home.getByRole("button", { name: "Run it once to see" }).click();
  await expect(home.getByText("Failed", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(url).not.toHaveAttribute("aria-invalid", "true");
});

test("an exclusion calendar is read from iCalendar, kept, and left out by a schedule", async ({ home, almanac }) => {
  await home.goto(new URL("/calendars", home.url()).href);
  await home.getByRole("button", { name: "New calendar" }).first().click();
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//test//EN",
    "X-WR-CALNAME:Holidays",
    "BEGIN:VEVENT",
    "UID:1",
    "DTSTAMP:20260101T000000Z",
    "DTSTART;VALUE=DATE:20270504",
    "SUMMARY:Founders' day",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ];
  const file = home.locator('input[type="file"]');
  const choose = (text: string) =>
    file.setInputFiles({ name: "days.ics", mimeType: "text/calendar", buffer: Buffer.from(text) });
  await choose("not a calendar at all");
  await expect(home.getByRole("alert").filter({ hasText: /^an iCalendar file .* is expected/ })).toBeVisible();
  // Put right, and chosen again under its name: a browser takes no notice of a file that it still holds.
  await expect(file).toHaveValue("");
  await choose(lines.join("\r\n"));
  await expect(home.getByRole("alert")).toHaveCount(0);
  await expect(home.getByRole("textbox", { name: "Name" })).toHaveValue("Holidays");
  await home.getByRole("button", { name: "Show 2027" }).click();
  await home.locator('[data-date="2027-05-05"]').first().click();
  await expect(home.getByText("5 May 2027 excluded.")).toBeVisible();
  await home.getByRole("link", { name: "Runs" }).click();
  await home.getByRole("dialog", { name: "Leave with changes?" }).getByRole("button", { name: "Stay" }).click();
  await home.getByRole("button", { name: "Save", exact: true }).click();
  await expect(home.getByText("Nothing has changed.")).toBeVisible();
  expect(await accessibilityFaults(home, "light")).toEqual([]);
  await takeScreenshots(home, "exclusion-calendars");

  await begin(home, "Without holidays");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "Holidays" }).click();
  await home.getByRole("button", { name: "Show 2027" }).click();
  await expect(home.getByText("363 runs in 2027, 2 removed by exclusions")).toBeVisible();
  await home.getByRole("button", { name: "Create schedule" }).click();
  await home.waitForURL(/\/schedules\/(?!new)[^/]+$/);
  const { schedules } = await almanac<{ schedules: Schedule[] }>("schedules", "list");
  expect(schedules[0]?.spec.exclude).toEqual([{ calendar: "Holidays" }]);
});

test("an exclusion calendar is read from an address, again at a click, and keeps its days where that fails", async ({
  home,
}) => {
  const event = (uid: number, ...lines: string[]) => ["BEGIN:VEVENT", `UID:${uid}`, ...lines, "END:VEVENT"];
  const file = (...events: string[][]) =>
    ["BEGIN:VCALENDAR", "VERSION:2.0", ...events.flat(), "END:VCALENDAR", ""].join("\r\n");
  const first = event(1, "DTSTART;VALUE=DATE:20270504");
  let answer = { status: 200, text: file(first, event(2, "SUMMARY:Broken", "DTSTART:20270230")) };
  let hold: Promise<void> = Promise.resolve();
  const server = createServer(async (_request, response) => {
    await hold;
    response.writeHead(answer.status, { "content-type": "text/calendar" }).end(answer.text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/team.ics`;
  try {
    await home.goto(new URL("/calendars", home.url()).href);
    await home.getByRole("button", { name: "New calendar" }).first().click();
    await home.getByRole("button", { name: "From an address" }).click();
    const read = home.getByRole("button", { name: "Read it" });
    await home.getByRole("textbox", { name: "Address of an iCalendar file" }).fill("holidays");
    await expect(read).toBeDisabled();
    await home.getByRole("textbox", { name: "Name", exact: true }).fill("Team");
    await read.click();
    await expect(home.getByText(/an address such as .* is expected/)).toBeVisible();
    await home.getByRole("textbox", { name: "Address of an iCalendar file" }).fill(url);
    await read.click();
    const source = home.getByRole("region", { name: "Where it is read from" });
    await expect(source.getByRole("link", { name: url })).toBeVisible();
    await expect(home.getByText(/"Broken": left out: DTSTART takes a date/)).toBeVisible();
    await expect(home.getByRole("button", { name: "Team 1 entry" })).toContainText("Read each day");

    answer = { status: 200, text: file(first, event(2, "DTSTART;VALUE=DATE:20270506")) };
    await source.getByRole("button", { name: "Read now" }).click();
    await expect(home.getByRole("button", { name: "Team 2 entries" })).toBeVisible();
    answer = { status: 503, text: "" };
    await source.getByRole("button", { name: "Read now" }).click();
    await expect(source.getByRole("alert")).toContainText("It could not be read, and stays as it was: it answers 503");
    await expect(home.getByRole("button", { name: "Team 2 entries" })).toBeVisible();

    // What takes long shows that it goes on, and can be stopped.
    let goOn = () => {};
    hold = new Promise((resolve) => {
      goOn = resolve;
    });
    await source.getByRole("button", { name: "Read now" }).click();
    await expect(source.getByText("Reading…")).toBeVisible();
    await source.getByRole("button", { name: "Stop" }).click();
    await expect(source.getByRole("alert")).toContainText("it was stopped: nothing is changed");
    goOn();

    await source.getByRole("button", { name: "Read no more" }).click();
    await home
      .getByRole("dialog", { name: "Read Team no more?" })
      .getByRole("button", { name: "Read no more" })
      .click();
    await expect(source).toHaveCount(0);
    await home.getByRole("button", { name: "Show 2027" }).click();
    await home.locator('[data-date="2027-05-05"]').first().click();
    await home.getByRole("button", { name: "Save", exact: true }).click();
    await expect(home.getByText("Nothing has changed.")).toBeVisible();
  } finally {
    server.close();
  }
});

test("a schedule is made to run after another one by clicks, says so, and does", async ({ home, almanac }) => {
  const command = JSON.stringify({ command: "true" });
  await almanac(
    "schedules",
    "create",
    "--id",
    "backup",
    "--workflow",
    "shell.command",
    "--every",
    "100w",
    "--input",
    command,
  );
  await begin(home, "Report");
  await home
    .getByRole("textbox", { name: /command/i })
    .first()
    .fill("true");
  await addEntry(home, "On an event");
  const entry = card(home, 1);
  // Said beside the preview and the button, and nothing is wrong before anything was chosen.
  await expect(home.getByText("Choose the schedule that it comes after.")).toHaveCount(2);
  await expect(entry.locator("[aria-invalid=true], [role=alert]")).toHaveCount(0);
  await entry
    .getByRole("combobox", { name: "Schedule" })
    .or(entry.getByRole("textbox", { name: "Schedule" }))
    .click();
  await home.getByRole("option", { name: "backup" }).click();
  await expect(entry.getByText("After backup completes", { exact: false })).toBeVisible();
  await entry.getByRole("combobox", { name: "Outcome" }).selectOption("ended");
  await takeScreenshots(home, "editor-event");
  expect(await accessibilityFaults(home, "light")).toEqual([]);
  await home.getByRole("button", { name: "Create schedule" }).click();
  await home.waitForURL(/\/schedules\/report$/);
  expect(await almanac<Schedule>("schedules", "show", "report")).toMatchObject({
    spec: { on: { after: { scheduleId: "backup", outcome: "ended" } } },
  });
  await expect(home.getByText("on event").first()).toBeVisible();
  await almanac("schedules", "trigger", "backup", "--force");
  const run = home.getByRole("grid", { name: "Runs" }).getByRole("row").nth(1);
  await expect(run.getByRole("gridcell", { name: "event", exact: true })).toBeVisible({ timeout: 30_000 });
  await home.goto(new URL("/schedules/report/edit", home.url()).href);
  await expect(card(home, 1).getByRole("combobox", { name: "Outcome" })).toHaveValue("ended");
});

test("what cron cannot say is named before it is lost", async ({ home }) => {
  await begin(home, "Converted");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  await choose(entry, "Which days", "Business days");
  await entry.getByRole("button", { name: "Convert entry 1" }).click();
  await home.getByRole("menuitem", { name: "As cron" }).click();
  const dialog = home.getByRole("dialog", { name: "As cron" });
  await expect(dialog.getByRole("listitem")).toHaveCount(1);
  await dialog.getByRole("button", { name: "Keep it as it is" }).click();

  await choose(entry, "Which days", "Weekdays");
  await entry.getByRole("button", { name: "Convert entry 1" }).click();
  await home.getByRole("menuitem", { name: "As cron" }).click();
  await expect(entry.getByLabel("Cron expression")).toHaveValue("0 9 * * 1-5");
  await home.keyboard.press("Control+z");
  await expect(entry.getByRole("radiogroup", { name: "Which days" })).toBeVisible();
});

test("a change made elsewhere is not overwritten unseen", async ({ home, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "shared",
    "--workflow",
    "shell.command",
    "--input",
    '{"command":"true"}',
    "--cron",
    "0 9 * * *",
  );
  await home.goto(new URL("/schedules/shared/edit", home.url()).href);
  await home.getByRole("textbox", { name: "Note" }).fill("mine");
  await almanac("schedules", "update", "shared", "--cron", "0 10 * * *");
  await home.getByRole("button", { name: "Save changes" }).click();
  const dialog = home.getByRole("dialog", { name: "Changed while you edited" });
  await expect(dialog.getByText(/Changed by the command line .*, while you edited/)).toBeVisible();
  const row = dialog.getByRole("row", { name: /^when/ });
  await expect(row).toContainText(/09:00.*10:00.*not touched/);
  await takeScreenshots(home, "editor-conflict");
  expect(await accessibilityFaults(home, "light")).toEqual([]);
  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await home.waitForURL(/\/schedules\/shared$/);
  const shown = await almanac<Schedule>("schedules", "show", "shared");
  expect([shown.note, shown.spec.cron]).toEqual(["mine", "0 10 * * *"]);
});

test("the engine's refusal stands at its field", async ({ home }) => {
  await home.goto(new URL("/schedules/new?workflow=http.request", home.url()).href);
  await home.getByRole("textbox", { name: "Name" }).fill("Refused");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Create schedule" }).click();
  await expect(home.getByText("It was not saved.")).toBeVisible();
  const url = home.getByRole("textbox", { name: "URL" });
  await expect(url).toBeFocused();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await url.fill("https://example.com/");
  await expect(home.getByText("It was not saved.")).toBeHidden();
  await home.getByRole("button", { name: "Create schedule" }).click();
  await home.waitForURL(/\/schedules\/(?!new)[^/]+$/);
  // A schedule that is a year late is seen at once.
  await expect(home.getByText(/^Refused created\. It runs .+, .+, .+ \(.+\)$/)).toBeVisible();
});

test("the kinds of days and the months stand in rows of as many in a small window", async ({ home }) => {
  await begin(home, "Rows");
  await addEntry(home, "Calendar");
  await home.setViewportSize({ width: 900, height: 600 });
  const inRows = async (within: string, each: string) => {
    const tops = await card(home, 1)
      .getByRole(within === "Months" ? "group" : "radiogroup", { name: within, exact: true })
      .evaluate(
        (box, selector) =>
          [...box.querySelectorAll(selector)].map((one) => Math.round(one.getBoundingClientRect().top)),
        each,
      );
    return [...new Set(tops)].map((top) => tops.filter((other) => other === top).length);
  };
  expect(await inRows("Which days", "label")).toEqual([3, 3]);
  expect(await inRows("Months", "button")).toEqual([6, 6]);
  await home.setViewportSize({ width: 1280, height: 800 });
  expect(await inRows("Which days", "label")).toEqual([6]);
  expect(await inRows("Months", "button")).toEqual([12]);
});

test("nothing is cut off on a small window and at twice the size", async ({ home }) => {
  await begin(home, "Narrow");
  for (const kind of ["Calendar", "Cron", "Interval"] as const) await addEntry(home, kind);
  await choose(card(home, 1), "Which days", "Combined");
  await choose(card(home, 1), "How the times are chosen", "Hours and minutes");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  for (const size of [
    { width: 1280, height: 800 },
    { width: 900, height: 600 },
    { width: 640, height: 400 },
    { width: 450, height: 300 },
  ]) {
    await home.setViewportSize(size);
    const widths = await home.locator("#page").evaluate((page) => [page.scrollWidth, page.clientWidth]);
    expect(widths[0]).toBe(widths[1]);
    const cut = await home
      .locator("[data-editor]")
      .evaluate((editor) =>
        [...editor.querySelectorAll(".mantine-Button-label, .mantine-SegmentedControl-root, fieldset button")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
      );
    expect(cut, `cut off at ${size.width}`).toEqual([]);
  }
});

test("a template, a duplicate and a chip are made and taken away by keyboard", async ({ home }) => {
  await begin(home, "Keys");
  await home.getByRole("button", { name: "Templates" }).focus();
  await home.keyboard.press("Enter");
  await home.getByRole("menuitem", { name: "1st and 15th at midnight" }).press("Enter");
  const entry = card(home, 1);
  await moveTo(entry.getByRole("slider"), "06:01");
  await entry.getByRole("button", { name: "Duplicate entry 1" }).press("Enter");
  await card(home, 2).getByRole("slider").press("Delete");
  await expect(home.getByText("Choose at least one time.").first()).toBeVisible();
  await home.keyboard.press("Control+z");
  await card(home, 2).getByRole("button", { name: "Remove entry 2" }).press("Enter");
  await expect(home.getByRole("button", { name: /^Remove entry/ })).toHaveCount(1);
  await expect(home.getByText(/next .*06:01/)).toBeVisible();
});

test("a limit and a length stand as they are typed, digit by digit, in the unit that was chosen", async ({ home }) => {
  await begin(home, "Typed");
  await addEntry(home, "Interval");
  const entry = card(home, 1);
  // What is taken back is shown again, and not what was entered in its place.
  const unit = entry.getByRole("combobox", { name: "Length: unit" });
  await expect(unit).toHaveValue("hours");
  await unit.click();
  await home.getByRole("option", { name: "weeks" }).click();
  await expect(home.getByRole("region", { name: "Preview" })).toContainText(/Every .*week/);
  await home.keyboard.press("Control+z");
  await expect(home.getByRole("region", { name: "Preview" })).toContainText(/Every .*hour/);
  await expect(unit).toHaveValue("hours");

  await entry.getByRole("button", { name: "6h", exact: true }).click();
  const length = entry.getByRole("textbox", { name: "Length", exact: true });
  await length.press("Control+a");
  await length.press("Backspace");
  await length.pressSequentially("0");
  await length.press("Backspace");
  await length.pressSequentially("1.5");
  await expect(length).toHaveValue("1.5");
  await expect(unit).toHaveValue("hours");
  await expect(home.getByRole("region", { name: "Preview" })).toContainText("Every 90 minutes");
  await length.press("Backspace");
  await length.press("Backspace");
  await length.press("Backspace");
  await length.pressSequentially("8");
  await expect(home.getByRole("region", { name: "Preview" })).toContainText("Every 8 hours");

  await home
    .getByRole("navigation", { name: "Steps" })
    .getByRole("button", { name: /Policies/ })
    .click();
  const memory = home.getByRole("textbox", { name: "Memory" });
  await memory.pressSequentially("5");
  await expect(home.getByText("64 to 1,048,576. No limit holds.")).toBeVisible();
  await memory.pressSequentially("12");
  await expect(home.getByText("64 to 1,048,576. No limit holds.")).toBeHidden();
  await memory.press("Tab");
  await expect(memory).toHaveValue("512 MiB");
  await expect(home.getByText("A run that takes more than 512 MiB is ended and counts as failed.")).toBeVisible();
});

test("chips and windows are dragged with the pointer, and days of the year crossed out by a stroke", async ({
  home,
}) => {
  await home.setViewportSize({ width: 1280, height: 1400 });
  await begin(home, "Dragged");
  await addEntry(home, "Calendar");
  const entry = card(home, 1);
  const centre = async (locator: Locator) => {
    const box = await locator.boundingBox();
    if (box === null) throw new Error("it is not on the page");
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width };
  };
  /** Drags from the middle of one place by pixels. */
  const drag = async (from: Locator, dx: number) => {
    await from.scrollIntoViewIfNeeded();
    const { x, y } = await centre(from);
    await home.mouse.move(x, y);
    await home.mouse.down();
    await home.mouse.move(x + dx / 2, y, { steps: 4 });
    await home.mouse.move(x + dx, y, { steps: 4 });
    await home.mouse.up();
  };
  const chip = entry.getByRole("slider");
  const strip = await centre(chip.locator("xpath=.."));
  await drag(chip, strip.width / 4);
  await expect(chip).toHaveAttribute("aria-valuetext", "15:00");
  await home.keyboard.press("Control+z");
  await expect(chip).toHaveAttribute("aria-valuetext", "09:00");

  await choose(entry, "How the times are chosen", "Every … between");
  await drag(entry.getByRole("slider", { name: "Last time of the window" }), strip.width / 12);
  await expect(entry.getByRole("textbox", { name: "Last time" })).toHaveValue("19:00");

  await home.getByRole("button", { name: "Show 2027" }).click();
  const [first, last] = [
    home.locator('[data-date="2027-05-03"]').first(),
    home.locator('[data-date="2027-05-07"]').first(),
  ];
  await first.scrollIntoViewIfNeeded();
  const [from, to] = [await centre(first), await centre(last)];
  await home.mouse.move(from.x, from.y);
  await home.mouse.down();
  await home.mouse.move(to.x, to.y, { steps: 6 });
  await home.mouse.up();
  await expect(home.getByRole("button", { name: "Remove exclusion 3–7 May 2027" })).toBeVisible();
});

test("the copied command line makes the same schedule", async ({ home, context, server, almanac }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await begin(home, "It's copied");
  await addEntry(home, "Cron");
  await home.getByRole("button", { name: "Copy as" }).click();
  await home.getByRole("menuitem", { name: "Command line" }).click();
  const line = await home.evaluate(() => navigator.clipboard.readText());
  const program = `almanac() { "${process.execPath}" "${join(root, "dist/cli/cli.js")}" "$@" --data-dir "${server.dataDir}"; }; ${line}`;
  execFileSync("sh", ["-c", program]);
  const { schedules } = await almanac<{ schedules: Schedule[] }>("schedules", "list");
  expect(schedules.map(({ name, spec, input }) => ({ name, spec, input }))).toEqual([
    {
      name: "It's copied",
      spec: { cron: "0 9 * * *", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      input: { command: "true" },
    },
  ]);
});

test("when is said in a line, and becomes cards that say business days, weeks and single times", async ({
  home,
  almanac,
}) => {
  await almanac("calendars", "import", "Holidays", "e2e/fixtures/holidays.ics");
  await begin(home, "Said");
  const zone = home.getByLabel("Time zone").first();
  const own = await zone.inputValue();
  await zone.click();
  await home.keyboard.type("Atlantis");
  await home.keyboard.press("Enter");
  await expect(home.getByText('No zone fits "Atlantis"')).toBeVisible();
  await home.keyboard.press("Tab");
  await expect(zone).toHaveValue(own);
  const line = home.getByRole("textbox", { name: "Say when" });
  await line.fill("0 0 12 ? * 2");
  await expect(home.getByText(/Spring and crontab read it otherwise/)).toBeVisible();
  await takeScreenshots(home, "editor-line-notes");
  await line.fill("when the moon is full");
  await expect(home.getByText(/"when" is not understood/)).toBeVisible();
  await expect(home.getByRole("button", { name: "Add", exact: true })).toBeDisabled();
  await takeScreenshots(home, "editor-line-refused");
  await line.fill("last business day of each quarter at 17:00");
  await line.press("Enter");
  await line.fill("every second thursday at 9");
  await line.press("Enter");
  await line.fill("2040-12-24 18:00");
  await line.press("Enter");
  await expect(line).toHaveValue("");
  const business = card(home, 1);
  await expect(
    business.getByText("At 17:00 on the last business day of January, April, July and October"),
  ).toBeVisible();
  await toggle(business, "Business days of the month", "First");
  await business.getByRole("button", { name: "Holidays" }).click();
  await business.getByRole("combobox", { name: "Calendars of holidays" }).click();
  await home.getByRole("option", { name: "Holidays" }).click();
  await expect(business.getByText(/first and last business day of .* \(no days of "Holidays"\)/)).toBeVisible();
  const weeks = card(home, 2);
  await weeks.getByRole("textbox", { name: "How many" }).fill("3");
  await expect(weeks.getByText(/in every 3rd week from/)).toBeVisible();
  const once = card(home, 3);
  await once.getByRole("button", { name: "Time", exact: true }).click();
  await expect(once.getByText("On 24 December 2040 at 18:00 and 25 December 2040 at 18:00")).toBeVisible();
  await takeScreenshots(home, "editor-line-cards");
  await home.keyboard.press("Escape");
  await home.getByRole("button", { name: "JSON" }).click();
  const text = home.getByRole("textbox", { name: "Spec as JSON" });
  const spec = JSON.parse(await text.inputValue());
  expect(spec).toMatchObject({
    calendar: [
      { month: "1,4,7,10", businessDay: [-1, 1], holidays: ["Holidays"], times: ["17:00"] },
      { dayOfWeek: 4, everyWeeks: 3, times: ["09:00"] },
    ],
    at: ["2040-12-24T18:00", "2040-12-25T18:00"],
  });
});

test("the preview shows the year of the next run, until somebody turns to another", async ({ home }) => {
  await home.goto(new URL("/schedules/new", home.url()).href);
  const line = home.getByRole("textbox", { name: "Say when" });
  await line.fill("0 3 1 1 *");
  await line.press("Enter");
  const next = new Date().getUTCFullYear() + 1;
  await expect(home.getByText(`1 run in ${next}`)).toBeVisible();
  await home.getByRole("button", { name: `Show ${next - 1}` }).click();
  await expect(home.getByText(`0 more runs in ${next - 1}`)).toBeVisible();
  await line.fill("0 4 1 1 *");
  await line.press("Enter");
  await expect(card(home, 2)).toBeVisible();
  await expect(home.getByText(`0 more runs in ${next - 1}`)).toBeVisible();

  // The year in which a day was clicked stays, though its only run goes.
  await home.goto(new URL("/schedules/new?workflow=http.request", home.url()).href);
  await line.fill(`${next + 1}-12-31 03:00`);
  await line.press("Enter");
  await expect(home.getByText(`1 run in ${next + 1}`)).toBeVisible();
  await line.fill("0 4 1 1 *");
  await line.press("Enter");
  await expect(home.getByText(`1 run in ${next}`)).toBeVisible();
  await home.locator(`[data-date="${next}-01-01"]`).first().click();
  await expect(home.getByText(`0 runs in ${next}`)).toBeVisible();
});

test("a command that is still to be given is said before anything is sent, and where it is given", async ({ home }) => {
  await home.goto(new URL("/schedules/new", home.url()).href);
  await home.getByRole("textbox", { name: "Name" }).fill("Empty");
  await addEntry(home, "Calendar");
  const create = home.getByRole("button", { name: "Create schedule" });
  await expect(create).toBeDisabled();
  await expect(home.getByText("Give it a command.", { exact: true })).toBeVisible();
  await expect(home.getByRole("button", { name: /What Give it a command/ })).toBeVisible();
  await home.getByRole("textbox", { name: "Command", exact: true }).fill("true");
  await expect(create).toBeEnabled();
});

test("the next runs stand in two columns on the same lines, years included", async ({ home }) => {
  await home.setViewportSize({ width: 1280, height: 800 });
  await home.goto(new URL("/schedules/new", home.url()).href);
  const line = home.getByRole("textbox", { name: "Say when" });
  await line.fill("0 3 1 * *");
  await line.press("Enter");
  const rows = home.getByRole("table", { name: "Next runs" }).getByRole("row");
  await expect(rows).toHaveCount(10);
  const lines = await rows.evaluateAll((all) =>
    all.map((row) => [row.getBoundingClientRect().top, getComputedStyle(row).borderTopWidth] as const),
  );
  expect(lines.slice(5)).toEqual(lines.slice(0, 5));
});

test("what a test run prints has its tools in one line", async ({ home }) => {
  await home.setViewportSize({ width: 1280, height: 800 });
  await home.goto(new URL("/schedules/new", home.url()).href);
  await home.getByRole("textbox", { name: "Command", exact: true }).fill("echo seen");
  await home.getByRole("button", { name: "Run it once to see" }).click();
  const search = home.getByRole("textbox", { name: "Search the log" });
  await expect(search).toBeVisible();
  const middles = await Promise.all(
    [search, ...["Copy", "Download"].map((name) => home.getByRole("button", { name, exact: true }))].map(
      async (tool) => {
        const box = await tool.boundingBox();
        return Math.round((box?.y ?? 0) + (box?.height ?? 0) / 2);
      },
    ),
  );
  expect(new Set(middles).size).toBe(1);
});
