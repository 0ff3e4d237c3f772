import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CalendarMonth, CalendarRange, CalendarReading } from "../../../shared/api/calendars.ts";
import { client, queryClient } from "../../api/client.ts";

export type RangeInput = Parameters<typeof client.calendarView.between.subscribe>[0];

type MonthInput = Parameters<typeof client.calendarView.month.subscribe>[0];

/** A range of the calendar, how much of it is read (0 to 1), and the way to stop that. Going elsewhere stops it too. */
export function useCalendarRange(input: RangeInput, options: { enabled?: boolean; calm?: string } = {}) {
  // Changes find it by the path of its call, as they find every other query; a calm one is read again when `calm` changes.
  const path = options.calm === undefined ? ["calendarView", "between"] : ["calm", options.calm];
  return useReading<CalendarRange>(
    [path, { input }],
    (told) => client.calendarView.between.subscribe(input, told),
    options.enabled,
  );
}

/** A range by days, as {@link useCalendarRange} reads one. */
export const useCalendarMonth = (input: MonthInput) =>
  useReading<CalendarMonth>([["calendarView", "month"], { input }], (told) =>
    client.calendarView.month.subscribe(input, told),
  );

function useReading<T>(
  queryKey: readonly [path: string[], options: { input: unknown }],
  subscribe: (told: { onData: (data: CalendarReading<T>) => void; onError: (error: unknown) => void }) => {
    unsubscribe: () => void;
  },
  enabled = true,
) {
  const [done, setDone] = useState(0);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      new Promise<T>((resolve, reject) => {
        setDone(0);
        const reading = subscribe({
          onData: (told) => ("range" in told ? resolve(told.range) : setDone(told.done)),
          onError: reject,
        });
        signal.addEventListener("abort", () => {
          reading.unsubscribe();
          reject(signal.reason);
        });
      }),
    placeholderData: keepPreviousData,
    enabled,
  });
  return { query, done, stop: (): Promise<void> => queryClient.cancelQueries({ queryKey }) };
}

/** What is shown of a reading that may take a while. */
export type CalendarReadingState<T> = ReturnType<typeof useReading<T>>;
