import type { z } from "zod";
import type {
  BackfillDay,
  BackfillPreset,
  backfillDaysSchema,
  CreateBackfillInput,
  listBackfillsSchema,
  PlanBackfillInput,
  setBackfillSchema,
} from "../../shared/api/backfills.ts";
import type { ChangeEvent } from "../../shared/api/events.ts";
import type { MovePlan, moveOccurrenceSchema, moveTimesSchema } from "../../shared/api/moves.ts";
import type { retryRunSchema, takeResultSchema } from "../../shared/api/runs.ts";
import type {
  bulkSchema,
  CreateScheduleInput,
  pauseScheduleSchema,
  triggerScheduleSchema,
  UpdateScheduleInput,
} from "../../shared/api/schedules.ts";
import type { Recounted } from "../../shared/api/system.ts";
import type { Backfill, BackfillPlan, BackfillPlanItem } from "../../shared/domain/backfill.ts";
import type { Run, RunStatus, RunTrigger } from "../../shared/domain/run.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import type { LongWait, Pool } from "../../shared/domain/waiting.ts";
import type { memoryOfWorkflow, WorkflowInfo } from "../../shared/domain/workflow.ts";
import type { ExclusionCalendar, ScheduleSpec } from "../../shared/schedule/types.ts";
import type { RuntimeState } from "../runtime/runtime.ts";
import type { NewActivity } from "../storage/tables/activity.ts";
import type { RunRecord } from "../storage/tables/runs/runs.ts";

/** Who asks: kept in the activity log. Programs and agents are named with their token. */
export type Actor =
  | "user"
  | "cli"
  | "code"
  | "engine"
  | "failures"
  | `token ${string}`
  | `agent ${string}`
  | `hook ${string}`;

export interface EngineStatus {
  /** `owner` fires; `client` shows and edits while another process fires. */
  role: "owner" | "client" | "stopped";
  owner: { program: string; pid: number; host: string; heartbeatAt: string } | null;
  /**
   * Why nothing fires although it should, here or at the owner: disk full, database gone, the owner silent. Null when all
   * is well.
   */
  problem: { code: string; message: string } | null;
  /** Null where no run has waited for room for long. */
  waiting: LongWait | null;
  /** How many runs go on, in whichever process. */
  running: number;
  pollIntervalMs: number;
  runtime: RuntimeState | null;
  dataDir: string;
  startedAt: string;
}

/** How runs end with their engine, where that is not the usual way. */
export interface StopOptions {
  /** What runs that are told to stop have, before they are killed. */
  forceMs?: number;
  /** Ends the wait for runs that would end by themselves. */
  hurry?: AbortSignal;
}

/** An import that goes on, or its undo. */
export interface Importing {
  importId: string;
  undo?: true;
}

/** A run that has ended for good, and its row as it was before. */
export interface EndedRecord {
  run: RunRecord;
  status: RunStatus;
  /** Epoch ms. */
  at: number;
}

/** A run of this process's engine has begun an attempt, or ended for good; with what is known of it then. Times are epoch ms. */
export type RunMove =
  | {
      kind: "started";
      runId: string;
      workflowName: string;
      trigger: RunTrigger;
      scheduledAt: number | null;
      attempt: number;
      at: number;
    }
  | {
      kind: "ended";
      runId: string;
      workflowName: string;
      status: RunStatus;
      /** Null where it never began. */
      startedAt: number | null;
      at: number;
    };

/**
 * The scheduler of one data folder. Every command is one transaction and returns what is now stored; all throw AppError.
 * Commands work in any process; only the lease's owner fires and dispatches.
 */
export interface Engine {
  start(): Promise<void>;
  /** Ends runs (after `graceMs`), gives the lease back, closes nothing it was handed. */
  stop(graceMs?: number, how?: StopOptions): Promise<void>;
  status(): EngineStatus;
  /** Told of changes by this and other processes, in groups. Returns the way to stop listening. */
  onChange(listener: (events: readonly ChangeEvent[]) => void): () => void;
  /** Told of each start and end of a run of this process's engine, once it is committed. Returns the way to stop listening. */
  onRunMove(listener: (move: RunMove) => void): () => void;
  /**
   * Has what happens followed inside the transaction that records it: lines of the history, and ends of runs. What a
   * follower writes (by `write`) is there with it or not at all.
   */
  follow(followers: { activity(entry: NewActivity): void; runEnded(ended: EndedRecord): void }): void;
  /** The machine slept or woke, or its clock was set: account for it now. */
  suspended(atMs: number): void;
  resumed(atMs: number): void;

  /** `beside`: ids of schedules that are made with it, and that it may come after. */
  createSchedule(input: CreateScheduleInput, actor: Actor, beside?: ReadonlySet<string>): Schedule;
  updateSchedule(input: UpdateScheduleInput, actor: Actor, beside?: ReadonlySet<string>): Schedule;
  getSchedule(scheduleId: string): Schedule;
  pauseSchedule(input: z.input<typeof pauseScheduleSchema>, actor: Actor): Schedule;
  resumeSchedule(scheduleId: string, actor: Actor): Schedule;
  deleteSchedule(scheduleId: string, actor: Actor): Schedule;
  restoreSchedule(scheduleId: string, actor: Actor): Schedule;
  /** Removes a deleted schedule with its runs, in turns with the rest of the process; then its id is free again. */
  purgeSchedule(scheduleId: string): Promise<void>;
  /** `by`: what is noted as its trigger; `manual` where left out. */
  triggerSchedule(
    input: z.input<typeof triggerScheduleSchema>,
    actor: Actor,
    by?: "manual" | "hook",
  ): { runId: string };
  /** Drops an occurrence that is still to come. */
  skipNext(scheduleId: string, scheduledTime: string, actor: Actor): Schedule;
  /** Takes that back, as long as its time is still to come. */
  unskip(scheduleId: string, scheduledTime: string, actor: Actor): Schedule;
  /** Moves an occurrence to come: it alone, with the later ones, or with all. `before` is the spec as it was. */
  moveOccurrence(
    input: z.input<typeof moveOccurrenceSchema>,
    actor: Actor,
  ): { schedule: Schedule; before: ScheduleSpec };
  /** What each scope would make of that. */
  plannedMoves(input: z.input<typeof moveTimesSchema>): MovePlan[];
  bulk(input: z.input<typeof bulkSchema>, actor: Actor): { changed: string[] };

  /** A run outside any schedule (test run, `workflows run`). */
  runWorkflow(workflowName: string, input: unknown, actor: Actor, by?: "manual" | "hook"): { runId: string };
  getRun(runId: string): Run;
  cancelRun(runId: string, graceMs: number | undefined, actor: Actor): Run;
  /** Puts an outcome that came late in the place of an ended run's own. */
  takeResult(input: z.input<typeof takeResultSchema>, actor: Actor): Run;
  /** Throws OVERLAP where the schedule's policy is in the way. */
  retryRun(input: z.input<typeof retryRunSchema>, actor: Actor): { runId: string };
  /** Resolves with the run when it has ended for good. */
  waitForRun(runId: string, signal?: AbortSignal): Promise<Run>;

  /** What `work` changes of schedules is noted in their history as done by an import, or by its undo. */
  ofImport<T>(of: Importing, work: () => T): T;
  saveExclusionCalendar(calendar: ExclusionCalendar, actor: Actor): void;
  deleteExclusionCalendar(name: string, actor: Actor): void;
  dismissDowntime(downtimeId: number): void;
  getSettings(): Record<string, unknown>;
  setSetting(key: string, value: unknown): void;
  /** What runs of a workflow may take whose schedule says nothing: MiB, 0 is none; and who has set it. */
  memoryOfWorkflow(workflow: WorkflowInfo): ReturnType<typeof memoryOfWorkflow>;
  /** A size such as `2GiB` or `none`; null for what its code says, else Settings. Throws UNKNOWN_WORKFLOW. */
  setWorkflowMemory(workflowName: string, memoryLimit: string | null): void;
  /** Does what writes tables that are not the engine's, in one transaction, and tells this and other processes of `topic`. */
  write<T>(topic: ChangeEvent["topic"], work: () => T): T;
  /** Rebuilds counters from the runs, in turns with the rest of the process; returns the schedules that were off. */
  recount(): Promise<Recounted[]>;
  /** Begins a copy of the database before much is taken away, unless there is one; a failure is told to the logger alone. */
  backUpBefore(reason: "import" | "delete"): Promise<void>;

  /** Named limits over runs; `set` makes one or changes it. */
  readonly pools: { list(): Pool[]; set(pool: Pool): Pool; delete(name: string): void };
  readonly backfills: BackfillService;
}

export interface BackfillService {
  /** A page of a plan's instants, at the same cost wherever it lies and however long the history is. */
  planItems(input: PlanBackfillInput): BackfillPlanItem[];
  /** These four may look at a long history: they do it in turns with the rest of the process. */
  plan(input: PlanBackfillInput): Promise<BackfillPlan>;
  days(input: z.input<typeof backfillDaysSchema>): Promise<BackfillDay[]>;
  presets(scheduleId: string): Promise<BackfillPreset[]>;
  create(input: CreateBackfillInput, actor: Actor): Promise<Backfill>;
  get(backfillId: string): Backfill;
  list(input: z.input<typeof listBackfillsSchema>): { rows: Backfill[]; total: number };
  pause(backfillId: string, actor: Actor): Backfill;
  resume(backfillId: string, actor: Actor): Backfill;
  cancel(backfillId: string, running: "finish" | "cancel", actor: Actor): Backfill;
  set(input: z.input<typeof setBackfillSchema>, actor: Actor): Backfill;
  rerun(backfillId: string, actor: Actor): Backfill;
  waitFor(backfillId: string, signal?: AbortSignal): Promise<Backfill>;
}
