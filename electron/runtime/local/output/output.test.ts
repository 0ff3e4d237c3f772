import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogStream } from "../../../../shared/domain/run.ts";
import { startHarness } from "../testing/harness.ts";
import { createLogPipe } from "./logPipe.ts";
import { createOutputText, inertText } from "./outputText.ts";

const collect = () => {
  const pieces: { stream: LogStream; text: string }[] = [];
  let now = 0;
  const pipe = createLogPipe({ send: (_at, stream, text) => pieces.push({ stream, text }), now: () => now });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { pieces, pipe, pass };
};

describe("the pipe of a run's output", () => {
  test("keeps everything, in order, of what is within its limits", () => {
    const writes = fc.array(
      fc.tuple(fc.constantFrom<LogStream>("stdout", "stderr", "log"), fc.string({ unit: "grapheme" })),
    );
    const merged = (list: { stream: LogStream; text: string }[]) =>
      list.reduce<[LogStream, string][]>((all, { stream, text }) => {
        const last = all.at(-1);
        if (text === "") return all;
        if (last?.[0] === stream) last[1] += text;
        else all.push([stream, text]);
        return all;
      }, []);
    fc.assert(
      fc.property(writes, (written) => {
        const { pieces, pipe } = collect();
        for (const [stream, text] of written) pipe.write(stream, text);
        pipe.end();
        expect(merged(pieces)).toEqual(merged(written.map(([stream, text]) => ({ stream, text: inertText(text) }))));
      }),
    );
  });

  test("cuts the middle out of a flood, and says how many bytes", () => {
    const { pieces, pipe } = collect();
    const line = `${"ü".repeat(63)}\n`;
    for (let at = 0; at < 500_000; at++) pipe.write("stdout", line);
    pipe.write("stdout", "the end");
    pipe.end();
    const kept = pieces.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
    const dropped = pieces
      .filter(({ stream }) => stream === "system")
      .reduce((sum, { text }) => sum + Number(/truncated (\d+) bytes/.exec(text)?.[1]), 0);
    expect(Buffer.byteLength(kept.join("")) + dropped).toBe(500_000 * Buffer.byteLength(line) + 7);
    expect(kept.join("").length).toBeLessThan(2 * 1024 * 1024);
    expect(kept.at(-1)?.endsWith("the end")).toBe(true);
  });

  test("lets more through as time passes", () => {
    const { pieces, pipe, pass } = collect();
    for (let second = 0; second < 30; second++) {
      for (let at = 0; at < 50; at++) pipe.write("stdout", "x".repeat(1_000));
      pass(1_000);
    }
    pipe.end();
    expect(pieces.every(({ stream }) => stream === "stdout")).toBe(true);
  });
});

describe("text of a program's output", () => {
  test("is valid and inert, however its bytes are cut into chunks", () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(chunks, (parts) => {
        const output = createOutputText();
        const pieces = parts.map((part) => inertText(output.push(Buffer.from(part))));
        const text = pieces.join("") + inertText(output.end());
        expect(text).toBe(inertText(Buffer.concat(parts).toString("utf8")));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
        expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
        expect(Buffer.from(text).toString()).toBe(text);
      }),
    );
  });

  test("shows escapes instead of obeying them, and drops colours", () => {
    expect(inertText("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007 \u001b[2J\u0000")).toBe("red ␛]0;title␇ ␛[2J␀");
  });
});

describe("floods from real programs", () => {
  const residentMb = (pid: number): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

  /** The full counts, with `npm run soak`. */
  const soak = process.env["ALMANAC_SOAK"] === "1";
  const lineBytes = soak ? 1_000_000_000 : 200_000_000;
  const allBytes = soak ? 10_000_000_000 : 200_000_000;
  test.each([
    ["one endless line", `head -c ${lineBytes} /dev/zero | tr '\\0' x; echo; echo the end`],
    ["short lines", `yes 'a line of output' | head -c ${allBytes}; echo the end`],
    ["binary", "head -c 100000000 /dev/urandom; echo; echo the end"],
    ["standard error", "yes error | head -c 100000000 >&2; echo the end >&2"],
  ])(
    "%s",
    async (_name, command) => {
      await using harness = await startHarness({ watchMs: 50 });
      const warm = harness.run({ input: { command: "yes | head -c 2000000" } });
      await warm.ended;
      const runnerPid = Number(/pid (\d+)/.exec(warm.worker ?? "")?.[1]);
      const now = () => ({ own: residentMb(process.pid), runner: residentMb(runnerPid) });
      const before = now();
      let most = before;
      const watch = setInterval(() => {
        const { own, runner } = now();
        most = { own: Math.max(most.own, own), runner: Math.max(most.runner, runner) };
      }, 20);
      const startedAt = Date.now();
      const run = harness.run({ input: { command } });
      const outcome = await run.ended;
      const seconds = (Date.now() - startedAt) / 1000;
      clearInterval(watch);
      expect(outcome.kind).toBe("completed");
      expect(run.logChars).toBeLessThan((1.5 + 0.1 * seconds) * 1024 * 1024);
      expect(run.log()).toMatch(/truncated \d+ bytes/);
      expect(run.log().trimEnd().endsWith("the end")).toBe(true);
      expect(most.own - before.own).toBeLessThan(50);
      expect(most.runner - before.runner).toBeLessThan(50);
    },
    soak ? 3_600_000 : 60_000,
  );

  test("a workflow that prints in a loop without end, and past console", async () => {
    await using harness = await startHarness();
    const modulePath = harness.file(
      "prints.ts",
      `import { execSync } from "node:child_process"; import { workflow } from "almanac";
       export const prints = workflow("prints", async () => {
         for (let i = 0; i < 4e5; i++) console.log("line", i);
         execSync("yes inherited | head -c 20000000; echo the end", { stdio: "inherit" });
         return "done";
       });`,
    );
    const run = harness.run({ workflowName: "prints", modulePath, input: {} });
    expect(await run.ended).toMatchObject({ kind: "completed", result: "done" });
    expect(run.log("stdout").startsWith("line 0\nline 1\n")).toBe(true);
    expect(run.log()).toMatch(/truncated \d+ bytes/);
    expect(run.logChars).toBeLessThan(8 * 1024 * 1024);
  }, 60_000);
});

describe("output that programs write past the run's own streams", () => {
  const code = `
    import { execSync } from "node:child_process"; import { writeSync } from "node:fs"; import { secret, workflow } from "almanac";
    const ways = {
      tail: ({ n }) => execSync("echo tail " + n, { stdio: "inherit" }),
      between: () => { console.log("before"); execSync("echo between", { stdio: "inherit" }); console.log("after"); },
      blocks: () => { console.log("at work"); execSync("sleep 1000"); },
      tells: async () => {
        const env = { ...process.env, TOKEN: await secret("TOKEN") };
        execSync("echo out $TOKEN; echo err $TOKEN >&2", { env, stdio: "inherit" });
        writeSync(1, "raw " + env.TOKEN + "\\n");
      },
      dies: async () => { writeSync(2, "last words " + (await secret("TOKEN")) + "\\n"); process.abort(); },
    };
    export const prints = workflow("prints", async (input) => { await ways[input.way](input); });`;

  test("is all there when the run has ended, and no other run has it", async () => {
    await using harness = await startHarness({ size: 2 });
    const job = { workflowName: "prints", modulePath: harness.file("prints.ts", code) };
    for (let n = 0; n < 100; n += 2) {
      const runs = [n, n + 1].map((at) => harness.run({ ...job, input: { way: "tail", n: at } }));
      for (const run of runs) await run.ended;
      expect(runs.map((run) => run.log())).toEqual([`tail ${n}\n`, `tail ${n + 1}\n`]);
    }
  }, 60_000);

  test("stands where it was written, and what came before is shown while a program blocks the run", async () => {
    await using harness = await startHarness();
    const job = { workflowName: "prints", modulePath: harness.file("prints.ts", code) };
    for (let at = 0; at < 20; at++) {
      const run = harness.run({ ...job, input: { way: "between" } });
      await run.ended;
      expect(run.log()).toBe("before\nbetween\nafter\n");
    }
    const blocked = harness.run({ ...job, input: { way: "blocks" } });
    await blocked.logged("at work");
    harness.runtime.cancel(blocked.runId, 0);
    await blocked.ended;
  }, 60_000);

  test("shows no secret that the run was given", async () => {
    await using harness = await startHarness({ secret: () => "swordfish" });
    const job = { workflowName: "prints", modulePath: harness.file("prints.ts", code) };
    const tells = harness.run({ ...job, input: { way: "tells" } });
    expect(await tells.ended).toMatchObject({ kind: "completed" });
    expect(tells.log("stdout")).toBe("out ••••••\nraw ••••••\n");
    expect(tells.log("stderr")).toBe("err ••••••\n");
    const dies = harness.run({ ...job, input: { way: "dies" } });
    const outcome = await dies.ended;
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "RUNNER_CRASHED" } });
    expect(dies.log()).toContain("last words ••••••");
    expect(dies.log() + JSON.stringify(outcome)).not.toContain("swordfish");
  });
});
