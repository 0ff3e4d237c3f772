import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo, useCallback, useMemo, useState } from "react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import type { TimelineItem } from "../../../components/timeline/layout.ts";
import { type Span, usualLimits } from "../../../components/timeline/scale.ts";
import { Timeline, type TimelineLane } from "../../../components/timeline/Timeline.tsx";
import { count, plural } from "../../../format/numbers.ts";
import { useMinute } from "../../../format/ticker.ts";
import { clockTime, localDate, type TimeFormat, zoneShortName } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import { calendarItems, timelineItem } from "../../timeline/rangeItems.ts";
import { readSpan } from "../../timeline/readSpan.ts";
import { useCalendarRange } from "../../timeline/useCalendarRange.ts";
import classes from "../Schedules.module.css";

const dayMs = 86_400_000;
/** With more schedules than this, what each does is read only once somebody looks closer. */
const readAtOnce = 500;
const limit = 2000;

type Next24h = ScheduleSummary["next24h"];

/** What runs in the next 24 hours, and further: the rare as marks, the frequent as a band; the present moment at the left. */
export const NextDayStrip = memo(function NextDayStrip({ next24h, active }: { next24h: Next24h; active: number }) {
  const format = useTimeFormat();
  const now = useMinute();
  const from = Date.parse(next24h.from);
  const whole = useMemo(() => ({ from, to: from + dayMs }), [from]);
  const limits = useMemo(() => ({ ...usualLimits, within: { from, to: from + usualLimits.mostMs } }), [from]);
  const [seen, setSeen] = useState<Span | null>(null);
  const onView = useCallback((view: Span) => setSeen(view), []);
  const view = seen === null || seen.from < from ? whole : seen;
  const isCloser = view.to - view.from !== dayMs;
  const read = readSpan(view, whole);
  const { query } = useCalendarRange(
    {
      from: new Date(Math.max(from, read.from)).toISOString(),
      to: new Date(read.to).toISOString(),
      zone: format.zone,
      limit,
    },
    // The counts change with what is planned, and with nothing else.
    { calm: stampOf(next24h), enabled: active <= readAtOnce || isCloser },
  );
  const range = active <= readAtOnce || isCloser ? query.data : undefined;
  const lanes = useMemo((): TimelineLane[] => {
    const items =
      range === undefined ? countedItems(next24h) : calendarItems(range).map((item) => timelineItem(item, now));
    return [{ key: "next", name: "Next runs", items }];
  }, [range, next24h, now]);
  const zoneName = zoneShortName(now, format);
  return (
    <Timeline
      label="Next 24 hours"
      lanes={lanes}
      span={whole}
      limits={limits}
      format={format}
      now={now}
      onView={onView}
      complete={range === undefined || query.isPlaceholderData ? undefined : read}
      strip
      laneHeight={48}
      corner={
        <span className={classes.nextNow}>
          {range === undefined && <Busiest next24h={next24h} format={format} />}
          now <time>{clockTime(now, format)}</time> {zoneName}
        </span>
      }
      actionsFor={(chosen) => (
        <Button
          size="compact-xs"
          variant="default"
          renderRoot={(button) => (
            <Link to="/calendar" search={{ view: "day", date: localDate(chosen.from, format.zone) }} {...button} />
          )}
        >
          Show in Calendar
        </Button>
      )}
    />
  );
});

/** Of more schedules than are told apart: when the most of them run, which is what one may want to spread. */
function Busiest({ next24h, format }: { next24h: Next24h; format: TimeFormat }) {
  const { from, bucketMinutes, counts, frequent } = next24h;
  const all = counts.map((rare, index) => rare + (frequent.counts[index] ?? 0));
  const most = Math.max(...all);
  const sum = all.reduce((total, each) => total + each, 0);
  if (sum === 0) return null;
  const at = Date.parse(from) + all.indexOf(most) * bucketMinutes * 60_000;
  return (
    <span
      className={classes.busiest}
      data-tip={`${plural(sum, "run")} in 24 hours, most of them from ${clockTime(at, format)} on: ${count(most)} in ${bucketMinutes} min`}
    >
      most at <time>{clockTime(at, format)}</time>
    </span>
  );
}

/** Changes with what is planned, not with time. */
function stampOf({ from, counts, frequent }: Next24h): string {
  return `${from} ${counts.join()} ${frequent.counts.join()}`;
}

/** Before the schedules themselves are known, or where they are too many: how often something fires. */
function countedItems({ from, bucketMinutes, counts, frequent }: Next24h): TimelineItem[] {
  const stretchMs = bucketMinutes * 60_000;
  return counts.flatMap((rare, index) => {
    const count = rare + (frequent.counts[index] ?? 0);
    const at = Date.parse(from) + index * stretchMs;
    return count === 0
      ? []
      : [
          {
            key: String(index),
            source: "all",
            at,
            to: at,
            outcome: "planned" as const,
            count,
            stretchMs,
            label: "Schedules",
          },
        ];
  });
}
