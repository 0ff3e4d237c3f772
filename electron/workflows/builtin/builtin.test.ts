import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Harness, startHarness } from "../../runtime/local/testing/harness.ts";
import { certificate } from "../../server/testing/client.ts";
import { commandEnvironment } from "./commands/environment.ts";
import { askedFor, shebangWords } from "./commands/interpreter.ts";
import { quotingAt } from "./commands/shellQuoting.ts";
import { createOutputDecoder } from "./commands/textDecoder.ts";
import { variableNames } from "./commands/variableNames.ts";

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

describe("what commands meet", () => {
  const run = (input: Record<string, unknown>, more = {}) =>
    harness.run({ workflowName: "shell.command", input, ...more });

  test("their output in the order of writing, 10,000 lines in turns on both streams; or each stream pure", async () => {
    const command = `awk 'BEGIN { for (i = 1; i <= 10000; i++) { print "line " i > (i % 2 ? "/dev/stdout" : "/dev/stderr"); fflush() } }'`;
    const numbers = Array.from({ length: 10_000 }, (_, at) => `line ${at + 1}\n`);
    const together = run({ command });
    expect(await together.ended).toMatchObject({ kind: "completed" });
    expect(together.log()).toBe(numbers.join(""));
    const apart = run({ command, output: "separate" });
    expect(await apart.ended).toMatchObject({ kind: "completed" });
    expect(apart.log("stdout")).toBe(numbers.filter((_, at) => at % 2 === 0).join(""));
    expect(apart.log("stderr")).toBe(numbers.filter((_, at) => at % 2 === 1).join(""));
  });

  test("their output in order also where many run at once", async () => {
    const command = "for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done";
    const runs = Array.from({ length: 60 }, () => run({ command }));
    const wanted = Array.from({ length: 9 }, (_, at) => `o${at + 1}\ne${at + 1}\n`).join("");
    for (const watched of runs) {
      await watched.ended;
      expect(watched.log()).toBe(wanted);
    }
  });

  test("streams that they can open by name, and input", async () => {
    const command = "cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr; echo tee | tee /dev/stderr";
    const input = `${"x".repeat(300_000)}\n`;
    expect(await run({ command: `${command} | wc -c`, stdin: input }).ended).toMatchObject({ kind: "completed" });
    const watched = run({ command: `wc -c < /dev/stdin; ${command.slice(15)}`, stdin: input });
    expect(await watched.ended).toMatchObject({
      kind: "completed",
      result: { stdout: expect.stringMatching(/^300001\nout\nerr\ntee\ntee\n$/) },
    });
  });

  test("of the program's environment what is usual, and what was asked for", async () => {
    process.env["ALMANAC_TEST_CLOUD_KEY"] = "k";
    process.env["ALMANAC_TEST_OTHER"] = "o";
    await using own = await startHarness();
    // What runs commands has the environment of the moment in which it is started.
    await own.run({ input: { command: "true" } }).ended;
    delete process.env["ALMANAC_TEST_CLOUD_KEY"];
    delete process.env["ALMANAC_TEST_OTHER"];
    const names = async (input: Record<string, unknown>, more = {}): Promise<string[]> => {
      const job = { workflowName: "shell.command", input: { command: "env", ...input }, ...more };
      const outcome = await own.run(job).ended;
      if (outcome.kind !== "completed") throw new Error(JSON.stringify(outcome));
      const { stdout } = outcome.result as { stdout: string };
      return stdout.split("\n").map((line) => line.split("=")[0] ?? "");
    };
    const usual = await names({});
    expect(usual).toEqual(expect.arrayContaining(["PATH", "HOME", "ALMANAC_RUN_ID", "PYTHONUNBUFFERED"]));
    expect(usual.filter((name) => /TEST|VITEST|NODE/.test(name))).toEqual([]);
    const both = expect.arrayContaining(["ALMANAC_TEST_CLOUD_KEY", "ALMANAC_TEST_OTHER"]);
    expect(await names({ passEnvironment: ["*"] })).toEqual(both);
    expect(await names({ passEnvironment: ["ALMANAC_TEST_OTHER"] }, { passEnvironment: ["ALMANAC_TEST_CL*"] })).toEqual(
      both,
    );
    expect(await names({ passEnvironment: ["ALMANAC_TEST_CL*"] })).not.toContain("ALMANAC_TEST_OTHER");
    expect(await names({ env: { PYTHONUNBUFFERED: "" } })).toContain("PYTHONUNBUFFERED");
    const windows = commandEnvironment(
      { pass: ["java_home"], run: {}, own: {} },
      { Path: "p", SYSTEMROOT: "s", JAVA_HOME: "j", SECRET: "x" },
      true,
    );
    expect(windows).toMatchObject({ Path: "p", SYSTEMROOT: "s", JAVA_HOME: "j" });
    expect(windows).not.toHaveProperty("SECRET");
  });

  test("folders as a shell writes them", async () => {
    const home = harness.folder;
    mkdirSync(join(home, "in put"));
    const where = async (cwd: string): Promise<unknown> => {
      const outcome = await run({ command: "pwd", cwd, env: { HOME: home, DATA: `${home}/in put`, EMPTY: "" } }).ended;
      return outcome.kind === "completed" ? (outcome.result as { stdout: string }).stdout : outcome;
    };
    expect(await where("~")).toBe(`${home}\n`);
    for (const cwd of ["~/in put", "$HOME/in put", `$${"{DATA}"}`, "$DATA/../in put"]) {
      expect(await where(cwd)).toBe(`${home}/in put\n`);
    }
    expect(await where("$NOWHERE/x")).toMatchObject(failed("INVALID_INPUT", "$NOWHERE"));
    expect(await where(`$${"{EMPTY}"}/x`)).toMatchObject(failed("INVALID_INPUT", "$EMPTY"));
    expect(await where("~nobody/x")).toMatchObject(failed("INVALID_INPUT", "full path"));
    expect(await where("~/none")).toMatchObject(failed("INVALID_INPUT", `no folder "${home}/none"`));
  });

  test("exit codes that warn, and that skip", async () => {
    const codes = { acceptedExitCodes: [0], warningExitCodes: [3], skippedExitCodes: [75] };
    expect(await run({ command: "echo two files left; exit 3", ...codes }).ended).toMatchObject({
      kind: "completed",
      warning: "The command ended with exit code 3: two files left",
      result: { exitCode: 3 },
    });
    expect(await run({ command: "echo nothing new; exit 75", ...codes }).ended).toEqual({
      kind: "skipped",
      at: expect.any(Number),
      reason: "The command ended with exit code 75: nothing new",
    });
    expect(await run({ command: "exit 4", ...codes }).ended).toMatchObject(failed("EXIT_CODE", "exit code 4"));
    expect(await run({ command: "true", warningExitCodes: [0] }).ended).toMatchObject(
      failed("INVALID_INPUT", "0 is in acceptedExitCodes too"),
    );
  });

  test("what they started is ended with them, or left running where that is asked for", async () => {
    const command = "sleep 60 & echo $!";
    const pidOf = async (input: Record<string, unknown>): Promise<number> => {
      const outcome = await run({ command, ...input }).ended;
      if (outcome.kind !== "completed") throw new Error(JSON.stringify(outcome));
      return Number((outcome.result as { stdout: string }).stdout);
    };
    const lives = (pid: number): boolean => existsSync(`/proc/${pid}`);
    const ended = await pidOf({});
    await eventually(() => !lives(ended), 5_000);
    const left = await pidOf({ leaveRunning: true });
    await run({ command: "true" }).ended;
    expect(lives(left)).toBe(true);
    process.kill(left, "SIGKILL");
    // Its host takes it away when it looks at what runs.
    await run({ command: "true" }).ended;
    await eventually(() => !lives(left), 5_000);
  });

  test("a login shell where it is asked for", async () => {
    writeFileSync(join(harness.folder, ".bash_profile"), "export FROM_PROFILE=read\n");
    const input = {
      command: "echo $FROM_PROFILE; shopt -q login_shell && echo login",
      shell: "bash",
      env: { HOME: harness.folder },
    };
    expect(await run({ ...input, login: true }).ended).toMatchObject({ result: { stdout: "read\nlogin\n" } });
    expect(await run(input).ended).toMatchObject({ kind: "failed", error: { details: { stdout: "\n" } } });
    expect(await run({ program: "true", login: true }).ended).toMatchObject(failed("INVALID_INPUT", "input.login"));
  });

  test("text in other encodings, named or found out", async () => {
    const said = async (bytes: string, input = {}): Promise<unknown> => {
      const outcome = await run({ command: `printf '${bytes}'`, ...input }).ended;
      return outcome.kind === "completed" ? (outcome.result as { stdout: string }).stdout : outcome;
    };
    expect(await said(String.raw`f\374r\n`)).toBe("für\n");
    expect(await said(String.raw`ü\nf\374r\nü`)).toBe("ü\nfür\nü");
    expect(await said(String.raw`\377\376h\0i\0`)).toBe("hi");
    expect(await said(String.raw`f\201r`, { encoding: "cp850" })).toBe("für");
    expect(await said(String.raw`\276`, { env: { LC_ALL: "de_DE.ISO-8859-15" } })).toBe("Ÿ");
    expect(await said("x", { encoding: "klingon" })).toMatchObject(failed("INVALID_INPUT", "input.encoding"));
  });

  test("text that is put together as its bytes are cut", () => {
    const line = fc.oneof(
      fc.string({ unit: "grapheme" }).map((text) => ({ text, bytes: Buffer.from(text) })),
      fc.constant({ text: "größer", bytes: Buffer.from("größer", "latin1") }),
    );
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 })), (lines, cuts) => {
        // What begins like UTF-16 is that; zeros are no text.
        const kept = lines.filter(({ text }) => !/[\0\n\r\ufeff]/.test(text));
        const data = Buffer.concat(kept.map(({ bytes }) => Buffer.concat([bytes, Buffer.from("\n")])));
        const decoder = createOutputDecoder("detect");
        let text = "";
        let from = 0;
        for (const cut of cuts) {
          text += decoder.push(data.subarray(from, from + cut));
          from += cut;
        }
        text += decoder.push(data.subarray(from)) + decoder.end();
        expect(text).toBe(kept.map((one) => `${one.text}\n`).join(""));
      }),
    );
  });
});

describe("script.run", () => {
  const run = (input: Record<string, unknown>) => harness.run({ workflowName: "script.run", input });
  const output = async (input: Record<string, unknown>): Promise<unknown> => {
    const outcome = await run(input).ended;
    return outcome.kind === "completed" ? (outcome.result as { stdout: string }).stdout : outcome;
  };

  test("runs a file with the interpreter of its ending, or the one given", async () => {
    const python = harness.file(
      "report.py",
      "import os, sys\nprint(os.environ['ALMANAC_SCHEDULED_TIME'], sys.argv[1:])\n",
    );
    expect(await output({ file: python, args: ["{{date}}", "a b"] })).toBe(
      "2026-03-01T09:30:00.000Z ['2026-03-01', 'a b']\n",
    );
    const odd = harness.file("script.odd", "echo shell $1");
    expect(await output({ file: odd, interpreter: "/bin/sh", args: ["x"] })).toBe("shell x\n");
    expect(await output({ file: odd })).toMatchObject(failed("SPAWN_FAILED", "chmod +x"));
    chmodSync(odd, 0o755);
    expect(await output({ file: odd, args: ["y"] })).toBe("shell y\n");
    expect(await output({ file: "/no/such" })).toMatchObject(failed("INVALID_INPUT", "input.file: there is no file"));
    expect(await output({ file: harness.folder })).toMatchObject(failed("INVALID_INPUT", "is a folder"));
    expect(await output({ file: "report.py", cwd: harness.folder })).toContain("2026-03-01T09:30:00.000Z");
  });

  test("honours the first line: bash with arrays, env -S, a virtual environment's python", async () => {
    const bash = harness.file("arrays.sh", `#!/bin/bash\nparts=(one "two words")\necho "$${"{parts[1]}"}" $1\n`);
    expect(await output({ file: bash, args: ["x"] })).toBe("two words x\n");
    const split = harness.file("split", "#!/usr/bin/env -S KIND=split bash -e\nfalse || echo $KIND $-\n");
    expect(await output({ file: split })).toMatch(/^split .*e/);
    const venv = join(harness.folder, "venv");
    execFileSync("python3", ["-m", "venv", "--without-pip", venv]);
    const python = harness.file("where.py", `#!${venv}/bin/python\nimport sys; print(sys.prefix)\n`);
    expect(await output({ file: python })).toBe(`${venv}\n`);
    const plain = harness.file("plain.py", "import sys; print(sys.prefix)\n");
    expect(await output({ file: plain, interpreter: "~/venv/bin/python", env: { HOME: harness.folder } })).toBe(
      `${venv}\n`,
    );
    rmSync(venv, { recursive: true });
    expect(await output({ file: python })).toMatchObject(failed("SPAWN_FAILED", `${venv}/bin/python is missing`));
    const none = harness.file("none", "#!/usr/bin/env python9\n");
    expect(await output({ file: none })).toMatchObject(failed("SPAWN_FAILED", "interpreter python9 is missing"));
    expect(await output({ file: plain, interpreter: "python9" })).toMatchObject(
      failed("SPAWN_FAILED", "input.interpreter"),
    );
  });

  test("says that a shell script has Windows line ends", async () => {
    const crlf = harness.file("windows.sh", "#!/bin/bash\r\ncd /tmp\r\n");
    const watched = run({ file: crlf });
    expect(await watched.ended).toMatchObject(failed("EXIT_CODE", "windows.sh has Windows line ends (CRLF)"));
    expect(watched.log("system")).toContain("CRLF");
    const python = harness.file("windows.py", "#!/usr/bin/env python3\r\nprint('fine')\r\n");
    expect(await output({ file: python })).toBe("fine\n");
  });

  test.each([
    ["#!/bin/sh", ["/bin/sh"], "/bin/sh"],
    ["#! /usr/bin/env  python3 ", ["/usr/bin/env", "python3"], "python3"],
    ["#!/usr/bin/perl -w -T", ["/usr/bin/perl", "-w -T"], "/usr/bin/perl"],
    ["#!/usr/bin/env -S A=b node --flag", ["/usr/bin/env", "-S A=b node --flag"], "node"],
    ["#!/usr/bin/env -vS -u HOME node", ["/usr/bin/env", "-vS -u HOME node"], "node"],
    ["#!/usr/bin/env -S $NODE", ["/usr/bin/env", "-S $NODE"], "/usr/bin/env"],
  ])("reads %s as the system does", (line, words, asked) => {
    expect(shebangWords(line, false)).toEqual(words);
    expect(askedFor(words)).toBe(asked);
  });
});

describe("http.request", () => {
  let server: Server;
  let base: string;
  /** Another origin: the same answers. */
  let other: string;
  let otherServer: Server;
  const asked: { request: IncomingMessage; body: string; at: string }[] = [];
  beforeAll(async () => {
    const answer: RequestListener = (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        const at = `http://${request.headers.host}`;
        asked.push({ request, body, at });
        const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://x");
        const to = searchParams.get("to");
        if (path === "/json") response.setHeader("content-type", "application/json").end('{"ok":true}');
        else if (path === "/missing") response.writeHead(404).end("nothing here");
        else if (path === "/slow") return;
        else if (path === "/large") response.end("x".repeat(2_000_000));
        else if (path === "/binary") response.end(Buffer.from([0, 1, 2]));
        else if (path === "/go") {
          response.setHeader("set-cookie", [
            "first=1; Path=/",
            "second=2; Path=/; HttpOnly; Max-Age=9; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
          ]);
          response.writeHead(Number(searchParams.get("status")), { location: to ?? "" }).end("gone");
        } else if (path === "/latin") {
          response.setHeader("content-type", "text/plain; charset=ISO-8859-1").end(Buffer.from("größer", "latin1"));
        } else if (path === "/told") {
          const { headers, method } = request;
          response.setHeader("content-type", "application/json").end(JSON.stringify({ method, headers, body }));
        } else if (path === "/moved") response.writeHead(302, { location: "/json" }).end();
        else response.end(`echo ${request.headers["authorization"] ?? ""}`);
      });
    };
    server = createServer(answer);
    otherServer = createServer(answer);
    for (const one of [server, otherServer]) await new Promise<void>((done) => one.listen(0, done));
    [base = "", other = ""] = [server, otherServer].map(
      (one) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`,
    );
    secrets["URL"] = `${base}/json?key=a&b=c`;
  });
  afterAll(() => {
    for (const one of [server, otherServer]) {
      one.closeAllConnections();
      one.close();
    }
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

  test("goes on as fetch does, and tells another origin no key", async () => {
    const go = async (status: number, to: string, input: Record<string, unknown> = {}) => {
      const watched = run({
        url: `${base}/go?status=${status}&to=${encodeURIComponent(to)}`,
        method: "POST",
        headers: { "X-Api-Key": "{{secret.TOKEN}}", Cookie: "mine=0", Accept: "text/x", Authorization: "Basic eDp5" },
        body: "text",
        ...input,
      });
      const outcome = await watched.ended;
      const told = outcome.kind === "completed" ? (outcome.result as { body: Record<string, unknown> }).body : outcome;
      return { told, log: watched.log() };
    };
    for (const status of [301, 302, 303]) {
      const { told, log } = await go(status, "/told");
      expect(told).toMatchObject({
        method: "GET",
        body: "",
        headers: { "x-api-key": "••••••", authorization: "Basic eDp5" },
      });
      expect(told).not.toHaveProperty("headers.content-type");
      expect(told).toMatchObject({ headers: { cookie: "mine=0; first=1; second=2" } });
      expect(log).toContain(`[${status}: POST becomes GET, goes on to ${base}/told]`);
    }
    for (const status of [307, 308])
      expect((await go(status, "/told")).told).toMatchObject({ method: "POST", body: "text" });
    const { told, log } = await go(307, `${other}/told`);
    expect(told).toMatchObject({ method: "POST", body: "text", headers: { accept: "text/x" } });
    for (const name of ["x-api-key", "authorization", "cookie"]) expect(told).not.toHaveProperty(`headers.${name}`);
    expect(log).toContain(`${other}/told, another origin, without authorization, x-api-key, cookie`);
    const before = asked.length;
    const refused = await go(308, `${other}/told`, { body: "key={{secret.TOKEN}}" });
    expect(refused.told).toMatchObject(failed("HTTP_STATUS", "the body holds a secret and is not sent there"));
    expect(asked.slice(before).map(({ at }) => at)).toEqual([base]);
    expect((await go(307, "/told", { body: "key={{secret.TOKEN}}" })).told).toMatchObject({ body: "key=••••••" });
    expect((await go(302, "ftp://x/")).told).toMatchObject(failed("HTTP_STATUS", "names no http or https address"));
    const round = `/go?status=307&to=${encodeURIComponent("/go?status=307&to=")}`;
    expect((await go(307, round)).told).toMatchObject(failed("HTTP_STATUS", "more than 20 redirects"));
  });

  test("tells all cookies, the text in its own encoding, and no password of an address", async () => {
    const url = base.replace("//", "//me:pass%2Fword@");
    const outcome = await run({ url: `${url}/go?status=200` }).ended;
    expect(outcome).toMatchObject({
      result: {
        headers: { "set-cookie": ["first=1; Path=/", expect.stringContaining("second=2; Path=/; HttpOnly")] },
        cookies: [
          { name: "first", value: "1" },
          { name: "second", value: "2", httpOnly: true, maxAge: 9, expires: "2099-01-01T00:00:00.000Z" },
        ],
        url: `${base}/go?status=200`,
      },
    });
    expect(asked.at(-1)?.request.headers.authorization).toBe(`Basic ${Buffer.from("me:pass/word").toString("base64")}`);
    expect(await run({ url: `${base}/latin` }).ended).toMatchObject({ result: { body: "größer" } });
    const failing = [`${url}/missing`, "http://me:pass%2Fword@127.0.0.1:1/", "htp://me:pass%2Fword@host/"].map((at) =>
      run({ url: at }),
    );
    for (const watched of failing) {
      expect(JSON.stringify(await watched.ended) + watched.log()).not.toMatch(/pass(%2F|\/)word/);
    }
    expect(await run({ url: base, timeout: "0s" }).ended).toMatchObject(failed("INVALID_INPUT", "input.timeout"));
  });

  test("goes through the environment's proxies, but for no_proxy, and trusts a company's own authority", async () => {
    const { cert, key } = certificate();
    const secure = createTlsServer({ cert, key }, (_, response) => response.end("secure"));
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`);
      response.end("by proxy");
    });
    proxy.on("connect", (request, socket) => {
      through.push(`CONNECT ${request.url}`);
      const [host = "", port = ""] = (request.url ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on("error", () => undefined);
    });
    for (const one of [secure, proxy]) await new Promise<void>((done) => one.listen(0, done));
    const portOf = (one: { address(): unknown }): number => (one.address() as AddressInfo).port;
    const secureUrl = `https://127.0.0.1:${portOf(secure)}/`;
    const caFile = harness.file("ca.pem", cert);
    const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
    const given = { http_proxy: proxyUrl.replace("//", "//pu:pw@"), HTTPS_PROXY: proxyUrl, no_proxy: "127.0.0.2" };
    Object.assign(process.env, given);
    await using own = await startHarness();
    // Its host starts with its first run.
    await own.run({ workflowName: "shell.command", input: { command: "true" } }).ended;
    for (const name of Object.keys(given)) delete process.env[name];
    const request = (url: string, more = {}) =>
      own.run({ workflowName: "http.request", input: { url, ...more } }).ended;
    try {
      expect(await request("http://example.test/a")).toMatchObject({ result: { body: "by proxy" } });
      expect(await request(secureUrl, { caFile })).toMatchObject({ result: { body: "secure" } });
      const auth = Buffer.from("pu:pw").toString("base64");
      expect(through).toEqual([`GET http://example.test/a Basic ${auth}`, `CONNECT 127.0.0.1:${portOf(secure)}`]);
      expect(await request(`http://127.0.0.2:${portOf(server)}/`)).toMatchObject({ result: { status: 200 } });
      expect(await run({ url: secureUrl }).ended).toMatchObject(
        failed("WORKFLOW_ERROR", "name its authority in caFile"),
      );
      expect(await run({ url: secureUrl, caFile }).ended).toMatchObject({ result: { body: "secure" } });
      expect(await run({ url: secureUrl, caFile: "/no/such.pem" }).ended).toMatchObject(
        failed("INVALID_INPUT", "input.caFile: there is no file"),
      );
      expect(await run({ url: secureUrl, caFile: harness.file("no.pem", "x") }).ended).toMatchObject(
        failed("INVALID_INPUT", "no certificate"),
      );
      expect(through).toHaveLength(2);
    } finally {
      for (const one of [secure, proxy]) {
        one.closeAllConnections();
        one.close();
      }
    }
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
