import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ElectronApplication } from "@playwright/test";
import { answerQuestions, expect, questionsAsked, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";
import { openPage } from "../fixtures/steps.ts";

interface Runs {
  runs: { runId: string; status: string; attempt: number; error: { code: string; message: string } | null }[];
}

const runsOf = async (dataDir: string) => (await cli<Runs>(dataDir, "runs", "list")).runs;
/** Starts a command and waits until it runs. */
async function startCommand(dataDir: string, command: string): Promise<void> {
  const input = JSON.stringify({ command });
  const create = ["schedules", "create", "--id", "backup", "--workflow", "shell.command", "--cron", "0 0 1 1 *"];
  await cli(dataDir, ...create, "--name", "Nightly backup", "--input", input);
  await cli(dataDir, "schedules", "trigger", "backup");
  await expect.poll(async () => (await runsOf(dataDir))[0]?.status).toBe("running");
}
const ended = async (app: ElectronApplication): Promise<number | null> => {
  const [code] = await once(app.process(), "exit");
  return code as number | null;
};
const quit = (app: ElectronApplication): Promise<void> => app.evaluate(({ app: program }) => program.quit());
/** An end by quitting: said so, for good, and not done again by the next start. */
async function expectInterrupted(dataDir: string): Promise<void> {
  const runs = await runsOf(dataDir);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ status: "interrupted", attempt: 1, error: { code: "INTERRUPTED" } });
  expect(runs[0]?.error?.message).toContain("Interrupted by quitting");
}

test("with a run active it asks: cancelled or in the tray it goes on, waited for it ends, and the answer is remembered", async ({
  desktop,
}) => {
  const { app } = await desktop.start();
  const mayEnd = join(desktop.dataDir, "may-end");
  await startCommand(desktop.dataDir, `until [ -e '${mayEnd}' ]; do sleep 0.1; done`);
  await answerQuestions(app, "Cancel");
  await quit(app);
  await expect.poll(() => questionsAsked(app)).toEqual(["Nightly backup is running"]);
  expect((await runsOf(desktop.dataDir))[0]?.status).toBe("running");

  await answerQuestions(app, "Stay in the tray");
  await quit(app);
  await expect.poll(() => app.windows().length).toBe(0);
  expect((await runsOf(desktop.dataDir))[0]?.status).toBe("running");

  await app.evaluate(({ app: program }) => void program.emit("activate"));
  await expect.poll(() => app.windows().length).toBe(1);
  await answerQuestions(app, "Wait, then quit", { remember: true });
  await quit(app);
  // A second request says what it waits for.
  await expect.poll(() => questionsAsked(app)).toEqual(Array(3).fill("Nightly backup is running"));
  // The window says so, too.
  const title = (): Promise<string | undefined> =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());
  await expect.poll(title).toMatch(/^Quits when the last run has ended · /);
  const [shown] = app.windows();
  await expect
    .poll(() => shown?.getByRole("status").allTextContents())
    .toContain("Nothing new starts: Almanac ends once the run that goes on has ended.");
  await answerQuestions(app, "Keep waiting");
  await quit(app);
  await expect.poll(async () => (await questionsAsked(app)).at(-1)).toBe("Almanac quits when Nightly backup has ended");
  const end = ended(app);
  const { settings } = await cli<{ settings: Record<string, unknown> }>(desktop.dataDir, "settings", "list");
  expect(settings["desktop.quit"]).toBe("wait");
  await writeFile(mayEnd, "");
  expect(await end).toBe(0);
  expect(await runsOf(desktop.dataDir)).toMatchObject([{ status: "completed" }]);
});

test("stopped by the person or by the system, a run is interrupted by quitting and is not done again", async ({
  desktop,
}) => {
  const first = await desktop.start();
  await startCommand(desktop.dataDir, "exec sleep 600");
  await answerQuestions(first.app, "Stop it and quit");
  const end = ended(first.app);
  await quit(first.app);
  expect(await end).toBe(0);
  await expectInterrupted(desktop.dataDir);

  const second = await desktop.start();
  await expect(second.page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectInterrupted(desktop.dataDir);
  await openPage(second.page, "Settings");
  await expect(second.page.getByRole("combobox", { name: "When I quit while runs go on" })).toHaveValue("Ask");

  // What a session sends that ends: nobody is asked.
  const { runId } = await cli<{ runId: string }>(
    desktop.dataDir,
    ...["workflows", "run", "shell.command", "--input", '{"command":"trap \\"\\" TERM; sleep 600"}'],
  );
  const shown = () => cli<Runs["runs"][number]>(desktop.dataDir, "runs", "show", runId);
  await expect.poll(async () => (await shown()).status).toBe("running");
  const terminated = ended(second.app);
  second.app.process().kill("SIGTERM");
  expect(await terminated).toBe(0);
  expect(await shown()).toMatchObject({ status: "interrupted", error: { code: "INTERRUPTED" } });
});

test("ended by a fault or killed, it leaves a report, which the next start tells of", async ({ desktop }) => {
  const { app } = await desktop.start();
  await startCommand(desktop.dataDir, "exec sleep 600");
  const end = ended(app);
  await app.evaluate(() => void setTimeout(() => Promise.reject(new Error("a planted fault")), 1)).catch(() => {});
  expect(await end).toBe(1);
  const folder = join(desktop.dataDir, "crashes");
  const reports = async (): Promise<string[]> => (await readdir(folder)).sort();
  const [first = ""] = await reports();
  expect(first).toMatch(/Z\.untold\.txt$/);
  expect(await readFile(join(folder, first), "utf8")).toContain("Error: a planted fault\n");

  await desktop.startHidden();
  const told = first.replace(".untold", "");
  await expect.poll(reports).toEqual([told]);
  expect(await runsOf(desktop.dataDir)).toMatchObject([{ status: "interrupted", attempt: 1 }]);

  // A fault in native code leaves no time to write anything.
  await desktop.kill("SIGSEGV");
  await desktop.startHidden();
  await expect.poll(reports).toEqual([told, expect.stringMatching(/Z\.txt$/)]);
  expect(await readFile(join(folder, (await reports())[1] ?? ""), "utf8")).toContain("ended unexpectedly");
  await desktop.quit();
  expect(await readdir(desktop.dataDir)).not.toContain("desktop-up.json");
});
