// Pictures of every page on filled folders, for a person to look at: `npm run screenshots`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { createAlmanacApp } from "../../electron/api/app.ts";
import { createServer } from "../../electron/server/server.ts";
import { fillWithHistory } from "../lib/history.ts";
import { fillFolder, planAnew } from "./filled.ts";

const out = join(process.cwd(), "test-results/screenshots");
const [only = ""] = process.argv.slice(2);

/** How a picture is taken: at 200 % a page has half the room, drawn twice as large. */
const looks = {
  light: { width: 1280, height: 800, scheme: "light", scale: 1 },
  dark: { width: 1280, height: 800, scheme: "dark", scale: 1 },
  narrow: { width: 900, height: 600, scheme: "light", scale: 1 },
  wide: { width: 1920, height: 1080, scheme: "light", scale: 1 },
  zoomed: { width: 640, height: 400, scheme: "light", scale: 2 },
  // README's, written over the one in docs/ and only when it is asked for.
  readme: { width: 1280, height: 800, scheme: "light", scale: 1 },
} as const;
type Look = keyof typeof looks;

interface Shot {
  name: string;
  path: string;
  looks: readonly Look[];
  /** Done before the picture is taken. */
  act?: (page: Page) => Promise<void>;
}

const main: readonly Look[] = ["light", "dark", "narrow", "wide", "zoomed"];
const one: readonly Look[] = ["light"];

/** Pages of the folder with nineteen schedules. */
const shots = (failedRun: string): readonly Shot[] => [
  { name: "home", path: "/", looks: [...main, "readme"] },
  { name: "home-table", path: "/?sort=name", looks: one },
  {
    name: "home-panel",
    path: "/",
    looks: one,
    act: async (page) => {
      await page.getByRole("row", { name: /Import orders/ }).focus();
      await page.keyboard.press("Space");
    },
  },
  { name: "schedule", path: "/schedules/import-orders", looks: main },
  { name: "schedule-timeline", path: "/schedules/hourly-sync?tab=timeline", looks: main },
  { name: "schedule-year", path: "/schedules/daily-report?tab=year", looks: main },
  { name: "schedule-duration", path: "/schedules/hourly-sync?tab=duration", looks: one },
  { name: "schedule-upcoming", path: "/schedules/billing?tab=upcoming", looks: one },
  { name: "schedule-omissions", path: "/schedules/hourly-sync?tab=omissions", looks: one },
  { name: "schedule-activity", path: "/schedules/hourly-sync?tab=activity", looks: one },
  { name: "schedule-policies", path: "/schedules/hourly-sync?tab=policies", looks: one },
  { name: "schedule-paused", path: "/schedules/old-exporter", looks: one },
  { name: "schedule-fresh", path: "/schedules/fresh", looks: one },
  { name: "editor", path: "/schedules/daily-report/edit", looks: main },
  { name: "editor-new", path: "/schedules/new", looks: one },
  { name: "calendar-month", path: "/calendar", looks: main },
  { name: "calendar-week", path: "/calendar?view=week", looks: main },
  { name: "calendar-day", path: "/calendar?view=day", looks: main },
  { name: "calendar-agenda", path: "/calendar?view=agenda", looks: main },
  { name: "calendar-filtered", path: "/calendar?view=week&tag=backup&outcome=failed", looks: one },
  { name: "runs", path: "/runs", looks: one },
  { name: "run", path: `/runs/${failedRun}`, looks: main },
  { name: "backfill", path: "/schedules/hourly-sync/backfill", looks: main },
  { name: "backfill-progress", path: "/backfills/backfill-running", looks: main },
  { name: "backfills", path: "/backfills", looks: one },
  { name: "schedule-chain", path: "/schedules/daily-report?tab=chain", looks: one },
  { name: "workflows", path: "/workflows", looks: one },
  { name: "workers", path: "/workers", looks: one },
  { name: "notifications", path: "/notifications", looks: one },
  { name: "hooks", path: "/hooks", looks: one },
  { name: "settings", path: "/settings", looks: one },
  { name: "exclusion-calendars", path: "/calendars", looks: one },
];

const few: readonly Shot[] = [
  { name: "home", path: "/", looks: one },
  { name: "calendar-month", path: "/calendar", looks: one },
  { name: "calendar-week", path: "/calendar?view=week", looks: one },
];

/** In one page: the address signs in once. */
async function takeAll(
  browser: Browser,
  address: string,
  pictures: readonly Shot[],
  suffix: string,
  dataDir: string,
): Promise<number> {
  let taken = 0;
  const context = await browser.newContext({
    reducedMotion: "reduce",
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
  });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.goto(address);
  await page.waitForURL(/^[^?#]*$/).catch(() => {});
  for (const look of Object.keys(looks) as Look[]) {
    const { width, height, scheme, scale } = looks[look];
    const wanted = pictures.filter(
      (shot) =>
        shot.looks.includes(look) &&
        `${shot.name}${suffix}-${look}`.includes(only) &&
        (look === "readme") === (only === "readme"),
    );
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await devtools.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: scale,
      mobile: false,
    });
    // The longest times in the narrowest window.
    await page.evaluate((clock) => localStorage.setItem("almanac-clock", clock), look === "narrow" ? '"12"' : '"24"');
    for (const { name, path, act } of wanted) {
      planAnew(dataDir, Date.now());
      await page.goto(new URL(path, page.url()).href);
      await page
        .waitForFunction(
          () =>
            document.querySelector("h1, h2") !== null &&
            document.querySelector('[aria-busy="true"], [data-loading]') === null,
          undefined,
          { timeout: 20_000 },
        )
        .catch(() => console.log(`${name}-${look}: still busy`));
      // Charts come after the page, and settle in a moment that nothing on it tells.
      await page.waitForTimeout(400);
      await act?.(page);
      await page.waitForTimeout(300);
      const small = look === "readme";
      const { data } = await devtools.send(
        "Page.captureScreenshot",
        small ? { format: "webp", quality: 80 } : { format: "png" },
      );
      const file = small ? join(process.cwd(), "docs/home.webp") : join(out, `${name}${suffix}-${look}.png`);
      writeFileSync(file, Buffer.from(data, "base64"));
      taken++;
    }
  }
  await context.close();
  return taken;
}

/** A folder of its own, filled, for pictures named with `suffix`; none where none of them is asked for. */
async function withFolder(
  pictures: (dataDir: string) => readonly Shot[],
  suffix: string,
  browser: Browser,
): Promise<number> {
  const names = shotNames(suffix);
  if (!names.some((name) => name.includes(only))) return 0;
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-screens-"));
  const filled = pictures(dataDir);
  // A client fires nothing, so that the pictures stay as the folder was filled.
  const app = await createAlmanacApp({ dataDir, programName: "screenshots", role: "client", createDatabase: true });
  const server = await createServer({ app, pagesDir: join(process.cwd(), "dist/renderer") });
  try {
    return await takeAll(browser, server.url, filled, suffix, dataDir);
  } finally {
    await server.close();
    await app.close(0);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** All that may be asked for of a folder. */
const shotNames = (suffix: string): string[] =>
  (suffix === "" ? shots("") : few).flatMap(({ name, looks: own }) => own.map((look) => `${name}${suffix}-${look}`));

mkdirSync(out, { recursive: true });
const executablePath = process.env["ALMANAC_CHROMIUM"];
const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
const now = Date.now();
let taken = 0;
try {
  taken += await withFolder((dataDir) => shots(fillFolder(dataDir, now).failedRun), "", browser);
  taken += await withFolder(() => few, "-0", browser);
  taken += await withFolder(
    (dataDir) => {
      fillFolder(dataDir, now, 3);
      return few;
    },
    "-3",
    browser,
  );
  taken += await withFolder(
    (dataDir) => {
      fillWithHistory(dataDir, 10_000, 200_000);
      return few;
    },
    "-10000",
    browser,
  );
} finally {
  await browser.close();
}
console.log(only === "readme" ? "README's picture is docs/home.webp" : `${taken} pictures in ${out}`);
