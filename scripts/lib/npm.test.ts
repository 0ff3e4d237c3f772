import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";

const program = `
  import { endWithNpm } from ${JSON.stringify(new URL("npm.ts", import.meta.url).href)};
  endWithNpm();
  process.on("SIGTERM", () => { console.log("asked to end"); process.exit(); });
  setInterval(() => {}, 1000);
  console.log("running");
`;

const windows = process.platform === "win32";
if (windows) console.log("npm starts no shell that could be ended alone on Windows: its test is left out");

it.skipIf(windows)("asks the program to end when only the shell above it was ended", async () => {
  const shell = spawn("sh", ["-c", '"$0" --input-type=module -e "$1"; true', process.execPath, program], {
    env: { ...process.env, npm_lifecycle_event: "start" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: shell.stdout });
  expect(await once(lines, "line")).toEqual(["running"]);
  shell.kill("SIGTERM");
  expect(await once(lines, "line")).toEqual(["asked to end"]);
});
