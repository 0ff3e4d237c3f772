import { readFile } from "node:fs/promises";
import type { Run } from "../../shared/domain/run.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];
const rarely = ["--cron", "0 3 1 1 *"];

test("every page is two keys away, and what is on it one", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", ...rarely, ...shell("true"));
  const row = page.getByRole("row", { name: /nightly/ });
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });

  await test.step("the second key of a pair does nothing to the row that has the focus", async () => {
    await row.focus();
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await expect(heading("Runs")).toBeVisible();
    expect(await almanac("schedules", "show", "nightly")).toMatchObject({ totalRuns: 0 });
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await expect(row).toBeVisible();
  });

  await test.step("a sheet lists the keys", async () => {
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await expect(sheet.getByText("What needs attention")).toBeVisible();
    await takeScreenshots(page, "shortcuts");
    await expectAccessible(page);
    // Keys belong to what is open.
    await page.keyboard.press("n");
    await expect(sheet).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(sheet).toBeHidden();
  });

  await test.step("import is there from any page", async () => {
    await page.keyboard.press("i");
    const dialog = page.getByRole("dialog", { name: /Import/ });
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: "Import schedules" }).click();
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  });

  await test.step("a row, and its page, do the same by the same keys", async () => {
    await row.focus();
    await page.keyboard.press("p");
    await expect.poll(() => almanac("schedules", "show", "nightly")).toMatchObject({ status: "paused" });
    await row.focus();
    await page.keyboard.press(".");
    await expect(page.getByRole("menuitem", { name: "Copy link" })).toBeVisible();
    await page.keyboard.press("Escape");
    await row.focus();
    await page.keyboard.press("Enter");
    await expect(heading("nightly")).toBeVisible();
    await page.keyboard.press("p");
    await expect.poll(() => almanac("schedules", "show", "nightly")).toMatchObject({ status: "active" });
    await page.keyboard.press(".");
    const palette = page.getByRole("dialog", { name: "Find anything" });
    await palette.getByText("Duplicate", { exact: true }).click();
    await expect(heading("New schedule")).toBeVisible();
  });

  await test.step("what is typed is no key", async () => {
    const name = page.getByRole("textbox", { name: "Name" });
    await name.focus();
    await page.keyboard.type("gn?.");
    await expect(name).toHaveValue(/gn\?\.$/);
    await expect(page.getByRole("dialog")).toBeHidden();
  });
});

test("the palette does what its words say, the best match first", async ({ home: page, almanac }) => {
  for (const id of ["job-1077", "job-770", "job-77"]) {
    await almanac("schedules", "create", "--id", id, "--name", id.replace("-", " "), ...rarely, ...shell("exit 3"));
  }
  await expect(page.getByRole("link", { name: "job 77", exact: true })).toBeVisible();
  const palette = page.getByRole("dialog", { name: "Find anything" });
  const find = async (text: string): Promise<void> => {
    await page.keyboard.press("Control+k");
    await expect(palette.getByRole("textbox")).toBeFocused();
    await page.keyboard.type(text);
  };

  await test.step("a schedule by its number, in the palette and on the page", async () => {
    await find("run job 77");
    const offers = palette.getByRole("button").filter({ hasText: "Run now: job" });
    await expect(offers).toHaveCount(3);
    await expect(offers.first()).toHaveText(/^Run now: job 77r?$/);
    await page.keyboard.press("Escape");
    await expect(palette).toBeHidden();
    await page.keyboard.press("/");
    await page.keyboard.type("job 77");
    await expect(page.getByText("3 found")).toBeVisible();
    await expect(page.getByRole("grid", { name: "Schedules" }).getByRole("row").nth(1)).toHaveAccessibleName(/job 77 /);
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 1 }).click();
  });

  await test.step("by words that were pasted, with an Enter that comes before the answer", async () => {
    await page.keyboard.press("Control+k");
    await expect(palette.getByRole("textbox")).toBeFocused();
    await page.keyboard.insertText("pause job 770");
    await page.keyboard.press("Enter");
    await expect.poll(() => almanac("schedules", "show", "job-770")).toMatchObject({ status: "paused" });
    await expect(palette).toBeHidden();
    await page.keyboard.press("Control+k");
    await expect(palette.getByRole("textbox")).toBeFocused();
    await page.keyboard.insertText("resume job 770");
    await expect(palette.locator("[data-selected]")).toHaveText(/^Resume: job 770/);
    await page.keyboard.press("Enter");
    await expect.poll(() => almanac("schedules", "show", "job-770")).toMatchObject({ status: "active" });
    await expect(palette).toBeHidden();
  });

  await test.step("all of them at once, with undo", async () => {
    await find("pause all");
    await palette.getByText("Pause all schedules").click();
    await expect(page.getByText("3 schedules paused")).toBeVisible();
    expect(await almanac("schedules", "show", "job-77")).toMatchObject({ status: "paused" });
    const told = page.getByRole("alert").filter({ hasText: "3 schedules paused" });
    await told.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => almanac("schedules", "show", "job-77")).toMatchObject({ status: "active" });
  });

  await test.step("a run by its id, and failed ones by their words", async () => {
    const { runId } = await almanac<{ runId: string }>("schedules", "trigger", "job-77");
    await expect.poll(() => almanac("runs", "show", runId)).toMatchObject({ status: "failed" });
    await find(runId);
    await palette.getByText("Run of job 77").click();
    await expect(page).toHaveURL(new RegExp(`/runs/${runId}$`));
    await expect(palette).toBeHidden();
    await find("go to failed");
    await palette.getByText("Failed runs").click();
    await expect(page).toHaveURL(/\/runs\?status=failed$/);
    await expect(page.getByRole("row", { name: /job 77/ })).toBeVisible();
  });

  await test.step("what is typed before its field is there is its own", async () => {
    await page.reload();
    await expect(page.getByRole("row", { name: /job 77/ })).toBeVisible();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("go to failed");
    await page.keyboard.press("Enter");
    await expect(palette).toBeHidden();
    await expect(page).toHaveURL(/\/runs\?status=failed$/);
  });

  await test.step("what was done last is offered first", async () => {
    await expect(palette).toBeHidden();
    await page.keyboard.press("Control+k");
    await expect(palette.getByRole("button").first()).toHaveText(/^Failed runs/);
    await expect(palette.getByRole("button").nth(1)).toHaveText(/^Run of job 77\D+ \d/);
    await takeScreenshots(page, "palette");
    await expectAccessible(page);
  });
});

test("a schedule runs as of a past time, and two of its runs are compared", async ({ home: page, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "report",
    ...rarely,
    "--timezone",
    "UTC",
    ...shell("echo same; echo $ALMANAC_SCHEDULED_TIME"),
  );
  await page.goto(new URL("/schedules/report", page.url()).href);
  await expect(page.getByRole("heading", { level: 1, name: "report" })).toBeVisible();
  await test.step("as of a time chosen in a calendar", async () => {
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog", { name: /as of a past time/ });
    await expect(dialog.getByRole("button", { name: "As of" })).toBeVisible();
    await takeScreenshots(page, "as-of");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Run now" }).click();
    await expect(dialog).toBeHidden();
  });
  // The first command of a program waits for what runs commands to start.
  await expect.poll(() => almanac("runs", "list")).toMatchObject({ runs: [{ status: "completed" }] });
  await almanac("schedules", "trigger", "report", "--as-of", "2026-01-01T03:00:00Z");
  const runs = async () => (await almanac<{ runs: Run[] }>("runs", "list", "--schedule", "report")).runs;
  await expect.poll(async () => (await runs()).map(({ status }) => status)).toEqual(["completed", "completed"]);
  const [second, first] = await runs();
  expect(second?.scheduledTime).toBe("2026-01-01T03:00:00.000Z");

  await test.step("compared from the menu of a row", async () => {
    await page.getByRole("grid", { name: "Runs" }).getByRole("row").nth(1).click({ button: "right" });
    await page.getByRole("menuitem", { name: /Compare with the run before/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Compare runs of report" })).toBeVisible();
    const log = page.getByRole("region", { name: "Differences of the log" });
    await expect(log.getByText(first?.scheduledTime ?? "none")).toBeVisible();
    await expect(log.getByText("2026-01-01T03:00:00.000Z")).toBeVisible();
    await expect(page.getByText("Both were given the same.")).toBeVisible();
    await takeScreenshots(page, "compare");
    await expectAccessible(page);
  });
});

test("a run of a backfill is compared with the one before it, though all of them are made at once", async ({
  home: page,
  almanac,
}) => {
  const daily = ["--cron", "0 9 * * *", "--timezone", "UTC", ...shell("echo {{date}}")];
  await almanac("schedules", "create", "--id", "report", ...daily);
  const range = ["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-05T00:00:00Z"];
  await almanac("schedules", "backfill", "report", ...range, "--wait");
  await page.goto(new URL("/schedules/report", page.url()).href);
  await page.getByRole("grid", { name: "Runs" }).getByRole("row").nth(1).focus();
  await page.keyboard.press("d");
  const log = page.getByRole("region", { name: "Differences of the log" });
  await expect(log.getByText("2026-03-03")).toBeVisible();
  await expect(log.getByText("2026-03-04")).toBeVisible();
});

test("a filtered list of runs is saved as a table that no spreadsheet computes", async ({ home: page, almanac }) => {
  const made = await almanac<Schedule>(
    "schedules",
    "create",
    "--name",
    "=1+1",
    "--id",
    "formula",
    ...rarely,
    ...shell("exit 3"),
  );
  await almanac("schedules", "create", "--id", "fine", ...rarely, ...shell("true"));
  for (const id of [made.scheduleId, "fine"]) await almanac("schedules", "trigger", id);
  await page.goto(new URL("/runs?status=failed", page.url()).href);
  await expect(page.getByRole("row", { name: /=1\+1/ })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(",formula,'=1+1,shell.command,failed,manual,");
  await expect(page.getByText("1 run saved")).toBeVisible();
});
