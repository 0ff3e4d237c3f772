import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test } from "@playwright/test";
import type { Run } from "../../shared/domain/run.ts";
import { takeScreenshots } from "../fixtures/look.ts";
import { cli, startServer, temporaryDataDir } from "../fixtures/programs.ts";

test("a prompt goes to the agent that this machine has: its log is live, and its answer the run's result", async ({
  page,
}) => {
  const folder = await temporaryDataDir();
  const bin = join(folder.path, "bin");
  await mkdir(bin);
  const go = join(folder.path, "go");
  // Begins to answer, and ends when it is told to.
  const lines = [
    "#!/bin/sh",
    `echo "asked $1: $2"`,
    `until test -e ${go}; do sleep 0.1; done`,
    "echo Nothing changed.",
  ];
  await writeFile(join(bin, "codex"), `${lines.join("\n")}\n`, { mode: 0o755 });
  const dataDir = join(folder.path, "data");
  const server = await startServer(dataDir, { PATH: `${bin}${delimiter}${process.env["PATH"]}` });
  try {
    await page.goto(server.address);
    const card = page.getByRole("region", { name: "Ask an AI agent every morning" });
    await expect(card.getByRole("combobox", { name: "Agent" }).or(card.getByRole("textbox"))).toHaveValue("Codex CLI");
    await card.getByRole("button", { name: /^Run once to see/ }).click();
    await page.waitForURL(/\/runs\//);
    const runId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await expect(page.getByText(/^asked exec: What changed in ~\/notes/)).toBeVisible();
    await expect(page.getByText("Nothing changed.")).toBeHidden();
    await writeFile(go, "");
    await expect(page.getByText("Nothing changed.").first()).toBeVisible();
    await expect
      .poll(() => cli<Run>(dataDir, "runs", "show", runId))
      .toMatchObject({ status: "completed", result: { stdout: expect.stringContaining("Nothing changed.") } });
    await takeScreenshots(page, "ai-task-ran");

    // Also where there are schedules already.
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("dialog", { name: "Find anything" });
    await expect(palette.getByRole("textbox")).toBeFocused();
    await page.keyboard.type("ai agent");
    await palette.getByRole("button", { name: "New schedule that asks an AI agent" }).click();
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("Morning summary");
    await expect(page.getByRole("textbox", { name: "Program" })).toHaveValue("codex");
    await takeScreenshots(page, "ai-task-new");
    await page.getByRole("button", { name: "Create schedule" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Morning summary" })).toBeVisible();
  } finally {
    await server.stop();
    await folder.remove();
  }
});
