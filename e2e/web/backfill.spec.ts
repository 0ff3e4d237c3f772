import type { Page } from "@playwright/test";
import type { Backfill } from "../../shared/domain/backfill.ts";
import type { Run } from "../../shared/domain/run.ts";
import { ago, day, drag, hourly, showMonthOf } from "../fixtures/backfill.ts";
import { accessibilityFaults, expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const HOUR = 3_600_000;

async function open(page: Page, id: string): Promise<void> {
  await page.goto(new URL(`/schedules/${id}/backfill`, page.url()).href);
  await expect(page.getByRole("grid").last()).toBeVisible();
}

/** A date as the pages write it. */
const written = (date: string) =>
  new Intl.DateTimeFormat("en-US", { dateStyle: "medium" }).format(new Date(`${date}T12:00`));

test.describe.configure({ timeout: 180_000 });

test("drags over five days, reads the count, starts, pauses, resumes and sees it finish", async ({ home, almanac }) => {
  await hourly(almanac, "hourly-sync", "sleep 0.5");
  await open(home, "hourly-sync");
  const [first, last] = [ago(9), ago(5)];
  await showMonthOf(home, first);
  await drag(home, day(home, first), day(home, last));
  await expect(home.getByTestId("plan-count")).toHaveText("120 occurrences: 120 to run");
  await expect(day(home, ago(7))).toHaveAttribute("aria-selected", "true");
  await expect(day(home, ago(4))).toHaveAttribute("aria-selected", "false");
  // As every other date of the page is written, not as the browser's own fields are.
  await expect(home.getByRole("button", { name: /^From/ })).toContainText(written(first));
  await expect(home.getByRole("button", { name: "To, not included" })).toContainText(written(ago(4)));

  // One instant is left out.
  const list = home.getByRole("region", { name: "Occurrences of the range" });
  await list.getByRole("checkbox").nth(2).uncheck();
  await expect(home.getByTestId("plan-count")).toHaveText("120 occurrences: 119 to run, 1 left alone");
  await home.getByLabel("At a time").fill("0");
  await expect(home.getByRole("alert")).toHaveText("1 to 1,000. 1 holds.");
  await home.getByLabel("At a time").fill("4");
  await home.getByRole("button", { name: "Backfill 119 runs" }).click();

  await expect(home).toHaveURL(/\/backfills\/[^/]+$/);
  const done = home.getByTestId("backfill-done");
  await expect(done).toHaveText(/^[1-9]\d* of 119$/);
  await home.getByRole("button", { name: "Pause" }).click();
  await expect(home.getByRole("button", { name: "Resume" })).toBeVisible();
  const { backfills } = await almanac<{ backfills: Backfill[] }>("backfills", "list");
  expect(backfills[0]).toMatchObject({ status: "paused", total: 119 });
  expect(backfills[0]?.completed).toBeLessThan(119);
  await home.getByLabel("At a time").fill("");
  await home.keyboard.press("Tab");
  await expect(home.getByText("1 to 1,000. 4 holds.")).toBeVisible();

  // While it rests: on a slow machine it is over before the field is filled.
  await home.getByLabel("At a time").fill("8");
  await home.keyboard.press("Tab");
  const concurrency = async () =>
    (await almanac<{ backfills: Backfill[] }>("backfills", "list")).backfills[0]?.concurrency;
  await expect.poll(concurrency).toBe(8);
  await home.getByRole("button", { name: "Resume" }).click();
  await expect(home.getByText("Completed", { exact: true }).first()).toBeVisible({ timeout: 40_000 });
  await expect(done).toHaveText("119 of 119");

  const { runs } = await almanac<{ runs: Run[] }>("runs", "list", "--schedule", "hourly-sync", "--limit", "1000");
  const times = runs.map((run) => run.scheduledTime).sort();
  const from = Date.parse(`${first}T00:00:00Z`);
  const all = Array.from({ length: 120 }, (_, n) => new Date(from + n * HOUR).toISOString());
  expect(times).toEqual(all.filter((_, n) => n !== 2));
  expect(new Set(runs.map((run) => run.status))).toEqual(new Set(["completed"]));

  // Again: only the one that was left out.
  await open(home, "hourly-sync");
  await showMonthOf(home, first);
  await drag(home, day(home, last), day(home, first));
  await expect(home.getByTestId("plan-count")).toHaveText("120 occurrences: 1 to run, 119 left alone");
  await expect(home.getByRole("button", { name: "Backfill 1 run" })).toBeEnabled();
});

test("the keyboard chooses days, and a plan changes with what is to run again", async ({ home, almanac }) => {
  await hourly(almanac, "sync", "exit 1");
  const range = ["--from", `${ago(6)}T00:00:00Z`, "--to", `${ago(6)}T06:00:00Z`];
  await almanac("schedules", "backfill", "sync", ...range, "--wait").catch(() => undefined);
  await open(home, "sync");
  await showMonthOf(home, ago(6));
  await day(home, ago(6)).click();
  await expect(home.getByTestId("plan-count")).toHaveText("24 occurrences: 18 to run, 6 left alone");
  await home.keyboard.press("Shift+ArrowRight");
  await expect(home.getByTestId("plan-count")).toHaveText("48 occurrences: 42 to run, 6 left alone");
  await home.keyboard.press("Shift+ArrowLeft");
  await home.keyboard.press("Shift+ArrowLeft");
  await expect(day(home, ago(7))).toHaveAttribute("aria-selected", "true");
  await expect(day(home, ago(7))).toBeFocused();
  await home.getByRole("radio", { name: "Failed ones too" }).check();
  await expect(home.getByTestId("plan-count")).toHaveText("48 occurrences: 48 to run");

  // An exact time, chosen in the calendar and typed over the one that is there.
  await home.goto(
    new URL("/schedules/sync/backfill?from=2026-06-10T00:00:00Z&to=2026-06-10T06:00:00Z", home.url()).href,
  );
  await expect(home.getByTestId("plan-count")).toHaveText("6 occurrences: 6 to run");
  const to = home.getByRole("button", { name: "To, not included" });
  await to.click();
  await home.getByRole("button", { name: "June 11, 2026" }).click();
  await home.getByLabel("Hours").fill("05");
  await home.getByRole("button", { name: "Take this time" }).click();
  await expect(to).toContainText(written("2026-06-11"));
  await expect(home.getByTestId("plan-count")).toHaveText("29 occurrences: 29 to run");
});

test("a drag over a year of minutes counts them while it goes on", async ({ home, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "minutely",
    "--workflow",
    "shell.command",
    "--cron",
    "* * * * *",
    "--input",
    '{"command":"true"}',
  );
  await almanac("schedules", "pause", "minutely");
  await open(home, "minutely");
  await home.getByText("Year", { exact: true }).click();
  await expect(home.getByRole("grid")).toHaveCount(12);
  const [first, last] = [ago(300), ago(1)];
  await expect(day(home, first)).toHaveAttribute("aria-label", /1,440 occurrences, 1,440 never ran/);
  await drag(home, day(home, first), day(home, last));
  await expect(home.getByTestId("plan-count")).toHaveText("432,000 occurrences: 432,000 to run");
  await expect(home.getByRole("button", { name: "Backfill 432,000 runs" })).toBeEnabled();

  // The list reaches to its end, and what is unticked there is left out.
  const list = home.getByRole("region", { name: "Occurrences of the range" });
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await list.getByRole("checkbox", { name: /11:59 PM|23:59/ }).uncheck();
  await expect(home.getByTestId("plan-count")).toHaveText("432,000 occurrences: 431,999 to run, 1 left alone");
  await home.getByRole("button", { name: "Earlier year" }).click();
  await expect(day(home, ago(400))).toBeVisible();
  await expect(home.getByRole("button", { name: "Later year" })).toBeEnabled();
});

test("what cannot be run is said, and many runs are asked about", async ({ home, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "yearly",
    "--workflow",
    "shell.command",
    "--cron",
    "0 0 1 1 *",
    "--input",
    '{"command":"true"}',
    "--timezone",
    "UTC",
  );
  await open(home, "yearly");
  await showMonthOf(home, "2026-06-10");
  await day(home, "2026-06-10").click();
  await expect(home.getByText("Nothing happens in this range")).toBeVisible();
  await expect(home.getByRole("button", { name: "Nothing to run" })).toBeDisabled();
  for (const [range, said] of [
    ["from=2026-06-10T00:00:00Z&to=2026-06-01T00:00:00Z", "This range ends before it begins"],
    ["from=2200-06-01T00:00:00Z&to=2200-06-02T00:00:00Z", "This range lies in the future"],
  ]) {
    await home.goto(new URL(`/schedules/yearly/backfill?${range}`, home.url()).href);
    await expect(home.getByText(said as string)).toBeVisible();
    await expect(home.getByRole("button", { name: "Nothing to run" })).toBeDisabled();
  }

  await hourly(almanac, "many", "true");
  await home.goto(
    new URL("/schedules/many/backfill?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z", home.url()).href,
  );
  await expect(home.getByTestId("plan-count")).toHaveText("2,160 occurrences: 2,160 to run");
  await home.getByRole("button", { name: "Backfill 2,160 runs" }).click();
  const dialog = home.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  expect((await almanac<{ backfills: Backfill[] }>("backfills", "list")).backfills).toEqual([]);
  await home.getByRole("button", { name: "Backfill 2,160 runs" }).click();
  await dialog.getByRole("button", { name: "Backfill 2,160 runs" }).click();
  await expect(home.getByTestId("backfill-done")).toHaveText(/of 2,160$/);

  await home.getByRole("button", { name: "Cancel…" }).click();
  await dialog.getByRole("button", { name: "Cancel the backfill" }).click();
  await expect(home.getByText("Cancelled", { exact: true }).first()).toBeVisible();
  // What never began is no run of the schedule, and is folded on the backfill's own page.
  await expect(home.getByRole("button", { name: /^Run the .* never started$/ })).toBeVisible();
  const ran = Number(((await home.getByTestId("backfill-done").textContent()) ?? "").split(" ")[0]?.replace(",", ""));
  expect((await almanac<{ totalRuns: number }>("schedules", "show", "many")).totalRuns).toBe(ran);
  const rows = home.getByRole("grid", { name: "Runs" }).getByRole("row");
  await home.getByRole("button", { name: "show them" }).click();
  await expect(rows.nth(1)).toContainText("the backfill was cancelled before this run began");
});

test("its pages are accessible and look finished", async ({ home, almanac }) => {
  await home.goto(new URL("/backfills", home.url()).href);
  await expect(home.getByText("Nothing has been backfilled")).toBeVisible();
  await takeScreenshots(home, "backfills-empty");

  await hourly(almanac, "hourly-sync", 'case "$ALMANAC_SCHEDULED_TIME" in *T0[37]:*) exit 1;; *) sleep 0.05;; esac');
  await almanac(
    "schedules",
    "backfill",
    "hourly-sync",
    "--from",
    `${ago(12)}T00:00:00Z`,
    "--to",
    `${ago(8)}T05:00:00Z`,
    "--concurrency",
    "4",
    "--wait",
  ).catch(() => undefined);
  await almanac(
    "schedules",
    "backfill",
    "hourly-sync",
    "--from",
    `${ago(7)}T00:00:00Z`,
    "--to",
    `${ago(5)}T00:00:00Z`,
    "--concurrency",
    "4",
    "--wait",
  ).catch(() => undefined);
  await open(home, "hourly-sync");
  await expectAccessible(home);
  await takeScreenshots(home, "backfill-nothing-chosen");
  await showMonthOf(home, ago(9));
  await drag(home, day(home, ago(9)), day(home, ago(3)));
  await expect(home.getByTestId("plan-count")).toHaveText(/168 occurrences/);
  await expectAccessible(home);
  expect(await accessibilityFaults(home, "dark")).toEqual([]);
  await takeScreenshots(home, "backfill-plan");
  await home.getByRole("switch", { name: /other input/ }).check();
  await expectAccessible(home);
  await takeScreenshots(home, "backfill-other-input");
  await home.getByRole("switch", { name: /other input/ }).uncheck();
});

test("so do its progress page and the list of backfills", async ({ home, almanac }) => {
  await hourly(almanac, "slow-sync", "sleep 1");
  await open(home, "slow-sync");
  // Enough of them that it still goes on when everything has been looked at, also on a slow machine.
  await showMonthOf(home, ago(25));
  await drag(home, day(home, ago(25)), day(home, ago(5)));
  await home.getByLabel("At a time").fill("2");
  await home.getByLabel("Stop after failures").fill("5");
  await home.getByRole("button", { name: "Backfill 504 runs" }).click();
  await expect(home.getByTestId("backfill-done")).toHaveText(/^([4-9]|\d{2,3}) of 504$/);
  await expectAccessible(home);
  expect(await accessibilityFaults(home, "dark")).toEqual([]);
  await takeScreenshots(home, "backfill-progress");
  await home.getByRole("button", { name: "Cancel…" }).click();
  await expect(home.getByRole("dialog")).toBeVisible();
  await expectAccessible(home);
  await takeScreenshots(home, "backfill-cancel");
  await home.getByRole("button", { name: "Keep it going" }).click();
  await home.goto(new URL("/backfills", home.url()).href);
  await expect(home.getByRole("link", { name: "slow-sync" })).toHaveCount(1);
  await expectAccessible(home);
  await takeScreenshots(home, "backfills");
});
