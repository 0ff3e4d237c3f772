import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromium, type Page } from "playwright";
import { createAlmanacApp } from "../electron/api/app.ts";
import { serveBarePage } from "./lib/barePage.ts";
import { fillWithHistory, historySeed } from "./lib/history.ts";
import { changesPerSecond, runAsPagesServer, startPagesServer } from "./lib/pagesServer.ts";
import { frames, rememberKeys, scriptBytes, threadMs, untilPainted } from "./lib/pageTimes.ts";
import { connectByPort } from "./lib/portClient.ts";
import { type Bench, runAsProgram } from "./lib/report.ts";
import { milliseconds, quantile } from "./lib/statistics.ts";

const rowsAreThere = (): boolean => document.querySelectorAll('[role="grid"] [role="row"] a').length > 5;
const calendarIsThere = (): boolean => document.querySelector('[aria-busy="false"]') !== null;
const listIsAnother = (): boolean => {
  const grid = document.querySelector('[role="grid"]');
  return grid?.getAttribute("aria-rowcount") !== (window as { before?: string | null }).before;
};

/** How long what moves is looked at. */
const movingMs = 10_000;

/** Times of opening an address anew. */
async function opening(page: Page, address: string, times: number, ready: () => boolean): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    await page.goto(address);
    taken.push(await untilPainted(page, 0, ready));
  }
  return taken;
}

/** So many keys a second are typed. */
const keysPerSecond = 8;

/** Times from a digit typed into a search to the list that it leaves, at the pace of somebody who types fast. */
async function typing(page: Page, times: number): Promise<number[]> {
  const search = page.getByRole("textbox", { name: /^Search/ });
  const rowCount = (): Promise<number> =>
    page.evaluate(() => Number(document.querySelector('[role="grid"]')?.getAttribute("aria-rowcount")));
  const all = await rowCount();
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    await search.fill("");
    await page.waitForFunction(
      (before) => Number(document.querySelector('[role="grid"]')?.getAttribute("aria-rowcount")) >= before,
      all,
    );
    await search.pressSequentially("job ", { delay: 1000 / keysPerSecond });
    // Each digit leaves a smaller list, which is what is waited for.
    for (const digit of String(100 + ((i * 37) % 900))) {
      await page.evaluate(() => {
        const grid = document.querySelector('[role="grid"]');
        Object.assign(window, { before: grid?.getAttribute("aria-rowcount") });
      });
      const next = delay(1000 / keysPerSecond);
      await page.keyboard.press(digit);
      taken.push(await untilPainted(page, "keydown", listIsAnother));
      await next;
    }
  }
  return taken;
}

/** Scrolls a list up and down for as long as is measured. */
async function scroll(page: Page): Promise<void> {
  await page.getByRole("grid").hover();
  const until = performance.now() + movingMs;
  for (let n = 0; performance.now() < until; n++) {
    await page.mouse.wheel(0, n % 80 < 40 ? 400 : -400);
    await delay(25);
  }
}

/** Zooms a timeline in and out, and moves it. */
async function zoom(page: Page): Promise<void> {
  const lanes = page.locator('[aria-roledescription="timeline"]');
  const box = await lanes.boundingBox();
  if (box === null) throw new Error("there is no timeline to zoom");
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await page.keyboard.down("Control");
  const until = performance.now() + movingMs;
  for (let n = 0; performance.now() < until; n++) {
    await page.mouse.wheel(0, n % 60 < 30 ? -40 : 40);
    await delay(25);
  }
  await page.keyboard.up("Control");
}

export const bench: Bench = {
  name: "pages",
  /** The pages in a browser on this machine, beside a bare page of the same framework that draws as much. */
  async run({ quick = false }) {
    const [scheduleCount, runCount] = quick ? [1000, 100_000] : [10_000, 1_000_000];
    const times = quick ? 5 : 20;
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-pages-"));
    const rows: (string | number)[][] = [];
    const smooth: (string | number)[][] = [];
    const work: (string | number)[][] = [];
    const executablePath = process.env["ALMANAC_CHROMIUM"];
    const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
    const bare = await serveBarePage(scheduleCount);
    let kilobytes: [own: number, bare: number] = [0, 0];
    try {
      fillWithHistory(dataDir, scheduleCount, runCount);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
      const [page, other] = [await context.newPage(), await context.newPage()];
      await rememberKeys(page);
      await rememberKeys(other);
      const report = (what: string, target: string, taken: number[], beside?: number[]): void => {
        const [first = 0] = taken;
        const half = (list: number[]): number =>
          quantile(
            [...list].sort((a, b) => a - b),
            0.5,
          );
        rows.push([
          what,
          target,
          milliseconds(first),
          milliseconds(half(taken)),
          milliseconds(
            quantile(
              [...taken].sort((a, b) => a - b),
              0.95,
            ),
          ),
          beside === undefined ? "–" : milliseconds(half(beside)),
          beside === undefined ? "–" : (half(taken) / half(beside)).toFixed(1),
        ]);
      };

      const app = await createAlmanacApp({ dataDir, programName: "bench", role: "client", createDatabase: true });
      const { client, close } = connectByPort(app);
      const pages = Math.floor(scheduleCount / 50);
      const asked: number[] = [];
      for (let i = 0; i <= times * 5; i++) {
        const startedAt = performance.now();
        await client.schedules.rows.query({ sort: "need", limit: 50, offset: (i % pages) * 50 });
        asked.push(performance.now() - startedAt);
      }
      await close();
      await app.close(0);
      report("API: a page of the list", "20", asked);

      const server = await startPagesServer(dataDir);
      const { home } = server;
      /** Processor time of the server, and of a page's main thread, for each of so many. */
      const working = async <T>(what: string, of: Page | null, count: number, act: () => Promise<T>): Promise<T> => {
        const before = { server: server.processorMs(), page: of === null ? 0 : await threadMs(of) };
        const done = await act();
        const thread = of === null ? "–" : milliseconds(((await threadMs(of)) - before.page) / count);
        work.push([what, milliseconds((server.processorMs() - before.server) / count), thread]);
        return done;
      };

      await page.goto(server.url);
      await untilPainted(page, 0, rowsAreThere);
      const fresh = await browser.newPage();
      kilobytes = [
        await scriptBytes(page, async () => {
          await page.goto(home);
          await untilPainted(page, 0, rowsAreThere);
        }),
        await scriptBytes(fresh, () => fresh.goto(bare.url, { waitUntil: "networkidle" })),
      ];
      await fresh.close();

      report(
        "schedules: address to rows painted",
        "1000",
        await opening(page, home, times, rowsAreThere),
        await opening(other, bare.url, times, rowsAreThere),
      );
      await page.bringToFront();
      // Seven keys a search; its digits are what is timed.
      const typed = await working("schedules: a key", page, times * 7, () => typing(page, times));
      await other.bringToFront();
      const typedBare = await working("bare list: a key", other, times * 7, () => typing(other, times));
      report("schedules: key to the filtered list painted", "50", typed, typedBare);

      await page.bringToFront();
      for (const view of ["day", "week", "month"]) {
        const opened = Math.ceil(times / 4);
        const address = `${home}calendar?view=${view}`;
        const own = await working(`calendar: a ${view}`, null, opened, () =>
          opening(page, address, opened, calendarIsThere),
        );
        const beside =
          view === "month"
            ? await opening(other, `${bare.url}/calendar`, Math.ceil(times / 4), calendarIsThere)
            : undefined;
        report(`calendar: address to a ${view} painted`, view === "month" ? "500" : "–", own, beside);
      }

      const move = async (what: string, of: Page, act: () => Promise<void>): Promise<void> => {
        await of.bringToFront();
        const { gaps, longest } = await frames(of, act);
        const over = gaps.filter((gap) => gap > 50).length;
        smooth.push([
          what,
          gaps.length,
          milliseconds(quantile(gaps, 0.5)),
          milliseconds(quantile(gaps, 0.99)),
          milliseconds(gaps.at(-1) ?? 0),
          over,
          Math.round(longest),
        ]);
      };
      const changes = `${changesPerSecond} changes a second`;
      await opening(other, bare.url, 1, rowsAreThere);
      await move("bare list: scrolled", other, () => scroll(other));
      await opening(page, home, 1, rowsAreThere);
      await move("schedules: scrolled", page, () => scroll(page));
      await move(`schedules: ${changes}`, page, () => server.whileChanging(() => delay(movingMs)));
      await move(`schedules: scrolled, ${changes}`, page, () => server.whileChanging(() => scroll(page)));
      await opening(page, `${home}calendar?view=day`, 1, calendarIsThere);
      await move(`calendar's day: zoomed, ${changes}`, page, () => server.whileChanging(() => zoom(page)));
      await server.close();
    } finally {
      await bare.close();
      await browser.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
    const size = `${scheduleCount.toLocaleString("en")} schedules, ${runCount.toLocaleString("en")} runs`;
    const note = `seed ${historySeed}; browser, server and engine share this machine`;
    return [
      {
        title: `Pages in Chromium ${browser.version()}: ${size} (ms)`,
        columns: ["what", "at most", "first", "p50", "p95", "bare p50", "times bare"],
        rows,
        notes: [note, "bare: a page of React alone that reads, draws and filters as many rows"],
      },
      {
        title: `Frames in ${movingMs / 1000} s (ms)`,
        columns: ["what", "frames", "p50", "p99", "most", "over 50", "longest task"],
        rows: smooth,
        notes: [note],
      },
      {
        title: "Processor time of each (ms)",
        columns: ["what", "server", "page's thread"],
        rows: work,
        notes: ["the server is a process of its own, and answers the page alone"],
      },
      {
        title: "Script that the first page loads, compressed (kB)",
        columns: ["what", "at most", "kB", "bare kB", "times bare"],
        rows: [
          [
            "schedules",
            "250",
            Math.round(kilobytes[0] / 1000),
            Math.round(kilobytes[1] / 1000),
            (kilobytes[0] / kilobytes[1]).toFixed(1),
          ],
        ],
        notes: ["what had begun to load when the rows were painted: what comes after the list is in it, too"],
      },
    ];
  },
};

if (!(await runAsPagesServer())) await runAsProgram(bench);
