import type { Command } from "commander";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { untilInterrupted, wait } from "../interrupt.ts";
import { type CliIo, localTime } from "../output.ts";
import { printRunLines } from "../runLines.ts";
import { type RuntimeOptions, runtimeOf, withRuntime } from "../runtimeOptions.ts";
import { existingPath, seconds } from "../values.ts";
import { tellWhoFires } from "../whoFires.ts";
import { printLoadErrors } from "./workflows.ts";

/** Runs that are under way when the time is up may go on for so long. */
const graceMs = 10_000;

interface SchedulerOptions extends RuntimeOptions {
  pollInterval?: number;
  duration?: number;
  module?: string[];
  quiet?: boolean;
}

export function addScheduler(program: Command, io: CliIo): void {
  const scheduler = noun(program, "scheduler", "the engine alone, in the terminal", ["scheduler run"]);
  const run = leaf(
    scheduler,
    "run",
    `fire schedules until interrupted; runs under way then have ${graceMs / 1000} s to end`,
    [
      "scheduler run",
      "scheduler run --duration 60 --module ./workflows",
      "scheduler run --poll-interval 1",
      "scheduler run --runtime bullmq",
    ],
  );
  withRuntime(run)
    .option("--poll-interval <seconds>", "look at the clock and at other programs' changes at least so often", seconds)
    .option("--duration <seconds>", "end after so long", seconds)
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--quiet", "print no line for each start and end of a run")
    .action(async (local: SchedulerOptions, command: Command) => {
      const interrupt = untilInterrupted();
      await withApp(
        io,
        command,
        {
          role: "engine",
          programName: "scheduler",
          loadWorkflows: true,
          graceMs,
          ...runtimeOf(local, io.env),
          ...(local.pollInterval === undefined ? {} : { pollIntervalMs: local.pollInterval }),
          ...(local.module === undefined ? {} : { modulePaths: local.module }),
        },
        async ({ app, options }) => {
          const json = options.json === true;
          // To the very end: runs that are under way then have their time, and end.
          if (local.quiet !== true) printRunLines(app, io, { json });
          const startedAt = new Date().toISOString();
          printLoadErrors(io, app.catalogue.errors());
          await app.start();
          const stopTelling = tellWhoFires(io, app);
          const how = await wait(interrupt.signal, local.duration);
          stopTelling();
          const stoppedAt = new Date().toISOString();
          const reason = how === "elapsed" ? "duration" : String(interrupt.signal.reason);
          if (json) io.out.write(`${JSON.stringify({ event: "stopped", startedAt, stoppedAt, reason })}\n`);
          else io.err.write(`stopped at ${localTime(io, stoppedAt)}\n`);
        },
      );
      interrupt.done();
    });
}
