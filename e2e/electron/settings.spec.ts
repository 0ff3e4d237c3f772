import { expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";
import { openPage } from "../fixtures/steps.ts";

test("switched not to stay in the tray, closing the window ends the program and frees the data folder", async ({
  desktop,
}) => {
  const { app, page } = await desktop.start();
  await openPage(page, "Settings");
  const stay = page.getByRole("switch", { name: /Keep running in the tray/ });
  await expect(stay).toBeChecked();
  await stay.click({ force: true });
  await expect(stay).not.toBeChecked();

  const ended = new Promise<number | null>((done) => app.process().once("exit", done));
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  expect(await ended).toBe(0);
  const { owner, problems } = await cli<{ owner: unknown; problems: string[] }>(desktop.dataDir, "doctor");
  expect({ owner, problems }).toEqual({ owner: null, problems: [] });
});
