import { takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "true" })];

test("what a page does not take of its address is said on it, and it shows what it would without", async ({
  home: page,
  server,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const at = (path: string) => new URL(path, server.address).href;
  const said = page.getByRole("status").filter({ hasText: "In the address" });
  for (const [path, heading, words] of [
    [
      "/runs?status=nonsense&from=soon",
      "Runs",
      /status=nonsense is left out: status takes buffered, .*from=soon is left out/s,
    ],
    ["/calendar?date=2026-99-99", "Calendar", "date=2026-99-99 is left out: date takes a date such as"],
    [
      "/calendar?view=month&date=9999-12-31",
      "Calendar",
      "date=9999-12-31 is left out: date takes a date such as 2026-11-30, from 1900-01-01 to 9998-12-31",
    ],
    ["/schedules/nightly?tab=foo", "nightly", "tab=foo is left out: tab takes runs, timeline"],
    ["/backfills?status=running", "Backfills", "status=running is left out: this page takes no “status”"],
    ["/?sort=%E0%A4%A&folded=nope", "Schedules", /sort=.* is left out: sort takes .*folded=nope is left out/s],
    // One that the router leaves in the address beside one that it takes out.
    ["/?status=nonsense&utm=1", "Schedules", /status=nonsense is left out.*utm=1 is left out/s],
  ] as const) {
    await page.goto(at(path));
    await expect(page.getByRole("heading", { level: 1 })).toContainText(heading);
    await expect(said).toContainText(words);
  }
  await takeScreenshots(page, "address-unread");

  await test.step("until it is put away, or another page is gone to", async () => {
    await said.getByRole("button", { name: "Dismiss" }).click();
    await expect(said).toBeHidden();
    await page.goto(at("/runs?status=nonsense"));
    await expect(said).toBeVisible();
    await page.getByRole("link", { name: "Hooks" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hooks");
    await expect(said).toBeHidden();
  });
  await test.step("every view of the calendar shows the first and the last date that it takes", async () => {
    for (const view of ["month", "week", "day", "agenda"]) {
      for (const [date, step] of [
        ["1900-01-01", "Previous"],
        ["9998-12-31", "Next"],
      ]) {
        await page.goto(at(`/calendar?view=${view}&date=${date}`));
        await expect(page.getByRole("button", { name: new RegExp(`^${step}`) }).first()).toBeDisabled();
        await expect(page.getByText(/given: /)).toBeHidden();
        await expect(said).toBeHidden();
      }
    }
  });
  await test.step("and nothing is said of what is read", async () => {
    await page.goto(at("/runs?status=failed&from=2026-11-30"));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Runs");
    await expect(page.getByRole("combobox", { name: "Status" })).toHaveValue("Failed");
    await expect(said).toBeHidden();
  });
});
