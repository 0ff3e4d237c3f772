import type { Page, WebSocketRoute } from "@playwright/test";
import { expect, test } from "../fixtures/web.ts";

interface Line {
  /** Breaks the connection and lets none come, until it is mended. */
  cut(): Promise<void>;
  mend(): void;
  /** The next answer to a call of this name gets lost, and the connection breaks in its place. */
  loseAnswerTo(path: string): Promise<void>;
}

/** The page's way to its engine, which the test can break. Asked for before the page is loaded. */
async function lineOf(page: Page): Promise<Line> {
  let mended: Promise<void> | null = null;
  let mend = () => {};
  const cut = () => {
    mended = new Promise((done) => {
      mend = done;
    });
  };
  let lost: { path: string; id?: unknown; told: () => void } | null = null;
  const open = new Set<WebSocketRoute>();
  await page.routeWebSocket(/\/trpc/, async (socket) => {
    // A new connection is neither made nor refused before that.
    await mended;
    const engine = socket.connectToServer();
    open.add(socket);
    socket.onClose(() => open.delete(socket));
    socket.onMessage((text) => {
      for (const message of messagesIn(text)) {
        if (lost !== null && message.params?.path === lost.path) lost.id = message.id;
      }
      engine.send(text);
    });
    engine.onMessage((text) => {
      const isLost = lost?.id !== undefined && messagesIn(text).some(({ id }) => id === lost?.id);
      if (!isLost) return socket.send(text);
      cut();
      socket.close().then(lost?.told);
      lost = null;
    });
  });
  return {
    async cut() {
      cut();
      await Promise.all([...open].map((socket) => socket.close()));
    },
    mend: () => mend(),
    loseAnswerTo: (path) =>
      new Promise((told) => {
        lost = { path, told };
      }),
  };
}

function messagesIn(text: string | Buffer): { id?: unknown; params?: { path?: string } }[] {
  if (!String(text).startsWith("{") && !String(text).startsWith("[")) return [];
  return [JSON.parse(String(text))].flat();
}

const shell = ["--workflow", "shell.command", "--input", JSON.stringify({ command: "true" })];
const lostText = /No connection to Almanac's engine/;
const gone = "Almanac's engine is away, and nothing was changed";

test("what is pressed while the engine is away is refused, and never done later", async ({ page, server, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  await almanac("schedules", "create", "--id", "after-it", "--when", "when nightly fails", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /Select nightly/ });
  const alerts = page.getByRole("alert").filter({ hasText: gone });
  await expect(row).toBeVisible();
  await line.cut();
  await expect(page.getByText(lostText)).toBeVisible();

  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await expect(alerts).toHaveCount(1);
  await test.step("pressed again it is said again, once", async () => {
    await row.getByRole("button", { name: "Run nightly now" }).click();
    await expect(alerts).toHaveCount(1);
  });
  await test.step("nor does what would have asked something first wait to do it", async () => {
    await row.getByRole("button", { name: "More actions for nightly" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Almanac's engine is away" }).first()).toBeVisible();
  });

  // What happens meanwhile is there by itself.
  await almanac("schedules", "pause", "after-it");
  line.mend();
  await expect(page.getByText(lostText)).toBeHidden();
  await expect(page.getByRole("row", { name: /after-it/ })).toContainText("Paused");
  // Asked over the connection that is back: it comes after whatever had waited for it.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("nightly");
  await expect(page.getByRole("dialog", { name: "Find anything" })).toContainText("nightly");
  await page.keyboard.press("Escape");
  expect(await almanac("runs", "list")).toMatchObject({ runs: [] });
  await expect(row).toBeVisible();

  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await expect(page.getByText("nightly runs now")).toBeVisible();
  expect((await almanac<{ runs: unknown[] }>("runs", "list")).runs).toHaveLength(1);
});

test("an answer that got lost is said to be unknown, and the page looks again", async ({ page, server, almanac }) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /nightly/ });
  await expect(row).toContainText("no runs yet");
  const lost = line.loseAnswerTo("schedules.trigger");
  await row.hover();
  await row.getByRole("button", { name: "Run nightly now" }).click();
  await lost;
  await expect(page.getByRole("alert")).toContainText("whether this was done is not known");
  line.mend();
  await expect(row).toContainText("of 1");
  expect((await almanac<{ runs: unknown[] }>("runs", "list")).runs).toHaveLength(1);
});

test("clocks stand still while the engine is away, and go on with it", async ({ page, server, almanac }) => {
  await page.clock.install();
  await almanac("schedules", "create", "--id", "often", "--every", "30m", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const next = page
    .getByRole("row", { name: /often/ })
    .getByRole("gridcell")
    .filter({ hasText: /in \d+ min|starting/ });
  await expect(next).toContainText(/in \d+ min/);
  await line.cut();
  await expect(page.getByText(/What you see is as it was at/)).toBeVisible();
  const before = await next.textContent();
  await page.clock.fastForward("02:00:00");
  await expect(page.getByText(/What you see is as it was at/)).toBeVisible();
  await expect(next).toHaveText(before ?? "");
  line.mend();
  await expect(page.getByText(/What you see is as it was at/)).toBeHidden();
  // By the page's clock, it was due long ago.
  await expect(page.getByRole("row", { name: /often/ })).toContainText("starting");
});

test("a command that was given its undo while the engine is away can still be undone", async ({
  page,
  server,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell);
  const line = await lineOf(page);
  await page.goto(server.address);
  const row = page.getByRole("row", { name: /nightly/ });
  await row.focus();
  await page.keyboard.press("p");
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await line.cut();
  await expect(page.getByText(lostText)).toBeVisible();
  await undo.click();
  await expect(page.getByRole("alert").filter({ hasText: gone })).toBeVisible();
  line.mend();
  await expect(page.getByText(lostText)).toBeHidden();
  await undo.click();
  await expect(row).not.toContainText("Paused");
});
