import { expect, test } from "../fixtures/web.ts";

const shell = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "true" })];

test("the editor reads numbers and durations as people write them, and keeps what it cannot read", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await page.goto(new URL("/schedules/nightly/edit", page.url()).href);
  await page.getByRole("button", { name: /Policies/ }).click();
  const limit = page.getByRole("textbox", { name: "Limit", exact: true });
  const runs = page.getByRole("textbox", { name: "Runs in all" });
  const save = page.getByRole("button", { name: "Save changes" });

  for (const given of ["-1", "abc", "1,5", "1:75"]) {
    await limit.fill(given);
    await runs.focus();
    await expect(limit).toHaveValue(given);
    await expect(page.getByRole("alert")).toHaveText("A duration such as 90, 1h30m or 1:30 is expected.");
  }
  await limit.fill("1h 30m");
  await runs.fill("1,5");
  await expect(limit).toHaveValue("90");
  await expect(page.getByRole("alert")).toHaveText("At least 1, a whole number. No end holds.");
  await save.focus();
  await expect(runs).toHaveValue("1,5");
  await save.click();
  await expect(page.getByText("Put right what is marked first.")).toBeVisible();
  await expect(runs).toBeFocused();
  await runs.fill("1,500");
  await save.click();
  await expect(page).toHaveURL(/\/schedules\/nightly$/);
  expect(await almanac("schedules", "show", "nightly")).toMatchObject({ timeout: "1h30m", maxRuns: 1500 });
});

test("Save leads to a policy that would be refused, and sends nothing", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await page.goto(new URL("/schedules/nightly/edit", page.url()).href);
  await page.getByRole("button", { name: /Policies/ }).click();
  const limit = page.getByRole("textbox", { name: "Limit", exact: true });
  const save = page.getByRole("button", { name: "Save changes" });
  await limit.fill("0");
  await expect(page.getByRole("alert")).toContainText("longer than nothing");
  await page.getByRole("textbox", { name: "Runs in all" }).fill("5");
  await save.click();
  await expect(page.getByText("Put right what is marked first.")).toBeVisible();
  await expect(limit).toBeFocused();
  expect(await almanac("schedules", "show", "nightly")).toMatchObject({ timeout: null, maxRuns: null });
  await limit.fill("5");
  await save.click();
  await expect(page).toHaveURL(/\/schedules\/nightly$/);
  expect(await almanac("schedules", "show", "nightly")).toMatchObject({ timeout: "5m", maxRuns: 5 });
});

test("a setting says what it does not take, as it was typed, and keeps what holds", async ({ home: page, almanac }) => {
  await page.goto(new URL("/settings", page.url()).href);
  const keep = page.getByRole("textbox", { name: "Keep runs for" });
  await expect(keep).toHaveValue("90 days");
  for (const given of ["-1", "1,5", "abc", "2 weeks", "0", "1e3"]) {
    await keep.fill(given);
    await keep.press("Tab");
    await expect(keep).toHaveValue(given);
    await expect(page.getByRole("alert")).toContainText(/^1 to 36,500.* 90 holds\.$/);
  }
  await keep.fill("1 000 days");
  await keep.press("Enter");
  await keep.press("Tab");
  await expect(keep).toHaveValue("1,000 days");
  await expect(page.getByRole("alert")).toHaveCount(0);

  const limit = page.getByRole("textbox", { name: "Time limit of a run" });
  await limit.fill("1:30");
  await limit.press("Tab");
  // Its unit is still to be chosen.
  await page.getByRole("combobox", { name: "Time limit of a run: unit" }).press("Tab");
  await expect(limit).toHaveValue("90");
  await expect
    .poll(() => almanac("settings", "list"))
    .toMatchObject({ settings: { retentionDays: 1000, timeout: "1m30s" } });
  await limit.fill("0");
  await expect(page.getByRole("alert")).toContainText(/^A time longer than nothing is expected.* 1m30s holds\.$/);
  await expect(limit).toHaveAttribute("aria-invalid", "true");
});

test("a dialog is not sent with a wait that it cannot read", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "first", "--cron", "0 3 1 1 *", ...shell);
  await almanac("schedules", "create", "--id", "second", "--cron", "0 4 1 1 *", ...shell);
  const row = page.getByRole("row", { name: /Select first/ });
  await row.getByRole("button", { name: "More actions for first" }).click();
  await page.getByRole("menuitem", { name: /run…/ }).click();
  const dialog = page.getByRole("dialog", { name: "After first, run…" });
  await dialog.getByRole("combobox", { name: "Schedule" }).click();
  await page.getByRole("option", { name: "second" }).click();
  const wait = dialog.getByRole("textbox", { name: "Wait before it starts" });
  await wait.fill("-1");
  await dialog.getByRole("button", { name: "Add to the chain" }).click();
  await expect(wait).toBeFocused();
  await expect(wait).toHaveValue("-1");
  await expect(dialog.getByRole("alert")).toHaveText("A duration such as 90, 1h30m or 1:30 is expected.");
  await wait.fill("90s");
  await dialog.getByRole("button", { name: "Add to the chain" }).click();
  await expect(dialog).toBeHidden();
  expect(await almanac("schedules", "show", "second")).toMatchObject({ spec: { on: { delay: "90s" } } });
});
