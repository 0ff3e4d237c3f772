import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef } from "react";
import { outcomeColor, outcomeNames } from "../../components/outcomes/outcomes.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { count, plural } from "../../format/numbers.ts";
import { clockTime, durationText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Calendar.module.css";
import { addDays, type CalendarDay, type CalendarItem, type Lane, lanesOf, startOfDay } from "./calendarModel.ts";
import { DayCounts } from "./MonthView.tsx";

const laneHeight = 32;

/** A day as swim lanes: one a schedule, runs as long as they took, planned times as outlines, the present as a line. */
export function DayView(props: { day: CalendarDay; now: number; isToday: boolean }) {
  const { day, now } = props;
  const format = useTimeFormat();
  const scroller = useRef<HTMLElement>(null);
  const start = startOfDay(day.date).getTime();
  const end = startOfDay(addDays(day.date, 1)).getTime();
  const lanes = lanesOf(day.items);
  const virtualizer = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => laneHeight,
    overscan: 8,
    useFlushSync: false,
  });
  const place = (at: number) => `${(Math.min(Math.max(at, start), end) - start) / ((end - start) / 100)}%`;
  if (lanes.length === 0) {
    return <EmptyState title="Nothing on this day">No run, nothing planned, nothing missed.</EmptyState>;
  }
  const marks = Array.from({ length: 8 }, (_, index) => start + index * 3 * 3_600_000);
  return (
    <>
      <p className={classes.collisions}>
        <DayCounts day={day} />
        {day.collisions.slice(0, 4).map((collision) => (
          <span key={collision.at} className={classes.collision} data-tip={collision.schedules.slice(0, 14).join("\n")}>
            {plural(collision.schedules.length, "schedule")} at {clockTime(collision.at, format)}
          </span>
        ))}
      </p>
      <section
        ref={scroller}
        className={classes.day}
        aria-label="Schedules of the day"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <div className={classes.laneHead}>
          <span />
          <span className={classes.laneHours}>
            {marks.map((at) => (
              <span key={at} style={{ left: place(at) }}>
                {clockTime(at, format)}
              </span>
            ))}
          </span>
        </div>
        <div className={classes.lanes} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((row) => {
            const lane = lanes[row.index];
            return lane === undefined ? null : (
              <LaneRow
                key={lane.scheduleId ?? lane.name}
                lane={lane}
                top={row.start}
                place={place}
                end={end}
                now={now}
                nowAt={props.isToday ? place(now) : null}
              />
            );
          })}
        </div>
      </section>
    </>
  );
}

function LaneRow(props: {
  lane: Lane;
  top: number;
  place: (at: number) => string;
  end: number;
  now: number;
  nowAt: string | null;
}) {
  const { lane, place } = props;
  // One stop a lane for Tab, at the latest of what it links to; arrow keys move inside.
  const stop = lane.items.findLast(linksTo)?.key;
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const links = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
    const to = links[links.indexOf(event.target as HTMLElement) + by];
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  };
  return (
    <div className={classes.lane} style={{ transform: `translateY(${props.top}px)` }}>
      {lane.scheduleId === null ? (
        <span className={`ellipsis dim ${classes.laneName}`}>{lane.name}</span>
      ) : (
        <Link to="/schedules/$id" params={{ id: lane.scheduleId }} className={`quietLink ellipsis ${classes.laneName}`}>
          {lane.name}
        </Link>
      )}
      <span className={classes.laneTrack} role="group" aria-label={lane.name} onKeyDown={move}>
        {props.nowAt !== null && <span className={classes.nowLine} style={{ left: props.nowAt }} />}
        {lane.items.map((item) => (
          <LaneItem
            key={item.key}
            item={item}
            place={place}
            end={props.end}
            now={props.now}
            tabIndex={item.key === stop ? 0 : -1}
          />
        ))}
      </span>
    </div>
  );
}

/** Whether there is a page about it: its run, or the backfill that fills it. */
const linksTo = (item: CalendarItem): boolean =>
  item.runId !== null || (item.scheduleId !== null && (item.outcome === "missed" || item.outcome === "skipped"));

function LaneItem(props: {
  item: CalendarItem;
  place: (at: number) => string;
  end: number;
  now: number;
  tabIndex: number;
}) {
  const { item, place, now } = props;
  const format = useTimeFormat();
  const { stretchMinutes } = item;
  const from = item.ran?.from ?? item.at;
  const to =
    stretchMinutes !== null
      ? from + stretchMinutes * 60_000
      : item.ran === null
        ? from
        : Math.min(item.ran.to ?? now, props.end);
  const word = outcomeNames[item.outcome].toLowerCase();
  const took = item.ran === null ? "" : `, ${durationText(to - from)}`;
  const label =
    stretchMinutes === null
      ? `${clockTime(item.at, format)} ${item.name}: ${word}${took}`
      : `${clockTime(from, format)}–${clockTime(to, format)} ${item.name}: ${count(item.count)} ${word}`;
  const shared = {
    className: classes.bar,
    "data-outcome": item.outcome,
    "data-backfilled": item.backfilled || undefined,
    "data-stretch": stretchMinutes !== null || undefined,
    "data-tip": label,
    "aria-label": label,
    style: {
      left: place(from),
      width: to === from ? undefined : `calc(${place(to)} - ${place(from)})`,
      "--bar": outcomeColor(item.outcome),
    } as React.CSSProperties,
  };
  if (item.runId !== null)
    return <Link to="/runs/$id" params={{ id: item.runId }} tabIndex={props.tabIndex} {...shared} />;
  if (linksTo(item) && item.scheduleId !== null) {
    return <Link to="/schedules/$id/backfill" params={{ id: item.scheduleId }} tabIndex={props.tabIndex} {...shared} />;
  }
  return <span role="img" {...shared} />;
}
