import { ActionIcon } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { HeatDay } from "../../../shared/api/schedules.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useFirstDayOfWeek } from "../../format/week.ts";
import { HeatLegend } from "./HeatLegend.tsx";
import { dayColors, dayKind, dayText, yearGrid } from "./heatDays.ts";
import classes from "./YearHeatmap.module.css";

/** A day's side: so small in a narrow place, so large where there is room. */
const leastCell = 11;
const mostCell = 18;
const gap = 2;
const left = 30;
const top = 18;

/** A note on a day: a clock change, an excluded day. */
export interface DayMark {
  kind: "clock" | "excluded" | "changed";
  text: string;
}

interface YearHeatmapProps {
  year: number;
  /** Days that have anything, in any order. Days left out are empty. */
  days: readonly HeatDay[];
  /** Today's local date, `YYYY-MM-DD`: outlined. */
  today?: string;
  /** Notes by date, drawn in the cell and told in its text. */
  marks?: Readonly<Record<string, DayMark>>;
  /** First and last date of what is selected, both included. */
  selected?: { from: string; to: string } | null;
  /** A click, Enter or space on a day. */
  onDay?: (date: string) => void;
  /** A drag over days, or Shift with arrows and clicks: first and last date in order. */
  onRange?: (from: string, to: string) => void;
  /** Shows the arrows beside the year. */
  onYear?: (year: number) => void;
  /** Verb of a click for screen readers and the tooltip: "Click to exclude". */
  dayHint?: string;
  /** Default true. */
  legend?: boolean;
  /** The half-years under each other, for narrow places. */
  folded?: boolean;
  /** Beside the year: what the last click did. Its place is kept. */
  aside?: ReactNode;
}

/**
 * A year of days, coloured by what happened and shaded by how much; planned days are outlines. One tab stop:
 * arrows move by day and week, Home and End by year, Enter clicks.
 */
export function YearHeatmap(props: YearHeatmapProps) {
  const { year, days, marks, today, onDay, onRange } = props;
  const format = useTimeFormat();
  const firstDay = useFirstDayOfWeek();
  const grid = useMemo(() => yearGrid(year, firstDay), [year, firstDay]);
  const months = useMemo(() => {
    const named = new Intl.DateTimeFormat(format.locale, { month: "long", year: "numeric", timeZone: "UTC" });
    return grid.months.map(({ month, first }) => ({
      name: named.format(Date.UTC(year, month, 1)),
      first,
      dates: grid.dates.slice(first, grid.months[month + 1]?.first),
    }));
  }, [grid, year, format.locale]);
  const byDate = useMemo(() => new Map(days.map((day) => [day.date, day])), [days]);
  const most = useMemo(
    () => Math.max(1, ...days.map((day) => Math.max(day.planned, day.completed + day.failed))),
    [days],
  );
  const [focused, setFocused] = useState<string | null>(null);
  const [drag, setDrag] = useState<{ from: string; to: string } | null>(null);
  const svg = useRef<SVGSVGElement>(null);

  // A folded year begins anew below, after half of its weeks.
  const columns = props.folded ? Math.ceil(grid.weeks / 2) : grid.weeks;
  const { ref: widthRef, width } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const scrollRef = useMergedRef(scroller, widthRef);
  const fitting = Math.floor((width - left - 4) / columns) - gap;
  const cell = props.folded ? leastCell : Math.min(mostCell, Math.max(leastCell, fitting));
  const step = cell + gap;
  const drawn = cell / leastCell;
  const blocks = Math.ceil(grid.weeks / columns);
  const blockHeight = top + 7 * step;
  // A month that begins in the last column of a block needs room for its name.
  const right = props.folded ? 6 : 0;
  const placeOf = (week: number) => ({
    x: left + (week % columns) * step,
    y: Math.floor(week / columns) * (blockHeight + 4),
  });

  // Where the year is wider than its place, today is in sight.
  const todayWeek = today === undefined ? -1 : grid.dates.indexOf(today);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null || todayWeek < 0 || width === 0) return;
    const column = Math.floor((todayWeek + grid.firstWeekday) / 7) % columns;
    box.scrollLeft = left + column * step - box.clientWidth * 0.7;
  }, [todayWeek, grid, columns, step, width]);

  const initial = today?.startsWith(`${year}-`) ? today : grid.dates[0];
  const active = focused?.startsWith(`${year}-`) ? focused : initial;
  const selected = drag === null ? props.selected : inOrder(drag.from, drag.to);

  const focusDate = (date: string) => {
    setFocused(date);
    svg.current?.querySelector<SVGElement>(`[data-date="${date}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (active === undefined) return;
    const at = grid.dates.indexOf(active);
    const moved = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 7,
      ArrowRight: at + 7,
      Home: 0,
      End: grid.dates.length - 1,
    }[event.key];
    if (moved !== undefined) {
      event.preventDefault();
      const date = grid.dates[Math.min(Math.max(moved, 0), grid.dates.length - 1)];
      if (date === undefined) return;
      if (event.shiftKey && onRange !== undefined) {
        const from = drag?.from ?? active;
        setDrag({ from, to: date });
      }
      focusDate(date);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onDay?.(active);
    }
  };
  const onKeyUp = (event: KeyboardEvent) => {
    if (event.key !== "Shift" || drag === null) return;
    finishDrag(drag);
  };
  const finishDrag = (range: { from: string; to: string }) => {
    setDrag(null);
    const { from, to } = inOrder(range.from, range.to);
    if (from === to) onDay?.(from);
    else onRange?.(from, to);
  };
  const dateAt = (event: PointerEvent): string | undefined =>
    (document.elementFromPoint(event.clientX, event.clientY) as SVGElement | null)?.dataset?.["date"];

  const interactive = onDay !== undefined || onRange !== undefined;
  return (
    <div>
      {props.onYear !== undefined && (
        <div className={classes.years}>
          <ActionIcon onClick={() => props.onYear?.(year - 1)} aria-label={`Show ${year - 1}`}>
            <IconChevronLeft size={15} />
          </ActionIcon>
          <strong aria-live="polite">{year}</strong>
          <ActionIcon onClick={() => props.onYear?.(year + 1)} aria-label={`Show ${year + 1}`}>
            <IconChevronRight size={15} />
          </ActionIcon>
          {props.aside !== undefined && <span className={classes.aside}>{props.aside}</span>}
        </div>
      )}
      <div className={classes.scroll} ref={scrollRef}>
        <svg
          ref={svg}
          width={left + columns * step + right}
          height={blocks * (blockHeight + 4) - 4}
          role="group"
          aria-label={`Days of ${year}`}
          className={classes.map}
          data-interactive={interactive || undefined}
          onKeyDown={onKeyDown}
          onKeyUp={onKeyUp}
          onPointerDown={(event) => {
            const date = dateAt(event);
            if (date === undefined || event.button !== 0 || !interactive) return;
            if (onRange === undefined) return;
            event.preventDefault();
            focusDate(date);
            setDrag({ from: event.shiftKey && active !== undefined ? active : date, to: date });
          }}
          onPointerMove={(event) => {
            if (drag === null || event.buttons === 0) return;
            const date = dateAt(event);
            if (date !== undefined && date !== drag.to) setDrag({ ...drag, to: date });
          }}
          onPointerUp={() => {
            if (drag !== null) finishDrag(drag);
          }}
        >
          {/* Each month and each day says its own name. */}
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
          <g aria-hidden="true">
            {grid.months.map(({ month, week }) => (
              <text key={month} x={placeOf(week).x} y={placeOf(week).y + 11} className={classes.label}>
                {new Intl.DateTimeFormat(format.locale, { month: "short", timeZone: "UTC" }).format(
                  Date.UTC(year, month, 1),
                )}
              </text>
            ))}
            {Array.from({ length: blocks * 3 }, (_, i) => ({ block: Math.floor(i / 3), weekday: (i % 3) * 2 })).map(
              ({ block, weekday }) => (
                <text
                  key={`${block}:${weekday}`}
                  x={0}
                  y={block * (blockHeight + 4) + top + weekday * step + 10}
                  className={classes.label}
                >
                  {/* 4 January 1970 was a Sunday. */}
                  {new Intl.DateTimeFormat(format.locale, { weekday: "short", timeZone: "UTC" }).format(
                    Date.UTC(1970, 0, 4 + firstDay + weekday),
                  )}
                </text>
              ),
            )}
          </g>
          {months.map(({ name, first, dates }) => (
            // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a part of a drawing is not interactive by itself
            <g key={name} role="group" aria-label={name}>
              {dates.map((date, index) => {
                const day = byDate.get(date);
                const mark = marks?.[date];
                const slot = first + index + grid.firstWeekday;
                const inSelection = selected != null && date >= selected.from && date <= selected.to;
                const label = dayText(date, day, mark?.text, format.locale);
                const colors = dayColors(day, most);
                const place = placeOf(Math.floor(slot / 7));
                return (
                  // biome-ignore lint/a11y/noStaticElementInteractions: its role follows from whether a click does anything
                  <g
                    key={date}
                    transform={`translate(${place.x} ${place.y + top + (slot % 7) * step})`}
                    className={classes.day}
                    data-date={date}
                    data-today={date === today || undefined}
                    data-selected={inSelection || undefined}
                    data-tip={props.dayHint && interactive ? `${label}\n${props.dayHint}` : label}
                    role={interactive ? "button" : "img"}
                    aria-label={label}
                    tabIndex={date === active ? 0 : -1}
                    onFocus={() => setFocused(date)}
                    onClick={onRange === undefined ? () => onDay?.(date) : undefined}
                  >
                    <rect
                      data-date={date}
                      width={cell}
                      height={cell}
                      rx="2"
                      fill={colors.fill}
                      stroke={colors.stroke}
                      strokeWidth={colors.stroke === "none" ? 0 : 1}
                    />
                    <g transform={`scale(${drawn})`}>
                      <TroubleShare day={day} />
                      {dayKind(day) === "failed" && <path d="M3.5 5.5l4 4m0-4-4 4" className={classes.cross} />}
                      {day !== undefined && day.backfilled > 0 && <path d="M6 11l5-5v5z" fill="var(--text)" />}
                      {mark?.kind === "clock" && <path d="M5.5 2 9 5.5 5.5 9 2 5.5z" className={classes.diamond} />}
                      {mark?.kind === "excluded" && <path d="M1 10l9-9" className={classes.strike} />}
                      {mark?.kind === "changed" && <circle cx="5.5" cy="5.5" r="2.2" className={classes.diamond} />}
                    </g>
                  </g>
                );
              })}
            </g>
          ))}
        </svg>
      </div>
      {props.legend !== false && <HeatLegend days={days} />}
    </div>
  );
}

/** On a day that also had completed runs: how much of it failed or was missed, from the cell's foot up. */
function TroubleShare({ day }: { day: HeatDay | undefined }) {
  const kind = dayKind(day);
  if (day === undefined || day.completed === 0 || (kind !== "failed" && kind !== "missed")) return null;
  const share = day[kind] / (day.completed + day.failed + day.missed);
  const height = Math.max(4, share * leastCell);
  const fill = kind === "failed" ? "var(--outcome-failed)" : "url(#hatch-missed)";
  return <rect data-date={day.date} y={leastCell - height} width={leastCell} height={height} rx="1" fill={fill} />;
}

function inOrder(a: string, b: string): { from: string; to: string } {
  return a <= b ? { from: a, to: b } : { from: b, to: a };
}
