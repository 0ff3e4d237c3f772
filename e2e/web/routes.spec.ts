import { accessibilityFaults } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];

/** One address a route; a page that is added without one fails here. */
const addresses: Record<string, (ids: { runId: string; otherId: string; backfillId: string }) => string> = {
  "/": () => "/",
  "/schedules": () => "/schedules",
  "/schedules/new": () => "/schedules/new",
  "/schedules/$id": () => "/schedules/nightly",
  "/schedules/$id/edit": () => "/schedules/nightly/edit",
  "/schedules/$id/backfill": () => "/schedules/nightly/backfill",
  "/calendar": () => "/calendar",
  "/runs": () => "/runs",
  "/runs/$id": ({ runId }) => `/runs/${runId}`,
  "/runs/$id/compare": ({ runId, otherId }) => `/runs/${runId}/compare?with=${otherId}`,
  "/backfills": () => "/backfills",
  "/backfills/$id": ({ backfillId }) => `/backfills/${backfillId}`,
  "/workflows": () => "/workflows",
  "/workers": () => "/workers",
  "/notifications": () => "/notifications",
  "/hooks": () => "/hooks",
  "/settings": () => "/settings",
  "/calendars": () => "/calendars",
};

test("every page is accessible, light and dark", async ({ home: page, almanac }) => {
  // Each is looked through twice.
  test.setTimeout(300_000);
  await almanac(
    "schedules",
    "create",
    "--id",
    "nightly",
    "--cron",
    "0 3 14 * *",
    "--timezone",
    "UTC",
    ...shell("exit 3"),
  );
  const { runId } = await almanac<{ runId: string }>("schedules", "trigger", "nightly");
  const { runId: otherId } = await almanac<{ runId: string }>("schedules", "trigger", "nightly", "--force");
  const { backfillId } = await almanac<{ backfillId: string }>(
    ...["schedules", "backfill", "nightly", "--from", "2026-01-01T00:00:00Z", "--to", "2026-03-01T00:00:00Z"],
  );
  await expect.poll(() => almanac("runs", "list", "--status", "running")).toMatchObject({ runs: [] });

  const routes = await page.evaluate(() => {
    const { routesByPath } = (window as unknown as { __TSR_ROUTER__: { routesByPath: Record<string, unknown> } })
      .__TSR_ROUTER__;
    return Object.keys(routesByPath);
  });
  expect(routes.sort()).toEqual(Object.keys(addresses).sort());

  const faults: Record<string, string[]> = {};
  for (const [route, address] of Object.entries(addresses)) {
    await page.goto(new URL(address({ runId, otherId, backfillId }), page.url()).href);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    for (const colorScheme of ["light", "dark"] as const) {
      const found = await accessibilityFaults(page, colorScheme);
      if (found.length > 0) faults[`${route}, ${colorScheme}`] = found;
    }
  }
  expect(faults).toEqual({});
});
