import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import type { Span } from "../../components/timeline/scale.ts";
import { Timeline, type TimelineLane } from "../../components/timeline/Timeline.tsx";
import { useMinute } from "../../format/ticker.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { calendarItems, timelineItem } from "../timeline/rangeItems.ts";
import { readSpan } from "../timeline/readSpan.ts";
import { useCalendarRange } from "../timeline/useCalendarRange.ts";
import { fittingSpan } from "./fittingSpan.ts";
import type { Stretch } from "./stretch.ts";

const limit = 5000;

/** A schedule's runs over time, past and planned; a stretch that is dragged over narrows the list below, or is backfilled. */
export function ScheduleTimeline({ row, onStretch }: { row: ScheduleRow; onStretch: (stretch: Stretch) => void }) {
  const { scheduleId, name } = row;
  const zone = row.spec.timezone ?? "UTC";
  const reader = useTimeFormat();
  const format = useMemo(() => ({ ...reader, zone }), [reader, zone]);
  const now = useMinute();
  // Chosen once: no run moves what is in view.
  const [whole] = useState(() => fittingSpan(row, now));
  const [view, setView] = useState<Span>(whole);
  const onView = useCallback((next: Span) => setView(next), []);
  const read = readSpan(view, whole);
  const { query } = useCalendarRange({
    scheduleId,
    from: new Date(read.from).toISOString(),
    to: new Date(read.to).toISOString(),
    zone,
    limit,
  });
  const range = query.data;
  const lanes = useMemo((): TimelineLane[] => {
    const items = range === undefined ? [] : calendarItems(range);
    return [{ key: scheduleId, name, items: items.map((item) => timelineItem(item, now)) }];
  }, [range, scheduleId, name, now]);
  if (query.error !== null && range === undefined) {
    return <ErrorState error={query.error} title="The timeline could not be read" onRetry={query.refetch} />;
  }
  if (range === undefined) return <LoadingRows rows={2} />;
  return (
    <Timeline
      label={`Runs of ${name}`}
      lanes={lanes}
      span={whole}
      format={format}
      now={now}
      onView={onView}
      complete={query.isPlaceholderData ? undefined : read}
      strip
      laneHeight={72}
      actionsFor={(chosen, done) => {
        const stretch = { from: new Date(chosen.from).toISOString(), to: new Date(chosen.to).toISOString() };
        return (
          <>
            <Button
              size="compact-xs"
              onClick={() => {
                onStretch(stretch);
                done();
              }}
            >
              Show these runs
            </Button>
            {chosen.from < now && (
              <Button
                size="compact-xs"
                variant="default"
                renderRoot={(button) => (
                  <Link to="/schedules/$id/backfill" params={{ id: scheduleId }} search={stretch} {...button} />
                )}
              >
                Backfill this time
              </Button>
            )}
          </>
        );
      }}
    />
  );
}
