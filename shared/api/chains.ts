import { z } from "zod";
import type { LinkState } from "../domain/chain.ts";
import type { RunStatus } from "../domain/run.ts";
import type { OmissionReason, ScheduleStatus } from "../domain/schedule.ts";
import type { AfterOutcome } from "../schedule/types.ts";
import { idSchema } from "./schedules.ts";

/** Around which schedule: every change of any member concerns it, so it is no `scheduleId`. */
export const chainSchema = z.strictObject({ around: idSchema });

/** A schedule of a chain. Times are ISO. */
export interface ChainNode {
  scheduleId: string;
  name: string;
  /** `gone`: deleted, or there is none of that id any more. */
  status: Exclude<ScheduleStatus, "deleted"> | "gone";
  /** What else than the others starts it, in words; null where nothing does. */
  when: string | null;
  nextRunTime: string | null;
  /** Its newest run that is no backfill's. */
  lastRun: {
    runId: string;
    status: RunStatus;
    warning: boolean;
    error: string | null;
    createdAt: string;
    startedAt: string | null;
    completedAt: string | null;
  } | null;
  /** Why it did not run when the one before it last ended; null where it did, or nothing has ended yet. */
  stopped: {
    by: string;
    state: LinkState;
    /** How that one has ended; null where it did not run itself. */
    outcome: RunStatus | null;
    reason: OmissionReason | null;
    runId: string | null;
    at: string;
  } | null;
}

/** `to` runs after `from`. */
export interface ChainEdge {
  from: string;
  to: string;
  outcome: AfterOutcome;
  delayMs: number;
  /** What came of it when `from` last ended. */
  state: LinkState;
  /** The run that it has started. */
  runId: string | null;
  /** ISO: when the delay is over. */
  waitsUntil: string | null;
}

/** All schedules that come after each other, by however many others, around one of them. */
export interface Chain {
  nodes: ChainNode[];
  edges: ChainEdge[];
  /** Whether there are more than are shown. */
  more: boolean;
}
