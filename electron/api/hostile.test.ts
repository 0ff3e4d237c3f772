import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../cli/testing/runCli.ts";
import { toAppError } from "./errors.ts";
import { createCaller } from "./router.ts";
import { tempApp } from "./testing/tempApp.ts";

let folder: string;
let canary: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "almanac-hostile-"));
  canary = join(folder, "CANARY");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hostile = (): string[] => [
  "",
  " ",
  "../..",
  "..%2f..",
  "/etc/passwd",
  "'; drop table schedules; --",
  '" or ""="',
  `$(touch ${canary})`,
  `\`touch ${canary}\``,
  `; touch ${canary}`,
  `| touch ${canary} #`,
  "-rf",
  "--config=/etc/passwd",
  "--",
  "a\nb",
  "a\r\nSet-Cookie: x=1",
  "\u001b[2J\u001b]0;owned\u0007",
  "\u202egnp.exe",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "toString",
  "a\0b",
  "CON",
  "nul.txt",
  '=HYPERLINK("http://evil.test")',
  "{{secret.TOKEN}}",
  "%s%n%x",
  "\ud800",
  "é\u0301\u0301\u0301",
  "🧨".repeat(50),
  "x".repeat(1_000_000),
];

type Way = (
  scheduleId: string,
  text: string,
) => Promise<{ name: string; note: string | null; tags: string[]; command: unknown }>;

it("takes a hostile text back equal, or refuses it by the same rule, whichever way it comes", async () => {
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user" });
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
  for (const [i, text] of hostile().entries()) {
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
    expect(new Set(outcomes).size).toBe(1);
    const asId = await api.schedules.get({ scheduleId: text }).then(
      () => "found",
      (error: unknown) => toAppError(error instanceof Error ? error.cause : error).code,
    );
    expect(["INVALID_INPUT", "NOT_FOUND"]).toContain(asId);
  }
  expect(existsSync(canary)).toBe(false);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

it("hands a hostile argument to a program exactly, and never to a shell, from the command line to the run", async () => {
  const dataDir = join(folder, "data");
  const cli = (...args: string[]) => runCli(["--data-dir", dataDir, ...args]);
  const text = `$(touch ${canary}) \`touch ${canary}\`; touch ${canary} | -rf "' \u001b[2J <img onerror=x>`;
  const input = JSON.stringify({ program: "/usr/bin/printf", args: ["%s", text] });
  const made = await cli(
    "schedules",
    "create",
    "--id",
    "a",
    "--workflow",
    "shell.command",
    "--cron",
    "0 0 1 1 *",
    "--name",
    text,
    "--note",
    text,
    "--tag",
    "x y",
    "--input",
    input,
    "--json",
  );
  expect(made.json()).toMatchObject({ name: text, note: text, tags: ["x y"] });
  const ran = (await cli("schedules", "trigger", "a", "--wait", "--json")).json<{ runId: string; status: string }>();
  expect(ran.status).toBe("completed");
  const { chunks } = (await cli("runs", "logs", ran.runId, "--json")).json<{ chunks: { text: string }[] }>();
  // Escapes in output are shown, not acted on; every other character is as it was.
  expect(chunks.map((chunk) => chunk.text).join("")).toContain(text.slice(0, text.indexOf("\u001b")));
  expect(existsSync(canary)).toBe(false);
}, 180_000);
