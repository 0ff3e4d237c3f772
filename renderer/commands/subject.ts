import { useEffect, useRef, useSyncExternalStore } from "react";
import type { RunRow } from "../../shared/api/runs.ts";
import type { ListedSchedule, ScheduleRow } from "../../shared/api/schedules.ts";
import { type Recent, remember } from "./recents.ts";

/** What commands need of a schedule: a row of the list has it, and so has its page. */
export type ScheduleSubject = Pick<
  ListedSchedule,
  "scheduleId" | "name" | "status" | "nextRunTime" | "lastRunAt" | "timezone"
>;

/** What the page is about: its commands have their keys everywhere on it. */
export type Subject = { kind: "schedule"; row: ScheduleRow } | { kind: "run"; run: RunRow };

let subject: Subject | null = null;
const listeners = new Set<() => void>();

function set(next: Subject | null): void {
  subject = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Says what this page is about while it is shown; null until that has been read. */
export function useSubject(next: Subject | null): void {
  const recent = next === null ? null : recentOf(next);
  const key = recent === null ? "" : JSON.stringify(recent);
  const latest = useRef(recent);
  latest.current = recent;
  useEffect(() => set(next), [next]);
  useEffect(() => () => set(null), []);
  useEffect(() => {
    if (key !== "" && latest.current !== null) remember(latest.current);
  }, [key]);
}

export const useCurrentSubject = (): Subject | null => useSyncExternalStore(subscribe, () => subject);

export const nameOf = (of: Subject): string =>
  of.kind === "schedule" ? of.row.name : `run of ${of.run.scheduleName ?? of.run.workflowName}`;

const recentOf = (of: Subject): Recent =>
  of.kind === "schedule"
    ? { kind: "schedule", id: of.row.scheduleId, label: of.row.name }
    : {
        kind: "run",
        id: of.run.runId,
        label: `Run of ${of.run.scheduleName ?? of.run.workflowName}`,
        at: Date.parse(of.run.scheduledTime ?? of.run.createdAt),
      };
