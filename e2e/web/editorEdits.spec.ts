import type { Page } from "@playwright/test";
import type { Schedule } from "../../shared/domain/schedule.ts";
import { addEntry, begin, card, choose, pickTime, toggle } from "../fixtures/editor.ts";
import { expect, test } from "../fixtures/web.ts";

const created = (almanac: <T>(...args: string[]) => Promise<T>, id: string, ...more: string[]) =>
  almanac<Schedule>(
    "schedules",
    "create",
    "--id",
    id,
    "--workflow",
    "shell.command",
    "--input",
    '{"command":"true"}',
    ...more,
  );

/** Pastes text where the focus is, as a browser would. */
const paste = (page: Page, text: string) =>
  page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData("text", pasted);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  }, text);

test("a kept draft is not saved over what was changed since", async ({ home, almanac }) => {
  await created(almanac, "drafted", "--cron", "0 9 * * *");
  await home.goto(new URL("/schedules/drafted/edit", home.url()).href);
  await home.getByRole("textbox", { name: "Note" }).fill("mine");
  // Names, commands and times are no prose.
  const checked = await home
    .locator("input, textarea")
    .evaluateAll((fields) => fields.filter((field) => (field as HTMLElement).spellcheck).map((field) => field.id));
  expect(checked).toEqual([await home.getByRole("textbox", { name: "Note" }).getAttribute("id")]);
  await home.getByRole("link", { name: "Runs" }).click();
  await home.getByRole("button", { name: "Keep the draft and leave" }).click();
  await expect(home).toHaveURL(/\/runs$/);
  await almanac("schedules", "update", "drafted", "--cron", "0 10 * * *");

  await home.goto(new URL("/schedules/drafted/edit", home.url()).href);
  await expect(home.getByRole("textbox", { name: "Note" })).toHaveValue("mine");
  await expect(home.getByText("The schedule has been changed since")).toBeVisible();
  await home.getByRole("button", { name: "Save changes" }).click();
  await home.getByRole("button", { name: "Keep mine" }).click();
  await home.waitForURL(/\/schedules\/drafted$/);
  const shown = await almanac<Schedule>("schedules", "show", "drafted");
  expect([shown.note, shown.spec.cron]).toEqual(["mine", "0 10 * * *"]);
});

test("what is pasted becomes entries wherever the focus is in When", async ({ home }) => {
  await begin(home, "Pasted");
  await addEntry(home, "Cron");
  const expression = home.getByLabel("Cron expression");
  await expression.focus();
  await paste(home, '{"dayOfWeek":"sat","times":["10:00"]}');
  await expect(card(home, 2).getByRole("heading")).toContainText("at 10:00 on Saturday");
  await home.getByRole("textbox", { name: "Time 10:00" }).focus();
  await paste(home, "CRON_TZ=Asia/Tokyo\n0 9 * * *");
  await expect(expression.last()).toHaveValue("CRON_TZ=Asia/Tokyo 0 9 * * *");
  // Too short to be sure that no time was meant, so not in a field.
  await card(home, 1).getByRole("heading").focus();
  await paste(home, "every 90 minutes");
  await expect(home.getByRole("button", { name: /^Remove entry/ })).toHaveCount(4);
  await paste(home, "nothing of the kind");
  await expect(home.getByText(/What was pasted is no cron line/)).toBeVisible();
  // Each paste is one step back.
  for (const left of [3, 2, 1]) {
    await home.keyboard.press("Control+z");
    await expect(home.getByRole("button", { name: /^Remove entry/ })).toHaveCount(left);
  }
});

test("the exclusion calendars are one click away, and the draft is there on the way back", async ({ home }) => {
  await begin(home, "On the way");
  await addEntry(home, "Cron");
  await home.getByLabel("Cron expression").fill("0 7 * * *");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "Manage calendars…" }).click();
  await expect(home.getByRole("heading", { name: "Exclusion calendars", level: 1 })).toBeVisible();
  await home.goBack();
  await expect(home.getByText("Your draft is back")).toBeVisible();
  await expect(home.getByRole("textbox", { name: "Name" })).toHaveValue("On the way");
  await expect(home.getByLabel("Cron expression")).toHaveValue("0 7 * * *");
});

test("an entry stored though it never fires says what contradicts, and is put right where it stands", async ({
  home,
  almanac,
}) => {
  const calendar = [
    { hour: 9, minute: 0 },
    { month: 2, dayOfMonth: 30, hour: 9, minute: 0 },
  ];
  await created(almanac, "dead", "--spec", JSON.stringify({ calendar }));
  await home.goto(new URL("/schedules/dead/edit", home.url()).href);
  await expect(card(home, 2).getByText("Never together with these days of the month.")).toBeVisible();
  await toggle(card(home, 1), "Months", "January");
  const save = home.getByRole("button", { name: "Save changes" });
  await expect(save).toBeDisabled();
  await expect(home.getByText("Entry 2 would never run.")).toBeVisible();
  await toggle(card(home, 2), "Months", "February", "March");
  await expect(home.getByText("Entry 2 would never run.")).toBeHidden();
  await save.click();
  await home.waitForURL(/\/schedules\/dead$/);
  const { spec } = await almanac<Schedule>("schedules", "show", "dead");
  expect(spec.calendar).toMatchObject([{ month: 1 }, { month: 3, dayOfMonth: 30 }]);
});

test("a cron expression is drawn in its fields where it is typed, scrolled or not", async ({ home }) => {
  await begin(home, "Coloured");
  await addEntry(home, "Cron");
  const expression = home.getByLabel("Cron expression");
  const drawn = () =>
    expression.evaluate((input: HTMLInputElement) => {
      const over = input.closest("section")?.querySelector<HTMLElement>("[data-field='minute']")?.parentElement;
      if (!over) throw new Error("no fields are drawn");
      const wrong = [...over.querySelectorAll("[data-wrong]")].map((piece) => piece.textContent);
      const shift = Math.round(over.getBoundingClientRect().x - input.getBoundingClientRect().x + input.scrollLeft);
      return { text: over.textContent, wrong, shift, isScrolled: input.scrollLeft > 0 };
    });
  await expression.fill("0 25 * * 1-9");
  const short = await drawn();
  expect(short).toMatchObject({ text: "0 25 * * 1-9", wrong: ["25", "1-9"], isScrolled: false });
  const long = `${Array.from({ length: 60 }, (_, minute) => minute).join(",")} * * * *`;
  await expression.fill(long);
  for (const [key, isScrolled] of [
    ["End", true],
    ["Home", false],
    ["End", true],
  ] as const) {
    await expression.press(key);
    await expect.poll(drawn).toEqual({ text: long, wrong: [], shift: short.shift, isScrolled });
  }
});

test("a template takes the place of the entries and leaves what is excluded", async ({ home }) => {
  await begin(home, "Begun");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  await home.getByRole("button", { name: "Templates" }).click();
  await home.getByRole("menuitem", { name: "Every night at 02:30" }).click();
  await expect(card(home, 1).getByRole("heading")).toContainText("at 02:30 every day");
  await expect(home.getByRole("button", { name: /^Remove exclusion/ })).toHaveCount(1);
});

test("an excluded rule is edited like an entry: several weekdays of the month, hours, years", async ({
  home,
  almanac,
}) => {
  await begin(home, "Rules");
  await addEntry(home, "Calendar");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  const rule = home.getByRole("group", { name: "Excluded by rule" });
  await rule.getByRole("button", { name: "Every month" }).click();
  await choose(rule, "Which days", "Nth weekday");
  await toggle(rule, "Weekdays of the month", "2nd Tuesday");
  await toggle(rule, "Weekdays of the month", "last Friday");
  await expect(home.getByRole("button", { name: /^Remove exclusion/ })).toHaveCount(2);
  await choose(rule, "Which hours are excluded", "Between");
  await pickTime(rule.getByRole("textbox", { name: "Excluded to" }), "12:30");
  await rule.getByRole("button", { name: "Only some years" }).click();
  await toggle(rule, "Years", "2027");
  await home.getByRole("button", { name: "Create schedule" }).click();
  await home.waitForURL(/\/schedules\/(?!new)[^/]+$/);
  const { schedules } = await almanac<{ schedules: Schedule[] }>("schedules", "list");
  expect(schedules[0]?.spec.exclude).toEqual([
    { dayOfWeek: "tue", weekOfMonth: 2, between: ["00:00", "12:30"], year: 2027 },
    { dayOfWeek: "fri", weekOfMonth: -1 },
  ]);
});

test("excluded days are changed, and a stroke over them takes them back", async ({ home, almanac }) => {
  await created(
    almanac,
    "days",
    "--spec",
    '{"cron":"0 9 * * *","timezone":"UTC","exclude":[{"from":"2027-05-03","to":"2027-05-07","comment":"fair"}]}',
  );
  await home.goto(new URL("/schedules/days/edit", home.url()).href);
  await home.getByRole("button", { name: /^3–7 May 2027 \(fair\).*Edit$/ }).click();
  const dialog = home.getByRole("dialog", { name: "Excluded days" });
  await expect(dialog.getByRole("textbox", { name: "What for" })).toHaveValue("fair");
  await dialog.getByRole("button", { name: /^May 10/ }).click();
  await dialog.getByRole("button", { name: /^May 14/ }).click();
  await dialog.getByRole("button", { name: "Exclude" }).click();
  await expect(home.getByRole("button", { name: /^Remove exclusion 10–14 May 2027/ })).toBeVisible();

  await home.getByRole("button", { name: "Show 2027" }).click();
  const day = (date: string) => home.locator(`[data-date="${date}"]`).first();
  await day("2027-05-10").focus();
  await home.keyboard.down("Shift");
  for (let i = 0; i < 4; i++) await home.keyboard.press("ArrowDown");
  await home.keyboard.up("Shift");
  await expect(home.getByText("10–14 May 2027 no longer excluded: 5 runs back.").first()).toBeVisible();
  await expect(home.getByRole("button", { name: /^Remove exclusion/ })).toHaveCount(0);
});

test("the focus follows the entries", async ({ home }) => {
  await begin(home, "Focus");
  const titles = home.getByRole("heading", { level: 3 });
  await addEntry(home, "Calendar");
  await expect(titles.first()).toBeFocused();
  await addEntry(home, "Cron");
  await expect(titles.last()).toBeFocused();
  await home.getByRole("button", { name: "Remove entry 2" }).press("Enter");
  await expect(titles.first()).toBeFocused();
  await home.getByRole("button", { name: "Remove entry 1" }).press("Enter");
  await expect(
    home.getByRole("group", { name: "Add an entry" }).getByRole("button", { name: "Calendar" }),
  ).toBeFocused();
});

test("an exclusion calendar holds windows of hours by rule, and its steps are taken back", async ({
  home,
  almanac,
}) => {
  await home.goto(new URL("/calendars", home.url()).href);
  await home.getByRole("button", { name: "New calendar" }).first().click();
  await home.getByRole("textbox", { name: "Name" }).fill("Maintenance");
  await home.getByRole("button", { name: "Exclude", exact: true }).click();
  await home.getByRole("menuitem", { name: "By rule, every year" }).click();
  const rule = home.getByRole("group", { name: "Excluded by rule" });
  await rule.getByRole("button", { name: "Every month" }).click();
  await choose(rule, "Which days", "Nth weekday");
  const save = home.getByRole("button", { name: "Save", exact: true });
  // It begins with a choice, which a first click confirms and a second takes out.
  await expect(save).toBeEnabled();
  await toggle(rule, "Weekdays of the month", "1st Monday", "1st Monday");
  await expect(save).toBeDisabled();
  await expect(home.getByText("Choose at least one weekday of the month.").first()).toBeVisible();
  await choose(rule, "Which days", "Weekdays");
  await toggle(rule, "Weekdays", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday");
  await choose(rule, "Which hours are excluded", "Between");
  await home.getByRole("button", { name: "Undo" }).click();
  await home.getByRole("button", { name: "Redo" }).click();
  await save.click();
  await expect(home.getByText("Nothing has changed.")).toBeVisible();

  await created(
    almanac,
    "hourly",
    "--spec",
    '{"cron":"0 * * * *","timezone":"UTC","startAt":"2027-01-01T00:00:00Z","exclude":[{"calendar":"Maintenance"}]}',
  );
  // 3 January 2027 is a Sunday; the window's ends are excluded both.
  const spec = (await almanac<Schedule>("schedules", "show", "hourly")).spec;
  expect(spec.exclude).toEqual([{ calendar: "Maintenance" }]);
  await home.goto(new URL("/schedules/hourly/edit", home.url()).href);
  await expect(home.locator('[data-date="2027-01-03"]').first()).toHaveAttribute("aria-label", /7 runs removed/);
});

test("a time that cannot be read is not saved as the one before it", async ({ home, almanac }) => {
  await begin(home, "Unread");
  await addEntry(home, "Calendar");
  const time = card(home, 1).getByRole("textbox", { name: /^Time / });
  await time.fill("half past nine");
  await home.getByRole("button", { name: "Create schedule" }).click();
  await expect(home.getByText("It was not saved. Put right what is marked first.")).toBeVisible();
  await expect(time).toBeFocused();
  expect((await almanac<{ total: number }>("schedules", "list")).total).toBe(0);
  await time.fill("9:30");
  await home.keyboard.press("Enter");
  await home.getByRole("button", { name: "Create schedule" }).click();
  await home.waitForURL(/\/schedules\/unread$/);
  const { spec } = await almanac<Schedule>("schedules", "show", "unread");
  expect(spec.calendar).toEqual([{ times: ["09:30"] }]);
});
