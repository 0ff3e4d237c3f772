import type { Page } from "@playwright/test";
import { addEntry, begin, card } from "../fixtures/editor.ts";
import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/web.ts";

const command = (page: Page) => page.getByRole("textbox", { name: /command/i }).first();

/** From a schedule's page: makes a new one that runs after it, by clicks. */
async function thenRunNew(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog
    .getByRole("combobox", { name: "Schedule" })
    .or(dialog.getByRole("textbox", { name: "Schedule" }))
    .click();
  await page.getByRole("option", { name: "A new schedule…" }).click();
  await dialog.getByRole("button", { name: "Make the new schedule" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await command(page).fill("true");
  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
}

test("A → B → C is made by clicks, runs, stops where A fails and says so; no circle is taken", async ({
  home: page,
  almanac,
  server,
}) => {
  test.slow();
  await begin(page, "Extract");
  await addEntry(page, "Interval");
  await page.getByRole("button", { name: "Create schedule" }).click();
  await page.waitForURL(/\/schedules\/extract$/);
  await page.getByRole("tab", { name: "Chain" }).click();
  await expect(page.getByText("Nothing runs before or after it")).toBeVisible();
  await takeScreenshots(page, "chain-none");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Then run…" }).click();
  await thenRunNew(page, "Load");
  await page.getByRole("tab", { name: "Chain" }).click();
  await page.getByRole("button", { name: "Then run…" }).click();
  await takeScreenshots(page, "chain-then-run");
  await thenRunNew(page, "Report");

  const chain = page.getByRole("region", { name: "Chain" });
  const node = (name: string) => chain.getByRole("link", { name: new RegExp(`^${name}`) });
  const summary = chain.locator("[data-chain-summary]");
  const open = async (id: string) => {
    await page.goto(new URL(`/schedules/${id}?tab=chain`, page.url()).href);
    await expect(chain.getByRole("listitem").first()).toBeVisible();
  };
  await test.step("it runs one after the other", async () => {
    await open("extract");
    await expect(summary).toHaveText("3 schedules in this chain.");
    await page.getByRole("button", { name: "Run now" }).click();
    for (const name of ["Extract", "Load", "Report"]) await expect(node(name)).toContainText("Completed");
    await expect(node("Load")).toContainText("Runs after Extract has completed.");
    await node("Extract").focus();
    await page.keyboard.press("ArrowRight");
    await expect(node("Load")).toBeFocused();
    await takeScreenshots(page, "chain-ran");
  });

  await test.step("A's failure stops it", async () => {
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await command(page).fill("echo 'no such table' >&2; exit 3");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.waitForURL(/\/schedules\/extract(\?|$)/);
    await open("report");
    await almanac("schedules", "trigger", "extract");
    await expect(summary).toContainText(/Stopped at Extract, which failed .*: Load and Report did not run\./);
    await expect(node("Load")).toContainText("Did not run: Extract failed");
    await expect(node("Report")).toContainText("Did not run: Load did not run");
    await takeScreenshots(page, "chain-stopped");
    for (const scheme of ["light", "dark"] as const) expect(await accessibilityFaults(page, scheme)).toEqual([]);
    await summary.getByRole("link", { name: "Extract" }).click();
    await expect(page.getByText("no such table").first()).toBeVisible();
  });

  await test.step("a circle is refused at the field, in the dialog and in the editor", async () => {
    await open("report");
    await page.getByRole("button", { name: "Then run…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByRole("combobox", { name: "Schedule" })
      .or(dialog.getByRole("textbox", { name: "Schedule" }))
      .click();
    await page.getByRole("option", { name: "Extract (extract)" }).click();
    await expect(dialog.getByRole("checkbox", { name: "Keep its own times" })).toBeChecked();
    await dialog.getByRole("button", { name: "Add to the chain" }).click();
    await expect(dialog).toContainText("extract after report after load after extract would never end");
    await takeScreenshots(page, "chain-circle");
    await dialog.getByRole("button", { name: "Cancel" }).click();

    await page.goto(new URL("/schedules/extract/edit", page.url()).href);
    await addEntry(page, "On an event");
    const entry = card(page, 2);
    await entry
      .getByRole("combobox", { name: "Schedule" })
      .or(entry.getByRole("textbox", { name: "Schedule" }))
      .click();
    await page.getByRole("option", { name: "Report (report)" }).click();
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(entry).toContainText("extract after report after load after extract would never end");
  });

  await test.step("many, with long names", async () => {
    const { token } = await almanac<{ token: string }>(
      "tokens",
      "create",
      "maker",
      "--scope",
      "read",
      "--scope",
      "edit",
    );
    const long = "Quarterly reconciliation of every ledger with what the bank has sent, in all currencies";
    for (let i = 0; i < 27; i += 1) {
      const source = i < 4 ? "report" : i < 20 ? `many-${i - 4}` : "extract";
      const made = await fetch(`${new URL(server.address).origin}/api/schedules.create`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          scheduleId: `many-${i}`,
          name: i % 3 === 0 ? `${long} ${i}` : `Many ${i}`,
          workflowName: "shell.command",
          input: { command: "true" },
          spec: { on: { after: { scheduleId: source, outcome: i % 2 === 0 ? "ended" : "failed" }, delay: "5m" } },
        }),
      });
      expect(made.status).toBe(200);
    }
    await open("extract");
    await expect(chain.getByRole("listitem")).toHaveCount(30);
    await takeScreenshots(page, "chain-many");
    // Of a long chain its own place is seen first.
    await open("many-16");
    await expect(chain.locator('[aria-current="page"]')).toBeInViewport({ ratio: 1 });
  });
});
