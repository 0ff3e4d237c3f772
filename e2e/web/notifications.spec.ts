import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

test("a channel is added, tested with its answer at once, and told by a rule; what was sent stands below", async ({
  home: page,
}) => {
  // It sends more than a page of messages.
  test.slow();
  const posted: string[] = [];
  const service = createServer((request, response) => {
    posted.push(request.url ?? "");
    response.writeHead(posted.length === 1 ? 404 : 200).end(posted.length === 1 ? "no_service" : "ok");
  });
  await new Promise<void>((done) => service.listen(0, "127.0.0.1", done));
  try {
    await openPage(page, "Notifications");
    await expect(page.getByText("Nothing was told yet")).toBeVisible();
    await page.getByRole("button", { name: "Add a channel" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("ops");
    await page.getByRole("button", { name: "Save channel" }).click();
    await expect(page.getByText("the address that the service gives for its webhook")).toBeVisible();
    const { port } = service.address() as AddressInfo;
    await page.getByLabel("Address of the webhook").fill(`http://127.0.0.1:${port}/services/hidden`);
    await page.getByRole("button", { name: "Save channel" }).click();
    await page.getByRole("button", { name: "Send a test to ops" }).click();
    await expect(page.getByText(/^Not sent in \d+ ms: 404 Not Found: no_service$/)).toBeVisible();
    await page.getByRole("button", { name: "Send a test to ops" }).click();
    await expect(page.getByText(/^Sent in \d+ ms: 200 OK: ok$/)).toBeVisible();
    expect(posted).toEqual(["/services/hidden", "/services/hidden"]);

    await expect(page.getByText("No rule sends to it yet.")).toBeVisible();
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("nightly");
    await page.getByRole("button", { name: "Save rule" }).click();
    await expect(page.getByText("all schedules → ops: failed, works again, missed · at most 50 a day")).toBeVisible();
    await expect(page.getByText("No rule sends to it yet.")).toBeHidden();
    await page.getByRole("button", { name: "Remove ops" }).click();
    await expect(page.getByText(/The channel ops is named by the rule nightly/)).toBeVisible();

    await page.getByRole("button", { name: "Send a test to desktop" }).click();
    await expect(page.getByRole("link", { name: "Test from Almanac" })).toBeVisible();
    // No program is open that shows it.
    await expect(page.getByText(/^left for the desktop program /)).toBeVisible();
    await expect(page.getByText("hidden")).toBeHidden();

    // Filtered by what became of them, and paged beyond fifty.
    await page.getByText("Failed", { exact: true }).click();
    await expect(page.getByText("There is none.")).toBeVisible();
    await page.getByText("All", { exact: true }).click();
    for (let i = 0; i < 50; i += 1) await page.getByRole("button", { name: "Send a test to desktop" }).click();
    await page.getByRole("button", { name: "Older" }).click();
    await expect(page.getByRole("link", { name: "Test from Almanac" })).toHaveCount(1);
    await expect(page.getByRole("button", { name: "Older" })).toBeDisabled();
    await page.getByRole("button", { name: "Newer" }).click();
    await expect(page.getByRole("link", { name: "Test from Almanac" })).toHaveCount(50);

    const address = page.getByLabel("Address of the pages");
    await address.fill("almanac.example.com");
    await page.getByRole("button", { name: "Save address" }).click();
    await expect(page.getByText(/an address such as https:/)).toBeVisible();
    await address.fill("https://almanac.example.com");
    await page.getByRole("button", { name: "Save address" }).click();
    await expect(page.getByRole("button", { name: "Save address" })).toBeDisabled();
    await page.reload();
    await expect(address).toHaveValue("https://almanac.example.com");
    await expectAccessible(page);
    await takeScreenshots(page, "notifications");
  } finally {
    service.closeAllConnections();
    service.close();
  }
});

test("what is half filled in is asked about before it is left, on each page with such a form", async ({
  home: page,
}) => {
  const dialog = page.getByRole("dialog", { name: "Leave with changes?" });
  const leave = (to: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: to }).click();
  const forms: [page: string, open: string | null, form: string | null][] = [
    ["Notifications", "Add a channel", "New channel"],
    ["Notifications", "Add a rule", "New rule"],
    ["Hooks", "Add a hook", "New hook"],
  ];
  for (const [at, open, form] of forms) {
    await leave(at);
    await page
      .getByRole("button", { name: open ?? "" })
      .first()
      .click();
    const name = page.getByRole("form", { name: form ?? "" }).getByRole("textbox", { name: "Name" });
    await expect(name).toBeVisible();
    // Nothing is in it yet: there is nothing to ask.
    await leave("Runs");
    await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();

    await leave(at);
    await page
      .getByRole("button", { name: open ?? "" })
      .first()
      .click();
    await name.fill("half");
    await leave("Runs");
    await dialog.getByRole("button", { name: "Stay" }).click();
    await expect(name).toHaveValue("half");
    await leave("Runs");
    await dialog.getByRole("button", { name: "Throw them away" }).click();
    await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  }

  await test.step("and before another one is opened in its place, or the page is loaded anew", async () => {
    await leave("Notifications");
    await page.getByRole("button", { name: /^Change rule/ }).click();
    const rule = page.getByRole("form", { name: /^Rule / });
    await rule.getByRole("textbox", { name: "Messages a day" }).fill("7");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: /^Change rule/ }).click();
    await dialog.getByRole("button", { name: "Stay" }).click();
    const asked = page.waitForEvent("dialog");
    const reloading = page.reload();
    await (await asked).accept();
    await reloading;
    await expect(page.getByRole("button", { name: "Add a rule" })).toBeVisible();
  });

  await test.step("and before an address of Redis that is not in use is left", async () => {
    await leave("Settings");
    const runtime = page.getByRole("region", { name: "Runtime" });
    await runtime.getByRole("radio", { name: /On many machines/ }).click();
    await runtime.getByRole("textbox", { name: "Address of Redis" }).fill("redis://127.0.0.1:1");
    await leave("Runs");
    await dialog.getByRole("button", { name: "Stay" }).click();
    // What is called off is no longer asked about.
    await runtime.getByRole("button", { name: "Cancel" }).click();
    await leave("Runs");
    await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  });

  await test.step("what is saved asks nothing", async () => {
    await leave("Settings");
    const pools = page.getByRole("region", { name: "Pools" });
    await pools.getByRole("textbox", { name: "Name" }).fill("database");
    await leave("Runs");
    await dialog.getByRole("button", { name: "Stay" }).click();
    await pools.getByRole("button", { name: "Add pool" }).click();
    await expect(pools.getByText("1 at once")).toBeVisible();
    await leave("Runs");
    await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  });
});
