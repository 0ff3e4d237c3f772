import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Harness } from "../../../runtime/local/testing/harness.ts";
import { failed, startBuiltins } from "../testing.ts";
import { askedFor, shebangWords } from "./interpreter.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startBuiltins();
});
afterAll(() => harness[Symbol.asyncDispose]());

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
