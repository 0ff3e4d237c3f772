import type { Card } from "./draft.ts";
import { unfinished } from "./entry.ts";

/** What a card still lacks, where a choice was begun and nothing is chosen yet; null where it is whole. */
export function lackingOf(card: Card): string | null {
  if (card.kind === "calendar") return unfinished(card.value);
  const isOpen = card.kind === "on" && "after" in card.value && card.value.after.scheduleId === "";
  return isOpen ? "Choose the schedule that it comes after." : null;
}
