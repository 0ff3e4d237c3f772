import { accessibilityFaults, takeScreenshots } from "../fixtures/look.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

test("a hook is made, called, tested, given a new secret and revoked, and its page says what became of its calls", async ({
  home: page,
  almanac,
}) => {
  test.slow();
  const input = JSON.stringify({ command: "true" });
  // Two calls may follow each other so soon that the first one's run goes on.
  const rules = ["--every", "100w", "--overlap", "allow_all"];
  const create = ["schedules", "create", "--workflow", "shell.command", ...rules, "--input", input];
  await almanac(...create, "--id", "deploy");
  await openPage(page, "Hooks");
  await expect(page.getByText("No hook yet")).toBeVisible();
  await takeScreenshots(page, "hooks-none");
  await page.getByRole("button", { name: "Add a hook" }).click();
  const form = page.getByRole("form", { name: "New hook" });
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("build server");
  await form
    .getByRole("combobox", { name: "Schedule" })
    .or(form.getByRole("textbox", { name: "Schedule" }))
    .click();
  await page.getByRole("option", { name: "deploy" }).click();
  await form.getByRole("button", { name: "Make the hook" }).click();
  await expect(form.getByText("letters, digits, '.', '_' and '-'")).toBeVisible();
  await takeScreenshots(page, "hooks-new");
  await form.getByRole("textbox", { name: "Name" }).fill("build-server");
  await form.getByRole("button", { name: "Make the hook" }).click();

  const once = page.getByRole("status", { name: "Secret of build-server" });
  const shown = async () => ({
    secret: (await once.locator("code").nth(0).textContent()) ?? "",
    command: (await once.locator("code").nth(1).textContent()) ?? "",
  });
  const { secret, command } = await shown();
  const address = command.split(" ").at(-1) ?? "";
  expect(command).toBe(`curl -X POST -H "Authorization: Bearer ${secret}" ${address}`);
  const post = async (token: string) =>
    (await fetch(address, { method: "POST", headers: { Authorization: `Bearer ${token}` } })).status;
  const hook = page.getByRole("list", { name: "Hooks" }).getByRole("listitem");
  await expect(hook).toContainText("Never called with its secret");
  await expect(hook).not.toContainText("started,");
  expect(await post(secret)).toBe(202);
  expect(await post("almanac_wrong")).toBe(401);
  await expect(hook).toContainText(/1 started, 0 refused, 0 too often, 1 call without its secret/);
  await expect(hook).toContainText(/Last call .*: 202, its run/);

  await hook.getByRole("button", { name: "Test build-server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Call it" }).click();
  await expect(hook).toContainText(/Answered 202 in \d+ ms: a run has started/);
  await takeScreenshots(page, "hooks");
  for (const scheme of ["light", "dark"] as const) expect(await accessibilityFaults(page, scheme)).toEqual([]);

  await hook.getByRole("button", { name: "New secret for build-server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make a new secret" }).click();
  await expect(once.locator("code").nth(0)).not.toHaveText(secret);
  expect(await post(secret)).toBe(401);
  expect(await post((await shown()).secret)).toBe(202);
  await almanac("hooks", "create", "report-of-the-quarter-with-a-rather-long-name", "--schedule", "deploy");
  await almanac("schedules", "delete", "deploy");
  await expect(hook).toHaveCount(2);
  expect(await post((await shown()).secret)).toBe(409);
  await expect(hook.first()).toContainText(/Last call .*: 409/);
  await takeScreenshots(page, "hooks-refused");
  await hook.first().getByRole("button", { name: "Revoke build-server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke hook" }).click();
  await expect(hook).toHaveCount(1);
  await expect(once).toBeHidden();
  expect(await post(secret)).toBe(401);
});
