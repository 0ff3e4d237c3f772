import type { Page } from "@playwright/test";
import { addEntry, card } from "../fixtures/editor.ts";
import { accessibilityFaults } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];
const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

/** Everything that opens over a page: where, by what, and how it is found then. */
type Opened = readonly [
  name: string,
  path: string,
  open: (page: Page) => Promise<unknown>,
  role?: "dialog" | "menu" | "complementary" | "table" | "group",
  called?: string,
];

const row = (page: Page) => page.getByRole("row", { name: /nightly/ });
/** Everything that is open goes with Escape, the innermost first. */
const dialogs: readonly Opened[] = [
  ["keyboard shortcuts", "/", (page) => page.keyboard.press("?")],
  ["palette", "/", (page) => page.keyboard.press("Control+k")],
  ["import", "/", (page) => page.keyboard.press("i")],
  ["filter", "/", (page) => button(page, "Filter").click()],
  ["columns and density", "/", (page) => button(page, "Columns and density").click()],
  ["saved views", "/", (page) => button(page, "Views").click()],
  ["a row's menu", "/", (page) => row(page).click({ button: "right" }), "menu"],
  [
    "a row's panel",
    "/",
    async (page) => {
      await row(page).focus();
      await page.keyboard.press("Space");
    },
    "complementary",
  ],
  [
    "tags of several",
    "/",
    async (page) => {
      await row(page).focus();
      await page.keyboard.press("x");
      await button(page, "Tag").click();
    },
  ],
  ["more actions of a schedule", "/schedules/nightly", (page) => button(page, "More actions").click(), "menu"],
  ["pause", "/schedules/nightly", (page) => button(page, "Pause").click()],
  ["as of a past time", "/schedules/nightly", (page) => page.keyboard.press("a")],
  [
    "then run",
    "/schedules/nightly",
    async (page) => {
      await button(page, "More actions").click();
      await page.getByRole("menuitem", { name: "Then run…" }).click();
    },
  ],
  [
    "a day of the calendar",
    "/calendar?date=2099-01-15",
    (page) => page.locator('[data-cell="2099-01-14"]').click({ button: "right", position: { x: 8, y: 60 } }),
    "menu",
  ],
  [
    "a planned run",
    "/calendar?date=2099-01-15",
    (page) => page.locator("[data-planned]").first().click({ button: "right" }),
    "menu",
  ],
  [
    "move",
    "/calendar?date=2099-01-15",
    async (page) => {
      await page.locator("[data-planned]").first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Move…" }).click();
    },
  ],
  ["remove for good", "/schedules/gone", (page) => button(page, "Remove for good…").click()],
  ["more actions of a run", "/runs/failed", (page) => button(page, "More actions").click(), "menu"],
  ["cancel a run", "/runs/going", (page) => button(page, "Cancel").click()],
  [
    "many backfills",
    "/schedules/minutely/backfill?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
    (page) => button(page, /^Backfill 1,440 runs/).click(),
  ],
  ["cancel a backfill", "/backfills/going", (page) => button(page, "Cancel…").click()],
  ["run a workflow", "/workflows", (page) => button(page, /^Run/).first().click()],
  [
    "a workflow's memory",
    "/workflows",
    (page) =>
      button(page, /^Memory/i)
        .first()
        .click(),
  ],
  [
    "a day's picker",
    "/runs",
    async (page) => {
      await button(page, /^From/).click();
      // A month that is over, whatever the day: days to come cannot be chosen, and are not looked at.
      await button(page, "Previous month").click();
    },
    "table",
  ],
  ["when as JSON", "/schedules/new", (page) => button(page, /JSON/).click()],
  ["templates of when", "/schedules/new", (page) => button(page, /^Templates?/).click(), "menu"],
  [
    "convert an entry",
    "/schedules/new",
    async (page) => {
      await addEntry(page, "Calendar");
      await button(page, "Convert entry 1").click();
    },
    "menu",
  ],
  [
    "hours and minutes",
    "/schedules/new",
    async (page) => {
      await addEntry(page, "Calendar");
      await card(page, 1)
        .getByRole("textbox", { name: /^Time / })
        .click();
    },
    "group",
    "Hour",
  ],
  [
    "what to exclude",
    "/schedules/nightly/edit",
    (page) =>
      button(page, /^Exclude/)
        .first()
        .click(),
    "menu",
  ],
  ["copy of a draft", "/schedules/nightly/edit", (page) => button(page, /^Copy/).click(), "menu"],
  [
    "leave with changes",
    "/schedules/nightly/edit",
    async (page) => {
      await addEntry(page, "Calendar");
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Runs" }).click();
    },
  ],
];

const parts = [
  ["the list", (path: string) => path === "/"],
  ["schedules and the calendar", (path: string) => /^\/(schedules\/(nightly|gone)|calendar\?.*)$/.test(path)],
  ["the editor", (path: string) => /^\/schedules\/(new|.*\/edit)$/.test(path)],
] as const;
/** The last part is what no other takes. */
const partOf = (path: string): string => parts.find(([, takes]) => takes(path))?.[0] ?? "runs, backfills and settings";

for (const part of [...parts.map(([name]) => name), "runs, backfills and settings"])
  test(`what opens over ${part} is accessible, light and dark, and goes with Escape`, async ({
    home: page,
    almanac,
  }) => {
    // Each is opened on a page of its own and looked through twice: minutes on a busy machine.
    test.setTimeout(600_000);
    const rarely = ["--cron", "0 3 14 * *", "--timezone", "UTC"];
    await almanac("schedules", "create", "--id", "nightly", ...rarely, ...shell("exit 3"));
    await almanac("schedules", "create", "--id", "gone", ...rarely, ...shell("true"));
    await almanac("schedules", "delete", "gone");
    await almanac(
      "schedules",
      "create",
      "--id",
      "minutely",
      "--cron",
      "* * * * *",
      "--timezone",
      "UTC",
      ...shell("sleep 900"),
    );
    await almanac("schedules", "pause", "minutely");
    const failed = await almanac<{ runId: string }>("schedules", "trigger", "nightly");
    const going = await almanac<{ runId: string }>("schedules", "trigger", "minutely");
    const { backfillId } = await almanac<{ backfillId: string }>(
      ...["schedules", "backfill", "minutely", "--from", "2026-01-03T00:00:00Z", "--to", "2026-01-03T00:05:00Z"],
    );
    const ids: Record<string, string> = {
      "/runs/failed": `/runs/${failed.runId}`,
      "/runs/going": `/runs/${going.runId}`,
      "/backfills/going": `/backfills/${backfillId}`,
    };
    for (const [name, path, open, role = "dialog", called] of dialogs.filter(([, path]) => partOf(path) === part)) {
      await test.step(name, async () => {
        try {
          await page.goto(new URL(ids[path] ?? path, page.url()).href);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible({ timeout: 30_000 });
          await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
          page.setDefaultTimeout(10_000);
          const focused = () =>
            page.evaluate(() => {
              const { activeElement } = document;
              return activeElement === document.body
                ? null
                : (activeElement?.textContent ?? "") + activeElement?.ariaLabel;
            });
          const before = await focused();
          await open(page);
          const all = page.getByRole(role, called === undefined ? {} : { name: called, exact: true });
          const opened = all.last();
          await expect(opened).toBeVisible();
          // The days of a picker are a table, whose name is the month above it.
          if (role !== "table") await expect(opened, `${name} has a name`).toHaveAccessibleName(/./);
          for (const colorScheme of ["light", "dark"] as const) {
            expect.soft(await accessibilityFaults(page, colorScheme, opened), `${name}, ${colorScheme}`).toEqual([]);
          }
          await page.keyboard.press("Escape");
          // A list that is open in it goes first.
          if ((await all.count()) > 0) await page.keyboard.press("Escape");
          await expect.soft(all, `${name} goes with Escape`).toHaveCount(0);
          // What was opened by a key on the page itself leaves it there.
          if (before !== null) await expect.soft.poll(focused, `${name} gives the focus back`).not.toBe(null);
        } catch (error) {
          expect.soft(String(error).slice(0, 600), name).toBe("");
        }
      });
    }
  });
