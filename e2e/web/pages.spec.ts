import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { expectAccessible, takeScreenshots } from "../fixtures/look.ts";
import { watchPlaces } from "../fixtures/places.ts";
import { openPage } from "../fixtures/steps.ts";
import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];

test("the list is worked by keyboard: search, move, select, pause many, undo", async ({ home: page, almanac }) => {
  for (const id of ["alpha", "beta", "gamma"]) {
    await almanac("schedules", "create", "--id", id, "--cron", "0 3 1 1 *", ...shell("true"));
  }
  const list = page.getByRole("grid", { name: "Schedules" });
  // The head, the heading of their group, and they.
  await expect(list.getByRole("row")).toHaveCount(5);

  await page.keyboard.press("/");
  await page.keyboard.type("bet");
  // What is looked for is found whatever group it is in: there are no headings.
  await expect(list.getByRole("row")).toHaveCount(2);
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("bet");
  await page.keyboard.press("Escape");
  await expect(list.getByRole("row")).toHaveCount(5);

  await page.keyboard.press("/");
  await page.keyboard.type("nothing like it");
  await page.getByRole("button", { name: "Show all schedules" }).click();
  await expect(list.getByRole("row")).toHaveCount(5);
  await expect(page.getByRole("textbox", { name: "Search schedules" })).toHaveValue("");

  await page.getByRole("button", { name: "Views" }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("row", { name: /alpha/ })).toBeFocused();
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("x");
  await expect(page.getByText("2 schedules selected")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Pause", exact: true }).first().click();
  await expect(page.getByText("2 schedules paused")).toBeVisible();
  expect(await almanac("schedules", "show", "beta")).toMatchObject({ status: "paused" });

  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => almanac("schedules", "show", "beta")).toMatchObject({ status: "active" });
  expect(await almanac("schedules", "show", "gamma")).toMatchObject({ status: "active" });

  await page.getByRole("row", { name: /gamma/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "gamma" })).toBeVisible();
  await page.goBack();
  await expect(list).toBeVisible();
});

test("home says what is wrong first, and a look at it needs one click", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "tick", "--every", "1s", ...shell("true"));
  await almanac(
    "schedules",
    "create",
    "--id",
    "zz-broken",
    "--cron",
    "0 3 1 1 *",
    ...shell("echo no disk >&2; exit 7"),
  );
  const list = page.getByRole("grid", { name: "Schedules" });
  const broken = page.getByRole("row", { name: /zz-broken/ });
  await expect(broken).toBeVisible();
  await almanac("schedules", "trigger", "zz-broken");
  await expect(list.getByRole("row").nth(1)).toHaveAccessibleName(/Needs attention 1/);
  await expect(list.getByRole("row").nth(2)).toHaveAccessibleName(/zz-broken/);
  expect((await broken.boundingBox())?.y).toBeLessThanOrEqual(120);

  await test.step("runs that come and go move nothing", async () => {
    const tops = () => list.getByRole("row").evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top));
    const before = await tops();
    const { totalRuns } = await almanac<{ totalRuns: number }>("schedules", "show", "tick");
    await expect
      .poll(async () => {
        expect(await tops()).toEqual(before);
        return (await almanac<{ totalRuns: number }>("schedules", "show", "tick")).totalRuns;
      })
      .toBeGreaterThan(totalRuns + 3);
  });

  await test.step("its last error in full, beside the list", async () => {
    await broken.getByText("Last run failed").click();
    const panel = page.getByRole("complementary", { name: "Schedule at a glance" });
    await expect(panel.getByText("The command ended with exit code 7: no disk")).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(panel).toBeHidden();
    await expect(broken).toBeFocused();
    await page.keyboard.press("Space");
    await expect(panel).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("a success closes it", async () => {
    await almanac("schedules", "update", "zz-broken", "--input", '{"command":"true"}');
    await almanac("schedules", "trigger", "zz-broken");
    await expect(list.getByRole("row", { name: /Needs attention/ })).toHaveCount(0);
  });

  await test.step("the mouse's other button offers what can be done", async () => {
    await broken.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Pause", exact: true }).click();
    await expect(list.getByRole("row", { name: /^Paused 1/ })).toBeVisible();
  });
});

test("twenty outcomes move nothing on home, no row into another group, and nothing on a schedule's page", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "always-ok", "--every", "1s", ...shell("true"));
  await almanac("schedules", "create", "--id", "always-fails", "--every", "1s", ...shell("exit 3"));
  // Longer than its interval: it runs or skips each time.
  await almanac("schedules", "create", "--id", "overlaps", "--every", "1s", ...shell("sleep 1.2"));
  await almanac("schedules", "create", "--id", "yearly", "--cron", "0 3 1 1 *", ...shell("true"));
  const list = page.getByRole("grid", { name: "Schedules" });
  const attention = list.getByRole("row", { name: /^Needs attention 1/ });
  await expect(attention).toBeVisible();
  await expect(page.getByRole("group", { name: "Next 24 hours", exact: true })).toBeVisible();

  type Counters = { totalRuns: number; skippedRuns: number };
  const outcomes = async () => {
    const ids = ["always-ok", "always-fails", "overlaps"];
    const all = await Promise.all(ids.map((id) => almanac<Counters>("schedules", "show", id)));
    return all.reduce((sum, { totalRuns, skippedRuns }) => sum + totalRuns + skippedRuns, 0);
  };
  const placesOnHome = await watchPlaces(page, "[role=grid] [role=row]", "[role=gridcell]");
  const before = await outcomes();
  await expect.poll(outcomes).toBeGreaterThanOrEqual(before + 20);
  const places = await placesOnHome();
  for (const id of ["always-ok", "always-fails", "overlaps", "yearly"]) expect(Object.keys(places)).toContain(id);
  for (const [name, all] of Object.entries(places)) expect(all, `places of ${name}`).toHaveLength(1);

  for (const id of ["overlaps", "fresh"]) {
    // From before its first run on: what there is to say of a schedule grows most then.
    if (id === "fresh") {
      const startAt = new Date(Date.now() + 8000).toISOString();
      const sometimesFails = shell("[ $(( $(date +%s) % 3 )) -gt 0 ]");
      await almanac("schedules", "create", "--id", id, "--every", "1s", "--start-at", startAt, ...sometimesFails);
    }
    await page.goto(new URL(`/schedules/${id}`, page.url()).href);
    await expect(page.getByRole("tab", { name: "Activity" })).toBeVisible();
    const placesOnPage = await watchPlaces(page, "h1, dl dt, [role=tab], [role=tabpanel] [role=group]");
    const came = async () => {
      const { totalRuns, skippedRuns } = await almanac<Counters>("schedules", "show", id);
      return totalRuns + skippedRuns;
    };
    const already = await came();
    if (id === "fresh") expect(already).toBe(0);
    await expect.poll(came).toBeGreaterThanOrEqual(already + 12);
    const seen = await placesOnPage();
    expect(Object.keys(seen)).toContain("Success rate, last ");
    for (const [name, all] of Object.entries(seen)) expect(all, `places of ${name}`).toHaveLength(1);
  }
});

test("a filtered list is kept as a view and opened again", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "kept", "--cron", "0 3 1 1 *", ...shell("true"));
  await almanac("schedules", "create", "--id", "resting", "--cron", "0 3 1 1 *", ...shell("true"));
  await almanac("schedules", "pause", "resting");
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(5);
  await page.getByRole("row", { name: /^Paused/ }).click();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(4);
  const heads = page.getByRole("grid").getByRole("columnheader");
  await expect(heads.filter({ hasText: "Success" })).toBeVisible();
  const height = async () => (await page.getByRole("row", { name: /kept/ }).boundingBox())?.height;
  const usual = await height();
  await page.getByRole("button", { name: "Columns and density" }).click();
  await page.getByRole("checkbox", { name: "Success" }).uncheck();
  await page.getByText("Comfortable", { exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(heads.filter({ hasText: "Success" })).toHaveCount(0);
  await expect.poll(height).toBe(40);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name of the view" }).fill("Working ones");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "All schedules" }).click();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(5);
  await expect(heads.filter({ hasText: "Success" })).toBeVisible();
  await expect.poll(height).toBe(usual);

  await test.step("in the rail with its count, its columns and its rows' height", async () => {
    const inRail = page.getByRole("list", { name: "Saved views" }).getByRole("link", { name: /Working ones/ });
    await expect(inRail).toHaveText(/2$/);
    await inRail.click();
    await expect(page.getByRole("grid").getByRole("row")).toHaveCount(4);
    await expect(heads.filter({ hasText: "Success" })).toHaveCount(0);
    await expect.poll(height).toBe(40);
    await almanac("schedules", "create", "--id", "third", "--cron", "0 3 1 1 *", ...shell("true"));
    await expect(inRail).toHaveText(/3$/);
    await almanac("schedules", "delete", "third");
    await expect(inRail).toHaveText(/2$/);
  });

  await page.reload();
  // What opens over the page closes where the page is made anew beneath it.
  await expect(page.getByRole("row", { name: /kept/ })).toBeVisible();
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "Working ones", exact: true }).click();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(4);
});

test("a live log follows its end until the reader scrolls away from it", async ({ home: page, almanac }) => {
  const command = "seq 5000; i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done";
  const input = JSON.stringify({ command });
  const { runId } = await almanac<{ runId: string }>("workflows", "run", "shell.command", "--input", input);
  await page.goto(new URL(`/runs/${runId}`, page.url()).href);
  const log = page.getByRole("region", { name: "Log" });
  const follow = page.getByRole("switch", { name: "Follow" });
  const seen = () =>
    log.evaluate((box) => ({ top: box.scrollTop, below: box.scrollHeight - box.scrollTop - box.clientHeight }));
  await expect(log).toContainText(/tick \d/);
  await expect(follow).toBeChecked();
  expect((await seen()).below).toBeLessThan(18);

  await log.hover();
  await page.mouse.wheel(0, -3000);
  await expect(follow).not.toBeChecked();
  await expect(log).not.toContainText("tick");
  const { top, below } = await seen();
  await expect.poll(async () => (await seen()).below).toBeGreaterThan(below);
  expect((await seen()).top).toBe(top);
  await follow.press("Space");
  await expect(log).toContainText(/tick \d/);
});

test("a run is watched live, searched, cancelled and run again", async ({ home: page }) => {
  await openPage(page, "Workflows");
  await page.getByRole("button", { name: "Run shell.command" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Run once" }).click();
  await expect(dialog.getByText(/either a command line or a program/)).toBeVisible();
  await dialog
    .getByRole("textbox", { name: "Command" })
    .fill(`printf '\\033[31mred\\033[0m needle\\n'; i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done`);
  await dialog.getByRole("button", { name: "Run once" }).click();

  const log = page.getByRole("region", { name: "Log" });
  await expect(log).toContainText("line 3");
  await expect(page.getByRole("status").filter({ hasText: "Running" })).toBeVisible();
  await page.getByRole("switch", { name: "Follow" }).uncheck();
  await page.getByRole("textbox", { name: "Search the log" }).fill("NEEDLE");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "1 of 1" })).toBeVisible();
  await expect(log).toContainText("red needle");

  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Cancelled" })).toBeVisible();
  await expectAccessible(page);

  const first = page.url();
  await page.getByRole("button", { name: "Run again" }).click();
  await expect.poll(() => page.url()).not.toBe(first);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Cancelled" })).toBeVisible();

  await openPage(page, "Runs");
  await expect(page.getByRole("grid", { name: "Runs" }).getByText("Cancelled")).toHaveCount(2);
});

test("a schedule with nothing but backfilled runs says so where its health stands", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "filled", "--cron", "0 3 * * *", ...shell("true"));
  const range = ["--from", "2026-01-01", "--to", "2026-01-04"];
  await almanac("schedules", "backfill", "filled", ...range, "--wait");
  await page.reload();
  const row = page.getByRole("row", { name: /filled/ }).or(page.getByRole("listitem").filter({ hasText: "filled" }));
  await expect(row.first().getByText(/^Only backfilled: /)).toBeAttached();
  await page.getByRole("link", { name: "filled", exact: true }).click();
  await expect(page.getByText("3 of 3")).toBeVisible();
  await expect(page.getByText("Only backfilled", { exact: true }).first()).toBeVisible();
  await expect(page.getByText("No finished run yet")).toHaveCount(0);
  await takeScreenshots(page, "backfilled-only");
});

test("a failed run says why, and its schedule is found by its trouble", async ({ home: page, almanac }) => {
  await almanac("schedules", "create", "--id", "broken", "--cron", "0 3 1 1 *", ...shell("echo no >&2; exit 3"));
  await almanac("schedules", "trigger", "broken", "--wait").catch(() => {});
  await page.getByText("Table", { exact: true }).click();
  await page.getByRole("button", { name: /failing/ }).click();

  await test.step("its last outcomes are links, which the row's own buttons leave free", async () => {
    const row = page.getByRole("row", { name: /broken/ });
    await row.hover();
    await expect(row.getByRole("button", { name: "Run broken now" })).toBeVisible();
    const strip = row.getByLabel("Last 1: 1 failed");
    const box = await strip.boundingBox();
    if (box === null) throw new Error("there is no strip");
    await strip.hover({ position: { x: box.width - 3, y: box.height / 2 } });
    await row.getByRole("link", { name: "Failed" }).click();
    const error = page.getByRole("region", { name: "Error" });
    await expect(error).toContainText("Exit code");
    // The run's duration stands below it, and is the only one.
    await expect(error).not.toContainText(/took|duration/i);
    await page.goBack();
  });
  await page.getByRole("link", { name: "broken", exact: true }).click();
  await expect(page.getByText("The last run failed: ")).toContainText("exit code 3");
  await test.step("no outcome moves its page", async () => {
    const tabs = page.getByRole("tablist");
    const place = await tabs.boundingBox();
    for (const [command, said] of [
      ["true", "No failure since its last success."],
      ["exit 5", "The last run failed: "],
      ["exit 6", "The last 2 runs failed: "],
      ["exit 3", "The last 3 runs failed: "],
      ["true", "Works again: 1 success since its last failure, no longer failing after 3."],
    ] as const) {
      await almanac("schedules", "update", "broken", "--input", JSON.stringify({ command }));
      await almanac("schedules", "trigger", "broken");
      await expect(page.getByText(said)).toBeVisible();
      expect(await tabs.boundingBox()).toEqual(place);
    }
  });
  await takeScreenshots(page, "works-again");
  await test.step("a day of its year narrows the list, and a link to it opens the same", async () => {
    await page.getByRole("tab", { name: "Year" }).click();
    await page.locator("[data-today] rect").first().click();
    await expect(page.getByRole("status").filter({ hasText: "Runs of" })).toBeVisible();
    await expect(page.getByRole("grid", { name: "Runs" }).getByRole("row")).toHaveCount(7);
    await page.reload();
    await expect(page.getByRole("tab", { name: "Year" })).toHaveAttribute("aria-selected", "true");
    await page.getByRole("button", { name: "All runs" }).click();
    await page.getByRole("tab", { name: "Runs" }).click();
  });
  await page
    .getByRole("grid", { name: "Runs" })
    .getByRole("link", { name: /Failed/ })
    .last()
    .click();
  const error = page.getByRole("region", { name: "Error" });
  await expect(error).toContainText("EXIT_CODE");
  await expect(error).toContainText("3");
  await expect(page.getByRole("region", { name: "Log" })).toContainText("no");
});

test("a failed run is run again as its mended schedule is, or with what it had, and says which", async ({
  home: page,
  almanac,
}) => {
  const input = (command: string) => ["--input", JSON.stringify({ command })];
  await almanac("schedules", "create", "--id", "mended", "--cron", "0 3 1 1 *", ...shell("exit 3"));
  const failed = await almanac<{ runId: string }>("schedules", "trigger", "mended");
  await page.goto(new URL(`/runs/${failed.runId}`, page.url()).href);
  const outcome = (text: string) => page.getByRole("status").filter({ hasText: text });
  await expect(outcome("Failed")).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again", exact: true })).toBeVisible();

  await almanac("schedules", "update", "mended", ...input("true"));
  const now = page.getByRole("button", { name: "Run again as the schedule is now" });
  await expect(now).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Other ways to run again" }).click();
  await page.getByRole("menuitem", { name: "Run again with what it had" }).click();
  await expect.poll(() => page.url()).not.toContain(failed.runId);
  await expect(outcome("Failed")).toBeVisible();
  const second = page.url();
  await now.click();
  await expect.poll(() => page.url()).not.toBe(second);
  await expect(outcome("Completed")).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again", exact: true })).toBeVisible();

  await test.step("the menu of a row offers both, and its key does the first", async () => {
    await page.goto(new URL("/runs", page.url()).href);
    const row = page.getByRole("grid", { name: "Runs" }).getByRole("row").nth(3);
    await row.click({ button: "right", position: { x: 4, y: 4 } });
    await expect(page.getByRole("menuitem", { name: /^Run again/ })).toHaveText([/as the schedule is now/, /it had/]);
    await page.keyboard.press("Escape");
    await row.focus();
    await page.keyboard.press("r");
    await expect(outcome("Completed")).toBeVisible();
  });
  await test.step("the command line does either", async () => {
    for (const [flags, status] of [
      [[], "failed"],
      [["--as-schedule-is"], "completed"],
    ] as const) {
      const { runId } = await almanac<{ runId: string }>("runs", "retry", failed.runId, ...flags);
      await expect.poll(async () => (await almanac<{ status: string }>("runs", "show", runId)).status).toBe(status);
    }
  });
});

test("what a failed command printed leaves the rest of its page in view", async ({ home: page, almanac }) => {
  const input = JSON.stringify({ command: "seq -f 'line %g' 2000; echo the last one; exit 4" });
  const { runId } = await almanac<{ runId: string }>("workflows", "run", "shell.command", "--input", input);
  await page.goto(new URL(`/runs/${runId}`, page.url()).href);
  const printed = page.getByRole("region", { name: "Error" }).getByRole("region", { name: "Printed" });
  await expect(printed).toContainText("the last one");
  expect(await printed.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThan(2);
  await expect(page.getByRole("region", { name: "Timeline" })).toBeInViewport();
  await expectAccessible(page);
});

test("one long word fits the dialogs that show it", async ({ home: page, almanac }) => {
  const word = "w".repeat(200);
  const dialog = page.getByRole("dialog");
  const overflow = () =>
    dialog.evaluate((box) =>
      Math.max(...[box, ...box.querySelectorAll("div")].map((e) => e.scrollWidth - e.clientWidth)),
    );
  await almanac("schedules", "create", "--id", "long", "--name", word, "--cron", "0 3 1 1 *", ...shell("true"));
  await page.getByRole("link", { name: word }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(dialog.getByRole("heading")).toHaveText(`Pause ${word}`);
  await expect(dialog.getByRole("button", { name: "Close" })).toBeInViewport();
  expect(await overflow()).toBe(0);
  await page.keyboard.press("Escape");

  await openPage(page, "Settings");
  await page.getByRole("button", { name: "Import…", exact: true }).click();
  await dialog.getByLabel("Or paste it here").fill(`0 5 * * * ${word}\n`);
  await dialog.getByRole("button", { name: "Look it over" }).click();
  await expect(dialog.getByRole("cell", { name: word }).nth(1)).toBeVisible();
  expect(await overflow()).toBe(0);
});

test("the palette finds schedules, pages and what can be done", async ({ home: page, almanac }) => {
  let answers: "pass" | (() => void)[] = "pass";
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (answers === "pass") socket.send(message);
      else answers.push(() => socket.send(message));
    });
  });
  await page.reload();
  await almanac("schedules", "create", "--id", "nightly-report", "--cron", "0 3 * * *", ...shell("true"));
  await expect(page.getByRole("link", { name: "nightly-report", exact: true })).toBeVisible();
  const palette = page.getByRole("dialog", { name: "Find anything" });
  const open = async (): Promise<void> => {
    await page.keyboard.press("Control+k");
    await expect(palette.getByPlaceholder("Schedules, pages, actions")).toBeFocused();
  };
  await open();
  await page.keyboard.type("nightly");
  await expect(palette.getByText("Run now: nightly-report")).toBeVisible();
  await palette.getByText("Pause: nightly-report").click();
  await expect.poll(() => almanac("schedules", "show", "nightly-report")).toMatchObject({ status: "paused" });
  await open();
  // Enter is pressed before the server has answered: what was found for the query before is not opened.
  const held: (() => void)[] = [];
  answers = held;
  await page.keyboard.type("settings");
  await expect(palette.getByText("Settings")).toBeVisible();
  await page.keyboard.press("Enter");
  answers = "pass";
  for (const send of held) send();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
});

test("a file that does not load is shown with its line and harms no other", async ({ home: page, server }) => {
  const folder = join(server.dataDir, "workflows");
  await mkdir(folder);
  await writeFile(
    join(folder, "good.ts"),
    `import { workflow } from "almanac";\nexport const hello = workflow({ name: "hello_world", durable: false }, async () => "hello");\n`,
  );
  await writeFile(
    join(folder, "bad.ts"),
    `import { workflow } from "almanac";\n\nexport const y = nothing(workflow);\n`,
  );
  await openPage(page, "Workflows");
  await page.getByRole("textbox", { name: "Folder or file" }).fill(folder);
  await page.getByRole("button", { name: "Add folder" }).click();
  await expect(page.getByText(/bad\.ts:3:\d+$/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "hello_world" })).toBeVisible();
  await expect(page.getByText(/^Steps are not kept: a run whose program dies/)).toHaveCount(1);
  await page.getByRole("button", { name: "Run hello_world" }).click();
  await page.getByRole("button", { name: "Run once" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Completed" })).toBeVisible();
  await page.getByRole("tab", { name: "Result" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("hello");
});

test("what all runs of a workflow may take is set on the Workflows page, and its schedules say it", async ({
  home: page,
  almanac,
}) => {
  await almanac("schedules", "create", "--id", "nightly", "--cron", "0 3 1 1 *", ...shell("true"));
  await openPage(page, "Workflows");
  await page.getByRole("button", { name: "Memory of shell.command: No limit of memory" }).click();
  await page.getByText("Limit", { exact: true }).click();
  await page.getByRole("textbox", { name: "Memory", exact: true }).fill("3");
  await expect(page.getByText(/^64 to 1,048,576\./)).toBeVisible();
  await page.getByRole("textbox", { name: "Memory", exact: true }).fill("2048");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Memory of shell.command: 2 GiB of memory" })).toBeVisible();
  expect(await almanac("settings", "list")).toMatchObject({
    settings: { workflowMemory: { "shell.command": "2GiB" } },
  });
  await page.getByRole("link", { name: "nightly" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByText("As all its workflow's: 2 GiB of memory.")).toBeVisible();
});

test("a command that is passed everything says so, and is passed what is usual after one click", async ({
  home: page,
  almanac,
}) => {
  const input = JSON.stringify({ command: "true", passEnvironment: ["*", "JAVA_HOME"] });
  await almanac(
    "schedules",
    "create",
    "--id",
    "old",
    "--cron",
    "0 3 1 1 *",
    "--workflow",
    "shell.command",
    "--input",
    input,
  );
  await page.getByRole("row", { name: /old/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("passed every variable")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Pass only the usual ones" }).click();
  await expect(page.getByText("passed every variable")).toHaveCount(0);
  const passed = async () => ((await almanac("schedules", "show", "old")) as { input: unknown }).input;
  expect(await passed()).toEqual({ command: "true", passEnvironment: ["JAVA_HOME"] });
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("passed every variable")).toBeVisible();
  expect(await passed()).toEqual(JSON.parse(input));

  await openPage(page, "Settings");
  const variables = page.getByRole("combobox", { name: "Variables to pass on" });
  await variables.fill("AWS-KEY");
  await variables.press("Enter");
  await expect(page.getByText('"AWS-KEY": a variable\'s name')).toBeVisible();
  await variables.fill("AWS_*");
  await variables.press("Enter");
  await expect(variables).toBeEnabled();
  await page.reload();
  await openPage(page, "Settings");
  await expect(page.getByRole("region", { name: "Commands" }).getByText("AWS_*", { exact: true })).toBeVisible();
});

test("settings are kept, refused ones are said at their field, secrets never come back, backups are listed with what going back loses", async ({
  home: page,
  almanac,
}) => {
  const yearly = ["--cron", "0 0 1 1 *", ...shell("true")];
  await almanac("schedules", "create", "--id", "first", ...yearly);
  await openPage(page, "Settings");
  const backup = page.getByRole("table", { name: "Backups" }).getByRole("row").nth(1);
  await expect(async () => {
    await page.reload();
    await expect(backup).toContainText("1 schedule, 0 runs", { timeout: 2000 });
  }).toPass();
  const keep = page.getByRole("textbox", { name: "Keep runs for" });
  await keep.fill("30");
  await keep.press("Enter");
  const secrets = page.getByRole("region", { name: "Secrets" });
  await secrets.getByRole("textbox", { name: "Name", exact: true }).fill("not a name");
  await secrets.getByLabel("Value").fill("hush-hush");
  await page.getByRole("button", { name: "Add secret" }).click();
  await expect(page.getByText(/letters, digits, '_'/)).toBeVisible();
  await secrets.getByRole("textbox", { name: "Name", exact: true }).fill("API_KEY");
  await page.getByRole("button", { name: "Add secret" }).click();
  await expect(page.getByText("{{secret.API_KEY}}")).toBeVisible();

  await page.reload();
  await expect(page.getByRole("textbox", { name: "Keep runs for" })).toHaveValue("30 days");
  await expect(page.getByText("{{secret.API_KEY}}")).toBeVisible();
  expect(await page.content()).not.toContain("hush-hush");

  await page.getByRole("button", { name: "Check the data folder" }).click();
  await expect(page.getByText("All is well")).toBeVisible();

  await page.getByRole("button", { name: "Gather diagnostics…" }).click();
  const gathered = page.getByRole("dialog");
  await gathered.getByRole("button", { name: /settings\.json/ }).click();
  await expect(gathered.getByRole("region", { name: "settings.json" })).toContainText('"retentionDays": 30');
  await expectAccessible(page);
  const saving = page.waitForEvent("download");
  await gathered.getByRole("button", { name: "Save…" }).click();
  const saved = readFileSync(await (await saving).path());
  expect((await saving).suggestedFilename()).toMatch(/^almanac-diagnostics-\d{8}T\d{6}Z\.zip$/);
  const inside = Object.values(unzipSync(saved)).map((bytes) => strFromU8(bytes));
  expect(inside.length).toBeGreaterThan(5);
  expect(inside.filter((text) => text.includes("hush-hush"))).toEqual([]);

  await almanac("schedules", "create", "--id", "second", ...yearly);
  await takeScreenshots(page, "backups");
  await backup.getByRole("button", { name: "Restore…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("1 schedule would be gone: second");
  await expect(dialog).toContainText("Settings would be as they were: retentionDays");
  await expect(dialog).toContainText("almanac doctor --restore almanac-");
  await expectAccessible(page);
  await takeScreenshots(page, "restore");
});

test("a pool is made, left as it was, deleted and brought back, and a link leads to Runs at once", async ({
  home: page,
  almanac,
}) => {
  await openPage(page, "Settings");
  const pools = page.getByRole("region", { name: "Pools" });
  const name = pools.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("database");
  await pools.getByRole("button", { name: "Add pool" }).click();
  await pools.getByRole("button", { name: "Change", exact: true }).click();
  await expect(name).toHaveValue("database");
  await pools.getByRole("button", { name: "Cancel" }).click();
  await expect(name).toHaveValue("");
  await pools.getByRole("button", { name: "Delete database" }).click();
  await expect(pools.getByText("database", { exact: true })).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(pools.getByText("database", { exact: true })).toBeVisible();
  expect(await almanac("pools", "list")).toMatchObject({ pools: [{ name: "database", limit: 1 }] });

  await page.goto(new URL("/settings#runsAtOnce", page.url()).href);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Runs at once" }).first()).toBeFocused();
});

test("runs that want a look or skipped themselves say why beside them", async ({ home: page, almanac }) => {
  const input = { command: "echo disk is full; exit 2", warningExitCodes: [2] };
  const skips = { command: "echo nothing to do; exit 75", skippedExitCodes: [75] };
  for (const [id, what] of Object.entries({ warns: input, skips })) {
    const run = ["--workflow", "shell.command", "--input", JSON.stringify(what)];
    await almanac("schedules", "create", "--id", id, "--cron", "0 0 1 1 *", ...run);
    await almanac("schedules", "trigger", id);
  }
  await openPage(page, "Runs");
  const row = (id: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name: id }) });
  await expect(row("warns")).toContainText("exit 2: disk is full");
  await expect(row("skips")).toContainText("exit 75: nothing to do");
  const status = await row("warns").getByText("Warning").boundingBox();
  const schedule = await row("warns").getByRole("link", { name: "warns" }).boundingBox();
  expect((status?.x ?? 0) + (status?.width ?? 0)).toBeLessThanOrEqual(schedule?.x ?? 0);
});

test("a crontab is looked over before anything is written", async ({ home: page, almanac }) => {
  await openPage(page, "Settings");
  await page.getByRole("button", { name: "Import…", exact: true }).click();
  await page
    .getByRole("textbox", { name: "Or paste it here" })
    .fill("30 4 * * * /usr/bin/true\n@reboot /bin/false\n0 25 * * * /bin/late\n");
  await page.getByRole("button", { name: "Look it over" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "1 line cannot be taken" })).toContainText(
    /Line 3: 0 25 \* \* \* \/bin\/late: the hour field/,
  );
  expect(await almanac("schedules", "list")).toMatchObject({ schedules: [] });
  await page.getByRole("button", { name: "Import 2 items, leave out 1 line" }).click();
  await expect(page.getByText("2 schedules added")).toBeVisible();
  expect(await almanac<{ schedules: unknown[] }>("schedules", "list")).toMatchObject({
    schedules: [{ spec: { on: { boot: true } } }, { spec: { cron: "30 4 * * *" } }],
  });
});

test("a file that cannot be imported is refused where it stands, and chosen again once put right", async ({
  home: page,
  almanac,
}) => {
  await openPage(page, "Settings");
  await page.getByRole("button", { name: "Import…", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const file = page.locator('input[type="file"]');
  const text = JSON.stringify({
    schedules: [
      { scheduleId: "fetched", workflowName: "shell.command", spec: { cron: "0 3 * * *" }, input: { command: "true" } },
    ],
  });
  const choose = (content: string) =>
    file.setInputFiles({ name: "schedules.json", mimeType: "application/json", buffer: Buffer.from(content) });
  const refusal = dialog.getByRole("alert");
  await choose(text.slice(0, -5));
  await expect(dialog.getByText("schedules.json")).toBeVisible();
  await dialog.getByRole("button", { name: "Look it over" }).click();
  await expect(refusal).toContainText(/JSON is expected/);
  await expectAccessible(page);
  // A browser takes no notice of a file that it still holds.
  await expect(file).toHaveValue("");

  await choose(text);
  await expect(refusal).toHaveCount(0);
  await dialog.getByRole("button", { name: "Look it over" }).click();
  await expect(dialog.getByRole("row", { name: /fetched/ })).toContainText("New");
  await dialog.getByRole("button", { name: "Import 1 item" }).click();
  await expect(page.getByText("1 schedule added")).toBeVisible();
  expect(await almanac("schedules", "show", "fetched")).toMatchObject({ spec: { cron: "0 3 * * *" } });
});

test("an import that is stopped says what it has written, which is what there is then", async ({ home: page }) => {
  test.setTimeout(300_000);
  await openPage(page, "Settings");
  await page.getByRole("button", { name: "Import…", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const total = 6000;
  // Longer to write than it takes for its progress to show.
  const lines = Array.from({ length: total }, (_, i) => `${i % 60} ${i % 24} * * * job-${i}\n`).join("");
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: "large.crontab", mimeType: "text/plain", buffer: Buffer.from(lines) });
  await dialog.getByRole("button", { name: "Look it over" }).click();
  const start = dialog.getByRole("button", { name: /^Import [\d,]+ items$/ });
  await start.waitFor({ timeout: 120_000 });

  // However soon its message goes again.
  const said = page.evaluate(
    () =>
      new Promise<string>((told) => {
        new MutationObserver(() => {
          const messages = [...document.querySelectorAll('[role="alert"]')].map((alert) => alert.textContent ?? "");
          const found = messages.find((text) => /schedules? added/.test(text));
          if (found !== undefined) told(found);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
  await start.click();
  // It may be over before it is stopped: what it says must be true all the same.
  const stop = dialog.getByRole("button", { name: "Stop" }).click({ timeout: 120_000 });
  await Promise.race([said, stop.catch(() => {})]);
  const message = await said;
  const written = Number(/[\d,]+/.exec(message)?.[0].replaceAll(",", ""));
  if (message.startsWith("Stopped")) {
    expect(written).toBeLessThan(total);
    await expect(dialog.getByRole("button", { name: "Look it over" })).toBeEnabled();
    await page.keyboard.press("Escape");
  } else expect(written).toBe(total);
  await expect(dialog).toHaveCount(0);
  await openPage(page, "Schedules");
  if (written === 0) await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  else {
    const list = page.getByRole("grid", { name: "Schedules" });
    await expect(list).toHaveAttribute("aria-rowcount", String(written + 1));
  }
});

test("when the engine goes away the page says so, and what is still to be read looks like it", async ({
  page,
  server,
}) => {
  await page.goto(server.address);
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  await openPage(page, "Runs");
  await expect(page.getByText("Nothing has run yet")).toBeVisible();
  await server.stop();
  await expect(page.getByText(/No connection to Almanac's engine/)).toBeVisible();
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "Failed" }).click();
  const loading = page.getByRole("status", { name: "Loading" });
  await expect.poll(async () => (await loading.boundingBox())?.width).toBeGreaterThan(400);
});

test("a page that was never opened says so when Almanac is gone, and opens once there is an answer", async ({
  page,
  server,
}) => {
  await page.goto(server.address);
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  const heading = page.getByRole("heading", { level: 1 });
  const cutOff = "**/*";
  await page.route(cutOff, (route) => route.abort());
  await openPage(page, "Settings");
  await expect(heading).toHaveText("No connection to Almanac");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("There is still no answer")).toBeVisible();
  await page.unroute(cutOff);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(heading).toHaveText("Settings");

  await server.stop();
  await openPage(page, "Workflows");
  await expect(heading).toHaveText("No connection to Almanac");
  await expect(page.getByText("Almanac is not running, or the connection to it is lost.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("There is still no answer")).toBeVisible();
});
