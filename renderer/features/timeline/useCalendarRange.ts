import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CalendarRange } from "../../../shared/api/calendars.ts";
import { client, queryClient } from "../../api/client.ts";

export type RangeInput = Parameters<typeof client.calendarView.between.subscribe>[0];

/** A range of the calendar, how much of it is read (0 to 1), and the way to stop that. Going elsewhere stops it too. */
export function useCalendarRange(input: RangeInput, options: { enabled?: boolean; calm?: string } = {}) {
  const [done, setDone] = useState(0);
  // Changes find it by the path of its call, as they find every other query; a calm one is read again when `calm` changes.
  const path = options.calm === undefined ? ["calendarView", "between"] : ["calm", options.calm];
  const queryKey = [path, { input }] as const;
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      new Promise<CalendarRange>((resolve, reject) => {
        setDone(0);
        const reading = client.calendarView.between.subscribe(input, {
          onData: (told) => ("range" in told ? resolve(told.range as CalendarRange) : setDone(told.done)),
          onError: reject,
        });
        signal.addEventListener("abort", () => {
          reading.unsubscribe();
          reject(signal.reason);
        });
      }),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  });
  return { query, done, stop: () => queryClient.cancelQueries({ queryKey }) };
}
