import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/web.ts";

test("until the application draws itself the page shows its frame, as light or dark and as wide as was chosen", async ({
  home: page,
}) => {
  const opening = page.locator(".opening");
  const looks = () =>
    opening.evaluate((frame) => {
      const rail = frame.firstElementChild;
      const of = (element: Element | null) => (element === null ? "" : getComputedStyle(element).backgroundColor);
      return { page: of(frame), rail: of(rail), width: rail?.getBoundingClientRect().width };
    });
  const look = () =>
    page.evaluate(() => {
      const rail = document.querySelector("nav[aria-label=Pages]");
      const of = (element: Element | null) => (element === null ? "" : getComputedStyle(element).backgroundColor);
      return { page: of(document.body), rail: of(rail), width: rail?.getBoundingClientRect().width };
    });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(opening).toHaveCount(0);
  for (const [scheme, narrow] of [
    ["light", "false"],
    ["dark", "true"],
  ] as const) {
    await page.evaluate(
      (values) => {
        localStorage.setItem("almanac-color-scheme", values[0]);
        localStorage.setItem("almanac-rail", values[1]);
      },
      [scheme, narrow] as const,
    );
    let mayCome = () => {};
    const held = new Promise<void>((done) => {
      mayCome = done;
    });
    await page.route("**/assets/**", async (route) => {
      await held;
      await route.continue();
    });
    await page.reload({ waitUntil: "commit" });
    await expect(opening).toBeVisible();
    const before = await looks();
    mayCome();
    await page.unrouteAll({ behavior: "wait" });
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(opening).toHaveCount(0);
    expect([scheme, before]).toEqual([scheme, await look()]);
    // The theme's own values come after the component library's, and a page's styles after both.
    const action = page.getByRole("main").getByRole("link", { name: "New schedule" });
    await expect(action).toHaveCSS("font-family", /^"?Inter/);
    if (scheme === "light") await expect(action).toHaveCSS("background-color", "rgb(95, 75, 207)");
  }
});

test("the styles of a page that is opened later come after those that all pages share", async ({ home: page }) => {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Settings" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Settings");
  const names = await page
    .locator('link[rel="stylesheet"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")?.replace(/^.*\/([A-Za-z]+)-.*$/, "$1")));
  expect(names.slice(1)).toContain("SettingsPage");
  expect(names.indexOf("index")).toBe(0);
});

test("the list loads under 250 kB of script, compressed; what opens later comes later", async ({
  home: page,
  almanac,
}) => {
  const create = 'schedules create --id nightly --workflow shell.command --every 1d --input {"command":"true"}';
  await almanac(...create.split(" "));
  await expect(page.getByRole("row", { name: /nightly/ })).toBeVisible();

  await test.step("what stands before the list, by what each script imports", async () => {
    const text = async (path: string) => (await page.request.get(new URL(path, page.url()).href)).text();
    const html = await text("/");
    const wanted = Array.from(html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g), ([, path]) => path as string);
    const loaded = new Map<string, string>();
    for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
      if (loaded.has(path)) continue;
      const script = await text(path);
      loaded.set(path, script);
      const imports = Array.from(script.matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g), ([, name]) => name);
      // The page itself comes by a call.
      const called = Array.from(script.matchAll(/import\(`?"?\.\/(SchedulesPage-[\w-]+\.js)/g), ([, name]) => name);
      wanted.push(...[...imports, ...called].map((name) => `/assets/${name}`));
    }
    expect([...loaded.keys()]).toContainEqual(expect.stringContaining("SchedulesPage"));
    const compressed = [...loaded.values()].reduce((sum, script) => sum + gzipSync(script).length, 0);
    expect(compressed).toBeLessThan(250_000);
  });

  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find anything" });
  await expect(palette.getByRole("textbox")).toBeFocused();
  await page.keyboard.type("calend");
  await expect(palette).toContainText("Calendar");
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  await test.step("asked for before it has come, it gives the focus back all the same", async () => {
    let isAsked = () => {};
    const asked = new Promise<void>((done) => {
      isAsked = done;
    });
    await page.route(/\/CommandPalette-[^/]+\.js$/, async (route) => {
      await asked;
      await route.continue();
    });
    await page.reload();
    const place = page.getByRole("main");
    await expect(place).toBeFocused();
    await page.keyboard.press("Control+k");
    isAsked();
    await expect(palette.getByRole("textbox")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(palette).toBeHidden();
    await expect(place).toBeFocused();
  });

  await page.getByRole("button", { name: "Columns and density" }).click();
  await expect(page.getByRole("checkbox", { name: "Workflow" })).toBeVisible();
});

for (const [name, press] of [
  ["Filter", (page: Page) => page.getByRole("button", { name: "Filter" }).click()],
  ["Views", (page: Page) => page.keyboard.press("Enter")],
  ["Columns and density", (page: Page) => page.keyboard.press("Space")],
] as const) {
  test(`the menu "${name}" opens also where it was asked for before its code had come`, async ({
    home: page,
    almanac,
  }) => {
    const create = 'schedules create --id nightly --workflow shell.command --every 1d --input {"command":"true"}';
    await almanac(...create.split(" "));
    const held = await heldBack(page, /\/ToolMenus-[^/]+\.js$/);
    await page.reload();
    const button = page.getByRole("button", { name, exact: true });
    await button.focus();
    await press(page);

    await held.asked;
    held.letGo();
    const menu = page.getByRole("dialog", { name });
    await expect(menu).toBeVisible();
    await expect(menu.locator(":focus")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(menu).toBeHidden();
    await expect(button).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(menu).toBeVisible();
    await button.click();
    await expect(menu).toBeHidden();
  });
}

test("a menu's button keeps the focus when its code comes, and what one has turned from stays closed", async ({
  home: page,
  almanac,
}) => {
  const create = 'schedules create --id nightly --workflow shell.command --every 1d --input {"command":"true"}';
  await almanac(...create.split(" "));
  const held = await heldBack(page, /\/ToolMenus-[^/]+\.js$/);
  const come = page.waitForResponse(/\/ToolMenus-[^/]+\.js$/);
  await page.reload();
  const views = page.getByRole("button", { name: "Views", exact: true });
  await page.getByRole("button", { name: "Filter", exact: true }).press("Enter");
  await page.keyboard.press("Tab");
  await expect(views).toBeFocused();

  await held.asked;
  held.letGo();
  await come;
  // Only what has come can open.
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Views" })).toBeVisible();
  await expect(page.getByRole("dialog", { name: "Filter" })).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(views).toBeFocused();
});

test("a menu whose code does not come says so, and opens at the next press", async ({ page, server, almanac }) => {
  const create = 'schedules create --id nightly --workflow shell.command --every 1d --input {"command":"true"}';
  await almanac(...create.split(" "));
  await page.route(/\/ToolMenus-[^/]+\.js$/, (route) => route.abort());
  await page.goto(server.address);
  const views = page.getByRole("button", { name: "Views", exact: true });
  await views.click();
  await expect(page.getByRole("alert")).toContainText("A part of this page did not come");
  await expect(page.getByRole("row", { name: /nightly/ })).toBeVisible();

  await page.unroute(/\/ToolMenus-[^/]+\.js$/);
  await views.click();
  await expect(page.getByRole("dialog", { name: "Views" })).toBeVisible();
});

/** Holds a script of the page back until it is let go. */
async function heldBack(page: Page, script: RegExp): Promise<{ asked: Promise<void>; letGo: () => void }> {
  let letGo = () => {};
  const free = new Promise<void>((done) => {
    letGo = done;
  });
  let isAsked = () => {};
  const asked = new Promise<void>((done) => {
    isAsked = done;
  });
  await page.route(script, async (route) => {
    isAsked();
    await free;
    await route.continue();
  });
  return { asked, letGo };
}
