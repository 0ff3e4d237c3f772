import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../../runtime/local/testing/harness.ts";
import { quotingAt } from "./shellQuoting.ts";
import { variableNames } from "./variableNames.ts";

const secrets: Record<string, string> = { TOKEN: "pa ss'\"$(touch /tmp/almanac-canary)`w`ord", URL: "" };
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({
    size: 1,
    secret: (name) => {
      if (name === "LOCKED") throw new Error("LOCKED is the desktop app's alone");
      return secrets[name] ?? null;
    },
  });
});
afterAll(() => harness[Symbol.asyncDispose]());

const failed = (code: string, message: string, more: Record<string, unknown> = {}) => ({
  kind: "failed",
  error: { code, message: expect.stringContaining(message), ...more },
});

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
      result: { exitCode: 3, stdout: line, stderr: "oops\n" },
    });
    expect(watched.log("stdout")).toBe(line);
    expect(watched.log("stderr")).toBe("oops\n");
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
    expect(await run({ command: "echo last words >&2; exit 7" }).ended).toMatchObject(
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

describe("script.run", () => {
  test("runs a file with the interpreter of its ending, or the one given", async () => {
    const python = harness.file(
      "report.py",
      "import os, sys\nprint(os.environ['ALMANAC_SCHEDULED_TIME'], sys.argv[1:])\n",
    );
    expect(
      await harness.run({ workflowName: "script.run", input: { file: python, args: ["{{date}}", "a b"] } }).ended,
    ).toMatchObject({
      kind: "completed",
      result: { stdout: "2026-03-01T09:30:00.000Z ['2026-03-01', 'a b']\n" },
    });
    const odd = harness.file("script.odd", "echo shell $1");
    expect(
      await harness.run({ workflowName: "script.run", input: { file: odd, interpreter: "/bin/sh", args: ["x"] } })
        .ended,
    ).toMatchObject({
      kind: "completed",
      result: { stdout: "shell x\n" },
    });
    expect(await harness.run({ workflowName: "script.run", input: { file: odd } }).ended).toMatchObject(
      failed("SPAWN_FAILED", "chmod +x"),
    );
    expect(await harness.run({ workflowName: "script.run", input: { file: "/no/such" } }).ended).toMatchObject(
      failed("INVALID_INPUT", "input.file"),
    );
  });
});

describe("http.request", () => {
  let server: Server;
  let base: string;
  const asked: { request: IncomingMessage; body: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        asked.push({ request, body });
        const path = new URL(request.url ?? "/", "http://x").pathname;
        if (path === "/json") response.setHeader("content-type", "application/json").end('{"ok":true}');
        else if (path === "/missing") response.writeHead(404).end("nothing here");
        else if (path === "/slow") return;
        else if (path === "/large") response.end("x".repeat(2_000_000));
        else if (path === "/binary") response.end(Buffer.from([0, 1, 2]));
        else if (path === "/moved") response.writeHead(302, { location: "/json" }).end();
        else response.end(`echo ${request.headers["authorization"] ?? ""}`);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    secrets["URL"] = `${base}/json?key=a&b=c`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const run = (input: Record<string, unknown>, more = {}) =>
    harness.run({ workflowName: "http.request", input, ...more });

  test("sends templates and secrets, and gives the parsed answer", async () => {
    const watched = run({
      url: `${base}/json?day={{date}}&at={{scheduledTime}}`,
      method: "POST",
      headers: { Authorization: "Bearer {{secret.TOKEN}}" },
      body: '{"run":"{{runId}}"}',
    });
    expect(await watched.ended).toMatchObject({
      kind: "completed",
      result: { status: 200, body: { ok: true }, truncated: false },
    });
    const { request, body } = asked.at(-1) ?? { request: null, body: "" };
    expect(request?.url).toBe("/json?day=2026-03-01&at=2026-03-01T09%3A30%3A00.000Z");
    expect(request?.headers["authorization"]).toBe(`Bearer ${secrets["TOKEN"]}`);
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(body).toBe(`{"run":"${watched.runId}"}`);
    expect(watched.log()).toContain("POST");
  });

  test("hides a secret that comes back, and takes a whole address from one", async () => {
    const outcome = await run({ url: `${base}/echo`, headers: { Authorization: "{{secret.TOKEN}}" } }).ended;
    expect(outcome).toMatchObject({ kind: "completed", result: { body: "echo ••••••" } });
    const whole = run({ url: "{{secret.URL}}" });
    expect(await whole.ended).toMatchObject({ kind: "completed", result: { status: 200, url: "••••••" } });
    expect(asked.at(-1)?.request.url).toBe("/json?key=a&b=c");
    expect(whole.log()).not.toContain("key=a");
  });

  test("fails on a status that is not accepted, a time-out, and what is no address", async () => {
    expect(await run({ url: `${base}/missing` }).ended).toMatchObject(
      failed("HTTP_STATUS", "404", { details: { body: "nothing here" } }),
    );
    expect(await run({ url: `${base}/missing`, acceptedStatuses: "200-299, 404" }).ended).toMatchObject({
      kind: "completed",
    });
    expect(await run({ url: `${base}/moved`, followRedirects: false, acceptedStatuses: "302" }).ended).toMatchObject({
      kind: "completed",
    });
    expect(await run({ url: `${base}/slow`, timeout: "100ms" }).ended).toMatchObject(
      failed("TIMEOUT", "did not answer in 100ms"),
    );
    expect(await run({ url: "file:///etc/passwd" }).ended).toMatchObject(failed("INVALID_INPUT", "input.url"));
    expect(await run({ url: "http://127.0.0.1:1/" }).ended).toMatchObject(
      failed("WORKFLOW_ERROR", "could not be reached"),
    );
    expect(await run({ url: base, acceptedStatuses: "all" }).ended).toMatchObject(
      failed("INVALID_INPUT", "acceptedStatuses"),
    );
  });

  test("reads no more than it keeps, and no binary as text", async () => {
    expect(await run({ url: `${base}/large` }).ended).toMatchObject({
      kind: "completed",
      result: { truncated: true, body: "x".repeat(262_144) },
    });
    expect(await run({ url: `${base}/binary` }).ended).toMatchObject({
      kind: "completed",
      result: { body: null, bytes: 3 },
    });
  });

  test("ends at once when it is cancelled", async () => {
    const watched = run({ url: `${base}/slow` });
    await watched.started;
    harness.runtime.cancel(watched.runId, 5_000);
    expect(await watched.ended).toMatchObject({ kind: "cancelled" });
  });

  test("uses its runner again", async () => {
    const first = run({ url: `${base}/json` });
    await first.ended;
    const second = run({ url: `${base}/json` });
    await second.ended;
    expect(second.worker).toBe(first.worker);
  });
});
