import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright";
import { createAlmanacApp } from "../electron/api/app.ts";
import { createServer } from "../electron/server/server.ts";
import { fillWithHistory, historySeed } from "./lib/history.ts";
import { type Bench, runAsProgram } from "./lib/report.ts";
import { milliseconds, quantile } from "./lib/statistics.ts";

/** In the page: milliseconds from `since` (on the page's own clock) until what `ready` asks for has been painted. */
function untilPainted(page: Page, since: number | "keydown", ready: () => boolean): Promise<number> {
  return page.evaluate(
    ({ since, test }) => {
      const isReady = new Function(`return (${test})()`) as () => boolean;
      return new Promise<number>((done) => {
        const look = (): void => {
          if (!isReady()) {
            requestAnimationFrame(look);
            return;
          }
          // A message sent from a frame arrives once that frame is painted.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            const from = since === "keydown" ? (window as { pressedAt?: number }).pressedAt : since;
            done(performance.now() - (from ?? 0));
          };
          port2.postMessage(null);
        };
        look();
      });
    },
    { since, test: ready.toString() },
  );
}

const rowsAreThere = (): boolean => document.querySelectorAll('[role="grid"] [role="row"] a').length > 5;
const calendarIsThere = (): boolean => document.querySelector('[aria-busy="false"]') !== null;

export const bench: Bench = {
  name: "pages",
  /** The pages in a browser on this machine: from the address to something to work with, from a key to its result. */
  async run({ quick = false }) {
    const [scheduleCount, runCount] = quick ? [1000, 100_000] : [10_000, 1_000_000];
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-pages-"));
    const rows: (string | number)[][] = [];
    const executablePath = process.env["ALMANAC_CHROMIUM"];
    const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
    try {
      fillWithHistory(dataDir, scheduleCount, runCount);
      // A client: nothing fires beside what is measured.
      const app = await createAlmanacApp({ dataDir, programName: "bench", role: "client", createDatabase: true });
      const server = await createServer({ app, pagesDir: join(process.cwd(), "dist/renderer") });
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
      const page = await context.newPage();
      await page.addInitScript(() => {
        addEventListener(
          "keydown",
          (event) => {
            (window as { pressedAt?: number }).pressedAt = event.timeStamp;
          },
          true,
        );
      });
      const report = (what: string, target: string, taken: number[]): void => {
        const [first = 0] = taken;
        taken.sort((a, b) => a - b);
        rows.push([
          what,
          target,
          milliseconds(first),
          milliseconds(quantile(taken, 0.5)),
          milliseconds(quantile(taken, 0.95)),
        ]);
      };
      const times = quick ? 5 : 20;

      await page.goto(server.url);
      await untilPainted(page, 0, rowsAreThere);
      const opened: number[] = [];
      for (let i = 0; i < times; i++) {
        await page.goto(`http://127.0.0.1:${server.port}/`);
        opened.push(await untilPainted(page, 0, rowsAreThere));
      }
      report("schedules: address to rows painted", "1000", opened);

      const search = page.getByRole("textbox", { name: "Search schedules" });
      const typed: number[] = [];
      for (let i = 0; i < times; i++) {
        await search.fill("");
        await page.waitForFunction((all) => {
          const grid = document.querySelector('[role="grid"]');
          return Number(grid?.getAttribute("aria-rowcount")) > all;
        }, scheduleCount);
        await search.pressSequentially("job ");
        // Each digit leaves a smaller list, which is what is waited for.
        for (const digit of String(100 + ((i * 37) % 900))) {
          await page.evaluate(() => {
            const grid = document.querySelector('[role="grid"]');
            Object.assign(window, { before: grid?.getAttribute("aria-rowcount") });
          });
          await page.keyboard.press(digit);
          typed.push(
            await untilPainted(page, "keydown", () => {
              const grid = document.querySelector('[role="grid"]');
              return grid?.getAttribute("aria-rowcount") !== (window as { before?: string | null }).before;
            }),
          );
        }
      }
      report("schedules: key to the filtered list painted", "50", typed);

      for (const view of ["day", "week", "month"]) {
        const seen: number[] = [];
        for (let i = 0; i < Math.ceil(times / 4); i++) {
          await page.goto(`http://127.0.0.1:${server.port}/calendar?view=${view}`);
          seen.push(await untilPainted(page, 0, calendarIsThere));
        }
        report(`calendar: address to a ${view} painted`, "–", seen);
      }
      await server.close();
      await app.close(0);
    } finally {
      await browser.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
    return [
      {
        title: `Pages in Chromium ${browser.version()}: ${scheduleCount.toLocaleString("en")} schedules, ${runCount.toLocaleString("en")} runs (ms)`,
        columns: ["what", "at most", "first", "p50", "p95"],
        rows,
        notes: [`seed ${historySeed}; browser, server and engine share this machine`],
      },
    ];
  },
};

await runAsProgram(bench);
