import { Queue } from "bullmq";
import { keysOf } from "../../electron/runtime/bullmq/protocol.ts";
import { startRedis } from "../../electron/runtime/bullmq/testing/redis.ts";
import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

test("many machines are chosen in Settings, in place of this one, and the Workers page says who takes runs", async ({
  home: page,
  almanac,
}) => {
  await using redis = await startRedis(["--appendonly", "yes"], { password: "swordfish" });
  const rail = page.getByRole("navigation", { name: "Pages" });
  await expect(rail.getByRole("link", { name: "Settings" })).toBeVisible();
  await expect(rail.getByRole("link", { name: "Workers" })).toHaveCount(0);

  // Without workers the page says so, and leads to where that is chosen.
  await page.goto(new URL("/workers", page.url()).href);
  await expect(page.getByRole("heading", { name: "Runs execute on this machine" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Choose a runtime" }).click();
  await expect(page.getByRole("radio", { name: "On this machine" })).toBeFocused();

  await page.getByRole("radio", { name: /On many machines/ }).click();
  const runtime = page.getByRole("region", { name: "Runtime" });
  const address = runtime.getByRole("textbox", { name: "Address of Redis" });
  const use = runtime.getByRole("button", { name: "Run on workers" });
  await expect(use).toBeDisabled();
  await address.fill("http://redis.example");
  await use.click();
  await expect(runtime.getByText("http:// is not known", { exact: false })).toBeVisible();
  await address.fill(`redis://:wrong@127.0.0.1:${redis.port}`);
  await runtime.getByRole("button", { name: "Test connection" }).click();
  const report = runtime.getByRole("status", { name: "Connection" });
  await expect(report).toContainText("Redis refuses the user or the password");
  await expect(report).toContainText("Check user and password");
  await address.fill(redis.url);
  await runtime.getByRole("button", { name: "Test connection" }).click();
  await expect(report).toContainText("nothing is wrong with it");
  for (const name of ["Version", "Persistence", "Eviction", "Latency", "Clock"])
    await expect(report).toContainText(name);
  await expectAccessible(page);
  await takeScreenshots(page, "settings-runtime");
  await use.click();
  await expect(runtime.getByText("Runs go to workers over")).toBeVisible();
  await expect(page.locator("body")).not.toContainText("swordfish");
  await expect(address).toHaveValue("");

  // A shared key is made here, shown until it is kept, and not after that.
  const key = runtime.getByRole("textbox", { name: "Shared key" });
  await key.fill("short");
  await runtime.getByRole("button", { name: "Keep key" }).click();
  await expect(runtime.getByText("a key of 16 to 4,096 characters", { exact: false })).toBeVisible();
  await runtime.getByRole("button", { name: "Make a key" }).click();
  await expect(key).toHaveAttribute("type", "text");
  const made = await key.inputValue();
  expect(made).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  await expect(runtime.getByRole("button", { name: "Copy" })).toBeVisible();
  await expectAccessible(page);
  await takeScreenshots(page, "settings-shared-key");
  await runtime.getByRole("button", { name: "Keep key" }).click();
  await expect(runtime.getByText("One is kept", { exact: false })).toBeVisible();
  await expect(key).toHaveValue("");
  await page.reload();
  await expect(runtime.getByRole("button", { name: "Take key away" })).toBeVisible();
  await expect(page.locator("body")).not.toContainText(made);
  await runtime.getByRole("button", { name: "Take key away" }).click();
  await expect(runtime.getByRole("button", { name: "Take key away" })).toHaveCount(0);

  await rail.getByRole("link", { name: "Workers" }).click();
  await expect(page.getByRole("heading", { name: "No worker is there" })).toBeVisible();
  await expectAccessible(page);
  expect(await almanac("workers", "list")).toMatchObject({ runtime: "bullmq", workers: [] });
  expect(await almanac("workers", "check")).toMatchObject({ refused: false, persistence: "aof" });

  // A schedule may name a queue once there are any.
  await page.goto(new URL("/schedules/new", page.url()).href);
});

test("a queue that somebody has paused in Redis is told on every page, and goes on by Resume queue", async ({
  home: page,
}) => {
  await using redis = await startRedis();
  await page.goto(new URL("/settings", page.url()).href);
  await page.getByRole("radio", { name: /On many machines/ }).click();
  const runtime = page.getByRole("region", { name: "Runtime" });
  await runtime.getByRole("textbox", { name: "Address of Redis" }).fill(redis.url);
  await runtime.getByRole("button", { name: "Run on workers" }).click();
  await expect(runtime.getByText("Runs go to workers over")).toBeVisible();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Workers" }).click();
  await expect(page.getByRole("heading", { name: "No worker is there" })).toBeVisible();

  // What somebody has paused with BullMQ's own means is told, and goes on from here.
  const [folderId = ""] = await redis.client.hkeys("almanac:folders");
  const keys = keysOf(folderId);
  const queue = new Queue("default.shell.command", {
    connection: { host: "127.0.0.1", port: redis.port },
    prefix: keys.prefix,
  });
  try {
    await redis.client.sadd(keys.queues, "default.shell.command");
    await queue.pause();
    await expect(page.getByRole("alert")).toContainText(
      "Paused in Redis is the queue default of shell.command (since ",
    );
    await expect(page.getByRole("list", { name: "What to look at" })).toContainText("Paused in Redis is");
    const resume = page.getByRole("button", { name: "Resume queue default of shell.command" });
    await expect(resume).toBeVisible();
    await expectAccessible(page);
    await takeScreenshots(page, "workers-paused");
    await resume.click();
    await expect(resume).toHaveCount(0);
    await expect(page.getByRole("alert")).toHaveCount(0);
    expect(await queue.isPaused()).toBe(false);
  } finally {
    await queue.close();
  }
});
