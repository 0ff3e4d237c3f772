import type { Card } from "./draft.ts";
import { unfinished } from "./entry.ts";

/** Whether a command is still to be given: a line for the shell, or a program. No schema says that of two fields. */
export function lacksCommand(workflowName: string, input: unknown): boolean {
  if (workflowName !== "shell.command") return false;
  if (typeof input !== "object" || input === null) return true;
  const { command, program } = input as Record<string, unknown>;
  return [command, program].every((text) => text === undefined || (typeof text === "string" && text.trim() === ""));
}

/** What a card still lacks, where a choice was begun and nothing is chosen yet; null where it is whole. */
export function lackingOf(card: Card): string | null {
  if (card.kind === "calendar") return unfinished(card.value);
  const isOpen = card.kind === "on" && "after" in card.value && card.value.after.scheduleId === "";
  return isOpen ? "Choose the schedule that it comes after." : null;
}
