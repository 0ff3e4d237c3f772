import type { Command } from "commander";
import { redisFacts } from "../../../shared/api/redisFacts.ts";
import type { RedisReport, WorkersView, WorkerView } from "../../../shared/api/workers.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, paint, plural, printFields, printTable } from "../output.ts";
import { type RuntimeOptions, redisOfEnvironment, runtimeOf, withRuntime } from "../runtimeOptions.ts";

export function addWorkers(program: Command, io: CliIo): void {
  const workers = noun(program, "workers", "the programs that take runs over Redis, on any machine", ["workers list"]);

  withRuntime(
    leaf(
      workers,
      "list",
      "who is there: host, what each has and runs, when it was last seen; what waits in the queues",
      ["workers list", "workers list --json", "workers list --runtime bullmq"],
    ),
  ).action(async (local: RuntimeOptions, command: Command) => {
    await withApp(io, command, runtimeOf(local, io.env), async ({ api, show }) => {
      const { runtime } = await api.runtime.choice();
      const view = await api.runtime.workers();
      show({ runtime, ...view }, () => printWorkers(io, runtime, view));
    });
  });

  withRuntime(
    leaf(
      workers,
      "resume",
      "let queues go on that were paused in Redis with BullMQ's own means, such as a dashboard: all, or a workflow's",
      ["workers resume", "workers resume render", "workers resume --queue gpu"],
    ),
  )
    .argument("[workflow]", "its queues alone")
    .option("--queue <name>", "queues of this name alone")
    .action(async (workflowName: string | undefined, local: RuntimeOptions & { queue?: string }, command: Command) => {
      await withApp(io, command, runtimeOf(local, io.env), async ({ api, show }) => {
        const meant = {
          ...(workflowName === undefined ? {} : { workflowName }),
          ...(local.queue === undefined ? {} : { queue: local.queue }),
        };
        const done = await api.runtime.resume(meant);
        show(done, () => {
          for (const { queue, workflowName: of } of done.resumed)
            io.out.write(`${inertLine(`resumed ${queue} of ${of}`)}\n`);
          if (done.resumed.length === 0) io.out.write("none of them was paused\n");
        });
      });
    });

  leaf(workers, "check", "look at a Redis before it is used: version, persistence, eviction, latency, clock", [
    "workers check",
    "workers check --redis redis://127.0.0.1:6379",
  ])
    .option(
      "--redis <url>",
      "where Redis is; no password here (default: the address that is kept, else ALMANAC_REDIS_URL or ALMANAC_REDIS_URL_FILE)",
    )
    .action(async (local: { redis?: string }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const kept = (await api.runtime.choice()).redis;
        const redis = local.redis ?? (kept === null ? redisOfEnvironment(io.env) : undefined);
        const report = await api.runtime.test(redis === undefined ? {} : { redis });
        show(report, () => printReport(io, report));
        if (report.refused) process.exitCode = 1;
      });
    });
}

const stateColors = { online: "green", late: "yellow", gone: "red" } as const;

function printWorkers(io: CliIo, runtime: "local" | "bullmq", { workers, queues, notes }: WorkersView): void {
  if (runtime === "local") {
    io.err.write("Runs execute on this machine. For workers: almanac settings set runtime bullmq\n");
    printNotes(io, notes);
    return;
  }
  if (workers.length === 0) io.out.write("No worker is there. Start one: almanac worker run\n");
  else {
    printTable<WorkerView>(
      io,
      [
        { title: "Host", cell: ({ host, pid }) => `${host} (${pid})` },
        {
          title: "State",
          cell: ({ state, refused }) => (refused === null || state === "gone" ? state : `${state}, takes none`),
          paint: (text, { state, refused }) => paint(io, refused === null ? stateColors[state] : "yellow", text),
        },
        { title: "Runs", cell: ({ running, concurrency }) => `${running.length} of ${concurrency}`, right: true },
        { title: "Queues", cell: ({ queues: names }) => names.join(", ") },
        { title: "Workflows", cell: ({ workflows }) => plural(workflows.length, "workflow"), right: true },
        { title: "Version", cell: ({ version }) => version },
        { title: "Last seen", cell: ({ lastSeenAt }) => localTime(io, lastSeenAt) },
      ],
      workers,
    );
  }
  if (queues.length > 0) {
    io.out.write("\n");
    printTable(
      io,
      [
        { title: "Queue", cell: ({ queue }) => queue },
        { title: "Workflow", cell: ({ workflowName }) => workflowName },
        { title: "Waiting", cell: ({ waiting }) => String(waiting), right: true },
        { title: "Active", cell: ({ active }) => String(active), right: true },
        {
          title: "State",
          cell: ({ paused }) =>
            paused === null ? "" : `Paused${paused.since === null ? "" : ` ${localTime(io, paused.since)}`}`,
          paint: (text) => paint(io, "yellow", text),
        },
      ],
      queues,
    );
  }
  printNotes(io, notes);
  io.out.write(paint(io, "gray", `${plural(workers.length, "worker")}, times in ${io.zone}\n`));
}

function printNotes(io: CliIo, notes: readonly string[]): void {
  for (const note of notes) io.out.write(`${paint(io, "yellow", "!")} ${inertLine(note)}\n`);
}

function printReport(io: CliIo, report: RedisReport): void {
  printFields(
    io,
    Object.fromEntries(redisFacts(report).map(([name, value]) => [name.toLowerCase(), inertLine(value)])),
  );
  for (const { refused, message, remedy } of report.problems) {
    io.out.write(`${refused ? paint(io, "red", "✗") : paint(io, "yellow", "!")} ${inertLine(message)}. ${remedy}\n`);
  }
  if (report.problems.length === 0) io.out.write(`${paint(io, "green", "✓")} nothing is wrong with it\n`);
}
