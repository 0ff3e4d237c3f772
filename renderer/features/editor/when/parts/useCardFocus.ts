import { useEffect, useRef } from "react";
import type { Card } from "../../model/draft.ts";

/**
 * Keeps the focus where the work is: on a card that was just put in, and beside one that was taken away, which would
 * otherwise take the focus with it.
 */
export function useCardFocus(cards: readonly Card[]) {
  const section = useRef<HTMLElement>(null);
  const before = useRef(cards);
  useEffect(() => {
    const old = before.current;
    before.current = cards;
    if (old === cards || section.current === null) return;
    const titles = section.current.querySelectorAll<HTMLElement>("h3[tabindex]");
    const added = cards.findIndex((card) => !old.some(({ id }) => id === card.id));
    const lost = document.activeElement === null || document.activeElement === document.body;
    // What splits a card in two goes on in the first.
    if (added >= 0 && (lost || section.current.querySelector("[data-adds]:focus-within") !== null)) {
      titles[added]?.focus();
    } else if (lost && cards.length < old.length) {
      const gone = old.findIndex((card) => !cards.some(({ id }) => id === card.id));
      const next = titles[Math.min(gone, cards.length - 1)];
      (next ?? section.current.querySelector<HTMLElement>("[data-adds] button"))?.focus();
    }
  }, [cards]);
  return section;
}
