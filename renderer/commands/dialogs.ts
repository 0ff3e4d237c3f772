import { useSyncExternalStore } from "react";
import type { RunRow } from "../../shared/api/runs.ts";
import type { ScheduleRow } from "../../shared/api/schedules.ts";

/** A dialog that a command opens, over whatever page it was given on. */
export type CommandDialog =
  | { kind: "shortcuts" }
  /** `find`: looks at once for what the person has scheduled by other programs. */
  | { kind: "import"; find?: true }
  | { kind: "pause"; row: ScheduleRow }
  | { kind: "asOf"; row: ScheduleRow }
  | { kind: "cancel"; run: RunRow };

let opened: CommandDialog | null = null;
const listeners = new Set<() => void>();

export function openDialog(next: CommandDialog | null): void {
  opened = next;
  for (const listener of listeners) listener();
}

export const useOpenedDialog = (): CommandDialog | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => opened,
  );
