import type { z } from "zod";
import type { CalendarRun, StoredExclusionCalendar } from "../../../shared/api/calendars.ts";
import type { listRunsSchema, RunPage, RunRow } from "../../../shared/api/runs.ts";
import type {
  ActivityFilter,
  FollowedSchedule,
  ListedSchedule,
  listSchedulesSchema,
  OutcomeMark,
  ScheduleSpecRow,
  SuccessRatio,
  TrendPoint,
} from "../../../shared/api/schedules.ts";
import type { Downtime } from "../../../shared/api/system.ts";
import type { LateResultView } from "../../../shared/api/workers.ts";
import type { Health, ScheduleGroup } from "../../../shared/domain/health.ts";
import type { AttemptRecord, LogChunk, RunStatus, StepRecord } from "../../../shared/domain/run.ts";
import type { ActivityEvent, Omission, Schedule, ScheduleStatus } from "../../../shared/domain/schedule.ts";
import type { NamedSchedule } from "../../../shared/schedule/index.ts";
import type { ChainReading } from "./chains.ts";
import type { Measures } from "./measures.ts";

export type ListSchedules = z.output<typeof listSchedulesSchema>;
export type ListRuns = z.output<typeof listRunsSchema>;

/** A schedule with what a row of the list shows beside it. */
export interface ScheduleReading {
  schedule: Schedule;
  ratio: SuccessRatio;
  outcomes: OutcomeMark[];
  health: Health;
  runningSince: string | null;
  queuedSince: string | null;
  holes: { count: number; from: string; to: string } | null;
  anchorAt: number;
  /** The schedules that it comes after. */
  follows: FollowedSchedule[];
}

/** A schedule with what a row of the pages' list shows; its spec as it is stored. */
export interface ListedReading extends Omit<ListedSchedule, "specText" | "timezone" | "onEvents"> {
  spec: string;
}

/** Schedules of a list, and how many there are in all. */
export interface ListReading<Row> {
  rows: Row[];
  total: number;
  groups?: { group: ScheduleGroup; count: number }[];
}

/** Counts above the list, without those that need schedule arithmetic. */
export interface ScheduleCounts {
  active: number;
  paused: number;
  ended: number;
  attention: number;
  running: number;
  failing: number;
  missed: number;
  tags: string[];
  workflows: string[];
}

/** What decides when a schedule fires next, as stored. Times are epoch ms. */
export interface PlannedSchedule {
  scheduleId: string;
  name: string;
  specText: string;
  anchorAt: number;
  nextRunAt: number | null;
  lastCompletedAt: number | null;
  /** Until when it is paused; null where it is not, or for good. */
  pausedUntilAt: number | null;
  /** Firings left of `maxRuns`; null without a limit. */
  remainingRuns: number | null;
  /** Ended or deleted: it fires no more. */
  ended: boolean;
  revision: number;
}

/** Runs of a heat map that share a quarter of an hour (`at`, epoch ms) and an outcome. */
export interface HeatRun {
  at: number;
  status: RunStatus;
  backfilled: boolean;
  count: number;
}

/** Runs that share a stretch of time (by its place) and a status; `scheduleId` is null where schedules are not kept apart. */
export interface RunCount {
  scheduleId: string | null;
  stretch: number;
  status: RunStatus;
  count: number;
}

/** Consecutive stretches of `widthMs` from `fromAt` on, the last one up to `toAt`. */
export interface Stretches {
  fromAt: number;
  toAt: number;
  widthMs: number;
}

/** Questions that pages and the command line ask the database; none of them changes anything. */
export interface ReadModel {
  listSchedules(input: ListSchedules): ListReading<ScheduleReading>;
  /** The same list, with what its rows show alone. */
  listRows(input: ListSchedules): ListReading<ListedReading>;
  readSchedule(scheduleId: string): ScheduleReading | undefined;
  counts(): ScheduleCounts;
  /**
   * Reads what lists are read from, a slice at a time with others' work in between. Lists, counts and ids of a filter need
   * not wait for it: without it they read all of it at once.
   */
  prepareLists(): Promise<void>;
  /** A page of the active schedules with a next occurrence, by id, those after `after` (all of them by `""`). */
  planned(after: string, limit: number): PlannedSchedule[];
  /** One schedule, whatever its state. */
  plannedOne(scheduleId: string): PlannedSchedule | undefined;
  /** Occurrences that people have dropped, by schedule (epoch ms), in order. */
  skippedByHand(): Map<string, number[]>;
  skippedByHandOf(scheduleId: string): number[];
  /** Ids of the schedules in a state; those of `among` alone where given. */
  scheduleIds(status: ScheduleStatus, among?: readonly string[]): string[];
  /** Ids of the schedules that a list with this filter holds. */
  matchingIds(filter: Pick<ListSchedules, "status" | "workflowName" | "tag" | "condition" | "search">): string[];
  specs(exclude: string | undefined): ScheduleSpecRow[];
  scheduleNames(): Map<string, string>;
  /** All that are not deleted. */
  namedSchedules(): NamedSchedule[];
  /** The schedules that come after one of these, and are not among them. */
  followersOf(scheduleIds: readonly string[]): NamedSchedule[];
  /** The chain that a schedule belongs to, the nearest `most` members of it. */
  chainOf(scheduleId: string, most: number): ChainReading;
  schedulesUsing(calendar: string): { scheduleId: string; name: string }[];
  schedulesOfWorkflows(): Map<string, { scheduleId: string; name: string }[]>;
  /** Newest first; of one schedule also only some kinds. */
  activity(
    scheduleId: string | undefined,
    limit: number,
    before: number | undefined,
    kinds?: readonly ActivityFilter[],
  ): ActivityEvent[];
  /** What agents have asked of all there is, newest first. */
  agentCalls(limit: number): ActivityEvent[];
  omissions(scheduleId: string, limit: number): Omission[];
  omissionsBetween(fromAt: number, toAt: number, limit: number, scheduleId?: string): Omission[];
  trend(scheduleId: string, limit: number): TrendPoint[];
  /** Runs of a schedule by nominal (else creation) instant, counted by quarter of an hour: no zone's midnight falls inside one. */
  heatRuns(scheduleId: string, fromAt: number, toAt: number): HeatRun[];
  /** Runs of these schedules (null: of none) by nominal, else creation instant. */
  runsBetween(scheduleIds: readonly string[] | null, fromAt: number, toAt: number, limit: number): CalendarRun[];
  /**
   * How many runs each of these schedules has in each stretch, in their order: `nominal`, stretch and count one after the
   * other, are those with a nominal time, whatever became of them; those by hand have none. The answer is not to be changed.
   */
  runTotals(
    ids: readonly string[],
    stretches: Stretches,
  ): { readonly nominal: readonly number[]; readonly byHand: readonly RunCount[] }[];
  /** How many of those with a nominal time did not complete: of each schedule apart, or of all together. */
  runExceptions(ids: readonly string[], stretches: Stretches, apart: boolean): RunCount[];
  listRuns(input: ListRuns): RunPage;
  runRow(runId: string): RunRow | undefined;
  /** The attempts before a run's last, in order. */
  attempts(runId: string): AttemptRecord[];
  /** Outcomes that came when a run had gone on without them, oldest first. */
  lateResults(runId: string): LateResultView[];
  steps(runId: string): StepRecord[];
  logs(runId: string, after: number | undefined, limit: number): LogChunk[];
  lastOutcomesOfWorkflow(workflowName: string, limit: number): OutcomeMark[];
  exclusionCalendars(): StoredExclusionCalendar[];
  downtimes(limit: number): Downtime[];
  /** What monitors ask: each of so many schedules apart, the others together. */
  measures(most: number): Measures;
  /** When a schedule's last successful run that is kept has ended, epoch ms; null where there is none. */
  lastSuccessAt(scheduleId: string): number | null;
}
