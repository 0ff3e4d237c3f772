// A program that faults are done to: an engine with a runtime that tells a witness. One JSON line on standard output for
// each thing that is so; it is flushed before anything else happens.
import { readFileSync, writeSync } from "node:fs";
import type { CreateScheduleInput } from "../../../shared/api/schedules.ts";
import { openDatabase } from "../../storage/opening/database.ts";
import { createEngine } from "../engine.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import { createWitnessRuntime } from "./witnessRuntime.ts";

export interface ProgramOptions {
  dataDir: string;
  witness: string;
  name?: string;
  /** Made where they are not there yet. */
  schedules?: CreateScheduleInput[];
  /** Says its state so often. */
  statusEveryMs?: number;
  /** Runs the scripted scenario and ends. */
  scenario?: boolean;
  /** Blocks the event loop for so long, a second after the start. */
  blockMs?: number;
  /** Begins to write once it owns, and gets no further. */
  stuck?: boolean;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ProgramOptions;
const say = (what: Record<string, unknown>): void => void writeSync(1, `${JSON.stringify(what)}\n`);
const quiet = { info: () => {}, warn: () => {}, error: (...args: unknown[]) => console.error(...args) };

const database = openDatabase({ dataDir: options.dataDir });
const engine = createEngine({
  database,
  runtime: createWitnessRuntime(options.witness),
  catalogue: createTestCatalogue(["witness"]),
  programName: options.name ?? "fault",
  logger: quiet,
});

const { schedules } = options;
if (schedules !== undefined) {
  database.transaction(() => {
    const have = new Set(database.sql.prepare("select id from schedules").pluck().all());
    for (const schedule of schedules) if (!have.has(schedule.scheduleId)) engine.createSchedule(schedule, "code");
  });
}
await engine.start();
say({ ready: engine.status().role, uptimeMs: Math.round(process.uptime() * 1000) });

if (options.scenario) await scenario();
if (options.blockMs !== undefined) {
  setTimeout(() => {
    const until = Date.now() + (options.blockMs ?? 0);
    while (Date.now() < until);
    say({ blocked: options.blockMs });
  }, 1000);
}
if (options.stuck) {
  database.sql.exec("begin immediate");
  say({ stuck: true });
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
let last = "";
setInterval(() => {
  const { role, problem } = engine.status();
  const now = JSON.stringify({ role, problem });
  if (now !== last) say({ role, problem, at: Date.now() });
  last = now;
}, options.statusEveryMs ?? 200);
process.on("SIGTERM", () => {
  engine.stop(0).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

/** Every kind of commit there is, each acknowledged. */
async function scenario(): Promise<void> {
  const ack = (name: string, value: unknown = true): void => say({ ack: name, value });
  engine.createSchedule({ scheduleId: "a", workflowName: "witness", spec: { interval: "1h" }, input: {} }, "user");
  ack("created");
  const { runId } = engine.triggerSchedule({ scheduleId: "a", force: true }, "user");
  ack("triggered", runId);
  await engine.waitForRun(runId);
  ack("finished", runId);
  engine.updateSchedule({ scheduleId: "a", note: "edited" }, "user");
  ack("edited");
  engine.pauseSchedule({ scheduleId: "a", note: "held" }, "user");
  ack("paused");
  const to = new Date(Date.now() - 60_000).toISOString();
  const from = new Date(Date.now() - 101 * 3_600_000).toISOString();
  const backfill = await engine.backfills.create({ scheduleId: "a", from, to, concurrency: 20 }, "user");
  ack("backfill", backfill.backfillId);
  await engine.backfills.waitFor(backfill.backfillId);
  ack("backfilled", backfill.backfillId);
  engine.resumeSchedule("a", "user");
  ack("resumed");
  engine.deleteSchedule("a", "user");
  ack("deleted");
  await engine.stop(0);
  ack("stopped");
  process.exit(0);
}
