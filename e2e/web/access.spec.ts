import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

test("a token made in Settings signs another browser in for what it may, until it is signed out or revoked", async ({
  home: page,
  browser,
  server,
}) => {
  await openPage(page, "Settings");
  const section = page.getByRole("region", { name: "Access" });
  const sessions = section.getByRole("list", { name: "Signed-in browsers" }).getByRole("listitem");
  await expect(sessions).toHaveCount(1);
  await expect(sessions.first()).toContainText("this browser");

  const [otherContext, thirdContext] = [await browser.newContext(), await browser.newContext()];
  const other = await otherContext.newPage();
  await test.step("a token with the scope to read", async () => {
    await section.getByRole("textbox", { name: "Name" }).fill("hall display");
    await section.getByRole("button", { name: "Create token" }).click();
    await expect(section.getByText("letters, digits, '.', '_' and '-'")).toBeVisible();
    await section.getByRole("textbox", { name: "Name" }).fill("hall-display");
    await section.getByRole("button", { name: "Create token" }).click();
    const token = await section.getByRole("status", { name: "Token hall-display" }).locator("code").textContent();
    await other.goto(new URL(server.address).origin);
    await other.getByLabel("Token or address").fill(token ?? "");
    await other.getByRole("button", { name: "Sign in" }).click();
    await expect(other.getByText("Nothing is scheduled yet")).toBeVisible();
    await openPage(other, "Settings");
    const mine = other.getByRole("region", { name: "Access" });
    await expect(mine).toContainText("signed in with the token hall-display, which may: read");
    await mine.getByRole("button", { name: "Sign out" }).click();
    await expect(other.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
    await other.getByLabel("Token or address").fill(token ?? "");
    await other.getByRole("button", { name: "Sign in" }).click();
    await expect(mine).toBeVisible();
  });

  await test.step("an address for a third one", async () => {
    await section.getByRole("button", { name: "Address for another browser" }).click();
    const address = await section
      .getByRole("status", { name: "Address for another browser" })
      .locator("code")
      .textContent();
    const third = await thirdContext.newPage();
    await third.goto(address ?? "");
    await expect(third.getByText("Nothing is scheduled yet")).toBeVisible();
    expect(third.url()).not.toContain("token");
    await expect(sessions).toHaveCount(3);
    await expectAccessible(page);
    await takeScreenshots(page, "settings-access");
    await sessions.filter({ hasText: "by address" }).filter({ hasNotText: "this browser" }).getByRole("button").click();
    await expect(third.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
  });

  await test.step("a revoked token's browser is signed out", async () => {
    await section.getByRole("button", { name: "Revoke hall-display" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke token" }).click();
    await expect(other.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
    await expect(sessions).toHaveCount(1);
  });
  await test.step("a browser that has kept a session which is none any more is asked to sign in", async () => {
    const late = await thirdContext.newPage();
    await late.goto(new URL(server.address).origin);
    await late.evaluate(() => window.localStorage.setItem("almanac-session", `${"a".repeat(12)}.${"b".repeat(43)}`));
    await late.reload();
    await expect(late.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
    expect(await late.evaluate(() => window.localStorage.getItem("almanac-session"))).toBeNull();
  });
  await test.step("a folder is trusted by name, after a question", async () => {
    const folders = page.getByRole("region", { name: "Trusted folders" });
    await folders.getByLabel("Folder").fill("/no/such/folder");
    await folders.getByRole("button", { name: "Trust folder…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Trust folder" }).click();
    await expect(folders.getByText("a folder that exists is expected")).toBeVisible();
    await folders.getByLabel("Folder").fill(server.dataDir);
    await folders.getByRole("button", { name: "Trust folder…" }).click();
    await expect(page.getByRole("dialog")).toContainText("can then run commands as you");
    await page.getByRole("dialog").getByRole("button", { name: "Trust folder" }).click();
    const listed = folders.getByRole("list", { name: "Trusted folders" }).getByRole("listitem");
    await expect(listed).toContainText(server.dataDir);
    await folders.evaluate((element) => element.scrollIntoView());
    await takeScreenshots(page, "settings-folders");
    await listed.getByRole("button").click();
    await expect(listed).toHaveCount(0);
  });
  await otherContext.close();
  await thirdContext.close();
});
