import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProgramExit } from "../sdk/runScope.ts";
import { createProgramStarter } from "./programStarter.ts";

const linux = process.platform === "linux";
if (!linux) console.log("only on Linux are programs started by posix_spawn: its tests are left out");
const starter = linux ? await createProgramStarter() : null;

/** Runs a program to its end with its output in a file; null where it was not started. */
async function run(file: string, args: string[], env: Record<string, string> = {}, cwd = "/") {
  const folder = mkdtempSync(join(tmpdir(), "almanac-starter-"));
  const output = openSync(join(folder, "output"), "w");
  try {
    const program = { file, args, cwd, env: { PATH: process.env["PATH"] ?? "", ...env } };
    const streams = { stdin: null, stdout: output, stderr: output };
    let pid: number | null = null;
    const exit = await new Promise<ProgramExit | null>((done) => {
      pid = starter?.start({ ...program, ...streams }, done) ?? null;
      if (pid === null) done(null);
    });
    return exit === null ? null : { pid, exit, text: readFileSync(join(folder, "output"), "utf8") };
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

test.skipIf(!linux)("starts a program with its arguments, environment and folder, and tells how it ended", async () => {
  const line = 'echo "$1 $NAME $PWD"; cat; echo oops >&2; exit 7';
  const found = await run("/bin/sh", ["-c", line, "sh", "a ü"], { NAME: "v=1 2" }, "/usr");
  expect(found).toMatchObject({ exit: [7, null], text: "a ü v=1 2 /usr\noops\n" });
  expect(await run("/bin/sh", ["-c", "kill -TERM $$"])).toMatchObject({ exit: [null, "SIGTERM"] });
  // By its name alone, on this process's own PATH.
  expect(await run("true", [])).toMatchObject({ exit: [0, null] });
});

test.skipIf(!linux)(
  "a program leads a session, and finds signals as usual whatever this process makes of them",
  async () => {
    const ignored = (): void => undefined;
    process.on("SIGTERM", ignored);
    try {
      // Programs that make nothing of signals themselves.
      const { text = "", pid } = (await run("/bin/sh", ["-c", "cat /proc/self/status /proc/self/stat"])) ?? {};
      for (const mask of ["SigBlk", "SigIgn", "SigCgt"]) expect(text).toContain(`${mask}:\t${"0".repeat(16)}\n`);
      expect(/\(cat\)(?: \S+){3} (\d+)/.exec(text)?.[1]).toBe(String(pid));
    } finally {
      process.off("SIGTERM", ignored);
    }
  },
);

test.skipIf(!linux)("leaves to Node what cannot be started", async () => {
  expect(await run("/no/such/program", [])).toBe(null);
  expect(await run("no-such-program", [])).toBe(null);
  expect(await run("/bin/sh", ["-c", "true"], {}, "/no/such/folder")).toBe(null);
  expect(await run("/bin/sh", ["-c", "nul\0"])).toBe(null);
  // Of another PATH than this process's only Node knows to make use.
  expect(await run("true", [], { PATH: "/nowhere" })).toBe(null);
});

test.skipIf(!linux)("side by side with Node's own children, each hears of its own ends", async () => {
  const byNode = (code: number): Promise<number | null> =>
    new Promise((done) => {
      const child = spawn("/bin/sh", ["-c", `exit ${code}`]);
      starter?.foreign(child);
      child.on("exit", done);
    });
  const codes = Array.from({ length: 20 }, (_, at) => at);
  const ends = await Promise.all(
    codes.flatMap((code) => [byNode(code), run("/bin/sh", ["-c", `exit ${code}`]).then((found) => found?.exit[0])]),
  );
  expect(ends).toEqual(codes.flatMap((code) => [code, code]));
});
