import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../cli/testing/runCli.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { owner } from "./access/caller.ts";
import { toAppError } from "./errors.ts";
import { createCaller } from "./router.ts";
import { hostileTexts } from "./testing/hostileTexts.ts";
import { tempApp } from "./testing/tempApp.ts";

const traceable = spawnSync("strace", ["-f", "-e", "trace=none", "true"]).status === 0;
if (!traceable) console.log("strace does not work here: what is started is not looked at");

let folder: string;
let canary: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "almanac-hostile-"));
  canary = join(folder, "CANARY");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Way = (
  scheduleId: string,
  text: string,
) => Promise<{ name: string; note: string | null; tags: string[]; command: unknown }>;

it("takes a hostile text back equal, or refuses it by the same rule, whichever way it comes", {
  timeout: 120_000,
}, async () => {
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user", caller: owner });
  const read = (scheduleId: string) => {
    const { name, note, tags, input } = app.engine.getSchedule(scheduleId);
    return { name, note, tags, command: (input as { args: string[] }).args[0] };
  };
  const fieldsOf = (scheduleId: string, text: string) => ({
    scheduleId,
    name: text,
    note: text,
    tags: [text],
    workflowName: "shell.command",
    spec: { cron: "0 0 1 1 *" },
    input: { program: "/bin/echo", args: [text] },
  });
  const ways: Record<string, Way> = {
    api: async (id, text) => {
      await api.schedules.create(fieldsOf(id, text));
      return read(id);
    },
    import: async (id, text) => {
      await api.exchange.import({ text: JSON.stringify([fieldsOf(id, text)]) });
      return read(id);
    },
  };
  for (const [i, text] of hostileTexts(canary).entries()) {
    const outcomes: string[] = [];
    for (const [way, create] of Object.entries(ways)) {
      const outcome = await create(`${way}-${i}`, text).then(
        (kept) => {
          expect(kept).toEqual({ name: text, note: text, tags: [text], command: text });
          return "taken";
        },
        (error: unknown) => {
          const refused = toAppError(error instanceof Error && error.cause !== undefined ? error.cause : error);
          expect(refused.code).toBe("INVALID_INPUT");
          expect(refused.message.length).toBeLessThan(2000);
          return `refused: ${refused.issues.map(({ path }) => path.replace(/^schedules\[0\]\./, "")).join()}`;
        },
      );
      outcomes.push(outcome);
    }
    expect(new Set(outcomes), JSON.stringify(text.slice(0, 100))).toHaveProperty("size", 1);
    const asId = await api.schedules.get({ scheduleId: text }).then(
      () => "found",
      (error: unknown) => toAppError(error instanceof Error ? error.cause : error).code,
    );
    expect(["INVALID_INPUT", "NOT_FOUND"]).toContain(asId);
  }
  expect(existsSync(canary)).toBe(false);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

/** Arguments that a system can pass at all, and that are no templates of ours. */
const passable = (text: string): boolean =>
  !text.includes("{{") && !text.includes("\0") && !/[\ud800-\udfff]/u.test(text) && text.length < 100_000;

it("hands hostile arguments to a program exactly and to no shell, from the command line to the run", async () => {
  const dataDir = join(folder, "data");
  openDatabase({ dataDir }).close();
  const [received, trace] = [join(folder, "received.json"), join(folder, "trace")];
  const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args]);
  const texts = hostileTexts(canary).filter(passable);
  const text = `$(touch ${canary}) \`touch ${canary}\`; touch ${canary} | -rf "' \u001b[2J <img onerror=x>`;
  const script = "require('fs').writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)))";
  const input = { program: process.execPath, args: ["-e", script, "--", received, ...texts] };
  const inputFile = join(folder, "input.json");
  await writeFile(inputFile, JSON.stringify(input));
  const when = ["--workflow", "shell.command", "--cron", "0 0 1 1 *"];
  const names = ["--name", text, "--note", text, "--tag", "x y"];
  const made = await cli("schedules", "create", "--id", "a", ...when, ...names, "--input", `@${inputFile}`, "--json");
  expect(made.json()).toMatchObject({ name: text, note: text, tags: ["x y"] });

  const ran = await runCli(["--data-dir", dataDir, "schedules", "trigger", "a", "--wait", "--json"], {
    under: traceable ? ["strace", "-f", "-qq", "-e", "trace=execve", "-s", "200000", "-o", trace] : [],
  });
  expect(ran.json()).toMatchObject({ status: "completed" });
  expect(JSON.parse(await readFile(received, "utf8"))).toEqual(texts);
  expect(existsSync(canary)).toBe(false);
  if (!traceable) return;
  // What else is started (what ends left-over processes is a shell script of ours) is told nothing of them.
  const started = (await readFile(trace, "utf8")).split("\n").filter((line) => line.includes("execve("));
  const others = started.filter((line) => !line.includes(`execve("${process.execPath}"`));
  expect(started.length).toBeGreaterThan(others.length);
  expect(others.filter((line) => line.includes("CANARY") || line.includes("-rf"))).toEqual([]);
}, 180_000);
