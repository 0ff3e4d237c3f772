import type { Command } from "commander";
import { type CreateScheduleInput, createScheduleSchema, type ScheduleRow } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Run } from "../../../shared/domain/run.ts";
import { type Schedule, scheduleStatuses } from "../../../shared/domain/schedule.ts";
import { resolveSchedules, type ScheduleSpec } from "../../../shared/schedule/index.ts";
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
import { existingPath, instant, jsonValue, oneOf, wholeNumber } from "../values.ts";
import { addBackfillCommand } from "./backfillCommand.ts";
import { showRun } from "./runs.ts";
import { addScheduleOptions, missingSpec, policiesOf, type ScheduleOptions, specOf } from "./scheduleOptions.ts";

const ratioText = ({ successfulRuns, failedRuns }: Schedule): string => {
  const counted = successfulRuns + failedRuns;
  return counted === 0 ? "–" : `${successfulRuns}/${counted} ${Math.floor((100 * successfulRuns) / counted)}%`;
};

const nextText = (
  io: CliIo,
  { nextRunTime, spec, status }: Pick<Schedule, "nextRunTime" | "spec" | "status">,
): string =>
  nextRunTime === null && spec.on !== undefined && status === "active" ? "on event" : localTime(io, nextRunTime);

function printSchedules(io: CliIo, rows: readonly ScheduleRow[], total: number): void {
  printTable(
    io,
    [
      { title: "Id", cell: (row) => row.scheduleId },
      { title: "Name", cell: (row) => (row.name === row.scheduleId ? "" : row.name) },
      { title: "Workflow", cell: (row) => row.workflowName },
      { title: "When", cell: (row) => row.specText },
      { title: "Status", cell: (row) => row.status, paint: (text) => paintStatus(io, text) },
      { title: "Next run", cell: (row) => nextText(io, row) },
      { title: "Succeeded", cell: ratioText },
    ],
    rows,
  );
  io.out.write(paint(io, "gray", `${rows.length} of ${plural(total, "schedule")}, times in ${io.zone}\n`));
}

/** A schedule without what only pages show. */
function scheduleOf(row: ScheduleRow): Schedule & { specText: string } {
  const {
    ratio: _ratio,
    outcomes: _outcomes,
    holes: _holes,
    anchorAt: _anchorAt,
    follows: _follows,
    ...schedule
  } = row;
  return schedule;
}

/** What was guessed of a text; the JSON of what is made has it itself. */
function tellNotes(io: CliIo, command: Command, notes: readonly string[]): void {
  if (command.optsWithGlobals()["json"] !== true) for (const note of notes) io.err.write(`note: ${note}\n`);
}

/** Words name the schedules that one comes after as people do. */
async function withIds({ api }: Session, spec: ScheduleSpec): Promise<ScheduleSpec> {
  return spec.on === undefined ? spec : resolveSchedules(spec, await api.schedules.names());
}

/** `2026-11-30 09:00:00` on the clock of a zone. */
function timeIn(timezone: string, time: string): string {
  return new Date(time).toLocaleString("sv-SE", { timeZone: timezone });
}

/** The schedule; where it was just made, with the times at which it will fire first and the zone they are told in. */
async function showSchedule(
  { api, show, io }: Session,
  scheduleId: string,
  made?: { nextRunTimes: readonly string[]; timezone: string; notes?: readonly string[] },
): Promise<void> {
  const row = await api.schedules.get({ scheduleId });
  const gone = row.follows.flatMap((source) => (source.gone ? [inertLine(source.name)] : []));
  show({ ...scheduleOf(row), ...made }, (schedule) => {
    const pauseNote = schedule.status === "paused" && schedule.note !== schedule.ownNote ? schedule.note : null;
    printFields(io, {
      schedule: schedule.scheduleId,
      name: inertLine(schedule.name),
      workflow: inertLine(schedule.workflowName),
      when: schedule.specText,
      "comes after": gone.length === 0 ? undefined : `${gone.join(", ")}, which is deleted: it starts no more`,
      status: paintStatus(io, schedule.status),
      "paused until": schedule.pausedUntil === null ? undefined : localTime(io, schedule.pausedUntil),
      "paused by": schedule.pausedBy ?? undefined,
      "paused because": pauseNote === null ? undefined : inert(pauseNote),
      "next run": made === undefined ? nextText(io, schedule) : undefined,
      "next runs":
        made &&
        (made.nextRunTimes.map((time) => timeIn(made.timezone, time)).join(", ") ||
          (schedule.spec.on === undefined ? "none" : "on event")),
      "in zone": made?.timezone,
      "last run": localTime(io, schedule.lastRunAt),
      "running now": schedule.runningRunIds.length === 0 ? undefined : schedule.runningRunIds.join(", "),
      waiting: schedule.bufferedCount === 0 ? undefined : String(schedule.bufferedCount),
      succeeded: ratioText(schedule),
      runs: `${schedule.totalRuns} in all, ${schedule.skippedRuns} skipped, ${schedule.missedRuns} missed`,
      overlap: schedule.overlapPolicy,
      "catch-up": `${schedule.catchup} within ${schedule.catchupWindow}`,
      attempts: `${schedule.maxAttempts}, ${schedule.retryDelay} between`,
      timeout: schedule.timeout ?? undefined,
      "pauses after":
        schedule.pauseOnFailure === null ? undefined : `${plural(schedule.pauseOnFailure, "failure")} in a row`,
      "max runs": schedule.maxRuns === null ? undefined : `${schedule.scheduledRuns} of ${schedule.maxRuns}`,
      input: inert(JSON.stringify(schedule.input)),
      tags: schedule.tags.length === 0 ? undefined : schedule.tags.map(inertLine).join(", "),
      note: schedule.ownNote === null ? undefined : inert(schedule.ownNote),
      zone: io.zone,
    });
  });
}

/** 1 unless the run that was waited for completed. */
export function exitCodeOf(run: Run): void {
  if (run.status !== "completed") process.exitCode = 1;
}

function addListing(schedules: Command, io: CliIo): void {
  leaf(schedules, "list", "schedules", [
    "schedules list",
    "schedules list --status paused",
    "schedules list --json --limit 10",
  ])
    .option("--status <status>", scheduleStatuses.join(", "), oneOf(scheduleStatuses))
    .option("--workflow <name>", "only of this workflow")
    .option("--tag <tag>", "only with this tag")
    .option("--search <text>", "only with these words")
    .option("--limit <number>", "at most so many", wholeNumber(1, 1_000_000), 100)
    .option("--offset <number>", "leave out the first ones", wholeNumber(0), 0)
    .action(async (local: Record<string, string> & { limit: number; offset: number }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const rows: ScheduleRow[] = [];
        let total = 0;
        do {
          const page = await api.schedules.list({
            status: local["status"] as Schedule["status"] | undefined,
            workflowName: local["workflow"],
            tag: local["tag"],
            search: local["search"],
            limit: Math.min(1000, local.limit - rows.length),
            offset: local.offset + rows.length,
          });
          rows.push(...page.rows);
          total = page.total;
          if (page.rows.length === 0) break;
        } while (rows.length < local.limit);
        show({ schedules: rows.map(scheduleOf), total }, () => printSchedules(io, rows, total));
      });
    });

  leaf(schedules, "show <id>", "one schedule", ["schedules show tick"]).action(
    async (scheduleId: string, _local, command: Command) => {
      await withApp(io, command, {}, (session) => showSchedule(session, scheduleId));
    },
  );
}

function addEditing(schedules: Command, io: CliIo): void {
  addScheduleOptions(
    leaf(schedules, "create", "make a schedule", [
      'schedules create --id tick --workflow shell.command --every 1m --input \'{"command":"date"}\'',
      'schedules create --workflow http.request --cron "0 9 * * 1-5" --timezone Europe/Berlin --input \'{"url":"https://example.org"}\'',
      'schedules create --id billing --workflow shell.command --calendar \'[{"dayOfMonth":1},{"dayOfMonth":15}]\' --input @input.json',
    ])
      .option("--id <id>", "id (default: made from the name)")
      .requiredOption("--workflow <name>", "workflow to run, such as shell.command")
      .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
      .option("--paused", "do not fire until it is resumed"),
  ).action(async (local: ScheduleOptions & { id?: string; paused?: boolean }, command: Command) => {
    const said = specOf(local);
    if (said === undefined) throw missingSpec();
    const { spec, notes } = said;
    tellNotes(io, command, notes);
    const { workflowName = "", ...policies } = policiesOf(local);
    const input: CreateScheduleInput = {
      ...policies,
      workflowName,
      spec,
      ...(local.id === undefined ? {} : { scheduleId: local.id }),
      ...(local.paused === undefined ? {} : { paused: local.paused }),
    };
    // What is refused anyway makes no data folder either.
    parseWith(createScheduleSchema, input);
    await withApp(io, command, { loadWorkflows: true }, async (session) => {
      const { scheduleId, nextRunTimes, timezone } = await session.api.schedules.create({
        ...input,
        spec: local.when === undefined ? spec : await withIds(session, spec),
      });
      await showSchedule(session, scheduleId, { nextRunTimes, timezone, ...(notes.length > 0 ? { notes } : {}) });
    });
  });

  addScheduleOptions(
    leaf(schedules, "update <id>", "change a schedule; what is left out stays", [
      "schedules update tick --every 5m",
      "schedules update tick --overlap buffer_one --note 'takes longer on Mondays'",
    ])
      .option("--workflow <name>", "workflow to run")
      .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath),
  ).action(async (scheduleId: string, local: ScheduleOptions, command: Command) => {
    await withApp(io, command, { loadWorkflows: true }, async (session) => {
      const current = await session.api.schedules.get({ scheduleId });
      const said = specOf(local, current.spec);
      tellNotes(io, command, said?.notes ?? []);
      await session.api.schedules.update({
        scheduleId,
        ...policiesOf(local),
        ...(said === undefined
          ? {}
          : { spec: local.when === undefined ? said.spec : await withIds(session, said.spec) }),
      });
      await showSchedule(session, scheduleId);
    });
  });

  leaf(schedules, "pause <id>", "stop firing until it is resumed", [
    "schedules pause tick --note 'until the move'",
    "schedules pause tick --until 2026-12-01",
  ])
    .option("--note <text>", "why")
    .option("--until <time>", "resume by itself then")
    .action(async (scheduleId: string, local: { note?: string; until?: string }, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        const zone = (await session.api.schedules.get({ scheduleId })).spec.timezone ?? "UTC";
        await session.api.schedules.pause({
          scheduleId,
          ...(local.note === undefined ? {} : { note: local.note }),
          ...(local.until === undefined ? {} : { until: instant("until", local.until, zone) }),
        });
        await showSchedule(session, scheduleId);
      });
    });

  leaf(schedules, "resume <id>", "fire again", ["schedules resume tick"]).action(
    async (scheduleId: string, _local, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        await session.api.schedules.resume({ scheduleId });
        await showSchedule(session, scheduleId);
      });
    },
  );

  leaf(schedules, "skip <id>", "leave out the next run, or one that is still to come", [
    "schedules skip tick",
    "schedules skip tick --at 2026-12-24T09:00",
  ])
    .option("--at <time>", "the run to leave out (default: the next)")
    .action(async (scheduleId: string, local: { at?: string }, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        const { spec, nextRunTime } = await session.api.schedules.get({ scheduleId });
        const scheduledTime = local.at === undefined ? nextRunTime : instant("at", local.at, spec.timezone ?? "UTC");
        if (scheduledTime === null)
          throw new AppError("ILLEGAL_TRANSITION", `Schedule ${scheduleId} has no next run to skip.`);
        await session.api.schedules.skipNext({ scheduleId, scheduledTime });
        await showSchedule(session, scheduleId);
      });
    });

  leaf(schedules, "unskip <id>", "let a skipped run that is still to come run after all", [
    "schedules unskip tick --at 2026-12-24T09:00",
  ])
    .requiredOption("--at <time>", "the run that was skipped")
    .action(async (scheduleId: string, local: { at: string }, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        const { spec } = await session.api.schedules.get({ scheduleId });
        const scheduledTime = instant("at", local.at, spec.timezone ?? "UTC");
        await session.api.schedules.unskip({ scheduleId, scheduledTime });
        await showSchedule(session, scheduleId);
      });
    });

  leaf(schedules, "delete <id>", "stop for good; the record and its runs stay", [
    "schedules delete tick",
    "schedules delete tick --purge",
  ])
    .option("--purge", "remove its runs too, and free the id")
    .action(async (scheduleId: string, local: { purge?: boolean }, command: Command) => {
      await withApp(io, command, {}, async (session) => {
        const { status } = await session.api.schedules.get({ scheduleId });
        const followers = await session.api.schedules.followers({ scheduleIds: [scheduleId] });
        for (const { scheduleId: id } of followers)
          io.err.write(
            `note: ${inertLine(id)} comes after ${inertLine(scheduleId)}, and waits for nothing from now on\n`,
          );
        if (status !== "deleted" || local.purge !== true)
          await session.api.schedules.delete({ scheduleId, confirmed: true });
        if (local.purge !== true) return showSchedule(session, scheduleId);
        await session.api.schedules.purge({ scheduleId });
        session.show({ purged: scheduleId }, () => io.out.write(`${scheduleId} and its runs are gone\n`));
      });
    });
}

function addTrigger(schedules: Command, io: CliIo): void {
  leaf(schedules, "trigger <id>", "run it now; the next occurrence stays where it is", [
    "schedules trigger tick",
    'schedules trigger tick --wait --input \'{"command":"date"}\'',
    "schedules trigger report --as-of 2026-03-01T09:00:00Z",
  ])
    .option("--as-of <time>", "as if it had fired at this past instant: the run is told it as its scheduled time")
    .option("--input <json>", "in place of the schedule's input (or @FILE)")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--force", "although a run is active and the policy is skip")
    .option("--wait", "wait for the run to end; fires schedules meanwhile if nobody else does")
    .action(
      async (
        scheduleId: string,
        local: { asOf?: string; input?: string; force?: boolean; wait?: boolean },
        command: Command,
      ) => {
        const input = local.input === undefined ? undefined : jsonValue("input", local.input);
        const role = local.wait === true ? "engine" : "client";
        await withApp(io, command, { role, loadWorkflows: true }, async (session) => {
          const { app, api, show } = session;
          const zone =
            local.asOf === undefined ? "UTC" : ((await api.schedules.get({ scheduleId })).spec.timezone ?? "UTC");
          const made = await api.schedules.trigger({
            scheduleId,
            ...(local.asOf === undefined ? {} : { asOf: instant("as-of", local.asOf, zone) }),
            ...(input === undefined ? {} : { input }),
            ...(local.force === undefined ? {} : { force: local.force }),
          });
          if (local.wait !== true) return show(made, ({ runId }) => io.out.write(`${runId}\n`));
          await app.start();
          exitCodeOf(await waitForRun(app, made.runId));
          await showRun(session, made.runId);
        });
      },
    );
}

export function addSchedules(program: Command, io: CliIo): void {
  const schedules = noun(program, "schedules", "what runs when", [
    'schedules create --id tick --workflow shell.command --every 1m --input \'{"command":"date"}\'',
    "schedules list",
    "schedules trigger tick --wait",
  ]);
  addListing(schedules, io);
  addEditing(schedules, io);
  addTrigger(schedules, io);
  addBackfillCommand(schedules, io);
}
