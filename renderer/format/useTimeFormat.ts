import { useSyncExternalStore } from "react";
import type { TimeFormat } from "./time.ts";

/** Which clock this reader wants: the locale's, or one of their own choice. */
export type ClockChoice = "auto" | "12" | "24";

const storageKey = "almanac-clock";
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// One for the whole page: a screen of rows has hundreds of times on it.
const listeners = new Set<() => void>();
let choice = readChoice();
let format = formatOf(choice);

function readChoice(): ClockChoice {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(storageKey) ?? "null");
    return stored === "12" || stored === "24" ? stored : "auto";
  } catch {
    return "auto";
  }
}

function formatOf(clock: ClockChoice): TimeFormat {
  return {
    locale: navigator.language,
    zone: ownZone,
    ...(clock === "auto" ? {} : { hour12: clock === "12" }),
  };
}

function take(next: ClockChoice): void {
  if (next === choice) return;
  choice = next;
  format = formatOf(next);
  for (const listener of listeners) listener();
}

function chooseClock(next: ClockChoice): void {
  try {
    window.localStorage.setItem(storageKey, JSON.stringify(next));
  } catch {
    // Where nothing can be kept it holds for this page.
  }
  take(next);
}

// Another window of the same browser.
window.addEventListener("storage", (event) => {
  if (event.key === storageKey || event.key === null) take(readChoice());
});

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useClockChoice(): [ClockChoice, (next: ClockChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), chooseClock];
}

/** How this reader reads times just now: their locale, their zone, their clock. */
export const timeFormat = (): TimeFormat => format;

/** The same where it is drawn, and drawn anew when it changes. */
export const useTimeFormat = (): TimeFormat => useSyncExternalStore(subscribe, timeFormat);
