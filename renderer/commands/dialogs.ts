import { useSyncExternalStore } from "react";
import type { ImportFileInput } from "../../shared/api/exchange.ts";
import type { RunRow } from "../../shared/api/runs.ts";
import { rememberFocus } from "../components/page/returnFocus.ts";
import type { PlannedRun } from "../features/schedule/MoveDialog.tsx";
import type { ScheduleSubject } from "./subject.ts";

/** A dialog that a command opens, over whatever page it was given on. */
export type CommandDialog =
  | { kind: "shortcuts" }
  /** `find`: looks at once for what the person has scheduled by other programs; `files`: looks those over at once. */
  | { kind: "import"; find?: true; files?: ImportFileInput[] }
  | { kind: "pause"; row: ScheduleSubject }
  | { kind: "asOf"; row: ScheduleSubject }
  | { kind: "then"; row: ScheduleSubject }
  | { kind: "move"; run: PlannedRun }
  | { kind: "cancel"; run: RunRow };

let opened: CommandDialog | null = null;
const listeners = new Set<() => void>();

let giveFocusBack = () => {};

export function openDialog(next: CommandDialog | null): void {
  if (opened === null) giveFocusBack = rememberFocus();
  if (next === null) giveFocusBack();
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

const paletteAsked = new Set<() => void>();

/** Opens the command palette, wherever one is. */
export function openPalette(): void {
  for (const open of paletteAsked) open();
}

/** Called each time the palette is asked for; gives what ends that. */
export function onPaletteAsked(open: () => void): () => void {
  paletteAsked.add(open);
  return () => paletteAsked.delete(open);
}
