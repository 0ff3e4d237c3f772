import type { Page } from "@playwright/test";
import type { Schedule } from "../../shared/domain/schedule.ts";
import type { ScheduleSpec } from "../../shared/schedule/types.ts";
import {
  addEntry,
  begin,
  card,
  choose,
  chooseByKeys,
  dragToHour,
  moveTo,
  pickByKeys,
  pickTime,
  tabTo,
  toggle,
  toggleByKeys,
} from "../fixtures/editor.ts";
import { takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

// Each of these walks through the whole page twice, and takes its pictures on the way.
test.describe.configure({ timeout: 300_000 });

interface Show {
  title: string;
  name: string;
  spec: ScheduleSpec;
  /** Builds *when* by the pointer alone. */
  byClicks: (page: Page) => Promise<void>;
  /** Builds *when* by the keyboard alone, from wherever the focus is. */
  byKeys: (page: Page) => Promise<void>;
}

const addByKeys = async (page: Page) => {
  await tabTo(page.getByRole("group", { name: "Add an entry" }).getByRole("button", { name: "Calendar" }));
  await page.keyboard.press("Enter");
  await expect(card(page, 1).getByRole("heading", { level: 3 })).toBeFocused();
};

const shows: readonly Show[] = [
  {
    title: "the 1st and the 15th at midnight",
    name: "Billing",
    spec: { calendar: [{ dayOfMonth: [1, 15], times: ["00:00"] }] },
    async byClicks(page) {
      await addEntry(page, "Calendar");
      await choose(card(page, 1), "Which days", "Month days");
      await toggle(card(page, 1), "Days of the month", "1st of the month", "15th of the month");
      await dragToHour(card(page, 1).getByRole("slider"), 0);
    },
    async byKeys(page) {
      await addByKeys(page);
      await chooseByKeys(card(page, 1), "Which days", "Month days");
      await toggleByKeys(card(page, 1), "Days of the month", "1st of the month", "15th of the month");
      await tabTo(card(page, 1).getByRole("slider"));
      await page.keyboard.press("Home");
    },
  },
  {
    title: "weekdays at 08:30 and 14:45, except 24 to 31 December",
    name: "Standup",
    spec: {
      calendar: [{ dayOfWeek: "mon-fri", times: ["08:30", "14:45"] }],
      exclude: [{ month: 12, dayOfMonth: "24-31" }],
    },
    async byClicks(page) {
      await addEntry(page, "Calendar");
      const entry = card(page, 1);
      await choose(entry, "Which days", "Weekdays");
      await dragToHour(entry.getByRole("slider"), 8.5);
      await entry.getByRole("button", { name: "Time", exact: true }).click();
      await dragToHour(entry.getByRole("slider").last(), 14.75);

      await page.getByRole("button", { name: "Exclude", exact: true }).click();
      await page.getByRole("menuitem", { name: "Dates…" }).click();
      const dialog = page.getByRole("dialog", { name: "Exclude days" });
      const [first, last] = [/^December 24/, /^December 31/].map((name) => dialog.getByRole("button", { name }).last());
      while ((await first?.count()) === 0) await dialog.getByRole("button", { name: "Next month" }).click();
      await first?.click();
      await last?.click();
      await dialog.getByRole("checkbox", { name: "The same days every year" }).click();
      await dialog.getByRole("button", { name: "Exclude" }).click();
      await expect(page.getByText(/^−1[0-9]$/)).toBeVisible();
    },
    async byKeys(page) {
      await addByKeys(page);
      const entry = card(page, 1);
      await chooseByKeys(entry, "Which days", "Weekdays");
      await tabTo(entry.getByRole("slider"));
      await moveTo(entry.getByRole("slider"), "08:30");
      await tabTo(entry.getByRole("button", { name: "Time", exact: true }));
      await page.keyboard.press("Enter");
      await tabTo(entry.getByRole("textbox", { name: "Time 09:30" }));
      for (let i = 0; i < 5; i++) await page.keyboard.press("PageUp");
      await page.keyboard.press("Shift+ArrowUp");

      await pickByKeys(page.getByRole("button", { name: "Exclude", exact: true }), "By rule, every year");
      const more = [27, 28, 29, 30].map((day) => `${day}th of the month`);
      const rule = page.getByRole("group", { name: "Excluded by rule" });
      await toggleByKeys(rule, "Days of the month", ...more, "31st of the month");
    },
  },
  {
    title: "the second Tuesday and the last Friday",
    name: "Patch days",
    spec: {
      calendar: [
        { times: ["09:00"], dayOfWeek: "tue", weekOfMonth: 2 },
        { times: ["09:00"], dayOfWeek: "fri", weekOfMonth: -1 },
      ],
    },
    async byClicks(page) {
      await addEntry(page, "Calendar");
      await choose(card(page, 1), "Which days", "Nth weekday");
      await toggle(card(page, 1), "Weekdays of the month", "2nd Tuesday");
      await toggle(card(page, 1), "Weekdays of the month", "last Friday");
      await expect(card(page, 2)).toBeVisible();
    },
    async byKeys(page) {
      await addByKeys(page);
      await chooseByKeys(card(page, 1), "Which days", "Nth weekday");
      await toggleByKeys(card(page, 1), "Weekdays of the month", "2nd Tuesday", "last Friday");
    },
  },
  {
    title: "weekdays from 10:01 to 18:02 every 15 minutes",
    name: "Office hours",
    spec: { calendar: [{ dayOfWeek: "mon-fri", every: "15m", between: ["10:01", "18:02"] }] },
    async byClicks(page) {
      await addEntry(page, "Calendar");
      const entry = card(page, 1);
      await choose(entry, "Which days", "Weekdays");
      await choose(entry, "How the times are chosen", "Every … between");
      await entry.getByRole("group", { name: "Usual steps" }).getByRole("button", { name: "15m" }).click();
      await pickTime(entry.getByRole("textbox", { name: "Last time" }), "18:02");
      await pickTime(entry.getByRole("textbox", { name: "First time" }), "10:01");
    },
    async byKeys(page) {
      await addByKeys(page);
      const entry = card(page, 1);
      await chooseByKeys(entry, "Which days", "Weekdays");
      await chooseByKeys(entry, "How the times are chosen", "Every … between");
      await tabTo(entry.getByRole("slider", { name: "First time of the window" }));
      await moveTo(entry.getByRole("slider", { name: "First time of the window" }), "10:01");
      await tabTo(entry.getByRole("slider", { name: "Last time of the window" }));
      await moveTo(entry.getByRole("slider", { name: "Last time of the window" }), "18:02");
    },
  },
  {
    title: "the last business day",
    name: "Closing",
    spec: { calendar: [{ dayOfMonth: "LW", times: ["09:00"] }] },
    async byClicks(page) {
      await addEntry(page, "Calendar");
      await choose(card(page, 1), "Which days", "Month days");
      // It begins with the 1st, in whose place the first click puts another.
      await expect(page.getByRole("button", { name: "Create schedule" })).toBeEnabled();
      await toggle(card(page, 1), "Days from the end of the month", "Last weekday (Monday to Friday) of the month");
    },
    async byKeys(page) {
      await addByKeys(page);
      await chooseByKeys(card(page, 1), "Which days", "Month days");
      const grid = "Days from the end of the month";
      await toggleByKeys(card(page, 1), grid, "Last weekday (Monday to Friday) of the month");
    },
  },
];

for (const { title, name, spec, byClicks, byKeys } of shows) {
  test(`${title}, by clicks alone and by keyboard alone`, async ({ home, almanac }) => {
    const expected = { ...spec, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    const stored = async (called: string): Promise<Schedule | undefined> => {
      const { schedules } = await almanac<{ schedules: Schedule[] }>("schedules", "list");
      return schedules.find((schedule) => schedule.name === called);
    };

    await begin(home, name);
    await byClicks(home);
    await expect(home.getByRole("table", { name: "Next runs" }).getByRole("row")).toHaveCount(10);
    await home.getByRole("button", { name: "Create schedule" }).click();
    await home.waitForURL(/\/schedules\/(?!new)[^/]+$/);
    const clicked = await stored(name);
    expect(clicked?.spec).toEqual(expected);

    // Opened again, nothing has changed; and a note alone saves the rest as it was.
    await home.goto(new URL(`/schedules/${clicked?.scheduleId}/edit`, home.url()).href);
    await expect(home.getByRole("heading", { level: 1 })).toContainText(name);
    await expect(home.getByText("Nothing has changed.")).toBeVisible();
    await home.getByRole("heading", { name: "When", exact: true }).evaluate((heading) => heading.scrollIntoView());
    await takeScreenshots(home, `editor-${name.replaceAll(/\W+/g, "-").toLowerCase()}`);
    await home.getByRole("textbox", { name: "Note" }).fill("looked at");
    await home.getByRole("button", { name: "Save changes" }).click();
    await home.waitForURL(/\/schedules\/[^/]+$/);
    const reopened = await stored(name);
    expect(reopened?.spec).toEqual(clicked?.spec);
    expect(reopened?.nextRunTime).toBe(clicked?.nextRunTime);

    await begin(home, `${name} by keyboard`);
    await byKeys(home);
    await tabTo(home.getByRole("button", { name: "Create schedule" }));
    await home.keyboard.press("Enter");
    await home.waitForURL(/\/schedules\/(?!new)[^/]+$/);
    expect((await stored(`${name} by keyboard`))?.spec).toEqual(expected);
  });
}
