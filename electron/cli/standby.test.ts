import { expect, it, vi } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { runCli } from "./testing/runCli.ts";

vi.setConfig({ testTimeout: 120_000 });

it("a standby says that it does not fire and who does, and says so when it takes over", async () => {
  await using app = await tempApp({ role: "engine", programName: "server" });
  await app.start();
  let released = false;
  const when = (_out: string, err: string): boolean => {
    if (!released && /standing by/.test(err)) {
      released = true;
      void app.close(0);
    }
    return /now firing/.test(err);
  };
  const args = ["--data-dir", app.dataDir, "serve", "--port", "0", "--no-open", "--json"];
  const { code, err } = await runCli(args, { signal: { name: "SIGTERM", when } });
  expect(code, err).toBe(0);
  const lines = err.split("\n").filter((line) => /firing/.test(line));
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(`^not firing: server \\(pid ${process.pid} on .+\\) owns ${app.dataDir}; standing by to take over$`),
    ),
    expect.stringMatching(/^now firing 0 schedules of /),
  ]);
});
