import { z } from "zod";
import { listRunsSchema } from "../../../shared/api/runs.ts";
import { idSchema, listSchedulesSchema } from "../../../shared/api/schedules.ts";
import { answered, cut, plural, type ToolAnswer, type ToolParts } from "../parts.ts";

const subjects = [
  "status",
  "schedules",
  "schedule",
  "upcoming",
  "runs",
  "run",
  "log",
  "omissions",
  "activity",
  "workflows",
  "calendars",
] as const;
const schedulesShape = listSchedulesSchema.shape;
const runsShape = listRunsSchema.shape;

export const readInput = z.object({
  what: z
    .enum(subjects)
    .describe(
      "status: who fires and what is wrong. schedules: a list. schedule: one of them, with its next runs. upcoming: what fires next. " +
        "runs: a list; with status failed each says why. run: one with its steps. log: the end of its log. omissions: occurrences without a run. " +
        "activity: who changed what. workflows: what can be scheduled, with the JSON schema of each input. calendars: of days left out.",
    ),
  scheduleId: idSchema.optional().describe("for schedule, upcoming, runs, omissions, activity"),
  runId: z.string().min(1).max(100).optional().describe("for run and log"),
  status: runsShape.status.describe("runs: only those in this state"),
  condition: schedulesShape.condition.describe("schedules: only those in this condition"),
  search: schedulesShape.search.describe("schedules: by name, workflow, tag or note"),
  from: runsShape.scheduledFrom.describe("runs: scheduled for this instant or later, ISO 8601 with a zone"),
  to: runsShape.scheduledTo.describe("runs: scheduled before this instant"),
  limit: z.number().int().min(1).max(100).optional().describe("20 where left out"),
  cursor: z.string().optional().describe("runs: `next` of the page before"),
});

export const readOutput = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  next: z.string().nullable(),
  page: z.string(),
});

type Input = z.output<typeof readInput>;
type Row = Record<string, unknown>;

const needed = (value: string | undefined, field: string, what: string): string => {
  if (value === undefined)
    throw new z.ZodError([{ code: "custom", path: [field], message: `${what} needs it`, input: value }]);
  return value;
};

/** How much of a log is answered, from its end. */
const logCharacters = 8000;

export async function read(parts: ToolParts, input: Input, client: string): Promise<ToolAnswer> {
  const { what } = input;
  const api = parts.api(client);
  const limit = input.limit ?? 20;
  const say = (lines: string[], rows: Row[], path: string, next: string | null = null): ToolAnswer =>
    answered([...lines, ...(next === null ? [] : [`More: cursor ${next}`])], { rows, next, page: parts.urlOf(path) });

  switch (what) {
    case "status": {
      const { role, owner, problem, waiting, running, version, zone } = await api.system.status();
      const counts = await api.schedules.summary();
      const fires = owner === null ? "nobody fires" : `fired by ${owner.program} (pid ${owner.pid} on ${owner.host})`;
      const row = {
        role,
        owner,
        problem,
        waiting,
        running,
        version,
        zone,
        active: counts.active,
        failing: counts.failing,
        missed: counts.missed,
      };
      const lines = [`Almanac ${version}, zone ${zone}: ${fires}; ${plural(running, "run")} under way.`];
      lines.push(`${counts.active} active schedules, ${counts.failing} failing, ${counts.missed} with missed runs.`);
      if (problem !== null) lines.push(`Problem: ${problem.message}`);
      return say(lines, [row], "/schedules");
    }
    case "schedules": {
      const { search, condition } = input;
      const { rows, total } = await api.schedules.list({ limit, search, condition });
      const shown = rows.map(({ scheduleId, name, status, specText, nextRunTime, health, workflowName }) => ({
        scheduleId,
        name,
        status,
        when: specText,
        next: nextRunTime,
        health,
        workflowName,
      }));
      const lines = shown.map(
        (row) => `${row.scheduleId}: ${row.when}; ${row.status}, ${row.health}, next ${row.next ?? "never"}`,
      );
      return say([`${shown.length} of ${plural(total, "schedule")}`, ...lines], shown, "/schedules");
    }
    case "schedule": {
      const scheduleId = needed(input.scheduleId, "scheduleId", what);
      const found = await api.schedules.get({ scheduleId });
      const { times } = await api.schedules.upcoming({ scheduleId, count: 5 });
      const { specText, outcomes: _outcomes, anchorAt: _anchor, ...schedule } = found;
      return say(
        [
          `${scheduleId} (${schedule.name}): ${specText}; ${schedule.status}, ${schedule.health}`,
          `runs ${schedule.workflowName} with ${cut(JSON.stringify(schedule.input), 500)}`,
          `next: ${times.join(", ") || "never"}`,
        ],
        [{ ...schedule, when: specText, upcoming: times }],
        `/schedules/${scheduleId}`,
      );
    }
    case "upcoming": {
      if (input.scheduleId !== undefined) {
        const { times } = await api.schedules.upcoming({ scheduleId: input.scheduleId, count: limit });
        return say(
          times.length === 0 ? ["it never fires again"] : times,
          times.map((at) => ({ at })),
          `/schedules/${input.scheduleId}`,
        );
      }
      const { upcoming, more } = await api.schedules.upcomingOfAll({ hours: 24 * 31, limit });
      const lines = upcoming.map(({ at, scheduleId }) => `${at} ${scheduleId}`);
      return say([...lines, ...(more ? ["and more later"] : [])], upcoming, "/calendar");
    }
    case "runs": {
      const { scheduleId, status, from, to, cursor } = input;
      const { rows, nextCursor } = await api.runs.list({
        scheduleId,
        status,
        scheduledFrom: from,
        scheduledTo: to,
        cursor,
        limit,
      });
      const shown = rows.map(
        ({ runId, scheduleId: of, status: state, scheduledTime, startedAt, completedAt, error, trigger }) => ({
          runId,
          scheduleId: of,
          status: state,
          trigger,
          scheduledTime,
          startedAt,
          completedAt,
          error: error === null ? null : cut(`${error.code}: ${error.message}`, 500),
        }),
      );
      const lines = shown.map(
        (row) =>
          `${row.runId} ${row.scheduleId ?? "–"} ${row.scheduledTime ?? row.startedAt ?? ""} ${row.status}${row.error === null ? "" : `: ${row.error}`}`,
      );
      return say(
        [plural(shown.length, "run"), ...lines],
        shown,
        scheduleId === undefined ? "/runs" : `/schedules/${scheduleId}`,
        nextCursor,
      );
    }
    case "run": {
      const runId = needed(input.runId, "runId", what);
      const { steps, attempts, lateResults: _late, ...run } = await api.runs.get({ runId });
      const { status, scheduledTime, error, attempt, waitingFor } = run;
      const lines = [
        `${runId} of ${run.scheduleId ?? run.workflowName}, for ${scheduledTime ?? "no time"}: ${status}, attempt ${attempt}`,
      ];
      if (error !== null) lines.push(`error: ${cut(`${error.code}: ${error.message}`, 1000)}`);
      if (waitingFor !== null) lines.push(`waits for ${waitingFor.kind}`);
      for (const step of steps) lines.push(`step ${step.name}: ${step.status}`);
      const shown = {
        ...run,
        input: cut(JSON.stringify(run.input) ?? "null", 2000),
        result: cut(JSON.stringify(run.result) ?? "null", 4000),
      };
      return say(
        lines,
        [
          {
            ...shown,
            steps: steps.map(({ name, status: state }) => ({ name, status: state })),
            earlierAttempts: attempts.length,
          },
        ],
        `/runs/${runId}`,
      );
    }
    case "log": {
      const runId = needed(input.runId, "runId", what);
      const { chunks } = await api.runs.logs({ runId, limit: 10_000 });
      const text = chunks.map((chunk) => chunk.text).join("");
      const end = text.slice(-logCharacters);
      const left = text.length - end.length;
      return say(
        [...(left > 0 ? [`(${left} characters before this)`] : []), end === "" ? "(nothing was written)" : end],
        [{ runId, text: end, leftOut: left }],
        `/runs/${runId}`,
      );
    }
    case "omissions": {
      const scheduleId = needed(input.scheduleId, "scheduleId", what);
      const rows = await api.schedules.omissions({ scheduleId, limit });
      const shown = rows.map(({ kind, reason, firstTime, lastTime, count }) => ({
        kind,
        reason,
        firstTime,
        lastTime,
        count,
      }));
      const lines = shown.map(
        (row) =>
          `${row.count} ${row.kind} (${row.reason}) ${row.firstTime}${row.count > 1 ? ` to ${row.lastTime}` : ""}`,
      );
      return say(lines.length === 0 ? ["none"] : lines, shown, `/schedules/${scheduleId}`);
    }
    case "activity": {
      const { rows } = await api.schedules.activity({ scheduleId: input.scheduleId, limit });
      const shown = rows.map(({ at, kind, actor, scheduleId, runId }) => ({ at, kind, actor, scheduleId, runId }));
      const lines = shown.map((row) => `${row.at} ${row.scheduleId ?? ""} ${row.kind} by ${row.actor}`);
      return say(lines, shown, input.scheduleId === undefined ? "/schedules" : `/schedules/${input.scheduleId}`);
    }
    case "workflows": {
      const rows = (await api.workflows.list()).workflows.map(({ name, description, inputSchema }) => ({
        name,
        description,
        inputSchema,
      }));
      return say(
        rows.map(({ name, description }) => `${name}: ${description ?? ""}`),
        rows,
        "/workflows",
      );
    }
    case "calendars": {
      const rows = (await api.calendars.list()).map(({ name, entries }) => ({ name, entries: entries.length }));
      return say(
        rows.length === 0 ? ["there is none"] : rows.map(({ name, entries }) => `${name}: ${plural(entries, "entry")}`),
        rows,
        "/calendars",
      );
    }
  }
}
