import { writeFileSync } from "node:fs";
import { lineOf } from "../fixtures/line.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

const crontab = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

test("an import is reviewed row by row: left out, renamed and edited before anything is written, and done again it doubles nothing", async ({
  home: page,
  almanac,
}) => {
  test.setTimeout(240_000);
  await openPage(page, "Settings");
  const dialog = page.getByRole("dialog");
  const file = page.locator('input[type="file"]');
  const look = dialog.getByRole("button", { name: "Look it over" });
  const row = (name: string) => dialog.getByRole("row", { name: new RegExp(name) });
  const open = () => page.getByRole("button", { name: "Import…", exact: true }).click();

  await open();
  await dialog.getByLabel("Or paste it here").fill("# nothing here\n");
  await look.click();
  await expect(dialog.getByText("There is nothing to import")).toBeVisible();
  await takeScreenshots(page, "import-none");
  await dialog.getByRole("button", { name: "Back" }).click();

  // A task of Windows comes in UTF-16, and a timer with its service.
  const task = `<?xml version="1.0" encoding="UTF-16"?><Task xmlns="x"><RegistrationInfo><URI>\\Report</URI></RegistrationInfo><Triggers><BootTrigger/><CalendarTrigger><StartBoundary>2026-01-01T08:30:00</StartBoundary><ScheduleByWeek><DaysOfWeek><Monday/><Friday/></DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek></CalendarTrigger></Triggers><Actions><Exec><Command>report.exe</Command></Exec></Actions></Task>`;
  await file.setInputFiles([
    { name: "report.xml", mimeType: "text/xml", buffer: Buffer.from(`\ufeff${task}`, "utf16le") },
    crontab("jobs.crontab", "MAILTO=me@example.org\n30 4 * * 1-5 /usr/local/bin/backup.sh --all\n0 25 * * * late\n"),
    crontab("clean.timer", "[Timer]\nOnCalendar=Mon *-*-1..7 03:00\nOnBootSec=5m\n"),
    crontab("clean.service", "[Service]\nExecStart=/usr/bin/clean --now\n"),
  ]);
  await look.click();
  await expect(dialog.getByRole("checkbox", { name: /^Import / })).toHaveCount(3);
  await expect(row("backup.sh")).toContainText(/04:30.*weekdays|weekdays.*04:30/i);
  await expect(row("backup.sh")).toContainText("not mailed to me@example.org");
  await expect(row("Report")).toContainText("first start of Almanac after the machine's");
  await expect(dialog.getByRole("alert").filter({ hasText: "1 line cannot be taken" })).toContainText(
    "jobs.crontab, line 3",
  );
  await takeScreenshots(page, "import-three");
  expect(await accessibilityFaults(page, "light")).toEqual([]);
  expect(await accessibilityFaults(page, "dark")).toEqual([]);

  await dialog.getByRole("checkbox", { name: "Import Report" }).uncheck();
  await dialog.getByRole("button", { name: /^Edit .*backup/ }).click();
  await dialog.getByRole("textbox", { name: "Id", exact: true }).fill("not an id");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(dialog.getByText(/letters, digits/)).toBeVisible();
  await dialog.getByRole("textbox", { name: "Id", exact: true }).fill("backup");
  await expect(dialog.getByText(/letters, digits/)).toBeHidden();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Backup of everything");
  await dialog.getByRole("textbox", { name: "When" }).fill("weekdays at 9:00");
  await takeScreenshots(page, "import-edit");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(row("Backup of everything")).toContainText("09:00");
  expect(await almanac("schedules", "list")).toMatchObject({ schedules: [] });
  await dialog.getByRole("button", { name: "Import 2 items, leave out 1 line" }).click();
  await expect(page.getByText("2 schedules added")).toBeVisible();
  const { schedules } = await almanac<{ schedules: { scheduleId: string; name: string }[] }>("schedules", "list");
  expect(schedules.map(({ scheduleId }) => scheduleId).sort()).toEqual(["backup", "systemd-clean"]);

  await open();
  await file.setInputFiles([crontab("jobs.crontab", "45 4 * * 1-5 /usr/local/bin/backup.sh --all\n")]);
  await look.click();
  await expect(row("Backup of everything")).toContainText("Changed: spec");
  await dialog.getByRole("button", { name: "Import 1 item" }).click();
  await expect(page.getByText("1 schedule changed")).toBeVisible();
  expect(await almanac("schedules", "show", "backup")).toMatchObject({
    name: "Backup of everything",
    spec: { cron: "45 4 * * 1-5" },
  });

  await open();
  const many = Array.from({ length: 300 }, (_, i) => `${i % 60} ${i % 24} * * * /opt/jobs/job-${i}.sh --number ${i}`);
  const bad = Array.from({ length: 12 }, (_, i) => `0 ${24 + i} * * * late-${i}`);
  await file.setInputFiles([crontab("many.crontab", [...many, ...bad, "@reboot start"].join("\n"))]);
  await look.click();
  await expect(dialog.getByRole("button", { name: "Import 301 items, leave out 12 lines" })).toBeVisible();
  await takeScreenshots(page, "import-many");
  await dialog.getByRole("button", { name: /^Show more/ }).click();
  await expect(dialog.getByRole("checkbox", { name: /^Import / })).toHaveCount(200);
  await dialog.getByRole("checkbox", { name: "All of them" }).uncheck();
  await expect(dialog.getByRole("button", { name: /^Import 0 items/ })).toBeDisabled();
});

test("an import is undone where it was done: what it added goes, what it changed is as before, and it can be done again", async ({
  home: page,
  almanac,
}) => {
  // As where the pages come over plain HTTP from another machine.
  await page.addInitScript(() => Object.defineProperty(Crypto.prototype, "randomUUID", { value: undefined }));
  await page.reload();
  const command = JSON.stringify({ command: "/usr/local/bin/backup.sh" });
  await almanac(
    "schedules",
    "create",
    "--id",
    "backup",
    "--cron",
    "0 3 * * *",
    "--workflow",
    "shell.command",
    "--input",
    command,
  );
  const dialog = page.getByRole("dialog");
  const text = JSON.stringify([
    { scheduleId: "backup", workflowName: "shell.command", spec: { cron: "0 5 * * *" }, input: { command: "true" } },
    { scheduleId: "report", workflowName: "shell.command", spec: { cron: "0 6 * * *" }, input: { command: "true" } },
  ]);
  const importBoth = async () => {
    await page.getByRole("button", { name: "Import schedules" }).click();
    await dialog.getByLabel("Or paste it here").fill(text);
    await dialog.getByRole("button", { name: "Look it over" }).click();
    await dialog.getByRole("button", { name: "Import 2 items" }).click();
  };
  const added = page.getByRole("alert").filter({ hasText: "1 schedule added, 1 changed" });
  const row = (name: string) => page.getByRole("row", { name: new RegExp(`Select ${name}`) });
  await importBoth();
  await expect(row("report")).toBeVisible();
  await takeScreenshots(page, "import-undo");
  await added.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone: 1 schedule deleted, 1 as before")).toBeVisible();
  await expect(row("report")).toBeHidden();
  expect(await almanac("schedules", "show", "backup")).toMatchObject({ spec: { cron: "0 3 * * *" } });
  expect(await almanac("schedules", "show", "report")).toMatchObject({ status: "deleted" });
  await importBoth();
  await expect(row("report")).toBeVisible();
});

test("an import is undone from the history of what it made, also one of the command line", async ({
  home: page,
  almanac,
}, info) => {
  const path = info.outputPath("jobs.crontab");
  writeFileSync(path, "0 5 * * * one\n0 6 * * * two\n");
  await almanac("import", path, "--yes");
  await page.goto(new URL("/schedules/crontab-one?tab=activity", page.url()).href);
  const line = page.getByRole("listitem").filter({ hasText: "Imported by the command line" });
  await line.getByRole("button", { name: "Undo import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the import" });
  await expect(dialog).toContainText("added 2 schedules");
  await takeScreenshots(page, "import-undo-history");
  await almanac("schedules", "update", "crontab-two", "--max-attempts", "4");
  await dialog.getByRole("button", { name: "Undo import" }).click();
  await expect(page.getByText("Undone: 1 schedule deleted. two stays: it was changed since")).toBeVisible();
  await expect(page.getByText("Deleted: its import was undone")).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo import…" })).toBeHidden();
  expect(await almanac("schedules", "show", "crontab-one")).toMatchObject({ status: "deleted" });
  expect(await almanac("schedules", "show", "crontab-two")).toMatchObject({ status: "active" });
});

test("rules of MAILTO alone, for schedules that are there already, are undone where they were made", async ({
  home: page,
  almanac,
}) => {
  await almanac(
    ..."notifications add mail --smtp 127.0.0.1:25 --from almanac@example.org --to ops@example.org".split(" "),
  );
  const dialog = page.getByRole("dialog");
  const look = async () => {
    await page.getByRole("button", { name: "Import schedules" }).click();
    await dialog.getByLabel("Or paste it here").fill("MAILTO=ops@example.org\n0 0 * * * true\n");
    await dialog.getByRole("button", { name: "Look it over" }).click();
  };
  await look();
  await dialog.getByRole("button", { name: "Import 1 item" }).click();
  await expect(page.getByText("1 schedule added")).toBeVisible();

  await look();
  await expect(dialog.getByRole("button", { name: "Import 0 items" })).toBeDisabled();
  await dialog.getByRole("checkbox", { name: "Tell of failures by mail, in place of MAILTO" }).check();
  await takeScreenshots(page, "import-rules");
  await dialog.getByRole("button", { name: "Set notification rules" }).click();
  const told = page.getByRole("alert").filter({ hasText: "1 notification rule set" });
  const rules = async () => {
    const listed = await almanac<{ rules: { name: string }[] }>("notifications", "list");
    return listed.rules.map(({ name }) => name).filter((name) => name.startsWith("mailto-"));
  };
  await expect(told).toBeVisible();
  expect(await rules()).toEqual(["mailto-ops-example-org"]);
  await told.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone: 1 notification rule as before")).toBeVisible();
  expect(await rules()).toEqual([]);
});

test("an import of an exclusion calendar alone is undone from Settings, once it is said what that does", async ({
  home: page,
  almanac,
}, info) => {
  const path = info.outputPath("off.json");
  writeFileSync(path, JSON.stringify({ schedules: [], calendars: [{ name: "off", entries: ["2027-01-01"] }] }));
  await almanac("import", path, "--yes");
  const line = await lineOf(page);
  await page.goto(new URL("/settings", page.url()).href);
  const imports = page.getByRole("list", { name: "Imports that can be undone" });
  await expect(imports.getByRole("listitem")).toHaveText(
    /Import by the command line, .*: changed 1 exclusion calendar/,
  );
  // What it would do is on its way.
  line.fallSilent();
  await imports.getByRole("button", { name: "Undo import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the import" });
  const confirm = dialog.getByRole("button", { name: "Undo import" });
  await expect(confirm).toBeDisabled();
  await expect(dialog.getByText("Looking at what it wrote")).toBeVisible();
  await line.cut();
  line.mend();
  await expect(dialog).toContainText("It changed 1 exclusion calendar");
  await takeScreenshots(page, "import-undo-settings");
  await confirm.click();
  await expect(page.getByText("Undone: 1 exclusion calendar as before")).toBeVisible();
  await expect(imports).toBeHidden();
  expect(await almanac("calendars", "list")).toEqual({ calendars: [] });
});
