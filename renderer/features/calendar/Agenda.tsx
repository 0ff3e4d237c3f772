import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import type { CalendarRange } from "../../../shared/api/calendars.ts";
import { menuPlace } from "../../commands/menuPlace.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { count, plural } from "../../format/numbers.ts";
import { clockTime, durationText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { calendarItems } from "../timeline/rangeItems.ts";
import { useCalendarRange } from "../timeline/useCalendarRange.ts";
import { type AgendaRow, agendaRows } from "./agendaRows.ts";
import classes from "./Calendar.module.css";
import { hasOutcome } from "./CalendarFilters.tsx";
import { addDays, calendarDays, startOfDay } from "./calendarModel.ts";
import { ItemLink } from "./ItemLink.tsx";
import { Counts } from "./MonthView.tsx";
import { hasMenu, type PlannedItem, PlannedMenu } from "./PlannedMenu.tsx";
import { NothingThere, Reading, type ViewProps } from "./Reading.tsx";
import { rangeFilter } from "./readInput.ts";

const limit = 5000;
const weekDays = 7;
/** A range is read in one piece, so that it ends somewhere. */
const mostDays = 90;
const rowHeight = 32;

/** What ran and what will, day by day in one list; more of it is read at its end. */
export function Agenda(props: ViewProps & { date: string; now: number }) {
  const { date, search } = props;
  const format = useTimeFormat();
  const [before, setBefore] = useState(0);
  const [after, setAfter] = useState(weekDays);
  const [first, end] = [addDays(date, -before), addDays(date, after)];
  const reading = useCalendarRange({
    from: startOfDay(first).toISOString(),
    to: startOfDay(end).toISOString(),
    zone: format.zone,
    limit,
    ...rangeFilter(search),
  });
  const more = (part: "before" | "after") => {
    const add = (days: number) => Math.min(mostDays, days + weekDays);
    if (part === "before") setBefore(add);
    else setAfter(add);
  };
  return (
    <Reading reading={reading} calm>
      {(range) => (
        <Days
          {...props}
          range={range}
          first={first}
          days={before + after}
          more={{ before: before < mostDays, after: after < mostDays }}
          onMore={more}
          reading={reading.query.isFetching}
        />
      )}
    </Reading>
  );
}

function Days(
  props: ViewProps & {
    date: string;
    now: number;
    range: CalendarRange;
    first: string;
    days: number;
    more: { before: boolean; after: boolean };
    onMore: (part: "before" | "after") => void;
    reading: boolean;
  },
) {
  const { range, search, first, days, now, date } = props;
  const format = useTimeFormat();
  const scroller = useRef<HTMLElement>(null);
  const rows = useMemo(() => {
    const dates = Array.from({ length: days }, (_, index) => addDays(first, index));
    const items = calendarItems(range).filter(hasOutcome(search));
    return agendaRows(calendarDays(dates, items, format.zone));
  }, [range, search, first, days, format.zone]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 10,
    useFlushSync: false,
  });
  // Days that come before push the list down; the day that was asked for stays where it was.
  const start = rows.findIndex((row) => row.kind === "day" && row.day.date === date);
  const kept = useRef(start);
  useEffect(() => {
    const by = start - kept.current;
    kept.current = start;
    if (by !== 0 && scroller.current !== null) scroller.current.scrollTop += by * rowHeight;
  }, [start]);

  const [menu, setMenu] = useState<{ item: PlannedItem; near: DOMRect } | null>(null);
  const plannedAt = (target: EventTarget): { item: PlannedItem; element: Element } | null => {
    const element = (target as Element).closest<HTMLElement>("[data-menu]");
    const row = rows.find((each) => each.kind === "item" && each.key === element?.dataset["menu"]);
    return element !== null && row?.kind === "item" && hasMenu(row.item) ? { item: row.item, element } : null;
  };
  const onContextMenu = (event: MouseEvent) => {
    const found = plannedAt(event.target);
    // Any other link keeps the browser's own menu.
    if (found === null) return;
    event.preventDefault();
    setMenu({ item: found.item, near: new DOMRect(event.clientX, event.clientY, 0, 0) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const found = event.key === "ContextMenu" || event.key === "." ? plannedAt(event.target) : null;
    if (found === null) return;
    event.preventDefault();
    event.stopPropagation();
    menuPlace(found.element, (near) => setMenu({ item: found.item, near }));
  };

  if (range.runs.length + range.planned.length + range.omissions.length + range.counts.length === 0) {
    return (
      <>
        <NothingThere period="in these days" search={search} onClear={props.onClear} />
        <MoreDays {...props} />
      </>
    );
  }
  return (
    <>
      <section
        ref={scroller}
        className={classes.agenda}
        aria-label="Agenda"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onContextMenu={onContextMenu}
        onKeyDown={onKeyDown}
      >
        <ul className={classes.agendaRows} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start: top }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <li
                key={row.key}
                className={classes.agendaRow}
                data-kind={row.kind}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${top}px)` }}
              >
                <Row row={row} today={props.today} now={now} onDay={props.onDay} />
              </li>
            );
          })}
        </ul>
      </section>
      {menu !== null && <PlannedMenu {...menu} onClose={() => setMenu(null)} />}
      <MoreDays {...props} />
    </>
  );
}

function MoreDays(props: {
  more: { before: boolean; after: boolean };
  onMore: (part: "before" | "after") => void;
  reading: boolean;
}) {
  return (
    <div className={classes.moreDays}>
      <Button variant="default" disabled={!props.more.before} onClick={() => props.onMore("before")}>
        A week earlier
      </Button>
      <Button
        variant="default"
        disabled={!props.more.after}
        loading={props.reading}
        onClick={() => props.onMore("after")}
      >
        {props.more.after ? "A week more" : "Use the arrows to go on"}
      </Button>
    </div>
  );
}

function Row(props: { row: AgendaRow; today: string; now: number; onDay: (date: string) => void }) {
  const { row, now } = props;
  const format = useTimeFormat();
  if (row.kind === "day") {
    const name = new Intl.DateTimeFormat(format.locale, {
      weekday: "long",
      day: "numeric",
      month: "long",
      timeZone: "UTC",
    }).format(Date.parse(row.day.date));
    return (
      <>
        <button type="button" className={classes.agendaDay} onClick={() => props.onDay(row.day.date)}>
          {row.day.date === props.today ? `Today, ${name}` : name}
        </button>
        {row.day.items.length === 0 ? (
          <span className="dim">nothing</span>
        ) : (
          <Counts counts={row.day.counts} most={5} />
        )}
      </>
    );
  }
  if (row.kind === "often") {
    const { group } = row;
    const troubles =
      group.outcome === "failed" || group.outcome === "missed"
        ? `, ${count(group.worst)} ${outcomeNames[group.outcome].toLowerCase()}`
        : "";
    const text = (
      <>
        <span className={classes.agendaTime}>all day</span>
        <OutcomeIcon outcome={group.outcome} size={13} label={outcomeNames[group.outcome]} />
        <span className="ellipsis">{group.name}</span>
        <span className="dim">
          {plural(group.count, "run")}
          {troubles}
        </span>
      </>
    );
    if (group.scheduleId === null) return <span className={classes.agendaItem}>{text}</span>;
    return (
      <Link
        to="/schedules/$id"
        params={{ id: group.scheduleId }}
        search={{ from: startOfDay(row.date).toISOString(), to: startOfDay(addDays(row.date, 1)).toISOString() }}
        className={classes.agendaItem}
      >
        {text}
      </Link>
    );
  }
  const { item } = row;
  const content = (
    <>
      <time className={classes.agendaTime}>{clockTime(item.at - (item.at % 1000), format)}</time>
      <OutcomeIcon outcome={item.outcome} size={13} backfilled={item.backfilled} />
      <span className="ellipsis">{item.name}</span>
      <span className="dim">
        {item.count > 1 && `${count(item.count)} `}
        {outcomeNames[item.outcome].toLowerCase()}
        {item.ran !== null && `, ${durationText((item.ran.to ?? now) - item.ran.from)}`}
      </span>
    </>
  );
  return (
    <ItemLink item={item} className={classes.agendaItem} asked={hasMenu(item)}>
      {content}
    </ItemLink>
  );
}
