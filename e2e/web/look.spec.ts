import { accessibilityFaults, printedOver, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const pages = [
  ["schedules", "/"],
  ["schedule", "/schedules/tick"],
  ["schedule-long", "/schedules/yearly"],
  ["edit-long", "/schedules/yearly/edit"],
  ["new-schedule", "/schedules/new"],
  ["edit-schedule", "/schedules/report/edit"],
  ["backfill", "/schedules/report/backfill"],
  ["calendar", "/calendar"],
  ["runs", "/runs"],
  ["backfills", "/backfills"],
  ["workflows", "/workflows"],
  ["exclusion-calendars", "/calendars"],
  ["settings", "/settings"],
] as const;

test("every page is accessible, light and dark, and fits a narrow window", async ({ home: page, almanac }) => {
  // Each page is drawn four times and looked through twice: minutes on a busy machine.
  test.setTimeout(900_000);
  const create = (id: string, ...more: string[]) =>
    almanac("schedules", "create", "--id", id, "--workflow", "shell.command", ...more);
  await create("tick", "--every", "1s", "--input", '{"command":"echo $ALMANAC_SCHEDULED_TIME"}');
  await create("failing", "--every", "2s", "--input", '{"command":"echo no >&2; exit 3"}');
  // A long name, written both ways, whose runs lie in a zone that is not the reader's, most of them in another year.
  const long = "תזכורת שנתית — a name that is much longer than any column is wide, and says so to its very end";
  await create(
    "yearly",
    "--name",
    long,
    "--cron",
    "0 9 1 6 *",
    "--timezone",
    "Asia/Tokyo",
    "--input",
    '{"command":"true"}',
  );
  await create("report", "--cron", "0 9 * * 1-5", "--timezone", "Europe/Berlin", "--input", '{"command":"true"}');
  await expect
    .poll(async () => (await almanac<{ totalRuns: number }>("schedules", "show", "failing")).totalRuns)
    .toBeGreaterThan(2);
  // What is looked at must hold still.
  for (const id of ["tick", "failing"]) await almanac("schedules", "pause", id);

  for (const [name, path] of pages) {
    await test.step(name, async () => {
      await page.goto(new URL(path, page.url()).href);
      // A cold page of a busy machine.
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible({ timeout: 30_000 });
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      await takeScreenshots(page, name);
      for (const colorScheme of ["light", "dark"] as const) {
        expect.soft(await accessibilityFaults(page, colorScheme), `${name}, ${colorScheme}`).toEqual([]);
      }
      // The narrowest window, and a wide one at 200 %.
      for (const size of [
        { width: 900, height: 600 },
        { width: 640, height: 400 },
      ]) {
        await page.setViewportSize(size);
        const [wider, longer] = await page.evaluate(() => {
          const { scrollWidth, scrollHeight } = document.documentElement;
          return [scrollWidth - innerWidth, scrollHeight - innerHeight];
        });
        expect.soft(wider, `${name} is wider than a window of ${size.width}`).toBeLessThanOrEqual(0);
        // The page scrolls, and never the document: what leads to a part of it would take the navigation away.
        expect.soft(longer, `${name} is longer than a window of ${size.height}`).toBeLessThanOrEqual(0);
        if (size.width === 900) expect.soft(await printedOver(page), `${name}, ${size.width}`).toEqual([]);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      expect.soft(await printedOver(page), `${name}, 1280`).toEqual([]);
    });
  }
});
