import { initTRPC } from "@trpc/server";
import { z } from "zod";
import type { BackfillDay, BackfillPreset } from "../../shared/api/backfills.ts";
import {
  backfillDaysSchema,
  backfillIdSchema,
  cancelBackfillSchema,
  createBackfillSchema,
  listBackfillsSchema,
  planBackfillSchema,
  setBackfillSchema,
} from "../../shared/api/backfills.ts";
import type { ChangeEvent } from "../../shared/api/events.ts";
import { cancelRunSchema, listRunsSchema, runIdSchema, runLogsSchema } from "../../shared/api/runs.ts";
import type {
  HeatDay,
  OutcomeMark,
  ScheduleListPage,
  ScheduleRow,
  ScheduleSummary,
} from "../../shared/api/schedules.ts";
import {
  bulkSchema,
  createScheduleSchema,
  listSchedulesSchema,
  pauseScheduleSchema,
  skipNextSchema,
  triggerScheduleSchema,
  updateScheduleSchema,
} from "../../shared/api/schedules.ts";
import type { Backfill, BackfillPlan } from "../../shared/domain/backfill.ts";
import type { LogChunk, Run, StepRecord } from "../../shared/domain/run.ts";
import type { ActivityEvent, Omission, Schedule } from "../../shared/domain/schedule.ts";
import type { WorkflowInfo, WorkflowLoadError } from "../../shared/domain/workflow.ts";
import type { ExclusionCalendar, ScheduleSpec } from "../../shared/schedule/types.ts";

const t = initTRPC.create();
const p = t.procedure;
const id = z.object({ scheduleId: z.string() });
const as =
  <T>() =>
  (): T =>
    undefined as unknown as T;

const shape = t.router({
  schedules: t.router({
    list: p.input(listSchedulesSchema).query(as<ScheduleListPage>()),
    summary: p.query(as<ScheduleSummary>()),
    get: p.input(id).query(as<ScheduleRow>()),
    create: p.input(createScheduleSchema).mutation(as<Schedule>()),
    update: p.input(updateScheduleSchema).mutation(as<Schedule>()),
    pause: p.input(pauseScheduleSchema).mutation(as<Schedule>()),
    resume: p.input(id).mutation(as<Schedule>()),
    delete: p.input(id).mutation(as<Schedule>()),
    restore: p.input(id).mutation(as<Schedule>()),
    purge: p.input(id).mutation(as<void>()),
    trigger: p.input(triggerScheduleSchema).mutation(as<{ runId: string }>()),
    skipNext: p.input(skipNextSchema).mutation(as<Schedule>()),
    bulk: p.input(bulkSchema).mutation(as<{ changed: string[] }>()),
    upcoming: p.input(z.object({ scheduleId: z.string(), count: z.number() })).query(as<{ times: string[] }>()),
    activity: p
      .input(
        z.object({ scheduleId: z.string().optional(), limit: z.number().optional(), before: z.number().optional() }),
      )
      .query(as<{ rows: ActivityEvent[]; nextBefore: number | null }>()),
    omissions: p.input(z.object({ scheduleId: z.string(), limit: z.number().optional() })).query(as<Omission[]>()),
    heatmap: p
      .input(z.object({ scheduleId: z.string(), year: z.number() }))
      .query(as<{ zone: string; days: HeatDay[] }>()),
    trend: p
      .input(z.object({ scheduleId: z.string(), limit: z.number().optional() }))
      .query(
        as<
          {
            runId: string;
            scheduledTime: string | null;
            startedAt: string;
            durationMs: number;
            status: Run["status"];
          }[]
        >(),
      ),
    specs: p
      .input(z.object({ exclude: z.string().optional() }))
      .query(as<{ scheduleId: string; name: string; spec: ScheduleSpec; anchorAt: number }[]>()),
    usingCalendar: p.input(z.object({ name: z.string() })).query(as<{ scheduleId: string; name: string }[]>()),
  }),
  calendarView: t.router({
    between: p.input(z.object({ from: z.string(), to: z.string(), limit: z.number().optional() })).query(
      as<{
        runs: {
          runId: string;
          scheduleId: string | null;
          name: string;
          at: string;
          startedAt: string | null;
          completedAt: string | null;
          status: Run["status"];
          trigger: Run["trigger"];
        }[];
        planned: { scheduleId: string; name: string; at: string }[];
        plannedCounts: { scheduleId: string; name: string; date: string; count: number }[];
        omissions: Omission[];
        truncated: boolean;
      }>(),
    ),
  }),
  runs: t.router({
    list: p
      .input(listRunsSchema)
      .query(as<{ rows: (Run & { scheduleName: string | null })[]; nextCursor: string | null }>()),
    get: p.input(runIdSchema).query(as<Run & { scheduleName: string | null; steps: StepRecord[] }>()),
    logs: p.input(runLogsSchema).query(as<{ chunks: LogChunk[]; droppedBytes: number }>()),
    cancel: p.input(cancelRunSchema).mutation(as<Run>()),
    retry: p.input(runIdSchema).mutation(as<{ runId: string }>()),
  }),
  backfills: t.router({
    plan: p.input(planBackfillSchema).query(as<BackfillPlan>()),
    days: p.input(backfillDaysSchema).query(as<BackfillDay[]>()),
    presets: p.input(id).query(as<BackfillPreset[]>()),
    create: p.input(createBackfillSchema).mutation(as<Backfill>()),
    get: p.input(backfillIdSchema).query(as<Backfill>()),
    list: p.input(listBackfillsSchema).query(as<{ rows: Backfill[]; total: number }>()),
    pause: p.input(backfillIdSchema).mutation(as<Backfill>()),
    resume: p.input(backfillIdSchema).mutation(as<Backfill>()),
    cancel: p.input(cancelBackfillSchema).mutation(as<Backfill>()),
    set: p.input(setBackfillSchema).mutation(as<Backfill>()),
    rerun: p.input(backfillIdSchema).mutation(as<Backfill>()),
  }),
  workflows: t.router({
    list: p.query(
      as<{
        workflows: (WorkflowInfo & { schedules: { scheduleId: string; name: string }[]; lastRuns: OutcomeMark[] })[];
        errors: WorkflowLoadError[];
        paths: string[];
      }>(),
    ),
    run: p.input(z.object({ name: z.string(), input: z.json().optional() })).mutation(as<{ runId: string }>()),
    reload: p.mutation(as<void>()),
    setPaths: p.input(z.object({ paths: z.array(z.string()) })).mutation(as<void>()),
  }),
  calendars: t.router({
    list: p.query(as<(ExclusionCalendar & { updatedAt: string; usedBy: number })[]>()),
    save: p.input(z.custom<ExclusionCalendar>()).mutation(as<void>()),
    delete: p.input(z.object({ name: z.string() })).mutation(as<void>()),
    importICal: p.input(z.object({ name: z.string(), text: z.string() })).mutation(as<ExclusionCalendar>()),
  }),
  system: t.router({
    status: p.query(
      as<{
        role: "owner" | "client" | "stopped";
        owner: { program: string; pid: number; host: string; heartbeatAt: string } | null;
        problem: { code: string; message: string } | null;
        pollIntervalMs: number;
        runtime: { name: string; [key: string]: unknown } | null;
        dataDir: string;
        startedAt: string;
        version: string;
        zone: string;
        locale: string;
        desktop: boolean;
      }>(),
    ),
    downtimes: p.query(
      as<
        {
          downtimeId: number;
          kind: string;
          from: string;
          to: string;
          due: number;
          ran: number;
          skipped: number;
          missed: number;
          perSchedule: { scheduleId: string; name: string; missed: number; from: string; to: string }[];
        }[]
      >(),
    ),
    dismissDowntime: p.input(z.object({ downtimeId: z.number() })).mutation(as<void>()),
    settings: p.query(as<Record<string, unknown>>()),
    setSetting: p.input(z.object({ key: z.string(), value: z.json() })).mutation(as<void>()),
    doctor: p.query(as<unknown>()),
    recount: p.mutation(as<unknown>()),
    secrets: p.query(as<{ name: string; updatedAt: string }[]>()),
    setSecret: p.input(z.object({ name: z.string(), value: z.string() })).mutation(as<void>()),
    deleteSecret: p.input(z.object({ name: z.string() })).mutation(as<void>()),
    changes: p.subscription(async function* (): AsyncGenerator<ChangeEvent[]> {
      yield [];
    }),
  }),
  exchange: t.router({
    export: p
      .input(z.object({ format: z.enum(["json", "yaml"]), scheduleIds: z.array(z.string()).optional() }))
      .query(as<{ text: string }>()),
    import: p.input(z.object({ text: z.string(), dryRun: z.boolean() })).mutation(as<unknown>()),
    ical: p
      .input(z.object({ scheduleIds: z.array(z.string()).optional(), days: z.number() }))
      .query(as<{ text: string }>()),
  }),
});

export type AppRouter = typeof shape;
