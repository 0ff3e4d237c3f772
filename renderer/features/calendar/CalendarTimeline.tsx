import { Button } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { CalendarRange } from "../../../shared/api/calendars.ts";
import type { Span } from "../../components/timeline/scale.ts";
import { Timeline, type TimelineLane } from "../../components/timeline/Timeline.tsx";
import { plural } from "../../format/numbers.ts";
import { clockTime, localDate, shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { type CalendarItem, calendarItems, timelineItem } from "../timeline/rangeItems.ts";
import { readSpan } from "../timeline/readSpan.ts";
import { useCalendarRange } from "../timeline/useCalendarRange.ts";
import classes from "./Calendar.module.css";
import { hasOutcome, isFiltered } from "./CalendarFilters.tsx";
import { addDays, collisionsOf, countsOf, type Lane, lanesOf, slotAt, startOfDay } from "./calendarModel.ts";
import { Counts } from "./MonthView.tsx";
import { askToMove, hasMenu, isPlanned, type PlannedItem, PlannedMenu } from "./PlannedMenu.tsx";
import { Legend, NothingThere, Reading, type ViewProps } from "./Reading.tsx";
import { rangeFilter } from "./readInput.ts";

/** More runs, or planned times, than this in one view are counted and not listed. */
const limit = 5000;
/** Of more lanes, those with nothing in view go: what is zoomed into would be lost between them. */
const mostThatStay = 200;
const none: readonly Lane[] = [];

/** A day or a week as lanes, one a schedule, that zoom from a minute to a year. */
export function CalendarTimeline(
  props: ViewProps & {
    dates: readonly string[];
    now: number;
    /** Told the first and last date in view once zooming and moving rest. */
    onDates: (first: string, last: string) => void;
  },
) {
  const { dates, search, onDates } = props;
  const format = useTimeFormat();
  const [first, last] = [dates[0] ?? "", dates.at(-1) ?? ""];
  const whole = useMemo(
    () => ({ from: startOfDay(first).getTime(), to: startOfDay(addDays(last, 1)).getTime() }),
    [first, last],
  );
  const [seen, setSeen] = useState<{ of: Span; view: Span }>({ of: whole, view: whole });
  // What the whole of it has, which is read first: a zoom into it takes no lane away, and is not said to match nothing.
  const of = `${whole.from} ${JSON.stringify(search)}`;
  const [known, setKnown] = useState<{ of: string; lanes: readonly Lane[] }>({ of: "", lanes: [] });
  const onWhole = useCallback((lanes: readonly Lane[]) => setKnown({ of, lanes }), [of]);
  const { zone } = format;
  const onView = useCallback(
    (view: Span) => {
      setSeen({ of: whole, view });
      onDates(localDate(view.from, zone), localDate(view.to - 1, zone));
    },
    [whole, onDates, zone],
  );
  const read = readSpan(seen.of === whole && known.of === of ? seen.view : whole, whole);
  const reading = useCalendarRange({
    from: new Date(read.from).toISOString(),
    to: new Date(read.to).toISOString(),
    zone: format.zone,
    limit,
    ...rangeFilter(search),
  });
  // Other dates, or other filters, are another calendar; a zoom into this one stays where it is while it is read.
  return (
    <Reading reading={reading} calm={seen.of === whole}>
      {(range) => (
        <Read
          {...props}
          {...{ range, whole, of, onView, onWhole }}
          complete={reading.query.isPlaceholderData ? undefined : read}
          known={known.of === of ? known.lanes : none}
        />
      )}
    </Reading>
  );
}

type LanesProps = ViewProps & {
  dates: readonly string[];
  now: number;
  range: CalendarRange;
  whole: Span;
  /** Names the dates and the filters. */
  of: string;
  /** What was read; undefined while that is of something else. */
  complete: Span | undefined;
  /** The lanes of the whole, as far as they are known. */
  known: readonly Lane[];
  onView: (view: Span) => void;
  /** Told the lanes of the whole. */
  onWhole: (lanes: readonly Lane[]) => void;
};

/**
 * What was read, in order of time. Thousands of items are made, laid in lanes and measured in turns, with frames in between:
 * a calendar that is read again while somebody zooms must not stand still for it.
 */
function Read(props: LanesProps) {
  const { range, search, complete, of } = props;
  const shown = useDeferredValue(useMemo(() => ({ range, complete, of }), [range, complete, of]));
  const items = useMemo(() => calendarItems(shown.range).filter(hasOutcome(search)), [shown.range, search]);
  // Of other dates, or other filters, than are asked for by now nothing is known to be complete.
  return <Lanes {...props} range={shown.range} items={items} complete={shown.of === of ? shown.complete : undefined} />;
}

function Lanes(props: LanesProps & { items: readonly CalendarItem[] }) {
  const { range, items, search, now, whole, complete, known, onWhole } = props;
  const format = useTimeFormat();
  const isRunning = items.some(({ outcome }) => outcome === "running");
  const until = isRunning ? now : 0;
  const order = useKeptOrder(props.of);
  const isWhole = complete === whole;
  const staying = isWhole || known.length > mostThatStay ? none : known;
  const lanes = useMemo(() => lanesOf(items, order.current, staying), [items, order, staying]);
  useEffect(() => {
    order.current = lanes.map(({ key }) => key);
  }, [lanes, order]);
  useEffect(() => {
    if (isWhole) onWhole(lanes);
  }, [isWhole, lanes, onWhole]);
  const drawn = useMemo(
    (): TimelineLane[] =>
      lanes.map(({ key, name, scheduleId, items: own }) => ({
        key,
        name,
        label:
          scheduleId === null ? (
            <span className="ellipsis dim">{name}</span>
          ) : (
            <Link to="/schedules/$id" params={{ id: scheduleId }} className={`quietLink ellipsis ${classes.laneName}`}>
              {name}
            </Link>
          ),
        items: own.map((item) => timelineItem(item, until)),
      })),
    [lanes, until],
  );
  const isDay = props.dates.length === 1;
  const router = useRouter();
  const stepMinutes = isDay ? 15 : 60;
  // What has passed cannot be planned any more: the next step can.
  const slotOf = (at: number) => slotAt(Math.max(at, now + stepMinutes * 60_000), format.zone, stepMinutes);
  const onEmpty = (at: number) => {
    if (at > now) router.navigate({ to: "/schedules/new", search: { at: slotOf(at) } });
  };
  const [menu, setMenu] = useState<{ item: PlannedItem; near: DOMRect } | null>(null);
  const onMenu = useCallback(
    (key: string, near: DOMRect) => {
      const item = items.find((each) => each.key === key);
      if (hasMenu(item)) setMenu({ item, near });
    },
    [items],
  );
  const onDrop = (key: string, to: number) => {
    const item = items.find((each) => each.key === key);
    if (isPlanned(item) && to !== item.at) askToMove(item, to);
  };
  const collisions = useMemo(() => collisionsOf(items).slice(0, 4), [items]);
  const only = lanes.length === 1 ? lanes[0]?.scheduleId : undefined;
  if (lanes.length === 0 && isWhole) {
    return <NothingThere period={isDay ? "on this day" : "in this week"} search={search} onClear={props.onClear} />;
  }
  return (
    <>
      <p className={classes.collisions}>
        <Counts counts={countsOf(items)} most={4} />
        {range.partly > 0 && (
          <span
            className={classes.collision}
            data-tip={
              "There is too much to draw all of it apart: the rest of these is in Other schedules.\nSearch or filter to see all of them."
            }
          >
            {plural(range.partly, "lane")} drawn in part
          </span>
        )}
        {collisions.map(({ at, schedules }) => (
          <span key={at} className={classes.collision} data-tip={schedules.slice(0, 14).join("\n")}>
            {plural(schedules.length, "schedule")} at {isDay ? "" : `${shortDate(at, now, format)} `}
            {clockTime(at, format)}
          </span>
        ))}
      </p>
      <div className={classes.timeline}>
        <Timeline
          label={isDay ? "Schedules of the day" : "Schedules of the week"}
          lanes={drawn}
          span={whole}
          format={format}
          now={now}
          onView={props.onView}
          complete={complete}
          onEmpty={onEmpty}
          onDrop={onDrop}
          onMenu={onMenu}
          fills
          corner={
            <span className="ellipsis">
              {plural(lanes.length, isFiltered(search) ? "match" : "lane", isFiltered(search) ? "matches" : "lanes")}
            </span>
          }
          actionsFor={({ from, to }) => {
            const stretch = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
            return (
              <>
                {from < now && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    renderRoot={(button) => <Link to="/runs" search={stretch} {...button} />}
                  >
                    Runs of this time
                  </Button>
                )}
                {to > now && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    renderRoot={(button) => <Link to="/schedules/new" search={{ at: slotOf(from) }} {...button} />}
                  >
                    New schedule then
                  </Button>
                )}
                {only != null && from < now && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    renderRoot={(button) => (
                      <Link to="/schedules/$id/backfill" params={{ id: only }} search={stretch} {...button} />
                    )}
                  >
                    Backfill this time
                  </Button>
                )}
              </>
            );
          }}
        />
      </div>
      <Legend outcomes={new Set(items.map(({ outcome }) => outcome))} />
      {menu !== null && <PlannedMenu {...menu} onClose={() => setMenu(null)} />}
    </>
  );
}

/** The order that lanes had, forgotten with what they are of. */
function useKeptOrder(of: string) {
  const kept = useRef<{ of: string; order: { current: readonly string[] } }>({ of, order: { current: [] } });
  if (kept.current.of !== of) kept.current = { of, order: { current: [] } };
  return kept.current.order;
}
