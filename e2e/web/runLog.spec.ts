import { readFile } from "node:fs/promises";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const many = 100_000;
const wide = 1300;

test("a log of 100,000 lines is wrapped, linked to, copied and saved as it was printed", async ({
  home: page,
  context,
  almanac,
}) => {
  test.setTimeout(120_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const command = `printf 'w%.0s' $(seq ${wide}); echo; seq 2 ${many}; echo oh no`;
  const input = JSON.stringify({ command });
  const { runId } = await almanac<{ runId: string }>("workflows", "run", "shell.command", "--input", input);
  await page.goto(new URL(`/runs/${runId}`, page.url()).href);
  const log = page.getByRole("region", { name: "Log" });
  // The long line takes three rows.
  const all = page.getByText(`${(many + 3).toLocaleString("en")} lines`, { exact: true });
  await expect(all).toBeVisible({ timeout: 60_000 });
  const drawn = log.locator("[data-stream]");
  const shape = () => log.evaluate((box) => ({ wider: box.scrollWidth - box.clientWidth, of: box.clientHeight }));

  // Only what is seen is drawn, wrapped or not.
  expect(await drawn.count()).toBeLessThan(100);
  await page.getByRole("tab", { name: "Log" }).evaluate((tab) => tab.scrollIntoView());
  await log.evaluate((box) => box.scrollTo({ top: 0 }));
  await expect(drawn.first()).toContainText("www");
  expect((await shape()).wider).toBeGreaterThan(1000);
  const wrap = page.getByRole("switch", { name: "Wrap" });
  await wrap.press("Space");
  await expect.poll(async () => (await shape()).wider).toBe(0);
  expect(await drawn.count()).toBeLessThan(100);
  await takeScreenshots(page, "run-log-wrapped");

  // It stays chosen, and an address leads to its line, in the middle of what is seen.
  const isInMiddle = async (text: string) => {
    const row = log.locator("[data-current]");
    await expect(row).toContainText(text);
    await expect(row).toBeInViewport();
    const [box, line] = [await log.boundingBox(), await row.boundingBox()];
    const off = (line?.y ?? 0) + (line?.height ?? 0) / 2 - ((box?.y ?? 0) + (box?.height ?? 0) / 2);
    return Math.abs(off) < 40;
  };
  for (const isWrapped of [true, false]) {
    await page.goto(new URL(`/runs/${runId}#L50002`, page.url()).href);
    await page.reload();
    await expect(all).toBeVisible({ timeout: 60_000 });
    await expect(wrap).toBeChecked({ checked: isWrapped });
    await expect.poll(() => isInMiddle("50000")).toBe(true);
    await log.getByRole("link", { name: "Line 50004" }).click();
    await expect.poll(() => new URL(page.url()).hash).toBe("#L50004");
    await expect(log.locator("[data-current]")).toContainText("50002");
    await wrap.press("Space");
  }
  for (const theme of ["light", "dark"] as const)
    expect(await accessibilityFaults(page, theme, page.getByRole("tabpanel"))).toEqual([]);

  // Found wherever it is.
  await page.getByRole("textbox", { name: "Search the log" }).fill("oh no");
  await page.keyboard.press("Enter");
  await expect(drawn.filter({ hasText: "oh no" })).toBeInViewport();

  const printed = `${"w".repeat(wide)}\n${Array.from({ length: many - 1 }, (_, at) => `${at + 2}\n`).join("")}oh no\n`;
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByText(/ lines copied$/)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(printed);
  // Also where the pages come over plain HTTP from another machine: there a browser gives them no clipboard.
  await page.evaluate(async () => {
    const { clipboard } = navigator;
    await clipboard.writeText("");
    Object.assign(window, { clipboard });
    Object.defineProperty(navigator, "clipboard", { value: undefined });
  });
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  const held = () => page.evaluate(() => (window as unknown as { clipboard: Clipboard }).clipboard.readText());
  await expect.poll(held).toBe(printed);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(await readFile(await file.path(), "utf8")).toBe(printed);
});

test("a wrapped log follows its end until the reader scrolls away from it", async ({ home: page, almanac }) => {
  await page.evaluate(() => localStorage.setItem("almanac-log-wrap", "true"));
  const command = `echo oh no >&2; printf 'w%.0s' $(seq ${wide}); echo; seq 3000; i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done`;
  const input = JSON.stringify({ command, output: "separate" });
  const { runId } = await almanac<{ runId: string }>("workflows", "run", "shell.command", "--input", input);
  await page.goto(new URL(`/runs/${runId}`, page.url()).href);
  const log = page.getByRole("region", { name: "Log" });
  const follow = page.getByRole("switch", { name: "Follow" });
  const below = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  await expect(log).toContainText(/tick \d/);
  await expect(follow).toBeChecked();
  await expect.poll(below).toBeLessThan(18);
  await log.hover();
  await page.mouse.wheel(0, -3000);
  await expect(follow).not.toBeChecked();
  await expect(log).not.toContainText("tick");
  const before = await below();
  await expect.poll(below).toBeGreaterThan(before);
  await expect(follow).not.toBeChecked();
  // What went to the error stream says so in a word.
  await page.getByRole("textbox", { name: "Search the log" }).fill("oh no");
  await page.keyboard.press("Enter");
  await expect(log.locator('[data-stream="stderr"]')).toContainText("err");
  await expect(log.locator('[data-stream="stderr"]')).toBeInViewport();
});
