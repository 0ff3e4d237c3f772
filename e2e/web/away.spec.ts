import { lineOf } from "../fixtures/line.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "true" })];
const lostText = /No connection to Almanac's engine/;
const gone = "Almanac's engine is away, and nothing was changed";

test("what is pressed while the engine is away is refused, and never done later", async ({ page, server, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await almanac("schedules", "create", "--id", "after-it", "--when", "when nightly fails", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /Select nightly/ });
  const alerts = page.getByRole("alert").filter({ hasText: gone });
  await expect(row).toBeVisible();
  await line.cut();
  await expect(page.getByText(lostText)).toBeVisible();

  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await expect(alerts).toHaveCount(1);
  await test.step("pressed again it is said again, once", async () => {
    await row.getByRole("button", { name: "Run nightly now" }).click();
    await expect(alerts).toHaveCount(1);
  });
  await test.step("nor does what would have asked something first wait to do it", async () => {
    await row.getByRole("button", { name: "More actions for nightly" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Almanac's engine is away" }).first()).toBeVisible();
  });

  // What happens meanwhile is there by itself.
  await almanac("schedules", "pause", "after-it");
  line.mend();
  await expect(page.getByText(lostText)).toBeHidden();
  await expect(page.getByRole("row", { name: /after-it/ })).toContainText("Paused");
  // Asked over the connection that is back: it comes after whatever had waited for it.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("nightly");
  await expect(page.getByRole("dialog", { name: "Find anything" })).toContainText("nightly");
  await page.keyboard.press("Escape");
  expect(await almanac("runs", "list")).toMatchObject({ runs: [] });
  await expect(row).toBeVisible();

  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await expect(page.getByText("nightly runs now")).toBeVisible();
  expect((await almanac<{ runs: unknown[] }>("runs", "list")).runs).toHaveLength(1);
});

test("an answer that got lost is said to be unknown, and the page looks again", async ({ page, server, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /nightly/ });
  await expect(row).toContainText("no runs yet");
  const lost = line.loseAnswerTo("schedules.trigger");
  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await lost;
  await expect(page.getByRole("alert")).toContainText("whether this was done is not known");
  line.mend();
  await expect(row).toContainText("of 1");
  expect((await almanac<{ runs: unknown[] }>("runs", "list")).runs).toHaveLength(1);
});

test("clocks stand still while the engine is away, and go on with it", async ({ page, server, almanac }) => {
  await page.clock.install();
  await almanac("schedules", "create", "--id", "often", "--every", "30m", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const next = page
    .getByRole("row", { name: /often/ })
    .getByRole("gridcell")
    .filter({ hasText: /in \d+ min|starting/ });
  await expect(next).toContainText(/in \d+ min/);
  await line.cut();
  await expect(page.getByText(/What you see is as it was at/)).toBeVisible();
  const before = await next.textContent();
  await page.clock.fastForward("02:00:00");
  await expect(page.getByText(/What you see is as it was at/)).toBeVisible();
  await expect(next).toHaveText(before ?? "");
  line.mend();
  await expect(page.getByText(/What you see is as it was at/)).toBeHidden();
  // By the page's clock, it was due long ago.
  await expect(page.getByRole("row", { name: /often/ })).toContainText("starting");
});

test("how long something has waited is by a clock that stands still while the engine is away", async ({
  page,
  server,
  almanac,
}) => {
  await page.clock.install();
  await almanac("settings", "set", "runsAtOnce", "1");
  const long = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "sleep 600" })];
  for (const id of ["first", "second"])
    await almanac("schedules", "create", "--id", id, "--cron", "0 3 1 1 *", ...long);
  await almanac("schedules", "trigger", "first");
  await almanac("schedules", "trigger", "second");
  const line = await lineOf(page);
  await page.goto(server.address);
  const waiting = page.getByRole("row", { name: /second/ });
  await expect(waiting).toContainText("Queued");
  await line.cut();
  await expect(page.getByText(/What you see is as it was at/)).toBeVisible();
  await page.clock.fastForward("02:00:00");
  // Drawn anew, it says what it said.
  await waiting.getByRole("checkbox").check();
  await expect(waiting).toHaveAttribute("aria-selected", "true");
  await expect(waiting).not.toContainText("Long wait");
  line.mend();
  await expect(waiting).toContainText("Long wait");
});

test("a command that was given its undo while the engine is away can still be undone", async ({
  page,
  server,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /nightly/ });
  await row.focus();
  await page.keyboard.press("p");
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await line.cut();
  await expect(page.getByText(lostText)).toBeVisible();
  await undo.click();
  await expect(page.getByRole("alert").filter({ hasText: gone })).toBeVisible();
  line.mend();
  await expect(page.getByText(lostText)).toBeHidden();
  // What told of the failure may still be going as what can be done again comes.
  await undo.last().click();
  await expect(row).not.toContainText("Paused");
});

test("an engine whose machine falls asleep, which breaks no connection, is said to be away within 15 s", async ({
  page,
  server,
  almanac,
}) => {
  await page.clock.install();
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  await expect(page.getByRole("row", { name: /Select nightly/ })).toBeVisible();
  line.fallSilent();
  await page.clock.runFor(15_000);
  await expect(page.getByText(lostText)).toBeVisible();
  await almanac("schedules", "pause", "nightly");
  line.mend();
  await expect(page.getByText(lostText)).toBeHidden();
  await expect(page.getByRole("row", { name: /nightly/ })).toContainText("Paused");
});
