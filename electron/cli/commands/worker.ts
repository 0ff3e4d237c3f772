import { join } from "node:path";
import type { Command } from "commander";
import { invalidField } from "../../../shared/domain/errors.ts";
import { DEFAULT_QUEUE, queuePattern, queueTaken } from "../../../shared/domain/queue.ts";
import { sharedKeyOf } from "../../runtime/bullmq/sharedKey.ts";
import type { RunOutcome } from "../../runtime/runtime.ts";
import type { WorkerMove } from "../../worker/workerHost.ts";
import { leaf, noun } from "../command.ts";
import { dataDirOf, type GlobalOptions, withApp } from "../context.ts";
import { wait } from "../interrupt.ts";
import { type CliIo, inertLine, localTime } from "../output.ts";
import { moveLine } from "../runLines.ts";
import { redisOf } from "../runtimeOptions.ts";
import { collect, existingPath, wholeNumber } from "../values.ts";
import { tellWhoFires } from "../whoFires.ts";
import { printLoadErrors } from "./workflows.ts";

const usualConcurrency = 10;

interface WorkerOptions {
  concurrency: number;
  queue?: string[];
  redis?: string;
  module?: string[];
  quiet?: boolean;
  beat?: boolean;
}

const statusOf: Record<RunOutcome["kind"], string> = {
  completed: "completed",
  skipped: "skipped",
  failed: "failed",
  cancelled: "cancelled",
  sleeping: "sleeping",
  lost: "interrupted",
};

function causeOf(outcome: RunOutcome): string {
  if (outcome.kind === "failed") return `${outcome.error.code}: ${outcome.error.message}`;
  if (outcome.kind === "skipped" || outcome.kind === "lost") return outcome.reason;
  return outcome.kind === "completed" ? (outcome.warning ?? "") : "";
}

function printMove(io: CliIo, json: boolean, move: WorkerMove): void {
  const { runId, scheduleId, workflowName, attempt } = move.job;
  const at = new Date(move.at).toISOString();
  const ended = move.kind === "ended" ? move : null;
  const status = ended === null ? "started" : statusOf[ended.outcome.kind];
  const tookMs = ended === null ? null : Math.max(0, ended.at - ended.startedAt);
  if (json) {
    const error = ended?.outcome.kind === "failed" ? ended.outcome.error : null;
    const rest = ended === null ? {} : { status, durationMs: tookMs, error };
    io.out.write(`${JSON.stringify({ event: move.kind, at, runId, scheduleId, workflowName, attempt, ...rest })}\n`);
    return;
  }
  const cause = ended === null ? "" : causeOf(ended.outcome);
  io.out.write(moveLine(io, { at, status, name: scheduleId ?? workflowName, tookMs, cause }));
}

export function addWorker(program: Command, io: CliIo): void {
  const worker = noun(program, "worker", "takes runs from Redis and executes them here", ["worker run"]);
  leaf(worker, "run", "execute runs that engines send over Redis, until interrupted; what runs then may end", [
    "worker run --redis redis://127.0.0.1:6379",
    "worker run --module ./workflows --concurrency 20",
    "worker run --queue gpu --queue default",
    "worker run --beat",
  ])
    .option(
      "--concurrency <number>",
      "so many runs at once, over all its queues",
      wholeNumber(1, 100_000),
      usualConcurrency,
    )
    .option("--queue <name>", "take runs of this queue (repeatable; default: default)", collect)
    .option(
      "--redis <url>",
      "where Redis is; no password here, where every user can see it (default: ALMANAC_REDIS_URL, or what the file holds that ALMANAC_REDIS_URL_FILE names)",
    )
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--beat", "fire the schedules of the data folder too, as scheduler run does")
    .option("--quiet", "no line for each start and end of a run")
    .addHelpText(
      "after",
      "\nALMANAC_SHARED_KEY (or the file that ALMANAC_SHARED_KEY_FILE names), the same as the engine's, seals what passes through Redis; without it no run is given a secret.\n" +
        "A first signal lets what runs end and takes nothing more, a second one ends it.\n",
    )
    .action(async (local: WorkerOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const json = options.json === true;
      const queues = [...new Set(local.queue ?? [DEFAULT_QUEUE])];
      queues.forEach((queue, i) => {
        if (!queuePattern.test(queue)) throw invalidField(`queue[${i}]`, queue, `${queueTaken} is expected`);
      });
      const say = (...parts: unknown[]): void =>
        void io.err.write(
          `${parts.map((part) => inertLine(part instanceof Error ? part.message : String(part))).join(" ")}\n`,
        );
      const redis = redisOf(local.redis, io.env);
      const interrupt = createTwoSignals();
      // Loaded by those who work: every command would start later by all of BullMQ.
      const { startWorkerProgram } = await import("../../worker/workerProgram.ts");
      const work = async (): Promise<void> => {
        const { host, workflows, close } = await startWorkerProgram({
          redisUrl: redis,
          sharedKey: sharedKeyOf(io.env),
          concurrency: local.concurrency,
          queues,
          modulePaths: local.module ?? [],
          folder: join(dataDirOf(options, io.env), "worker"),
          logger: { info: () => {}, warn: say, error: say },
          onMove: (move) => {
            if (local.quiet !== true) printMove(io, json, move);
          },
          onLoadErrors: (errors) => printLoadErrors(io, errors),
        });
        if (json) {
          const { workerId } = host;
          io.out.write(`${JSON.stringify({ event: "ready", workerId, pid: process.pid, queues, workflows })}\n`);
        } else
          say(
            `takes up to ${local.concurrency} runs at once of ${workflows.length} workflows from ${queues.join(", ")} (pid ${process.pid}; Ctrl-C lets them end)`,
          );
        await wait(interrupt.first);
        if (!json && host.running > 0)
          say(`lets ${host.running === 1 ? "1 run" : `${host.running} runs`} end; a second signal ends them`);
        const drained = host.drain().then(() => "drained");
        const how = await Promise.race([drained, wait(interrupt.second).then(() => "forced")]);
        if (how === "forced") await host.stop();
        await close();
        if (how === "forced") process.exitCode = 143;
        const at = new Date().toISOString();
        if (json) io.out.write(`${JSON.stringify({ event: "stopped", at, how })}\n`);
        else say(`stopped at ${localTime(io, at)}`);
      };
      if (local.beat !== true) await work();
      else {
        const open = {
          role: "engine" as const,
          programName: "scheduler" as const,
          loadWorkflows: true,
          modulePaths: local.module ?? [],
          runtime: { runtime: "bullmq" as const, redis },
        };
        await withApp(io, command, open, async ({ app }) => {
          await app.start();
          const stopTelling = tellWhoFires(io, app);
          await work().finally(stopTelling);
        });
      }
      interrupt.done();
    });
}

/** The first request to end, and the second. */
function createTwoSignals(): { first: AbortSignal; second: AbortSignal; done(): void } {
  const [first, second] = [new AbortController(), new AbortController()];
  const heard = (): void => (first.signal.aborted ? second.abort() : first.abort());
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, heard);
  return {
    first: first.signal,
    second: second.signal,
    done() {
      for (const name of names) process.off(name, heard);
    },
  };
}
