import type { Page } from "@playwright/test";
import { takeScreenshots, unnamedImages } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];

/** Texts of a timeline of which a part is out of what is seen of it. */
const cutLabels = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[class*="tick"], [class*="bin"] > span')].flatMap((label) => {
      const range = document.createRange();
      range.selectNodeContents(label);
      const text = range.getBoundingClientRect();
      const seen = label.closest('[class*="scale"], [class*="track"]')?.getBoundingClientRect();
      const isCut = seen !== undefined && text.width > 0 && (text.left < seen.left - 1 || text.right > seen.right + 1);
      return isCut ? [label.textContent] : [];
    }),
  );

/** Texts that end in dots for want of room. */
const cutTexts = (page: Page, within: string) =>
  page.evaluate(
    (selector) =>
      [...document.querySelectorAll<HTMLElement>(selector)]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map((element) => element.textContent),
    within,
  );

const bottomOf = async (page: Page, name: string) => {
  const box = await page.getByRole("heading", { name, exact: true }).boundingBox();
  return box?.y;
};

test("home says when things run in full, and what is told covers none of its buttons", async ({
  home: page,
  almanac,
}) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  // Its runs come at odd seconds, and the first goes on: the longest that stands in that column.
  await almanac("schedules", "create", "--id", "odd", "--every", "6h", ...shell("sleep 300"));
  // Often enough that the strip below counts its runs, in steps that begin before the window and end after it.
  await almanac("schedules", "create", "--id", "often", "--cron", "* * * * *", "--timezone", "UTC", ...shell("true"));
  const odd = page.getByRole("row", { name: /odd/ });
  await expect(odd.locator('[data-tip*="1 run running"]')).toBeVisible();
  expect(await cutTexts(page, '[role="row"] time')).toEqual([]);
  expect(await cutTexts(page, '[role="row"] [class*="nextCell"] .ellipsis')).toEqual([]);
  await expect(page.locator("[data-bin]").first()).toBeVisible();
  expect(await cutLabels(page)).toEqual([]);

  await page.getByRole("button", { name: "Run often now" }).click();
  const told = page.locator(".mantine-Notification-root").first();
  await expect(told).toBeVisible();
  const box = await told.evaluate(async (element) => {
    await Promise.all(element.getAnimations({ subtree: true }).map(({ finished }) => finished));
    return element.getBoundingClientRect().bottom;
  });
  const zoom = await page.getByRole("button", { name: "Zoom in" }).boundingBox();
  expect(box).toBeLessThanOrEqual(zoom?.y ?? 0);
});

test("a month keeps its weekdays above it in a small window", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "often", "--cron", "* * * * *", "--timezone", "UTC", ...shell("true"));
  await page.setViewportSize({ width: 900, height: 600 });
  await page.goto(new URL("/calendar?date=2099-08-31", page.url()).href);
  await expect(page.locator("[data-cell]").first()).toBeVisible();
  await page.locator('[data-cell="2099-08-31"]').scrollIntoViewIfNeeded();
  await expect(page.getByText("Mon", { exact: true })).toBeInViewport();
  const head = await page.getByText("Mon", { exact: true }).boundingBox();
  const covering = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.textContent, {
    x: (head?.x ?? 0) + 12,
    y: (head?.y ?? 0) + 12,
  });
  expect(covering).toBe("Mon");
});

test("a month says what falls together, and what else there is, in a small window too", async ({
  home: page,
  almanac,
}) => {
  const create = (id: string, cron: string) =>
    almanac("schedules", "create", "--id", id, "--cron", cron, "--timezone", "UTC", ...shell("true"));
  for (const id of ["a", "b", "c"]) await create(id, "0 2 * * *");
  for (let nth = 0; nth < 9; nth++) await create(`other-${nth}`, `${nth} ${10 + nth} * * *`);
  await create("often", "* * * * *");
  for (const clock of ["24", "12"]) {
    await page.evaluate((hours) => localStorage.setItem("almanac-clock", JSON.stringify(hours)), clock);
    await page.setViewportSize({ width: 900, height: 600 });
    await page.goto(new URL("/calendar?date=2099-01-14", page.url()).href);
    const cell = page.locator('[data-cell="2099-01-14"]');
    const together = cell.locator('[class*="collision"]');
    await expect(together).toHaveText(/^3 schedules at (02:00|2\s(am|pm))$/i);
    await expect(cell.getByRole("button", { name: /1[12] more schedules/ })).toBeVisible();
    const cut = await together.evaluate((text) => text.scrollWidth > text.clientWidth);
    expect(cut, `cut on the clock of ${clock} hours`).toBe(false);
  }
  // Both stand in one line, which leaves room for one more.
  await page.setViewportSize({ width: 1280, height: 800 });
  const cell = page.locator('[data-cell="2099-01-14"]');
  const together = cell.locator('[class*="collision"]');
  await expect(together).toBeVisible();
  expect(await together.evaluate((text) => text.scrollWidth > text.clientWidth)).toBe(false);
  const [one, other] = await Promise.all([
    cell.getByRole("button", { name: /more schedule/ }).boundingBox(),
    together.boundingBox(),
  ]);
  expect(Math.abs((one?.y ?? 0) - (other?.y ?? 99))).toBeLessThan(8);
});

test("a schedule's page prints the zone of its times, once, also where it is the reader's own", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "report", "--cron", "0 9 * * *", "--timezone", "UTC", ...shell("true"));
  await page.goto(new URL("/schedules/report", page.url()).href);
  await expect(page.getByRole("main").getByText("At 09:00 every day, UTC")).toBeVisible();
  await expect(page.getByRole("main").getByText("UTC")).toHaveCount(1);
});

test("names have room in a list that is magnified twofold, beside what is wrong", async ({ home: page, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "sync",
    "--name",
    "Hourly sync",
    "--cron",
    "0 3 1 1 *",
    ...shell("exit 3"),
  );
  await almanac(
    "schedules",
    "create",
    "--id",
    "videos",
    "--name",
    "Transcode videos",
    "--cron",
    "0 3 1 1 *",
    ...shell("true"),
  );
  for (const _ of [1, 2, 3]) await almanac("schedules", "trigger", "sync", "--wait").catch(() => {});
  await page.setViewportSize({ width: 640, height: 400 });
  await expect(page.getByRole("row", { name: /Hourly sync/ }).getByText("3 failures")).toBeVisible();
  await expect(page.getByRole("row", { name: /Transcode videos/ })).toBeVisible();
  expect(await cutTexts(page, '[role="row"] [class*="nameLink"], [role="row"] [class*="attention"]')).toEqual([]);
});

test("a number out of its range moves nothing in Settings, and says what is taken", async ({ home: page }) => {
  await page.goto(new URL("/settings", page.url()).href);
  const days = page.getByRole("textbox", { name: "Keep runs for" });
  await expect(days).toHaveValue("90 days");
  const before = await bottomOf(page, "Runtime");
  await days.fill("0");
  await expect(page.getByText("1 to 36,500. 90 holds.")).toBeVisible();
  await page.getByRole("textbox", { name: "Keep at most" }).fill("");
  await expect(page.getByText("1 to 10,000,000. 10,000 holds.")).toBeVisible();
  expect(await bottomOf(page, "Runtime")).toBe(before);
});

test("the import is ready to be pasted into", async ({ home: page }) => {
  await page.keyboard.press("i");
  await expect(page.getByRole("textbox", { name: "Or paste it here" })).toBeFocused();
});

test("when a schedule of another zone runs next is never cut: its zone is whole, or goes to the words on hover", async ({
  home: page,
  almanac,
}) => {
  const there = ["--timezone", "Asia/Tokyo"];
  await almanac("schedules", "create", "--id", "steps", "--every", "6h", ...there, ...shell("sleep 300"));
  await almanac("schedules", "create", "--id", "odd", "--cron", "45 26 7 31 3 *", ...there, ...shell("sleep 300"));
  // Half a day from now: what is due within the hour is told by how long it takes till then, which needs no zone.
  const far = `0 ${(new Date().getUTCHours() + 12 + 9) % 24} * * *`;
  await almanac("schedules", "create", "--id", "whole", "--cron", far, ...there, ...shell("true"));
  await almanac("schedules", "trigger", "odd");
  await expect(page.getByRole("row", { name: /odd/ }).locator('[data-tip*="1 run running"]')).toBeVisible();
  for (const size of [
    { width: 1280, height: 800 },
    { width: 900, height: 600 },
  ]) {
    await page.setViewportSize(size);
    const time = (name: string) =>
      page
        .getByRole("row", { name: new RegExp(`Select ${name}`) })
        .locator("time")
        .first();
    await expect(time("odd")).toContainText("10:26:45");
    await expect(time("whole").locator("span").last()).toHaveText("UTC");
    await expect(time("steps")).not.toContainText("UTC");
    await expect(time("odd")).toHaveAttribute("data-tip", /Asia\/Tokyo\n.*UTC · your time/s);
    expect(await cutTexts(page, '[role="row"] time, [role="row"] time > span')).toEqual([]);
    expect(await cutTexts(page, '[role="row"] [class*="nextCell"] > .ellipsis')).toEqual([]);
  }
  await takeScreenshots(page, "home-zones");
});

test("what only decorates is not read out: no picture without a name on the main pages", async ({
  home: page,
  almanac,
}) => {
  await almanac(
    ..."schedules create --id report --workflow shell.command --input".split(" "),
    '{"command":"true"}',
    ..."--cron".split(" "),
    "0 9 * * 1-5",
  );
  await almanac("schedules", "trigger", "report");
  for (const path of ["/", "/schedules/new", "/schedules/report", "/calendar", "/runs"]) {
    await test.step(path, async () => {
      await page.goto(new URL(path, page.url()).href);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      expect.soft(await unnamedImages(page), path).toEqual([]);
    });
  }
});

test("a list gives its room to names and outcomes: beside when something runs next stands what runs, and no more is kept", async ({
  home: page,
  almanac,
}) => {
  const far = ["--timezone", "UTC", ...shell("sleep 300")];
  await almanac("schedules", "create", "--id", "long", "--cron", "45 26 22 31 3 *", ...far);
  await almanac("schedules", "create", "--id", "short", "--every", "30m", ...far);
  for (const id of ["long", "short"]) await almanac("schedules", "trigger", id);
  const row = (name: string) => page.getByRole("row", { name: new RegExp(`Select ${name}`) });
  for (const name of ["long", "short"])
    await expect(row(name).locator('[data-tip*="1 run running"]')).toBeVisible({ timeout: 10_000 });
  for (const [width, outcomes] of [
    [640, 0],
    [900, 16],
    [1280, 25],
    [1920, 30],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    const found = await row("long").evaluate((element) => {
      const box = (selector: string) => element.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
      const strip = element.querySelector('[class*="strip"]') as HTMLElement;
      const seen =
        strip.offsetParent === null ? 0 : strip.clientWidth - Number.parseFloat(getComputedStyle(strip).paddingRight);
      return {
        free: box('[class*="activity"]').right - box("time").right - 16,
        places: Math.floor(seen / 6),
        partly: seen % 6,
      };
    });
    expect(found.free).toBeLessThan(32);
    expect(Math.min(found.places, 30)).toBe(outcomes);
    if (outcomes < 30) expect(found.partly).toBe(0);
    if (outcomes > 0)
      await expect(page.getByRole("columnheader", { name: `Last ${outcomes}`, exact: true })).toBeVisible();
    // How long it runs is seen whole, or not at all; its sign stands at the same place in each row.
    const signs = await page.locator('[role="row"] [class*="nextCell"] [class*="activity"]').evaluateAll((all) =>
      all.map((element) => {
        const [sign, time] = [...element.children].map((child) => child.getBoundingClientRect());
        const around = element.getBoundingClientRect();
        return {
          at: Math.round(sign?.left ?? 0),
          whole: time !== undefined && time.top < around.bottom && time.left >= around.left,
          gone: time !== undefined && time.top >= around.bottom,
        };
      }),
    );
    expect(signs).toHaveLength(2);
    expect(new Set(signs.map(({ at }) => at)).size).toBe(1);
    for (const { whole, gone } of signs) expect(whole || gone).toBe(true);
    expect(signs.some(({ whole }) => whole)).toBe(true);
  }
});

test("what is known of a schedule stands in one line, however long it is till its next run", async ({
  home: page,
  almanac,
}) => {
  const far = ["--cron", "30 22 29 12 *", ...shell("true")];
  await almanac("schedules", "create", "--id", "near", "--timezone", "UTC", ...far);
  await almanac("schedules", "create", "--id", "there", "--timezone", "America/New_York", ...far);
  for (const [id, width] of [
    ["near", 1280],
    ["there", 1280],
    ["near", 900],
  ] as const) {
    await page.setViewportSize({ width, height: 600 });
    await page.goto(new URL(`/schedules/${id}`, page.url()).href);
    await expect(page.getByText("Did not run", { exact: true }).first()).toBeVisible();
    const tops = await page
      .locator("dl")
      .first()
      .locator("dt")
      .evaluateAll((all) => all.map((element) => Math.round(element.getBoundingClientRect().top)));
    expect(tops).toHaveLength(6);
    expect(new Set(tops).size).toBe(1);
  }
});

test("a name and what is wrong with it are read whole in a narrow window", async ({ home: page, almanac }) => {
  await almanac(
    "schedules",
    "create",
    "--id",
    "orders",
    "--name",
    "Sync orders",
    "--cron",
    "0 3 1 1 *",
    ...shell("exit 2"),
  );
  await almanac("schedules", "trigger", "orders", "--wait").catch(() => {});
  const row = page.getByRole("row", { name: /Select Sync orders/ });
  for (const [width, words] of [
    [1280, "Last run failed"],
    [900, "1 failure"],
  ] as const) {
    await page.setViewportSize({ width, height: 600 });
    await expect(row.getByText(words)).toBeVisible();
    expect(await cutTexts(page, '[role="row"] [class*="nameLink"], [role="row"] [class*="attention"]')).toEqual([]);
  }
});

test("what is told stands above the buttons at the foot of a backfill", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "report", "--cron", "0 3 * * *", ...shell("true"));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Run report now" }).click();
  const told = page.locator(".mantine-Notification-root").first();
  await expect(told).toBeVisible();
  await page.getByRole("row", { name: /Select report/ }).focus();
  await page.keyboard.press("b");
  const button = page.getByRole("button", { name: "Nothing to run" });
  await expect(button).toBeVisible();
  const [box, below] = [await told.boundingBox(), await button.boundingBox()];
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
});

test("a review of an import has a column of notes where there is one, and leaves its room to the times otherwise", async ({
  home: page,
}) => {
  await page.setViewportSize({ width: 900, height: 600 });
  const dialog = page.getByRole("dialog");
  for (const [text, notes] of [
    ["15 2 * * * true\n", 0],
    ["15 2 * * * true\n@reboot true\n", 1],
  ] as const) {
    await page.getByRole("button", { name: "Import schedules" }).click();
    await dialog.getByLabel("Or paste it here").fill(text);
    await dialog.getByRole("button", { name: "Look it over" }).click();
    await expect(dialog.getByRole("columnheader", { name: "When" })).toBeVisible();
    await expect(dialog.getByRole("columnheader", { name: "Notes" })).toHaveCount(notes);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  }
});

test("templates of the first start are as high as what they say", async ({ home: page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  const code = page.locator('[class*="templateCode"]');
  await expect(code).toHaveCount(4);
  const spare = await code.evaluateAll((all) =>
    all.map((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return element.getBoundingClientRect().height - range.getBoundingClientRect().height;
    }),
  );
  for (const height of spare) expect(height).toBeLessThan(24);
});
