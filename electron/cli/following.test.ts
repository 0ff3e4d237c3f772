import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { runCli } from "./testing/runCli.ts";

vi.setConfig({ testTimeout: 120_000 });

it("follows the log of a run that another process has, until it ends", async () => {
  await using app = await tempApp({ role: "engine" });
  await app.start();
  // Goes on once what it has written is on the follower's screen.
  const go = join(app.dataDir, "go");
  const command = `echo one; while [ ! -e ${go} ]; do sleep 0.1; done; echo two`;
  const { runId } = app.engine.runWorkflow("shell.command", { command }, "code");
  const when = (out: string): boolean => {
    if (out.includes("one")) writeFileSync(go, "");
    return false;
  };
  const args = ["--data-dir", app.dataDir, "runs", "logs", runId, "--follow"];
  const followed = await runCli(args, { signal: { name: "SIGTERM", when } });
  expect(followed).toMatchObject({ code: 0, out: "one\ntwo\n", err: "" });
  expect(app.engine.getRun(runId).status).toBe("completed");
});
