import type { NotificationRule } from "../../../shared/domain/notifications.ts";
import { parseDuration } from "../../../shared/schedule/texts/duration.ts";
import type { EndedRecord, Engine } from "../../engine/contract.ts";
import { sqliteCode } from "../../storage/sqlite.ts";
import type { NewActivity } from "../../storage/tables/activity.ts";
import type { NotificationStore } from "../../storage/tables/notifications.ts";
import type { ScheduleStore } from "../../storage/tables/schedules.ts";
import { type Change, isAbout, isNothing, nothingTold, type RuleState, step } from "./rules.ts";

export interface RecorderParts {
  engine: Pick<Engine, "write" | "getSettings">;
  store: NotificationStore;
  schedules: Pick<ScheduleStore, "get">;
  /** Why a run failed, as its row says it (JSON). */
  errorOf(runId: string): string | null;
  now(): number;
  report(error: unknown): void;
}

/**
 * Writes what rules tell of, in the transaction that records the change: it is told if and only if the change is there,
 * whenever the process ends. Nothing is sent here.
 */
export function createRecorder({ engine, store, schedules, errorOf, now, report }: RecorderParts) {
  let known: { version: number; rules: NotificationRule[] } | null = null;
  /** A write of another process counts up the version, and a transaction that is undone does not leave its own behind. */
  const rules = (): NotificationRule[] => {
    const version = store.version();
    if (known?.version !== version) known = { version, rules: store.rules().filter(({ enabled }) => enabled) };
    return known.rules;
  };

  const record = (
    scheduleId: string,
    change: Change,
    at: number,
    more: { runId: string | null; details: () => Record<string, unknown> },
  ): void => {
    const kept = store.states(scheduleId);
    // Most runs complete, and nothing was told before.
    if (change.kind === "completed" && kept.length === 0) return;
    const schedule = schedules.get(scheduleId);
    if (schedule === undefined) return;
    const about = { id: scheduleId, tags: JSON.parse(schedule.tags) as string[] };
    for (const rule of rules()) {
      if (!isAbout(rule, about)) continue;
      const text = kept.find(({ ruleName }) => ruleName === rule.name)?.state;
      const before = text === undefined ? nothingTold : { ...nothingTold, ...(JSON.parse(text) as RuleState) };
      const { state, told } = step(rule, before, change);
      const after = isNothing(state) ? null : JSON.stringify(state);
      const goesOn = change.kind === "missed" && told.length === 0;
      if (after === (text ?? null) && told.length === 0 && !goesOn) continue;
      engine.write("notices", () => {
        store.putState(scheduleId, rule.name, after);
        // More of the same before it is told: the message says all.
        if (goesOn) store.addToMissed(rule.name, scheduleId, Number(more.details()["count"] ?? 1));
        for (const event of told) {
          const details = JSON.stringify(more.details());
          store.addNotice({ ruleName: rule.name, scheduleId, runId: more.runId, event, details, at });
        }
      });
    }
  };

  /** A fault of our own costs no firing; one of the disk undoes the change with all that belongs to it. */
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (sqliteCode(error) !== null) throw error;
      report(error);
    }
  };

  const followers: Parameters<Engine["follow"]>[0] = {
    runEnded({ run, status, at }: EndedRecord) {
      const { scheduleId, id: runId } = run;
      if (scheduleId === null || run.backfillId !== null) return;
      guarded(() => {
        if (status === "completed")
          record(scheduleId, { kind: "completed", runId }, at, { runId, details: () => ({}) });
        if (status !== "failed") return;
        const failuresInARow = schedules.get(scheduleId)?.consecutiveFailures ?? 1;
        record(scheduleId, { kind: "failed", runId, failuresInARow }, at, {
          runId,
          details: () => ({ failuresInARow, error: errorIn(errorOf(runId)) }),
        });
      });
    },
    activity({ scheduleId, kind, runId = null, at, actor, details = {} }: NewActivity) {
      if (scheduleId === null) return;
      const change = changeOf(kind, runId, actor);
      if (change === null) return;
      guarded(() => {
        const full: Change =
          change === "missed"
            ? { kind: "missed", at, lastRunAt: schedules.get(scheduleId)?.lastRunAt ?? null }
            : change;
        record(scheduleId, full, at, { runId, details: () => details });
      });
    },
  };

  /** Looks which rules have runs that wait for longer than they say; told once until none does. As owner. */
  const lookAtWaiting = (): void => {
    for (const rule of store.rules()) {
      if (!rule.enabled || !rule.events.includes("queued")) continue;
      const waiting = store
        .waiting(now() - parseDuration(rule.queuedAfter))
        .filter(({ scheduleId }) => isAbout(rule, { id: scheduleId, tags: tagsOf(schedules, scheduleId) }));
      const [first] = waiting;
      if ((first !== undefined) === rule.queued) continue;
      engine.write("notices", () => {
        store.setQueued(rule.name, first !== undefined);
        if (first === undefined) return;
        const details = {
          count: waiting.reduce((sum, { count }) => sum + count, 0),
          queuedAfter: rule.queuedAfter,
          runsAtOnce: engine.getSettings()["runsAtOnce"],
        };
        store.addNotice({
          ruleName: rule.name,
          scheduleId: null,
          runId: first.runId,
          event: "queued",
          details: JSON.stringify(details),
          at: now(),
        });
      });
    }
  };
  return { followers, lookAtWaiting };
}

function changeOf(kind: NewActivity["kind"], runId: string | null, actor: string): Change | "missed" | null {
  if (kind === "missed") return "missed";
  if (kind === "paused" && actor === "failures") return { kind: "paused" };
  if (runId === null) return null;
  if (kind === "slow" || kind === "overdue" || kind === "late_result") return { kind, runId };
  return kind === "recovered" ? { kind: "interrupted", runId } : null;
}

const tagsOf = (schedules: Pick<ScheduleStore, "get">, scheduleId: string): string[] =>
  JSON.parse(schedules.get(scheduleId)?.tags ?? "[]") as string[];

function errorIn(text: string | null): unknown {
  const error: unknown = text === null ? null : JSON.parse(text);
  return typeof error === "object" && error !== null && "message" in error ? { message: error.message } : null;
}
