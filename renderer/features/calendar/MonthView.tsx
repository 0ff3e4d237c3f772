import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, type MouseEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { CalendarDay, CalendarDayEntry, CalendarMonth } from "../../../shared/api/calendars.ts";
import { menuPlace } from "../../commands/menuPlace.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { type Outcome, outcomeNames, worstFirst } from "../../components/outcomes/outcomes.ts";
import { isolated } from "../../format/isolated.ts";
import { instantOf, localText } from "../../format/localInstant.ts";
import { count, plural, shortCount } from "../../format/numbers.ts";
import { clockTime, localDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { type CalendarItem, isSkippedAhead } from "../timeline/rangeItems.ts";
import { useCalendarMonth } from "../timeline/useCalendarRange.ts";
import classes from "./Calendar.module.css";
import { drawnEntries, entriesThatFit } from "./calendarModel.ts";
import { DayMenu } from "./DayMenu.tsx";
import { ItemLink } from "./ItemLink.tsx";
import { askToMove, hasMenu, isPlanned, type PlannedItem, PlannedMenu } from "./PlannedMenu.tsx";
import { Legend, NothingThere, Reading, type ViewProps } from "./Reading.tsx";
import { monthInput } from "./readInput.ts";
import { useDayDrag } from "./useDayDrag.ts";

const headHeight = 24;
const leastHeight = 84;
/** What of `2:00 am` nobody says; `02:00` has none. */
const fullHour = /:00(?=\s*\D)/;

/** Occurrences by outcome, worst first. */
type Counted = readonly (readonly [Outcome, number])[];

const countedOf = (of: (outcome: Outcome) => number | undefined): Counted =>
  worstFirst.map((outcome) => [outcome, of(outcome) ?? 0] as const).filter(([, howMany]) => howMany > 0);

/** "20 completed, 2 failed, 4 planned". */
const countsText = (counted: Counted): string =>
  counted.length === 0
    ? "nothing"
    : counted.map(([outcome, howMany]) => `${count(howMany)} ${outcomeNames[outcome].toLowerCase()}`).join(", ");

/** Outcomes as marks and numbers, worst first, the `most` worst. */
export function Counts({ counts, most }: { counts: ReadonlyMap<Outcome, number>; most: number }) {
  return <CountsOf counted={countedOf((outcome) => counts.get(outcome))} most={most} />;
}

function CountsOf({ counted, most }: { counted: Counted; most: number }) {
  return (
    <span className={classes.counts}>
      {counted.slice(0, most).map(([outcome, howMany]) => (
        <span key={outcome} className={classes.count}>
          <OutcomeIcon outcome={outcome} size={11} />
          {shortCount(howMany)}
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
  const reading = useCalendarMonth(monthInput(dates, format.zone, search));
  return <Reading reading={reading}>{(read) => <Month {...props} read={read} />}</Reading>;
}

/** Days with their outcomes, first times and collisions; arrow keys move, Enter opens the day, a click what it falls on. */
function Month(props: ViewProps & { dates: readonly string[]; month: string; read: CalendarMonth }) {
  const { dates, read, search, month, today } = props;
  const { ref, height } = useElementSize<HTMLDivElement>();
  const days = useMemo(() => {
    const known = new Map(read.days.map((day) => [day.date, day]));
    return dates.map((date) => known.get(date) ?? { date, counts: {}, schedules: 0, entries: [], collision: null });
  }, [dates, read]);
  const outcomes = new Set(days.flatMap(({ counts }) => Object.keys(counts) as Outcome[]));
  const weeks = days.length / 7;
  const cellHeight = Math.max(leastHeight, Math.floor((height - headHeight) / weeks));
  const isEmpty = outcomes.size === 0;
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
      {!isEmpty && <Legend outcomes={outcomes} />}
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
  const [menu, setMenu] = useState<{ date: string; near: DOMRect } | null>(null);
  const [planned, setPlanned] = useState<{ item: PlannedItem; near: DOMRect } | null>(null);
  const plannedOf = (key: string | undefined): PlannedItem | undefined => {
    for (const { entries } of days) {
      for (const entry of entries) {
        const item = itemOf(entry);
        if (item.key === key && hasMenu(item)) return item;
      }
    }
    return undefined;
  };
  const drag = useDayDrag((key, date) => {
    const item = plannedOf(key);
    const time = item === undefined ? "" : localText(new Date(item.at).toISOString(), format.zone).slice(10);
    const to = instantOf(`${date}${time}`, format.zone);
    if (item !== undefined && to !== null && localDate(item.at, format.zone) !== date) askToMove(item, Date.parse(to));
  });
  const onFocus = useCallback((date: string) => setFocused(date), []);
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
    if (on !== undefined && (event.key === "ContextMenu" || event.key === ".")) {
      event.preventDefault();
      const item = plannedOf((event.target as HTMLElement).closest<HTMLElement>("[data-menu]")?.dataset["menu"]);
      menuPlace(event.target as Element, (near) =>
        item === undefined ? setMenu({ date: on, near }) : setPlanned({ item, near }),
      );
      return;
    }
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

  const onContextMenu = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const date = target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    const near = new DOMRect(event.clientX, event.clientY, 0, 0);
    const item = plannedOf(target.closest<HTMLElement>("[data-menu]")?.dataset["menu"]);
    // Any other link keeps the browser's own menu.
    if (date === undefined || (item === undefined && target.closest("a") !== null)) return;
    event.preventDefault();
    if (item === undefined) setMenu({ date, near });
    else setPlanned({ item, near });
  };

  return (
    <div
      className={classes.month}
      style={{ gridTemplateRows: `${headHeight}px repeat(${days.length / 7}, minmax(${leastHeight}px, 1fr))` }}
      ref={grid}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
      {...drag.handlers}
      onClickCapture={(event) => {
        if (!drag.wasDrag()) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      data-dragging={drag.over !== null || undefined}
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
          isTarget={drag.over?.date === day.date}
          height={props.cellHeight}
          onFocus={onFocus}
          onDay={props.onDay}
        />
      ))}
      {menu !== null && (
        <DayMenu
          {...menu}
          name={dayName(menu.date, format.locale)}
          today={today}
          onDay={props.onDay}
          onClose={() => setMenu(null)}
        />
      )}
      {planned !== null && <PlannedMenu {...planned} onClose={() => setPlanned(null)} />}
    </div>
  );
}

/** `Sunday 29 November`. */
function dayName(date: string, locale: string | undefined): string {
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(
    Date.parse(date),
  );
}

function Day(props: {
  day: CalendarDay;
  isOutside: boolean;
  isToday: boolean;
  isStop: boolean;
  /** What is carried would be dropped here. */
  isTarget: boolean;
  height: number;
  onFocus: (date: string) => void;
  onDay: (date: string) => void;
}) {
  const { day, isStop } = props;
  const format = useTimeFormat();
  const dateName = dayName(day.date, format.locale);
  const counted = countedOf((outcome) => day.counts[outcome]);
  const { entries, collision } = day;
  const drawn = drawnEntries(entries, entriesThatFit(props.height, day.schedules, collision !== null));
  const others = day.schedules - drawn.length;
  const open = () => props.onDay(day.date);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the day's button does the same by keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      className={classes.cell}
      data-cell={day.date}
      data-outside={props.isOutside || undefined}
      data-today={props.isToday || undefined}
      data-target={props.isTarget || undefined}
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
        aria-label={`${dateName}: ${countsText(counted)}`}
      >
        <span className={classes.dayNumber}>{Number(day.date.slice(8))}</span>
        <CountsOf counted={counted} most={3} />
      </button>
      {drawn.map((entry) => (
        <Entry key={entry.scheduleId ?? `workflow ${entry.name}`} entry={entry} tabIndex={isStop ? 0 : -1} />
      ))}
      {(collision !== null || others > 0) && (
        <span className={classes.cellFoot}>
          {collision !== null && (
            <span className={`ellipsis ${classes.collision}`} data-tip={collision.names.join("\n")}>
              {collision.schedules} <span className={classes.word}>schedules </span>at{" "}
              {clockTime(Date.parse(collision.at), format).replace(fullHour, "")}
            </span>
          )}
          {others > 0 && (
            <button
              type="button"
              className={classes.more}
              tabIndex={isStop ? 0 : -1}
              onClick={open}
              aria-label={`${plural(others, "more schedule")} on ${dateName}`}
            >
              +{count(others)} <span className={classes.word}>more</span>
            </button>
          )}
        </span>
      )}
    </div>
  );
}

/** The only run that an entry stands for, or all of a day's. */
const itemOf = ({
  scheduleId,
  name,
  outcome,
  count: all,
  at,
  listed,
  runId,
  hole,
}: CalendarDayEntry): CalendarItem => ({
  key: `${scheduleId ?? name} ${at}`,
  ...{ at: Date.parse(at), ran: null, scheduleId, name, outcome, backfilled: false, runId, count: all },
  ...(hole === null ? {} : { hole }),
  stretchMinutes: listed ? null : 1440,
});

/** A schedule in a day: when, or how often, and what is wrong; a link to its run, its hole or itself. */
function Entry({ entry, tabIndex }: { entry: CalendarDayEntry; tabIndex: number }) {
  const format = useTimeFormat();
  const { outcome, count: all, worst } = entry;
  const item = itemOf(entry);
  const wrong = outcome === "failed" || outcome === "missed";
  const often = wrong && worst < all ? `${shortCount(worst)} of ${shortCount(all)}` : `${shortCount(all)} ×`;
  const word = outcomeNames[outcome].toLowerCase();
  const time = clockTime(item.at - (item.at % 60_000), format);
  const content = (
    <>
      {(wrong || outcome === "running" || isSkippedAhead(item)) && (
        <OutcomeIcon outcome={outcome} size={11} label={outcomeNames[outcome]} />
      )}
      <span className={`dim ${classes.entryTime}`}>{all === 1 ? time : often}</span>
      <span className="ellipsis">{entry.name}</span>
    </>
  );
  const tip =
    all === 1
      ? `${time} ${isolated(entry.name)}: ${word}`
      : `${isolated(entry.name)}: ${plural(all, "run")}, ${count(worst)} ${word}`;
  return (
    <ItemLink
      item={item}
      className={classes.entry}
      tabIndex={tabIndex}
      tip={tip}
      carried={isPlanned(item)}
      asked={hasMenu(item)}
    >
      {content}
    </ItemLink>
  );
}
