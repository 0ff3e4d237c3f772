import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { HeatDay, ScheduleRow } from "../../../shared/api/schedules.ts";
import { client, trpc } from "../../api/client.ts";
import { YearHeatmap } from "../../components/outcomes/YearHeatmap.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { useMinute } from "../../format/ticker.ts";
import { localDate, shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import type { Stretch } from "./stretch.ts";

const dayMs = 86_400_000;
const defaultKeptDays = 90;

/** A year of a schedule; a click on a day, or a drag over several, narrows the list to their runs. */
export function HeatYear({ row, onStretch }: { row: ScheduleRow; onStretch: (stretch: Stretch) => void }) {
  const { scheduleId, createdAt } = row;
  const format = useTimeFormat();
  const { data: settings } = useQuery(trpc.system.settings.queryOptions());
  const now = useMinute();
  const [chosen, setChosen] = useState<number | null>(null);
  const year = chosen ?? new Date(now).getFullYear();
  const query = useQuery({
    ...trpc.schedules.heatmap.queryOptions({ scheduleId, year }),
    placeholderData: (before) => before,
  });
  if (query.error !== null && query.data === undefined) {
    return <ErrorState error={query.error} title="The year could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows rows={5} />;
  const { zone, days } = query.data;
  const today = localDate(now, zone);

  const open = async (first: string, last: string) => {
    // The engine knows when a day begins in the schedule's zone; a day and more on either side holds any zone's.
    try {
      const found = await client.backfills.days.query({
        scheduleId,
        from: new Date(Date.parse(first) - dayMs).toISOString(),
        to: new Date(Date.parse(last) + 2 * dayMs).toISOString(),
      });
      const from = found.find((day) => day.date === first)?.from;
      // Days to come are not among them: a drag into the future ends today.
      const to = found.findLast((day) => day.date <= last)?.to;
      if (from !== undefined && to !== undefined) onStretch({ from, to });
    } catch (error) {
      notifyError(error);
    }
  };
  const kept = settings?.["retentionDays"];
  const keptFrom = settings === undefined ? 0 : now - (typeof kept === "number" ? kept : defaultKeptDays) * dayMs;
  const forgotten = Date.parse(createdAt) < keptFrom && new Date(keptFrom).getFullYear() >= year;
  // What was due on a day that has passed shows as what became of it, or not at all: before the schedule was made. One
  // that is paused or has ended plans nothing.
  const plans = row.status === "active";
  return (
    <>
      <YearHeatmap
        year={year}
        days={(days as HeatDay[]).map((day) => (plans && day.date >= today ? day : { ...day, planned: 0 }))}
        today={today}
        onYear={setChosen}
        onDay={(date) => open(date, date)}
        onRange={open}
        dayHint="Click for the runs of this day; drag for several"
      />
      {forgotten && (
        <p className="dim">
          Runs before {shortDate(keptFrom, now, format)} are no longer kept; Settings says for how long they are.
        </p>
      )}
    </>
  );
}
