import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { mailServer, webhookServer } from "../notifications/testing/servers.ts";
import { cliProgram, runCli } from "./testing/runCli.ts";

vi.setConfig({ testTimeout: 180_000 });

it("a schedule that fails without any window is one mail and one webhook, and so is its recovery", async () => {
  await using web = await webhookServer();
  await using mail = await mailServer();
  await using app = await tempApp();
  const base = ["--data-dir", app.dataDir];
  const run = async (args: string[], stdin = "") => {
    const result = await runCli([...base, "notifications", ...args, "--json"], { stdin });
    expect(result.code, result.err).toBe(0);
    return result.json<Record<string, unknown>>();
  };
  expect(
    await run(["add", "ops", "--service", "slack", "--secret-stdin"], `${web.url}/services/hidden\n`),
  ).toMatchObject({
    stored: ["url"],
    rules: [],
  });
  const from = ["--from", "almanac@example.com", "--to", "ops@example.com"];
  await run(["add", "mail", "--smtp", `127.0.0.1:${mail.port}`, "--security", "none", ...from]);
  await run(["rules", "set", "all", "--channel", "ops", "--channel", "mail", "--failures", "2"]);
  expect(await run(["test", "ops"])).toMatchObject({ ok: true, answer: "200 OK: ok" });
  expect(web.posted).toHaveLength(1);

  const mended = join(app.dataDir, "mended");
  app.engine.createSchedule(
    {
      scheduleId: "nightly",
      workflowName: "shell.command",
      spec: { interval: [{ every: "1s" }] },
      input: { command: `test -e ${mended}` },
    },
    "user",
  );
  // The failures go on well beyond the message about them, before they end.
  const when = (): boolean => {
    const { failedRuns } = app.engine.getSchedule("nightly");
    if (web.posted.length >= 2 && mail.mails.length >= 1 && failedRuns >= 5 && !existsSync(mended))
      writeFileSync(mended, "");
    return web.posted.length >= 3 && mail.mails.length >= 2;
  };
  const program = spawn(process.execPath, [cliProgram, ...base, "scheduler", "run", "--duration", "120"]);
  const output: string[] = [];
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (chunk) => output.push(String(chunk)));
  const ended = once(program, "close");
  try {
    await vi.waitFor(() => expect(when()).toBe(true), { timeout: 110_000, interval: 200 });
  } finally {
    program.kill("SIGTERM");
  }
  expect(await ended, output.join("")).toEqual([0, null]);
  const texts = web.posted.slice(1).map(({ body }) => String(JSON.parse(body).text).split("\n")[0]);
  expect(texts).toEqual(["*✕ nightly failed 2 times in a row*", "*✓ nightly works again*"]);
  expect(mail.mails).toHaveLength(2);
  expect(mail.mails.map(({ to }) => to)).toEqual([["ops@example.com"], ["ops@example.com"]]);

  const listed = await runCli([...base, "notifications", "list"]);
  expect(listed.out).toContain("nightly works again");
  const bundle = await runCli([...base, "export"]);
  for (const text of [listed.out, bundle.out, output.join("")]) expect(text).not.toContain("hidden");
  const named = await runCli([...base, "notifications", "remove", "ops", "--json"]);
  expect(named.error()).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("the rule all") });
  await run(["rules", "remove", "all"]);
  expect(await run(["remove", "ops"])).toEqual({ deleted: "ops" });
});
