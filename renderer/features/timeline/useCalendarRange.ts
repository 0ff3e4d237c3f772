import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { CalendarMonth, CalendarRange } from "../../../shared/api/calendars.ts";
import { client, queryClient } from "../../api/client.ts";
import { readTold, type Told } from "./readTold.ts";

export type RangeInput = Parameters<typeof client.calendarView.between.subscribe>[0];

export type MonthInput = Parameters<typeof client.calendarView.month.subscribe>[0];

/** A range of the calendar, how much of it is read (0 to 1), and the way to stop that. Going elsewhere stops it too. */
export function useCalendarRange(input: RangeInput, options: { enabled?: boolean; calm?: string } = {}) {
  // Changes find it by the path of its call, as they find every other query; a calm one is read again when `calm` changes.
  const path = options.calm === undefined ? ["calendarView", "between"] : ["calm", options.calm];
  return useReading<CalendarRange>(
    readingOf<CalendarRange>([path, { input }], (told) => client.calendarView.between.subscribe(input, told)),
    options.enabled,
  );
}

const monthOf = (input: MonthInput) =>
  readingOf<CalendarMonth>([["calendarView", "month"], { input }], (told) =>
    client.calendarView.month.subscribe(input, told),
  );

/** A range by days, as {@link useCalendarRange} reads one. */
export const useCalendarMonth = (input: MonthInput) => useReading(monthOf(input));

/** Begins to read what {@link useCalendarMonth} is about to ask for. */
export const readMonthAhead = (input: MonthInput): Promise<void> => queryClient.prefetchQuery(monthOf(input));

/** How much is read of what is being read, whoever began to. */
const progress = new Map<string, number>();
const listeners = new Set<() => void>();
const onProgress = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function readingOf<T extends object>(
  queryKey: readonly [path: string[], options: { input: unknown }],
  subscribe: (told: Told<T>) => { unsubscribe: () => void },
) {
  const name = JSON.stringify(queryKey);
  const tell = (done: number): void => {
    progress.set(name, done);
    for (const listener of listeners) listener();
  };
  return {
    queryKey,
    queryFn: ({ signal }: { signal: AbortSignal }): Promise<T> => {
      tell(0);
      return readTold(subscribe, signal, tell).finally(() => progress.delete(name));
    },
    // One item that differs has all of it laid out anew: to look for the same ones among thousands brings nothing.
    structuralSharing: false as const,
  };
}

function useReading<T extends object>(reading: ReturnType<typeof readingOf<T>>, enabled = true) {
  const { queryKey } = reading;
  const name = JSON.stringify(queryKey);
  const done = useSyncExternalStore(onProgress, () => progress.get(name) ?? 0);
  const query = useQuery({ ...reading, placeholderData: keepPreviousData, enabled });
  return { query, done, stop: (): Promise<void> => queryClient.cancelQueries({ queryKey }) };
}

/** What is shown of a reading that may take a while. */
export type CalendarReadingState<T extends object> = ReturnType<typeof useReading<T>>;
