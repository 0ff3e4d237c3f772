import { expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";
import { countedRuns, createEverySecond, openPage } from "../fixtures/steps.ts";

interface Runs {
  runs: { runId: string; status: string; scheduledTime: string }[];
}

test("a schedule made by clicking runs on time, and is all there after a restart", async ({ desktop }) => {
  const first = await desktop.start();
  await createEverySecond(first.page, { name: "Tick", command: "echo tick $ALMANAC_SCHEDULED_TIME" });
  await expect.poll(() => countedRuns(first.page)).toBeGreaterThanOrEqual(2);
  const soFar = await countedRuns(first.page);
  await expect.poll(() => countedRuns(first.page)).toBeGreaterThan(soFar);
  await desktop.quit();

  // Nothing runs without the program, and the command line sees what the window saw.
  const { runs } = await cli<Runs>(desktop.dataDir, "runs", "list", "--schedule", "tick");
  expect(runs.length).toBeGreaterThan(soFar);
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => "completed"));
  expect(new Set(runs.map(({ scheduledTime }) => scheduledTime)).size).toBe(runs.length);

  const second = await desktop.start();
  await second.page.getByRole("link", { name: "Tick" }).first().click();
  await expect.poll(() => countedRuns(second.page)).toBeGreaterThan(runs.length);

  // The list moves on with every run: the row that a click is meant for may have gone meanwhile, or the page only be slow.
  const runPage = /\/runs\/\w+$/;
  await expect(async () => {
    if (!runPage.test(second.page.url()))
      await second.page.getByRole("link", { name: "Completed" }).last().click({ timeout: 1_000 });
    await expect(second.page).toHaveURL(runPage, { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(second.page.getByRole("main")).toContainText(/tick \d{4}-\d\d-\d\dT/);

  await openPage(second.page, "Schedules");
  await expect(second.page.getByRole("main")).toContainText("Tick");
});

test("the window comes back where it was, and the engine goes on without it", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  await createEverySecond(page, { name: "Tick", command: "true" });
  const bounds = await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0];
    window?.setBounds({ x: 40, y: 50, width: 1000, height: 700 });
    return window?.getBounds();
  });
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(() => app.windows().length).toBe(0);

  // No window, and still running: the tray has it.
  const count = async (): Promise<number> =>
    (await cli<{ totalRuns: number }>(desktop.dataDir, "schedules", "show", "tick")).totalRuns;
  const before = await count();
  await expect.poll(count).toBeGreaterThan(before);

  const [reopened] = await Promise.all([app.waitForEvent("window"), desktop.startAgain("almanac://schedules/tick")]);
  await expect(reopened.getByRole("heading", { name: "Tick" })).toBeVisible();
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toEqual(bounds);
});
