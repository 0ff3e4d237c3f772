import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { runCli } from "../../cli/testing/runCli.ts";
import { owner } from "../access/caller.ts";
import { toAppError } from "../errors.ts";
import { createCaller } from "../router.ts";
import { tempApp } from "../testing/tempApp.ts";
import { forkReader } from "./reading/readerSpawner.ts";
import { hostileFiles } from "./testing/hostileFiles.ts";

const soak = process.env["ALMANAC_SOAK"] === "1";
/** What the program itself allows takes ten seconds of processor for each that is broken off. */
const limits = soak ? {} : { readerLimits: { processorMs: 1500, memoryBytes: 512 * 1024 * 1024, elapsedMs: 60_000 } };
const repeats = soak ? 3 : 1;

/** How late each line of a witness is: the seconds of the clock at which a schedule of every second was to run. */
async function lateness(witness: string): Promise<number[]> {
  const text = await readFile(witness, "utf8").catch(() => "");
  return text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [due, ran] = line.split(" ");
      return Number(ran) * 1000 - Date.parse(due ?? "");
    });
}

it("takes no hostile file and stays on time meanwhile, whether it comes from a page or the command line", {
  timeout: soak ? 3_600_000 : 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "almanac-hostile-files-"));
  const witness = join(folder, "witness");
  const counts = new Map<string, number>();
  try {
    await using app = await tempApp({ role: "engine", dataDir: join(folder, "data"), ...limits });
    const api = createCaller({ app, actor: "user", caller: owner });
    app.engine.createSchedule(
      {
        scheduleId: "tick",
        workflowName: "shell.command",
        spec: { interval: "1s" },
        overlapPolicy: "allow_all",
        input: { command: `echo "$ALMANAC_SCHEDULED_TIME $(date +%s.%N)" >> '${witness}'` },
      },
      "user",
    );
    await app.start();
    await vi.waitFor(async () => expect((await lateness(witness)).length).toBeGreaterThan(1), { timeout: 20_000 });
    const fromAt = Date.now();

    for (let round = 0; round < repeats; round++) {
      for (const { what, format, text } of hostileFiles) {
        const outcome = await (format === "icalendar"
          ? api.calendars.importICal({ name: "x", text: text() })
          : api.exchange.import({ text: text(), format, dryRun: true })
        ).then(
          (answer) => ("invalid" in answer && answer.invalid.length > 0 ? "refused by line" : "read"),
          (error: unknown) => {
            const refused = toAppError(error instanceof Error ? error.cause : error);
            expect(["INVALID_INPUT", "INVALID_SPEC"], `${what}: ${refused.message.slice(0, 300)}`).toContain(
              refused.code,
            );
            expect(refused.message.length, what).toBeLessThan(12_000);
            return /stopped/.test(refused.message) ? "stopped" : "refused";
          },
        );
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    }

    // The command line reads in a process of its own as well; what is broken off there takes all of its ten seconds.
    const byCommandLine = soak ? hostileFiles.filter(({ format }) => format !== "icalendar") : hostileFiles.slice(1, 3);
    for (const [i, { what, format, text }] of byCommandLine.entries()) {
      const file = join(folder, `${i}.${format}`);
      await writeFile(file, text());
      const more = format === "auto" || format === "icalendar" ? [file] : [format, file];
      const { code, err } = await runCli(["--data-dir", app.dataDir, "import", ...more, "--dry-run", "--json"]);
      expect([0, 2], `${what}: ${err.slice(0, 300)}`).toContain(code);
    }

    const tookMs = Date.now() - fromAt;
    const ran = await vi.waitFor(
      async () => {
        const found = await lateness(witness);
        expect(found.length).toBeGreaterThan(Math.floor(tookMs / 1000) - 1);
        return found;
      },
      { timeout: 10_000 },
    );
    console.log(
      `imports: ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ")}; ` +
        `${ran.length} runs meanwhile, at most ${Math.max(...ran).toFixed(0)} ms late`,
    );
    // On a busy machine some are late; what stalls stops all of them for as long as it is read.
    expect(Math.max(...ran)).toBeLessThan(4000);
    expect(app.reads.listSchedules({}).total).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("ends the process that reads where the import is stopped, and leaves none behind when the program closes", async () => {
  const pids: number[] = [];
  const alive = (): number[] =>
    pids.filter((pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
  {
    await using app = await tempApp({
      spawnReader: () => {
        const child = forkReader();
        if (child.pid !== undefined) pids.push(child.pid);
        return child;
      },
    });
    const text = hostileFiles[0]?.text() ?? "";
    const stopped = app.exchange.import({ text, format: "yaml" }, "user");
    await vi.waitFor(() => expect(pids).toHaveLength(1));
    await delay(0);
    app.exchange.stopImport();
    expect(await stopped).toMatchObject({ stopped: true, created: 0 });
    await vi.waitFor(() => expect(alive()).toEqual([]));

    expect(await app.exchange.import({ text: "[]" }, "user")).toMatchObject({ created: 0 });
    expect(await app.exchange.import({ text: "[]" }, "user")).toMatchObject({ created: 0 });
    expect(pids).toHaveLength(2);
    expect(alive()).toHaveLength(1);
  }
  await vi.waitFor(() => expect(alive()).toEqual([]));
});
