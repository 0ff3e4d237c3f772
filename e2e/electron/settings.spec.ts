import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "../fixtures/desktop.ts";
import { takeScreenshots } from "../fixtures/look.ts";
import { cli } from "../fixtures/programs.ts";
import { openPage } from "../fixtures/steps.ts";

test("switched not to stay in the tray, closing the window ends the program and frees the data folder", async ({
  desktop,
}) => {
  const { app, page } = await desktop.start();
  await openPage(page, "Settings");
  // What is imported is read in a utility process of its own.
  await page.getByRole("button", { name: "Import…", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Or paste it here").fill("0 5 * * * backup\n");
  await dialog.getByRole("button", { name: "Look it over" }).click();
  await expect(dialog.getByRole("checkbox", { name: "Import backup" })).toBeVisible();
  await page.keyboard.press("Escape");

  const stay = page.getByRole("switch", { name: /Keep running in the tray/ });
  await expect(stay).toBeChecked();
  await stay.click({ force: true });
  await expect(stay).not.toBeChecked();

  const ended = new Promise<number | null>((done) => app.process().once("exit", done));
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  expect(await ended).toBe(0);
  const { owner, problems } = await cli<{ owner: unknown; problems: string[] }>(desktop.dataDir, "doctor");
  expect({ owner, problems }).toEqual({ owner: null, problems: [] });
});

test("started at login, it comes up in the tray on the same data folder", async ({ desktop }) => {
  test.skip(process.platform !== "linux", "only Linux keeps what starts at login in a file");
  const { page } = await desktop.start();
  await openPage(page, "Settings");
  const login = page.getByRole("switch", { name: "Keep firing after I log in" });
  const entry = join(desktop.dataDir, "config/autostart/almanac.desktop");
  await login.click({ force: true });
  await expect.poll(() => existsSync(entry)).toBe(true);
  expect(readFileSync(entry, "utf8")).toContain(`"--hidden" "--data-dir" "${desktop.dataDir}"`);
  await login.click({ force: true });
  await expect.poll(() => existsSync(entry)).toBe(false);
});

test("started hidden, it fires from the tray without a window", async ({ desktop }) => {
  const app = await desktop.startHidden();
  const input = '{"command":"true"}';
  // Nothing is shown that would say when the database is there.
  await expect.poll(() => existsSync(join(desktop.dataDir, "almanac.db-wal"))).toBe(true);
  await cli(
    desktop.dataDir,
    ...["schedules", "create", "--id", "tick", "--workflow", "shell.command", "--every", "1s", "--input", input],
  );
  const runs = async (): Promise<number> =>
    (await cli<{ totalRuns: number }>(desktop.dataDir, "schedules", "show", "tick")).totalRuns;
  await expect.poll(runs).toBeGreaterThan(1);
  expect(app.windows()).toEqual([]);
});

test("going back to a backup ends the program, puts it in place and starts anew", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  const create = (id: string) =>
    cli(
      desktop.dataDir,
      ...["schedules", "create", "--id", id, "--workflow", "shell.command", "--cron", "0 0 1 1 *", "--input"],
      '{"command":"true"}',
    );
  await create("first");
  await openPage(page, "Settings");
  const backup = page.getByRole("table", { name: "Backups" }).getByRole("row").nth(1);
  await expect(async () => {
    await page.reload();
    await expect(backup).toContainText("1 schedule, 0 runs", { timeout: 2000 });
  }).toPass();
  await create("second");
  // A program that starts by itself would be nobody's to end.
  await app.evaluate(({ app: program }) => {
    program.relaunch = () => console.log("it starts anew");
  });
  const startsAnew = desktop.printed(/it starts anew/);
  const ended = new Promise<number | null>((done) => app.process().once("exit", done));
  await backup.getByRole("button", { name: "Restore…" }).click();
  await expect(page.getByRole("dialog")).toContainText("1 schedule would be gone: second");
  await page.getByRole("button", { name: "Restore and start anew" }).click();
  await startsAnew;
  expect(await ended).toBe(0);
  const { schedules } = await cli<{ schedules: { scheduleId: string }[] }>(desktop.dataDir, "schedules", "list");
  expect(schedules.map(({ scheduleId }) => scheduleId)).toEqual(["first"]);
});

test("it listens for programs of this machine where that is switched on, says that a port is taken, and again after a start", async ({
  desktop,
}) => {
  const { page } = await desktop.start();
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  const { port } = taken.address() as { port: number };
  const origin = `http://127.0.0.1:${port}`;
  await openPage(page, "Hooks");
  await expect(page.getByText("Nothing listens, so no program can call them.")).toBeVisible();
  await page.getByRole("link", { name: "Listen on this machine" }).click();
  const section = page.getByRole("region", { name: "Programs" });
  await section.getByLabel("Port").fill(String(port));
  await section.getByRole("switch", { name: "Listen on this machine" }).click({ force: true });
  await expect(section).toContainText(`a port that is free, for ${port} is taken by another program`);
  await expect(section.getByRole("switch")).not.toBeChecked();
  await takeScreenshots(page, "settings-listening");
  await new Promise((done) => taken.close(done));
  await section.getByRole("switch").click({ force: true });
  await expect(section).toContainText(`It listens at ${origin}.`);
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  expect((await fetch(origin)).status).toBe(404);

  await cli(
    desktop.dataDir,
    // Its first run may still go on, or go on again after the start.
    ...["schedules", "create", "--id", "deploy", "--workflow", "shell.command", "--every", "100w"],
    ...["--overlap", "allow_all", "--input", '{"command":"true"}'],
  );
  const hook = await cli<{ path: string; token: string }>(
    desktop.dataDir,
    "hooks",
    "create",
    "ci",
    "--schedule",
    "deploy",
  );
  await desktop.quit();
  await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
  const again = await desktop.start();
  const called = await fetch(`${origin}${hook.path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${hook.token}` },
  });
  expect(called.status).toBe(202);
  await openPage(again.page, "Hooks");
  await expect(again.page.getByRole("list", { name: "Hooks" })).toContainText(/1 started, 0 refused/);
  await expect(again.page.getByText(`${origin}${hook.path}`)).toBeVisible();
});
