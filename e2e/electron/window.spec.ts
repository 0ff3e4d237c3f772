import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ElectronApplication } from "@playwright/test";
import { answerQuestions, expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";
import { openPage } from "../fixtures/steps.ts";

type Noticing = typeof globalThis & { notices: string[] };

/** Keeps the titles of what the system is given to tell. */
const keepNotices = (app: ElectronApplication): Promise<void> =>
  app.evaluate(({ Notification }) => {
    const kept: string[] = [];
    (globalThis as Noticing).notices = kept;
    Notification.isSupported = () => true;
    Notification.prototype.show = function show() {
      kept.push(this.title);
    };
  });
const notices = (app: ElectronApplication): Promise<string[]> =>
  app.evaluate(() => (globalThis as Noticing).notices).catch(() => []);
const closeWindow = (app: ElectronApplication): Promise<void> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
type Removing = typeof globalThis & { removed: number };
type Minimising = typeof globalThis & { minimised: number };
/** Counts what a window manager would do, of which a display for tests has none. */
const countMinimised = (app: ElectronApplication): Promise<void> =>
  app.evaluate(({ BrowserWindow }) => {
    const kept = globalThis as Minimising;
    kept.minimised = 0;
    const [window] = BrowserWindow.getAllWindows();
    if (window !== undefined) window.minimize = () => void kept.minimised++;
  });
const minimised = (app: ElectronApplication): Promise<number> =>
  app.evaluate(() => (globalThis as Minimising).minimised).catch(() => 0);
const title = (app: ElectronApplication): Promise<string | undefined> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());

test("the title follows the page and counts what needs attention; the menus lead to dialogs of the page", async ({
  desktop,
}) => {
  const { app, page } = await desktop.start();
  await openPage(page, "Settings");
  await expect.poll(() => title(app)).toBe("Settings · Almanac");
  const input = JSON.stringify({ command: "false" });
  const what = ["--workflow", "shell.command", "--cron", "0 0 1 1 *", "--input", input];
  await cli(desktop.dataDir, "schedules", "create", "--id", "probe", ...what);
  await cli(desktop.dataDir, "schedules", "trigger", "probe");
  await expect.poll(() => title(app)).toBe("(1) Settings · Almanac");

  const choose = (menu: string, label: string): Promise<void> =>
    app.evaluate(
      ({ Menu }, [top, item]) => {
        const found = Menu.getApplicationMenu()?.items.find((entry) => entry.label.replace("&", "") === top);
        found?.submenu?.items.find((entry) => entry.label === item)?.click();
      },
      [menu, label] as const,
    );
  await choose("File", "Import…");
  await expect(page.getByRole("dialog", { name: "Import schedules" })).toBeVisible();
  await page.keyboard.press("Escape");
  await choose("Help", "Keyboard Shortcuts");
  await expect(page.getByRole("dialog", { name: /shortcuts/i })).toBeVisible();

  await test.step("the View menu leads to every page of the rail, in its order", async () => {
    const labels = await app.evaluate(({ Menu }) => {
      const view = Menu.getApplicationMenu()?.items.find(({ label }) => label.replace("&", "") === "View");
      return view?.submenu?.items.map(({ label, accelerator, type }) => ({ label, accelerator, type })) ?? [];
    });
    const ends = labels.findIndex(({ type }) => type === "separator");
    const rail = [
      "Schedules",
      "Calendar",
      "Runs",
      "Backfills",
      "Workflows",
      "Workers",
      "Notifications",
      "Hooks",
      "Settings",
    ];
    expect(labels.slice(0, ends)).toMatchObject(
      rail.map((label, index) => ({ label, accelerator: `CmdOrCtrl+${index + 1}` })),
    );
    await page.keyboard.press("Escape");
    await choose("View", "Hooks");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hooks");
    await choose("View", "Schedules");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Schedules");
  });

  // Started without a sandbox, as here, it says so.
  await answerQuestions(app, "Copy");
  await choose("Help", "About Almanac");
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText()).catch(() => "");
  await expect.poll(copied).toMatch(/^Almanac \d.*without Chromium's sandbox.*no feed is set/s);
});

test("closing goes to the tray and says so once; without a tray the window is minimised, and a late one gets an icon", async ({
  desktop,
}) => {
  test.skip(process.platform !== "linux", "only Linux has desktops without a tray");
  const { app } = await desktop.start();
  await keepNotices(app);
  const open = () => app.windows().length;
  for (let i = 0; i < 2; i++) {
    await closeWindow(app);
    await expect.poll(open).toBe(0);
    await Promise.all([app.waitForEvent("window"), desktop.startAgain()]);
    await expect.poll(open).toBe(1);
  }
  expect(await notices(app)).toEqual(["Almanac goes on in the tray"]);

  desktop.setTrayHost(false);
  await countMinimised(app);
  await closeWindow(app);
  await expect.poll(() => notices(app)).toContain("Almanac is minimised, not closed");
  expect(open()).toBe(1);
  expect(await minimised(app)).toBe(1);

  // An icon that was made before its host is shown nowhere.
  await app.evaluate(({ Tray }) => {
    const kept = globalThis as Removing;
    kept.removed = 0;
    const destroy = Tray.prototype.destroy;
    Tray.prototype.destroy = function () {
      kept.removed++;
      destroy.call(this);
    };
  });
  desktop.setTrayHost(true);
  await closeWindow(app);
  await expect.poll(open).toBe(0);
  expect(await app.evaluate(() => (globalThis as Removing).removed)).toBe(1);
});

test("files that are opened or dropped lead to the import's review", async ({ desktop }) => {
  const { page } = await desktop.start();
  const file = join(desktop.dataDir, "nightly.crontab");
  writeFileSync(file, "0 3 * * * /opt/backup --all\n");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await desktop.startAgain(file)).toBe(0);
  const dialog = page.getByRole("dialog", { name: "Import schedules" });
  await expect(dialog).toContainText("1 item found (crontab)");
  await expect(dialog).toContainText("/opt/backup --all");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["15 4 * * 1 /opt/report\n"], "mine.crontab"));
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
  });
  await expect(dialog).toContainText("1 item found (crontab)");
  await expect(dialog).toContainText("/opt/report");
});
