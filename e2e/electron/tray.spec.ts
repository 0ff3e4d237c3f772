import type { Menu, Notification } from "electron";
import { expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";

/** What the program gave the system to show, kept in its main process. */
interface Shown {
  trayMenu?: Menu;
  notifications: Notification[];
}
type Keeping = typeof globalThis & { shown: Shown };

/** The driver loses an answer where the program collects its garbage just then; whoever polls asks again. */
const lost = (): string[] => [];

interface Schedules {
  schedules: { scheduleId: string; status: string }[];
}

async function create(dataDir: string, id: string, command: string, ...when: string[]): Promise<void> {
  const input = JSON.stringify({ command });
  await cli(dataDir, "schedules", "create", "--id", id, "--workflow", "shell.command", "--input", input, ...when);
}

test("the tray shows what is next, and pauses and resumes all of it", async ({ desktop }) => {
  const { app } = await desktop.start();
  await app.evaluate(({ Menu }) => {
    const shown: Shown = { notifications: [] };
    (globalThis as Keeping).shown = shown;
    const build = Menu.buildFromTemplate.bind(Menu);
    Menu.buildFromTemplate = (template) => {
      shown.trayMenu = build(template);
      return shown.trayMenu;
    };
  });
  const labels = (): Promise<string[]> =>
    app.evaluate(() => (globalThis as Keeping).shown.trayMenu?.items.map(({ label }) => label) ?? []).catch(lost);
  const click = (label: string): Promise<void> =>
    app.evaluate((_electron, wanted) => {
      (globalThis as Keeping).shown.trayMenu?.items.find((item) => item.label === wanted)?.click();
    }, label);
  const statuses = async (): Promise<string[]> =>
    (await cli<Schedules>(desktop.dataDir, "schedules", "list")).schedules.map(({ status }) => status);

  // Hours from now, whatever the time of day is: the nearer one stands first.
  const daily = (hours: number) => [
    "--every",
    "1d",
    "--start-at",
    new Date(Date.now() + hours * 3_600_000).toISOString(),
  ];
  await create(desktop.dataDir, "nightly", "true", ...daily(3));
  await create(desktop.dataDir, "second", "true", ...daily(4), "--name", "Q&A");
  await expect
    .poll(async () => (await labels()).slice(0, 2))
    .toEqual([expect.stringMatching(/nightly$/), expect.stringMatching(/Q&&A$/)]);

  await click("Pause all");
  await expect.poll(statuses).toEqual(["paused", "paused"]);
  await expect.poll(labels).toContain("Resume 2 paused");
  await click("Resume 2 paused");
  await expect.poll(statuses).toEqual(["active", "active"]);
  await expect
    .poll(async () => (await labels()).filter((label) => /^(Pause|Resume)/.test(label)))
    .toEqual(["Pause all"]);
});

test("a failure is told once, a click on it opens the run, and so is the recovery", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  await app.evaluate(({ Notification }) => {
    const shown: Shown = { notifications: [] };
    (globalThis as Keeping).shown = shown;
    // Without a desktop there is nobody to show them.
    Notification.isSupported = () => true;
    Notification.prototype.show = function show() {
      shown.notifications.push(this);
    };
  });
  const titles = (): Promise<string[]> =>
    app.evaluate(() => (globalThis as Keeping).shown.notifications.map(({ title }) => title)).catch(lost);
  await create(desktop.dataDir, "probe", "false", "--every", "1s");
  await expect.poll(titles).toEqual(["✕ probe failed"]);
  await app.evaluate(() => (globalThis as Keeping).shown.notifications[0]?.emit("click"));
  await expect(page).toHaveURL(/\/runs\/\w+$/);
  await expect(page.getByRole("main")).toContainText("exit code 1");

  await cli(desktop.dataDir, "schedules", "update", "probe", "--input", '{"command":"true"}');
  await expect.poll(titles).toEqual(["✕ probe failed", "✓ probe works again"]);
});
