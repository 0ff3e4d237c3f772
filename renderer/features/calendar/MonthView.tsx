import { useElementSize } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { CalendarRange } from "../../../shared/api/calendars.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { worstFirst } from "../../components/timeline/layout.ts";
import { count, plural } from "../../format/numbers.ts";
import { clockTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { calendarItems } from "../timeline/rangeItems.ts";
import { useCalendarRange } from "../timeline/useCalendarRange.ts";
import classes from "./Calendar.module.css";
import { hasOutcome, rangeFilter } from "./CalendarFilters.tsx";
import {
  addDays,
  type CalendarDay,
  type CalendarGroup,
  calendarDays,
  groupsOf,
  linesThatFit,
  startOfDay,
} from "./calendarModel.ts";
import { ItemLink } from "./ItemLink.tsx";
import { Legend, NothingThere, Reading, type ViewProps } from "./Reading.tsx";

const limit = 5000;
const headHeight = 24;
const leastHeight = 84;

/** "20 completed, 2 failed, 4 planned". */
function countsText(day: CalendarDay): string {
  const parts = worstFirst
    .filter((outcome) => (day.counts.get(outcome) ?? 0) > 0)
    .map((outcome) => `${count(day.counts.get(outcome) ?? 0)} ${outcomeNames[outcome].toLowerCase()}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** Outcomes as marks and numbers, worst first, the `most` worst. */
export function Counts({ counts, most }: { counts: CalendarDay["counts"]; most: number }) {
  return (
    <span className={classes.counts}>
      {worstFirst
        .filter((outcome) => (counts.get(outcome) ?? 0) > 0)
        .slice(0, most)
        .map((outcome) => (
          <span key={outcome} className={classes.count}>
            <OutcomeIcon outcome={outcome} size={11} />
            {short(counts.get(outcome) ?? 0)}
            <span className="visuallyHidden"> {outcomeNames[outcome].toLowerCase()}</span>
          </span>
        ))}
    </span>
  );
}

/** A month, read and drawn. */
export function MonthView(props: ViewProps & { dates: readonly string[]; month: string }) {
  const { dates, search } = props;
  const format = useTimeFormat();
  const reading = useCalendarRange({
    from: startOfDay(dates[0] ?? "").toISOString(),
    to: startOfDay(addDays(dates.at(-1) ?? "", 1)).toISOString(),
    zone: format.zone,
    limit,
    ...rangeFilter(search),
  });
  return <Reading reading={reading}>{(range) => <Month {...props} range={range} />}</Reading>;
}

/** Days with their outcomes, first times and collisions; arrow keys move, Enter opens the day, a click what it falls on. */
function Month(props: ViewProps & { dates: readonly string[]; month: string; range: CalendarRange }) {
  const { dates, range, search, month, today } = props;
  const format = useTimeFormat();
  const { ref, height } = useElementSize<HTMLDivElement>();
  const items = useMemo(() => calendarItems(range).filter(hasOutcome(search)), [range, search]);
  const days = useMemo(() => calendarDays(dates, items, format.zone), [dates, items, format.zone]);
  const weeks = days.length / 7;
  const cellHeight = Math.max(leastHeight, Math.floor((height - headHeight) / weeks));
  const isEmpty = items.length === 0;
  return (
    <>
      {isEmpty && (
        <div className={classes.nothing}>
          <NothingThere period="in these weeks" search={search} onClear={props.onClear} />
        </div>
      )}
      {!isEmpty && (
        <div ref={ref} className={classes.monthBox}>
          <Days days={days} month={month} today={today} onDay={props.onDay} cellHeight={cellHeight} />
        </div>
      )}
      <Legend outcomes={new Set(items.map(({ outcome }) => outcome))} />
    </>
  );
}

function Days(props: {
  days: readonly CalendarDay[];
  /** `YYYY-MM`. */
  month: string;
  today: string;
  cellHeight: number;
  onDay: (date: string) => void;
}) {
  const { days, month, today } = props;
  const format = useTimeFormat();
  const grid = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const active = days.some((day) => day.date === focused)
    ? focused
    : (days.find((day) => day.date === today)?.date ?? days.find((day) => day.date.startsWith(month))?.date);

  // Where the weeks are taller than the window, today's is in sight.
  const [firstDate] = days.map(({ date }) => date);
  useLayoutEffect(() => {
    const box = grid.current;
    const cell = box?.querySelector<HTMLElement>(`[data-cell="${today}"]`);
    if (firstDate === undefined || box == null || cell == null) return;
    box.scrollTop = cell.offsetTop - box.offsetTop - box.clientHeight / 2 + cell.clientHeight / 2;
  }, [firstDate, today]);

  const onKeyDown = (event: KeyboardEvent) => {
    const on = (event.target as HTMLElement).closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    const at = days.findIndex((day) => day.date === on);
    const to = new Map([
      ["ArrowLeft", at - 1],
      ["ArrowRight", at + 1],
      ["ArrowUp", at - 7],
      ["ArrowDown", at + 7],
      ["Home", at - (at % 7)],
      ["End", at - (at % 7) + 6],
    ]).get(event.key);
    const day = to === undefined ? undefined : days[to];
    if (day === undefined) return;
    event.preventDefault();
    setFocused(day.date);
    grid.current?.querySelector<HTMLElement>(`[data-date="${day.date}"]`)?.focus();
  };

  return (
    <div
      className={classes.month}
      style={{ gridTemplateRows: `${headHeight}px repeat(${days.length / 7}, minmax(${leastHeight}px, 1fr))` }}
      ref={grid}
      onKeyDown={onKeyDown}
      role="group"
      aria-label="Days"
    >
      {days.slice(0, 7).map((day) => (
        <div key={day.date} className={classes.weekday} aria-hidden="true">
          {new Intl.DateTimeFormat(format.locale, { weekday: "short", timeZone: "UTC" }).format(Date.parse(day.date))}
        </div>
      ))}
      {days.map((day) => (
        <Day
          key={day.date}
          day={day}
          isOutside={!day.date.startsWith(month)}
          isToday={day.date === today}
          isStop={day.date === active}
          height={props.cellHeight}
          onFocus={setFocused}
          onDay={props.onDay}
        />
      ))}
    </div>
  );
}

function Day(props: {
  day: CalendarDay;
  isOutside: boolean;
  isToday: boolean;
  isStop: boolean;
  height: number;
  onFocus: (date: string) => void;
  onDay: (date: string) => void;
}) {
  const { day, isStop } = props;
  const format = useTimeFormat();
  const dateName = new Intl.DateTimeFormat(format.locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: "UTC",
  }).format(Date.parse(day.date));
  const groups = groupsOf(day.items);
  const [collision] = day.collisions;
  const lines = linesThatFit(props.height, groups.length, collision !== undefined);
  const open = () => props.onDay(day.date);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the day's button does the same by keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      className={classes.cell}
      data-cell={day.date}
      data-outside={props.isOutside || undefined}
      data-today={props.isToday || undefined}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("a, button") === null) open();
      }}
    >
      <button
        type="button"
        className={classes.cellHead}
        data-date={day.date}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => props.onFocus(day.date)}
        onClick={open}
        aria-label={`${dateName}: ${countsText(day)}`}
      >
        <span className={classes.dayNumber}>{Number(day.date.slice(8))}</span>
        <Counts counts={day.counts} most={3} />
      </button>
      {collision !== undefined && lines.collision && (
        <span className={`ellipsis ${classes.collision}`} data-tip={collision.schedules.slice(0, 12).join("\n")}>
          {collision.schedules.length} <span className={classes.word}>schedules </span>at{" "}
          {clockTime(collision.at, format)}
        </span>
      )}
      {groups.slice(0, lines.entries).map((group) => (
        <Entry key={group.key} group={group} tabIndex={isStop ? 0 : -1} />
      ))}
      {groups.length > lines.entries && (
        <button
          type="button"
          className={classes.more}
          tabIndex={isStop ? 0 : -1}
          onClick={open}
          aria-label={`${plural(groups.length - lines.entries, "more schedule")} on ${dateName}`}
        >
          +{count(groups.length - lines.entries)} more
        </button>
      )}
    </div>
  );
}

/** A schedule in a day: when, or how often, and what is wrong; a link to its run, its hole or itself. */
function Entry({ group, tabIndex }: { group: CalendarGroup; tabIndex: number }) {
  const format = useTimeFormat();
  const { outcome, count: all, worst, only, scheduleId } = group;
  const wrong = outcome === "failed" || outcome === "missed";
  const often = wrong && worst < all ? `${short(worst)} of ${short(all)}` : `${short(all)} ×`;
  const word = outcomeNames[outcome].toLowerCase();
  const time = clockTime(group.at - (group.at % 60_000), format);
  const content = (
    <>
      {(wrong || outcome === "running") && <OutcomeIcon outcome={outcome} size={11} label={outcomeNames[outcome]} />}
      <span className={`dim ${classes.entryTime}`}>{all === 1 ? time : often}</span>
      <span className="ellipsis">{group.name}</span>
    </>
  );
  const tip =
    all === 1 ? `${time} ${group.name}: ${word}` : `${group.name}: ${plural(all, "run")}, ${count(worst)} ${word}`;
  if (only !== null) {
    return (
      <ItemLink item={only} className={classes.entry} tabIndex={tabIndex} tip={tip}>
        {content}
      </ItemLink>
    );
  }
  const shared = { className: classes.entry, "data-outcome": outcome, "data-tip": tip };
  if (scheduleId === null) return <span {...shared}>{content}</span>;
  return (
    <Link to="/schedules/$id" params={{ id: scheduleId }} tabIndex={tabIndex} {...shared}>
      {content}
    </Link>
  );
}

/** `1.4k` for what would not fit a cell. */
function short(value: number): string {
  return value < 1000
    ? String(value)
    : value < 10_000
      ? `${(value / 1000).toFixed(1)}k`
      : `${Math.round(value / 1000)}k`;
}
