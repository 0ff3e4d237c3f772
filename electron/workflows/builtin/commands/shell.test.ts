import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Harness } from "../../../runtime/local/testing/harness.ts";
import { failed, secrets, startBuiltins } from "../testing.ts";
import { quotingAt } from "./shellQuoting.ts";
import { variableNames } from "./variableNames.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startBuiltins();
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("shell.command", () => {
  const run = (input: Record<string, unknown>, more = {}) =>
    harness.run({ workflowName: "shell.command", input, ...more });

  test("gives output, exit code and the run's environment", async () => {
    const watched = run({
      command:
        'echo "$ALMANAC_SCHEDULED_TIME $ALMANAC_RUN_ID $ALMANAC_SCHEDULE_ID $ALMANAC_ATTEMPT $GREETING"; echo oops >&2; exit 3',
      env: { GREETING: "on {{date}}" },
      acceptedExitCodes: [0, 3],
    });
    const line = `2026-03-01T09:30:00.000Z ${watched.runId} schedule 1 on 2026-03-01\n`;
    expect(await watched.ended).toMatchObject({
      kind: "completed",
      result: { exitCode: 3, stdout: `${line}oops\n`, stderr: "" },
    });
    expect(watched.log("stdout")).toBe(`${line}oops\n`);
  });

  test("names the day it is for as the schedule's zone counts it", async () => {
    const midnight = { timezone: "Europe/Berlin", scheduledAt: Date.parse("2026-02-28T23:00:00Z") };
    expect(await run({ command: "echo {{date}}" }, midnight).ended).toMatchObject({
      result: { stdout: "2026-03-01\n" },
    });
  });

  test("says why a secret cannot be given", async () => {
    expect(await run({ command: "echo {{secret.LOCKED}}" }).ended).toMatchObject(
      failed("INVALID_INPUT", "LOCKED is the desktop app's alone"),
    );
  });

  test("fails on an exit code that is not accepted, and on a signal", async () => {
    expect(await run({ command: "echo last words; exit 7" }).ended).toMatchObject(
      failed("EXIT_CODE", "exit code 7: last words", { details: { exitCode: 7, stdout: "last words\n" } }),
    );
    expect(await run({ command: "echo last words >&2; echo later; exit 7", output: "separate" }).ended).toMatchObject(
      failed("EXIT_CODE", "exit code 7: last words", { details: { exitCode: 7, stderr: "last words\n" } }),
    );
    expect(await run({ command: "kill -9 $$" }).ended).toMatchObject(failed("EXIT_CODE", "SIGKILL"));
  });

  test("starts a program with arguments that no shell reads", async () => {
    const args = ["$(touch /tmp/almanac-canary)", "; exit 1", "a b", "{{scheduledTime}}", "{{.Names}}", "-rf"];
    expect(await run({ program: "printf", args: ["%s\\n", ...args] }).ended).toMatchObject({
      kind: "completed",
      result: {
        stdout: [
          "$(touch /tmp/almanac-canary)",
          "; exit 1",
          "a b",
          "2026-03-01T09:30:00.000Z",
          "{{.Names}}",
          "-rf",
          "",
        ].join("\n"),
      },
    });
  });

  test("says what is wrong with a program or folder that is not there", async () => {
    expect(await run({ program: "no-such-program" }).ended).toMatchObject(failed("SPAWN_FAILED", "not found"));
    // Not what every object has by that name.
    expect(await run({ command: "true", cwd: "/$constructor" }).ended).toMatchObject({
      error: { message: expect.stringContaining("uses $constructor") },
    });
    expect(await run({ command: "true", cwd: "/no/such/folder" }).ended).toMatchObject(
      failed("INVALID_INPUT", "input.cwd"),
    );
    expect(await run({ command: "true", program: "true" }).ended).toMatchObject(
      failed("INVALID_INPUT", "input.command"),
    );
  });

  test("hands a secret over whole, in any quotes, and shows it nowhere", async () => {
    const command = `printf '%s|' {{secret.TOKEN}} "{{secret.TOKEN}}" '{{secret.TOKEN}}' "x{{secret.TOKEN}}y"; printenv ALMANAC_SECRET_TOKEN | wc -c; cat /proc/$$/cmdline | tr '\\0' ' '`;
    const watched = run({ command });
    const outcome = await watched.ended;
    expect(outcome).toMatchObject({ kind: "completed" });
    const shown = "••••••|••••••|••••••|x••••••y|";
    expect(watched.log("stdout").startsWith(`${shown}${(secrets["TOKEN"] ?? "").length + 1}`)).toBe(true);
    expect(JSON.stringify(outcome)).not.toContain("canary");
    expect(watched.log()).not.toContain("canary");
  });

  test("gives each secret a variable of its own, and takes none that env has", async () => {
    const names = ["A-B", "A_B", "A_B_2"];
    for (const name of names) secrets[name] = `value of ${name.replaceAll("_", " ")}`;
    const command =
      'for value in {{secret.A-B}} {{secret.A_B}} {{secret.A_B_2}} {{date}} "$ALMANAC_DATE"; do printf %s "$value" | wc -c; done; [ {{secret.A-B}} = {{secret.A_B}} ] || echo differ';
    expect(await run({ command, env: { ALMANAC_DATE: "mine" } }).ended).toMatchObject({
      result: { stdout: "12\n12\n14\n10\n4\ndiffer\n" },
    });
    const [a, b] = ["Key", "KEY"].map((name) => ({ key: `secret.${name}`, name: "secret", secretName: name }));
    if (a === undefined || b === undefined) throw new Error("two names");
    expect([...variableNames([a, b], [], false).values()]).toEqual(["ALMANAC_SECRET_Key", "ALMANAC_SECRET_KEY_2"]);
    expect([...variableNames([a, b], [], true).values()]).toEqual(["ALMANAC_SECRET_Key", "ALMANAC_SECRET_KEY"]);
  });

  test("hides a secret in what it fails with", async () => {
    const outcome = await run({ command: "echo {{secret.TOKEN}} >&2; exit 1" }).ended;
    expect(JSON.stringify(outcome)).not.toContain("canary");
    expect(outcome).toMatchObject(failed("EXIT_CODE", "••••••"));
    expect(await run({ command: "echo {{secret.NONE}}" }).ended).toMatchObject(failed("INVALID_INPUT", '"NONE"'));
    expect(await run({ program: "echo", args: ["{{secret.TOKEN}}"] }).ended).toMatchObject(
      failed("INVALID_INPUT", "put {{secret.TOKEN}} into env"),
    );
  });

  test.each([
    ["echo X", "none"],
    ['echo "X', "double"],
    ["echo 'X", "single"],
    [`echo "it's X`, "double"],
    [`echo 'a "b' X`, "none"],
    ['echo \\"X', "none"],
    ['echo "a \\" X', "double"],
  ] as const)("knows the quotes of %s", (text, expected) => {
    expect(quotingAt(text, text.indexOf("X"))).toBe(expected);
  });
});
