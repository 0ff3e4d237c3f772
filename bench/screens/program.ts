// Pictures of every page on filled folders, for a person to look at: `npm run screenshots`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { createAlmanacApp } from "../../electron/api/app.ts";
import { createServer } from "../../electron/server/server.ts";
import { fillWithHistory } from "../lib/history.ts";
import { fillFolder, planAnew } from "./filled.ts";
import { watchPage } from "./rest.ts";
import { few, type Look, looks, type Shot, shots } from "./shots.ts";

const out = join(process.cwd(), "test-results/screenshots");
const parts = process.argv.slice(2);
const isReadme = parts[0] === "readme";

/** Whether a picture of this name was asked for: one of the parts is in it. */
const isWanted = (name: string): boolean => parts.length === 0 || parts.some((part) => name.includes(part));

/** The pictures are of a program that fires, which the one that takes them must not. */
const firing = (status: object): object => ({ ...status, role: "owner" });

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
  page.setDefaultTimeout(5000);
  page.setDefaultNavigationTimeout(30_000);
  const watched = await watchPage(page);
  const devtools = await context.newCDPSession(page);
  await page.goto(address);
  await page.waitForURL(/^[^?#]*$/).catch(() => {});
  for (const look of Object.keys(looks) as Look[]) {
    const { width, height, scheme, scale } = looks[look];
    const wanted = pictures.filter(
      (shot) =>
        shot.looks.includes(look) && isWanted(`${shot.name}${suffix}-${look}`) && (look === "readme") === isReadme,
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
    for (const { name, path, act, answers = {} } of wanted) {
      const still = async () => {
        if (!(await watched.rest())) console.log(`${name}${suffix}-${look}: still busy`);
      };
      watched.answer({ "system.status": firing, ...answers });
      planAnew(dataDir, Date.now());
      await page.goto(new URL(path, page.url()).href);
      await still();
      if (act !== undefined) {
        await act(page).catch((error: unknown) => {
          console.log(`${name}${suffix}-${look}: ${String(error)}`);
          process.exitCode = 1;
        });
        await still();
      }
      const { data } = await devtools.send(
        "Page.captureScreenshot",
        isReadme ? { format: "webp", quality: 80 } : { format: "png" },
      );
      const file = isReadme ? join(process.cwd(), "docs/home.webp") : join(out, `${name}${suffix}-${look}.png`);
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
  if (!names.some(isWanted)) return 0;
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
console.log(isReadme ? "README's picture is docs/home.webp" : `${taken} pictures in ${out}`);
