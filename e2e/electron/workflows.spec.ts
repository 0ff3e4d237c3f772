import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/desktop.ts";
import { openPage } from "../fixtures/steps.ts";

/** Three steps: the first leaves a trace, the second waits until it is let go on. */
const threeSteps = `
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { log, step, workflow } from "almanac";

const note = step("note", async () => {
  appendFileSync(join(__dirname, "noted"), "noted\\n");
  return { noted: "in the file" };
});
const wait = step("wait", async () => {
  console.log("from the console");
  spawnSync("sh", ["-c", "echo from a child"], { stdio: "inherit" });
  log("from the log");
  while (!existsSync(join(__dirname, "go"))) await new Promise((done) => setTimeout(done, 20));
  return { waited: true };
});
const report = step("report", async (noted: string) => \`all of it, \${noted}\`);

export const threeSteps = workflow({ name: "three_steps" }, async () => {
  const { noted } = await note();
  await wait();
  return report(noted);
});
`;

const brokenFile = `import { workflow } from "almanac";

export const broken = workflow({ name: "broken" }, async () => {
  return 1 +;
});
`;

test("a person's workflow file is found, run and shown, and goes on where it was when what runs it is killed", async ({
  desktop,
}) => {
  const folder = join(desktop.dataDir, "mine");
  await mkdir(folder);
  await writeFile(join(folder, "threeSteps.ts"), threeSteps);
  await writeFile(join(folder, "broken.ts"), brokenFile);
  const { page } = await desktop.start();

  await test.step("its folder is named in the settings; a file that does not load harms no other", async () => {
    await openPage(page, "Settings");
    await page.getByRole("textbox", { name: "Folder or file" }).fill(folder);
    await page.getByRole("button", { name: "Add folder" }).click();
    await expect(page.getByRole("button", { name: `Remove ${folder}` })).toBeVisible();
    await openPage(page, "Workflows");
    await expect(page.getByRole("listitem").filter({ hasText: "three_steps" })).toContainText(
      "Steps: note, wait, report",
    );
    const problems = page.getByRole("region", { name: "1 problem in workflow files" });
    await expect(problems).toContainText(`${join(folder, "broken.ts")}:4:`);
    await expect(problems).not.toContainText("threeSteps.ts");
  });

  await test.step("it is scheduled and run by clicking, and its page shows what it prints, in order", async () => {
    await page.getByRole("link", { name: "Schedule three_steps" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Three steps");
    await page.getByRole("group", { name: "Add an entry" }).getByRole("button", { name: "Interval" }).click();
    await page.getByRole("combobox", { name: "Length: unit" }).click();
    await page.getByRole("option", { name: "days" }).click();
    await page.getByRole("button", { name: "Create schedule" }).click();
    await page.getByRole("button", { name: "Run now" }).click();
    await openRun(page, "Running");
    await expect.poll(() => printed(page)).toEqual(["from the console", "from a child", "from the log"]);
    await expect(bar(page, "note", "Completed")).toBeVisible();
    await expect(bar(page, "wait", "Running")).toBeVisible();
    await page.getByRole("button", { name: "note" }).click();
    await expect(page.getByRole("region", { name: "Timeline" })).toContainText("in the file");
  });

  await test.step("its process is killed: a second attempt goes on in another", async () => {
    const runner = await runnerPid(page);
    process.kill(runner, "SIGKILL");
    await expect(fact(page, "Attempt")).toHaveText(/^2 /);
    await expect(fact(page, "Process")).not.toContainText(`pid ${runner} `);
    await expect.poll(() => printed(page)).toEqual(twice(["from the console", "from a child", "from the log"]));
    await expect(bar(page, "Attempt 1", "Interrupted")).toBeVisible();
  });

  const runner = await runnerPid(page);
  await desktop.kill();
  await expect.poll(() => isAlive(runner)).toBe(false);
  const again = (await desktop.start()).page;
  await test.step("the whole program is killed and started again: a third attempt ends it", async () => {
    await openPage(again, "Runs");
    await openRun(again, "Running");
    await expect(fact(again, "Attempt")).toHaveText(/^3 /);
    await expect(bar(again, "wait", "Running")).toBeVisible();
    await writeFile(join(folder, "go"), "");
    await expect(again.getByRole("status").filter({ hasText: "Completed" })).toBeVisible();
  });
  for (const step of ["note", "wait", "report"]) await expect(bar(again, step, "Completed")).toBeVisible();
  for (const attempt of [1, 2]) await expect(bar(again, `Attempt ${attempt}`, "Interrupted")).toBeVisible();
  await again.getByRole("tab", { name: "Result" }).click();
  await expect(again.getByRole("tabpanel", { name: "Result" })).toContainText("all of it, in the file");
  expect(await readFile(join(folder, "noted"), "utf8")).toBe("noted\n");
});

const twice = (lines: string[]): string[] => [...lines, ...lines];

async function openRun(page: Page, status: string): Promise<void> {
  await page.getByRole("grid", { name: "Runs" }).getByRole("link", { name: status }).click();
  await expect(page).toHaveURL(/\/runs\/\w+$/);
}

/** A step's or an attempt's outcome in the timeline. */
function bar(page: Page, label: string, outcome: string) {
  const name = page.getByRole("region", { name: "Timeline" }).getByText(label, { exact: true });
  return name.locator("..").getByRole("img", { name: outcome });
}

function fact(page: Page, term: string) {
  return page
    .locator("dt")
    .filter({ hasText: new RegExp(`^${term}$`) })
    .locator("xpath=following-sibling::dd[1]");
}

/** The process that the run's page names. */
async function runnerPid(page: Page): Promise<number> {
  return Number(/pid (\d+)/.exec((await fact(page, "Process").textContent()) ?? "")?.[1]);
}

/** Whether a process is there; one that has ended and that nobody has asked for has no command line any more. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

/** What the run itself wrote into its log. */
async function printed(page: Page): Promise<string[]> {
  const text = await page.getByRole("region", { name: "Log" }).textContent();
  return text?.match(/from (the console|a child|the log)/g) ?? [];
}
