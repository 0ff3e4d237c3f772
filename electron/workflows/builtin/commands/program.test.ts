import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Harness, startHarness } from "../../../runtime/local/testing/harness.ts";
import { failed, startBuiltins } from "../testing.ts";
import { commandEnvironment } from "./environment.ts";
import { createOutputDecoder } from "./textDecoder.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startBuiltins();
});
afterAll(() => harness[Symbol.asyncDispose]());

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
