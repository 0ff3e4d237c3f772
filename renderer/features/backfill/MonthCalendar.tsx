import { ActionIcon } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, memo, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import type { BackfillDay } from "../../../shared/api/backfills.ts";
import { addDays } from "../../../shared/schedule/index.ts";
import { count, shortCount } from "../../format/numbers.ts";
import { useFirstDayOfWeek } from "../../format/week.ts";
import classes from "./Backfill.module.css";
import { DayBar } from "./DayBar.tsx";
import { addMonths, dayStates, earliest, monthOf, statesText, weekdayOf, weeksOf } from "./days.ts";

const locale = navigator.language;
const dateNames = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return (date: string) => format.format(Date.parse(`${date}T00:00:00Z`));
};
const monthName = dateNames({ month: "long", year: "numeric" });
const monthShort = dateNames({ month: "short", year: "numeric" });
const dayName = dateNames({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const weekdayShort = dateNames({ weekday: "short" });
const weekdayNarrow = dateNames({ weekday: "narrow" });
const weekdayLong = dateNames({ weekday: "long" });

/** Days of the calendar, both included; `anchor` is where the choosing began. */
export interface DayRange {
  anchor: string;
  head: string;
}

const bounds = ({ anchor, head }: DayRange): [string, string] => (anchor <= head ? [anchor, head] : [head, anchor]);

/**
 * Months (a few, or a year of them) whose days show how many occurrences they have and what became of them. Dragging
 * over them chooses a range, across months too; with the keyboard arrows move, and Shift with arrows chooses.
 */
export function MonthCalendar(props: {
  days: ReadonlyMap<string, BackfillDay>;
  /** The last month shown, `YYYY-MM`, and how many are shown. */
  month: string;
  months: number;
  onMonth: (month: string) => void;
  /** The schedule's local date now: what lies after it cannot be chosen. */
  today: string;
  /** Dates that the chosen range touches, both included. */
  chosen: readonly [string, string] | null;
  onChoose: (range: readonly [string, string]) => void;
}) {
  const { days, today, chosen } = props;
  const grid = useRef<HTMLDivElement>(null);
  const drag = useRef<DayRange | null>(null);
  const [keys, setKeys] = useState<DayRange | null>(null);
  const [dragging, setDragging] = useState(false);
  const focused = keys?.head ?? chosen?.[1] ?? today;
  const firstDay = useFirstDayOfWeek();
  const shown = Array.from({ length: props.months }, (_, n) => addMonths(props.month, n - props.months + 1));
  const isYear = props.months === 12;
  const step = isYear ? 12 : 1;
  const inView = (date: string) => monthOf(date) >= (shown[0] ?? "") && monthOf(date) <= props.month;
  const tabStop = inView(focused) ? focused : `${props.month}-01`;

  const choose = (range: DayRange) => props.onChoose(bounds(range));
  const dateAt = (event: PointerEvent): string | null => {
    const element = document.elementFromPoint(event.clientX, event.clientY);
    return element?.closest<HTMLElement>("[data-date]")?.dataset["date"] ?? null;
  };
  const begin = (event: PointerEvent<HTMLDivElement>) => {
    const date = dateAt(event);
    if (event.button !== 0 || date === null || date > today) return;
    event.preventDefault();
    // The drag goes on outside the months, and ends wherever the button is let go.
    event.currentTarget.setPointerCapture(event.pointerId);
    const anchor = event.shiftKey && chosen ? (date < chosen[0] ? chosen[1] : chosen[0]) : date;
    moved.current = null;
    drag.current = { anchor, head: date };
    setKeys(drag.current);
    setDragging(true);
    choose(drag.current);
    // The keyboard goes on from where the pointer was.
    grid.current?.querySelector<HTMLElement>(`[data-date="${date}"]`)?.focus({ preventScroll: true });
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (drag.current === null) return;
    const found = dateAt(event);
    if (found === null) return;
    const head = earliest(found, today);
    if (head === drag.current.head) return;
    drag.current = { ...drag.current, head };
    setKeys(drag.current);
    choose(drag.current);
  };
  const end = () => {
    drag.current = null;
    setDragging(false);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const from = tabStop;
    const column = (weekdayOf(from) - firstDay + 7) % 7;
    const day = from.slice(8);
    const months = event.altKey ? 12 : 1;
    const sameDayOf = (month: string) => {
      const last = addDays(`${addMonths(month, 1)}-01`, -1);
      return `${month}-${day}` > last ? last : `${month}-${day}`;
    };
    const targets: Record<string, string> = {
      ArrowLeft: addDays(from, -1),
      ArrowRight: addDays(from, 1),
      ArrowUp: addDays(from, -7),
      ArrowDown: addDays(from, 7),
      Home: addDays(from, -column),
      End: addDays(from, 6 - column),
      PageUp: sameDayOf(addMonths(monthOf(from), -months)),
      PageDown: sameDayOf(addMonths(monthOf(from), months)),
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const head = earliest(target, today);
      const next = event.shiftKey ? { anchor: keys?.anchor ?? from, head } : { anchor: head, head };
      setKeys(next);
      if (event.shiftKey) choose(next);
      if (monthOf(head) > props.month) props.onMonth(monthOf(head));
      else if (monthOf(head) < (shown[0] ?? "")) props.onMonth(addMonths(monthOf(head), props.months - 1));
      moved.current = head;
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const next = event.shiftKey ? { anchor: keys?.anchor ?? from, head: from } : { anchor: from, head: from };
      setKeys(next);
      choose(next);
    }
  };

  // Focus follows the keys, also into a month that has only now come into view. An effect of a drawing from before the key
  // may come after it, and must not take its turn.
  const moved = useRef<string | null>(null);
  useEffect(() => {
    if (moved.current !== tabStop) return;
    moved.current = null;
    grid.current?.querySelector<HTMLElement>(`[data-date="${tabStop}"]`)?.focus();
  });

  return (
    <div className={classes.calendar}>
      <ActionIcon
        className={classes.earlier}
        aria-label={isYear ? "Earlier year" : "Earlier month"}
        onClick={() => props.onMonth(addMonths(props.month, -step))}
      >
        <IconChevronLeft size={16} aria-hidden="true" />
      </ActionIcon>
      <ActionIcon
        className={classes.later}
        aria-label={isYear ? "Later year" : "Later month"}
        disabled={props.month >= monthOf(today)}
        onClick={() => props.onMonth(addMonths(props.month, step))}
      >
        <IconChevronRight size={16} aria-hidden="true" />
      </ActionIcon>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the days inside are the controls; this only carries the drag */}
      <div
        ref={grid}
        className={classes.months}
        data-year={isYear || undefined}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
        onKeyDown={onKeyDown}
      >
        {shown.map((month) => (
          <Month
            key={month}
            month={month}
            small={isYear}
            firstDay={firstDay}
            days={days}
            today={today}
            {...partOf(chosen, month)}
            tabStop={monthOf(tabStop) === month ? tabStop : null}
            quiet={dragging}
          />
        ))}
      </div>
    </div>
  );
}

/** First and last chosen day of a month: a month that a drag does not reach is not drawn again. */
function partOf(chosen: readonly [string, string] | null, month: string) {
  if (chosen === null || monthOf(chosen[0]) > month || monthOf(chosen[1]) < month) return { first: null, last: null };
  const end = addDays(`${addMonths(month, 1)}-01`, -1);
  return { first: monthOf(chosen[0]) < month ? `${month}-01` : chosen[0], last: earliest(chosen[1], end) };
}

const Month = memo(function Month(props: {
  month: string;
  /** One of a year: its days show no numbers of occurrences, it shows their sum. */
  small: boolean;
  firstDay: number;
  days: ReadonlyMap<string, BackfillDay>;
  today: string;
  first: string | null;
  last: string | null;
  tabStop: string | null;
  quiet: boolean;
}) {
  const { month, small, firstDay, days, today, first, last } = props;
  const weeks = useMemo(() => weeksOf(month, firstDay), [month, firstDay]);
  return (
    <table
      className={classes.month}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a calendar whose days are chosen is a grid that is laid out as a table
      role="grid"
      aria-label={monthName(`${month}-01`)}
      aria-multiselectable
    >
      <caption>
        {small ? monthShort(`${month}-01`) : monthName(`${month}-01`)}
        {small && <MonthTotal weeks={weeks} days={days} />}
      </caption>
      <thead>
        <tr>
          {Array.from({ length: 7 }, (_, n) => `2024-01-0${((firstDay - 1 + n) % 7) + 1}`).map((date) => (
            <th key={date} scope="col" abbr={weekdayLong(date)}>
              {small ? weekdayNarrow(date) : weekdayShort(date)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: weeks have no other name
          <tr key={row}>
            {week.map((date, column) =>
              date === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: empty cells are all alike
                <td key={column} />
              ) : (
                <DayCell
                  key={date}
                  date={date}
                  day={days.get(date)}
                  future={date > today}
                  today={date === today}
                  chosen={first !== null && last !== null && date >= first && date <= last}
                  tabStop={date === props.tabStop}
                  quiet={props.quiet}
                />
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
});

/** How many occurrences a month has: its days are too small for their own numbers. */
function MonthTotal({ weeks, days }: { weeks: (string | null)[][]; days: ReadonlyMap<string, BackfillDay> }) {
  let total = 0;
  for (const date of weeks.flat()) total += (date === null ? undefined : days.get(date))?.occurrences ?? 0;
  return total === 0 ? null : <span className={classes.monthTotal}>{count(total)}</span>;
}

const DayCell = memo(function DayCell(props: {
  date: string;
  day: BackfillDay | undefined;
  future: boolean;
  today: boolean;
  chosen: boolean;
  tabStop: boolean;
  /** Shows no tip: it would hide the days one drags over. */
  quiet: boolean;
}) {
  const { date, day } = props;
  const total = day?.occurrences ?? 0;
  const states = day === undefined ? "" : statesText(day);
  const label = `${dayName(date)}: ${total === 0 ? "no occurrences" : `${count(total)} ${total === 1 ? "occurrence" : "occurrences"}, ${states}`}`;
  return (
    <td
      className={classes.day}
      data-date={date}
      data-chosen={props.chosen || undefined}
      data-today={props.today || undefined}
      data-future={props.future || undefined}
      data-empty={total === 0 || undefined}
      data-tip={total === 0 || props.quiet ? undefined : `${dayName(date)}\n${states}`}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: one of that grid
      role="gridcell"
      aria-selected={props.chosen}
      aria-disabled={props.future || undefined}
      aria-current={props.today ? "date" : undefined}
      aria-label={label}
      tabIndex={props.tabStop ? 0 : -1}
    >
      <span className={classes.dayNumber}>{Number(date.slice(8))}</span>
      {day !== undefined && total > 0 && (
        <>
          <span className={classes.dayCount}>{total >= 10_000 ? shortCount(total) : total}</span>
          <DayBar counts={day} states={dayStates} />
        </>
      )}
    </td>
  );
});
