import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "@playwright/test";
import { root, temporaryDataDir } from "../fixtures/programs.ts";

test("npm start without a display says so in one line and serves the pages", async ({ request }) => {
  const folder = await temporaryDataDir();
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  const args = ["run", "-s", "start", "--", "--port", "0", "--no-open", "--data-dir", folder.path];
  const program = spawn("npm", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  try {
    const said: string[] = [];
    createInterface({ input: program.stderr }).on("line", (line) => said.push(line));
    const address = await new Promise<string>((found, failed) => {
      program.on("exit", (code) => failed(new Error(`npm start ended with ${code}: ${said.join("\n")}`)));
      createInterface({ input: program.stdout }).on("line", (line) => {
        const url = /http:\/\/\S+/.exec(line)?.[0];
        if (url !== undefined) found(url);
      });
    });
    if (process.platform === "linux")
      expect(said).toEqual([expect.stringMatching(/^Electron has no display .*browser\.$/)]);
    const page = await request.get(new URL(address).origin);
    expect(page.status()).toBe(200);
    expect(await page.text()).toContain("<title>Almanac</title>");
  } finally {
    const ended = new Promise((done) => program.once("exit", done));
    if (program.pid !== undefined) process.kill(-program.pid, "SIGTERM");
    await ended;
    await folder.remove();
  }
});
