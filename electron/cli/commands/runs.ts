import type { Command } from "commander";
import { runsCsv } from "../../../shared/api/csv.ts";
import type { RunDetail, RunRow } from "../../../shared/api/runs.ts";
import {
  type AttemptRecord,
  doneAgain,
  runStatuses,
  runTriggers,
  type StepRecord,
} from "../../../shared/domain/run.ts";
import { waitingText } from "../../../shared/domain/waiting.ts";
import { leaf, noun } from "../command.ts";
import { type Session, withApp } from "../context.ts";
import { waitForRun } from "../following.ts";
import {
  type CliIo,
  inert,
  inertLine,
  localTime,
  paint,
  paintStatus,
  plural,
  printFields,
  printTable,
} from "../output.ts";
import { instant, oneOf, wholeNumber } from "../values.ts";

const logPage = 1000;

/** A filter may pass over many runs, so a page can hold fewer than were asked for. */
async function listRuns(
  api: Session["api"],
  input: Parameters<Session["api"]["runs"]["list"]>[0],
  limit: number,
): Promise<RunRow[]> {
  const runs: RunRow[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await api.runs.list({
      ...input,
      limit: Math.min(1000, limit - runs.length),
      ...(cursor == null ? {} : { cursor }),
    });
    runs.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < limit);
  return runs;
}

const iso = (at: number): string => new Date(at).toISOString();

/** A step's record with its instants as the command line gives them all: ISO. */
const stepOf = (step: StepRecord) => ({
  ...step,
  startedAt: iso(step.startedAt),
  completedAt: step.completedAt === null ? null : iso(step.completedAt),
  ...(step.wakeAt == null ? {} : { wakeAt: iso(step.wakeAt) }),
  ...(step.firstStartedAt == null ? {} : { firstStartedAt: iso(step.firstStartedAt) }),
});

const attemptOf = (attempt: AttemptRecord) => ({
  ...attempt,
  startedAt: iso(attempt.startedAt),
  completedAt: iso(attempt.completedAt),
});

/** Shows a run with the attempts before its last, and its steps. */
export async function showRun({ io, api, show }: Session, runId: string): Promise<void> {
  const run = await api.runs.get({ runId });
  show({ ...run, attempts: run.attempts.map(attemptOf), steps: run.steps.map(stepOf) }, () => printRun(io, run));
}

function printRun(io: CliIo, run: RunDetail): void {
  const json = (value: unknown): string | undefined => (value == null ? undefined : inert(JSON.stringify(value)));
  const sleeps = run.steps.some((step) => step.status === "sleeping");
  printFields(io, {
    run: run.runId,
    status: `${paintStatus(io, run.status)}${run.warning === null ? "" : paint(io, "yellow", " with a warning")}`,
    workflow: inertLine(run.workflowName),
    schedule: run.scheduleId ?? "–",
    trigger: run.trigger,
    "scheduled for": localTime(io, run.scheduledTime),
    // Recoveries count on, beyond the attempts that failures are allowed.
    attempt: `${run.attempt} of ${Math.max(run.attempt, run.maxAttempts)}`,
    created: localTime(io, run.createdAt),
    started: localTime(io, run.startedAt),
    ended: localTime(io, run.completedAt),
    "waits for": run.waitingFor === null ? undefined : waitingText(run.waitingFor, (at) => localTime(io, at)),
    [sleeps ? "wakes" : "next attempt"]: run.notBefore === null ? undefined : localTime(io, run.notBefore),
    worker: run.worker ?? undefined,
    backfill: run.backfillId ?? undefined,
    "retry of": run.retryOf ?? undefined,
    input: json(run.input),
    result: json(run.result),
    warning: run.warning === null ? undefined : inert(run.warning),
    "skipped because": run.skipReason === null ? undefined : inert(run.skipReason),
    error: run.error === null ? undefined : inert(`${run.error.code}: ${run.error.message}`),
    zone: io.zone,
  });
  if (run.attempts.length > 0) {
    io.out.write("\n");
    printTable(
      io,
      [
        { title: "Attempt", cell: (attempt) => String(attempt.attempt), right: true },
        { title: "Status", cell: (attempt) => attempt.status, paint: (text) => paintStatus(io, text) },
        { title: "Started", cell: (attempt) => localTime(io, iso(attempt.startedAt)) },
        ...(run.attempts.some(({ worker }) => worker != null)
          ? [{ title: "Worker", cell: ({ worker }: AttemptRecord) => inertLine(worker ?? "–") }]
          : []),
        { title: "Error", cell: (attempt) => inertLine(attempt.error.message) },
      ],
      run.attempts,
    );
  }
  printSteps(io, run.steps);
  printLateResults(io, run.lateResults);
}

function printLateResults(io: CliIo, late: RunDetail["lateResults"]): void {
  if (late.length === 0) return;
  io.out.write("\nCame when the run had gone on without it; runs take-result puts it in the place of the run's own\n");
  printTable(
    io,
    [
      { title: "Late result", cell: ({ id }) => String(id), right: true },
      { title: "Attempt", cell: ({ attempt }) => String(attempt), right: true },
      { title: "Outcome", cell: ({ outcome }) => outcome.kind, paint: (text) => paintStatus(io, text) },
      { title: "At", cell: ({ at }) => localTime(io, at) },
      { title: "Worker", cell: ({ worker }) => worker ?? "–" },
      { title: "Taken", cell: ({ takenAt }) => localTime(io, takenAt) },
      {
        title: "Result",
        cell: ({ outcome }) => JSON.stringify(outcome.error?.message ?? outcome.skipReason ?? outcome.result),
      },
    ],
    late,
  );
}

/** Of a step that a later attempt did again: when it was begun, and in which. */
function begunFirst(io: CliIo, step: StepRecord): string {
  const again = doneAgain(step);
  if (again === null) return "–";
  return `${localTime(io, iso(step.firstStartedAt ?? step.startedAt))} in attempt ${again.first}, again in ${again.last}`;
}

function printSteps(io: CliIo, steps: readonly StepRecord[]): void {
  if (steps.length === 0) return;
  io.out.write("\n");
  printTable(
    io,
    [
      { title: "Step", cell: (step) => step.key },
      { title: "Status", cell: (step) => step.status, paint: (text) => paintStatus(io, text) },
      { title: "Attempt", cell: (step) => String(step.attempt), right: true },
      { title: "Started", cell: (step) => localTime(io, iso(step.startedAt)) },
      ...(steps.some(doneAgain) ? [{ title: "Begun first", cell: (step: StepRecord) => begunFirst(io, step) }] : []),
      { title: "Result", cell: (step) => JSON.stringify(step.result ?? step.error?.message ?? null) },
    ],
    steps,
  );
}

function printRuns(io: CliIo, runs: readonly RunRow[]): void {
  printTable(
    io,
    [
      { title: "Run", cell: (run) => run.runId },
      { title: "Schedule", cell: (run) => run.scheduleName ?? run.scheduleId ?? `(${run.workflowName})` },
      { title: "Trigger", cell: (run) => run.trigger },
      {
        title: "Status",
        cell: (run) => (run.waitingFor === null ? run.status : `${run.status} (${run.waitingFor.kind})`),
        paint: (text, run) => text.replace(run.status, paintStatus(io, run.status)),
      },
      { title: "Scheduled for", cell: (run) => localTime(io, run.scheduledTime) },
      { title: "Started", cell: (run) => localTime(io, run.startedAt) },
      { title: "Ended", cell: (run) => localTime(io, run.completedAt) },
    ],
    runs,
  );
  io.out.write(paint(io, "gray", `${plural(runs.length, "run")}, times in ${io.zone}\n`));
}

export function addRuns(program: Command, io: CliIo): void {
  const runs = noun(program, "runs", "what ran and what came of it", [
    "runs list --schedule tick --status failed",
    "runs logs 01J8Z --follow",
  ]);

  leaf(runs, "list", "runs, newest first", [
    "runs list",
    "runs list --schedule tick --status failed --limit 20",
    "runs list --schedule tick --limit 10000 --csv",
  ])
    .option("--schedule <id>", "only of this schedule")
    .option("--backfill <id>", "only of this backfill")
    .option("--workflow <name>", "only of this workflow")
    .option("--status <status>", runStatuses.join(", "), oneOf(runStatuses))
    .option("--trigger <trigger>", runTriggers.join(", "), oneOf(runTriggers))
    .option("--from <time>", "only made at or after this instant")
    .option("--to <time>", "only made before this instant")
    .option("--limit <number>", "at most so many", wholeNumber(1, 1_000_000), 50)
    .option("--csv", "as a CSV file for a spreadsheet, on standard output")
    .action(async (local: Record<string, string> & { limit: number; csv?: true }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        if (local["schedule"] !== undefined) await api.schedules.get({ scheduleId: local["schedule"] });
        const found = await listRuns(
          api,
          {
            scheduleId: local["schedule"],
            backfillId: local["backfill"],
            workflowName: local["workflow"],
            status: local["status"] as RunRow["status"] | undefined,
            trigger: local["trigger"] as RunRow["trigger"] | undefined,
            from: local["from"] === undefined ? undefined : instant("from", local["from"], "UTC"),
            to: local["to"] === undefined ? undefined : instant("to", local["to"], "UTC"),
          },
          local.limit,
        );
        if (local.csv) io.out.write(runsCsv(found));
        else show({ runs: found }, () => printRuns(io, found));
      });
    });

  leaf(runs, "show <id>", "one run with its steps", ["runs show 01J8Z"]).action(
    async (runId: string, _local, command: Command) => {
      await withApp(io, command, {}, (session) => showRun(session, runId));
    },
  );

  leaf(runs, "logs <id>", "what a run has written", ["runs logs 01J8Z", "runs logs 01J8Z --follow"])
    .option("--follow", "go on until the run has ended")
    .action(async (runId: string, local: { follow?: boolean }, command: Command) => {
      await withApp(io, command, {}, async ({ app, api, options, show }) => {
        const chunks: { sequence: number; at: string; stream: string; text: string }[] = [];
        const take = async (after: number): Promise<{ last: number; droppedBytes: number }> => {
          let last = after;
          for (;;) {
            const page = await api.runs.logs({ runId, after: last, limit: logPage });
            for (const chunk of page.chunks) {
              if (options.json === true) chunks.push({ ...chunk, at: iso(chunk.at) });
              // To a file as it is; a terminal is not for a run to control.
              else io.out.write(io.out.isTTY ? inert(chunk.text) : chunk.text);
            }
            last = page.chunks.at(-1)?.sequence ?? last;
            if (page.chunks.length < logPage) return { last, droppedBytes: page.droppedBytes };
          }
        };
        let reading = take(-1);
        // One read after the other: two at once would print the same.
        const readOn = (): Promise<unknown> => {
          reading = reading.then(({ last }) => take(last));
          return reading;
        };
        if (local.follow === true) {
          // What other processes write is noticed from here on.
          await app.engine.start();
          await waitForRun(app, runId, undefined, async () => void (await readOn()));
          await readOn();
        }
        const { droppedBytes } = await reading;
        show({ runId, chunks, droppedBytes }, () => {
          if (droppedBytes > 0) io.err.write(`(${droppedBytes} bytes cut out of the middle)\n`);
        });
      });
    });

  leaf(runs, "cancel <id>", "stop a run", ["runs cancel 01J8Z", "runs cancel 01J8Z --grace 0"])
    .option("--grace <seconds>", "how long it may take to stop before it is ended by force", wholeNumber(0, 3600))
    .action(async (runId: string, local: { grace?: number }, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        const graceMs = local.grace === undefined ? {} : { graceMs: local.grace * 1000 };
        await session.api.runs.cancel({ runId, ...graceMs });
        await showRun(session, runId);
      });
    });

  leaf(
    runs,
    "take-result <run> [id]",
    "put an outcome that came late in the place of the run's own; the last, or one by its id",
    ["runs show 01J8Z", "runs take-result 01J8Z", "runs take-result 01J8Z 7"],
  ).action(async (runId: string, id: string | undefined, _local, command: Command) => {
    const lateResultId = id === undefined ? undefined : wholeNumber(1)(id);
    await withApp(io, command, {}, async (session) => {
      await session.api.runs.takeResult({ runId, ...(lateResultId === undefined ? {} : { lateResultId }) });
      await showRun(session, runId);
    });
  });

  leaf(runs, "retry <id>", "run it again, as a new run", ["runs retry 01J8Z", "runs retry 01J8Z --as-schedule-is"])
    .option("--as-schedule-is", "with what its schedule has now, in the place of what the run had")
    .action(async (runId: string, local: { asScheduleIs?: true }, command: Command) => {
      await withApp(io, command, { loadWorkflows: true }, async ({ api, show }) => {
        const { scheduleChanged } = await api.runs.get({ runId });
        show(await api.runs.retry({ runId, ...local }), (made) => io.out.write(`${made.runId}\n`));
        if (scheduleChanged && !local.asScheduleIs)
          io.err.write(
            "its schedule was changed since: this repeats what the run had (--as-schedule-is: what it has now)\n",
          );
      });
    });
}
