import { type KeyboardEvent, useRef, useState } from "react";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { count } from "../../format/numbers.ts";
import { clockTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Calendar.module.css";
import { type CalendarDay, type CalendarGroup, groupsOf, outcomeOrder } from "./calendarModel.ts";

/** Lines of a day that has room; what does not fit is out of sight. */
const listed = 8;

/** "20 completed, 2 failed, 4 planned". */
export function countsText(day: CalendarDay): string {
  const parts = outcomeOrder
    .filter((outcome) => (day.counts.get(outcome) ?? 0) > 0)
    .map((outcome) => `${count(day.counts.get(outcome) ?? 0)} ${outcomeNames[outcome].toLowerCase()}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** A day's outcomes as marks and numbers, worst first. */
export function DayCounts({ day }: { day: CalendarDay }) {
  return <Counts counts={day.counts} most={3} />;
}

/** Outcomes as marks and numbers, worst first, the `most` worst. */
export function Counts({ counts, most }: { counts: CalendarDay["counts"]; most: number }) {
  return (
    <span className={classes.counts}>
      {outcomeOrder
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

/** A month of days with their outcomes, first times and collisions; arrow keys move, Enter opens the day. */
export function MonthView(props: {
  days: readonly CalendarDay[];
  /** `YYYY-MM`. */
  month: string;
  today: string;
  onDay: (date: string) => void;
}) {
  const { days, month, today } = props;
  const format = useTimeFormat();
  const grid = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const active = days.some((day) => day.date === focused)
    ? focused
    : (days.find((day) => day.date === today)?.date ?? days.find((day) => day.date.startsWith(month))?.date);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = days.findIndex((day) => day.date === active);
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
      style={{ gridTemplateRows: `24px repeat(${days.length / 7}, minmax(84px, 1fr))` }}
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
      {days.map((day) => {
        const dateName = new Intl.DateTimeFormat(format.locale, {
          weekday: "long",
          day: "numeric",
          month: "long",
          timeZone: "UTC",
        }).format(Date.parse(day.date));
        const collision = day.collisions[0];
        const groups = groupsOf(day.items);
        return (
          <button
            key={day.date}
            type="button"
            className={classes.cell}
            data-date={day.date}
            data-outside={!day.date.startsWith(month) || undefined}
            data-today={day.date === today || undefined}
            tabIndex={day.date === active ? 0 : -1}
            onFocus={() => setFocused(day.date)}
            onClick={() => props.onDay(day.date)}
            aria-label={`${dateName}: ${countsText(day)}`}
          >
            <span className={classes.cellHead}>
              <span className={classes.dayNumber}>{Number(day.date.slice(8))}</span>
              <DayCounts day={day} />
            </span>
            {collision !== undefined && (
              <span className={`ellipsis ${classes.collision}`} data-tip={collision.schedules.slice(0, 12).join("\n")}>
                {collision.schedules.length} <span className={classes.word}>schedules </span>at{" "}
                {clockTime(collision.at, format)}
              </span>
            )}
            <span className={classes.entries}>
              {groups.slice(0, listed).map((group) => (
                <Entry key={`${group.name} ${group.at}`} group={group} />
              ))}
            </span>
          </button>
        );
      })}
    </div>
  );
}

/** A schedule in a day: when, or how often, and what is wrong. */
function Entry({ group }: { group: CalendarGroup }) {
  const format = useTimeFormat();
  const { outcome, count: all, worst } = group;
  const wrong = outcome === "failed" || outcome === "missed";
  const often = wrong && worst < all ? `${short(worst)} of ${short(all)}` : `${short(all)} ×`;
  return (
    <span className={classes.entry} data-outcome={outcome}>
      {wrong && <OutcomeIcon outcome={outcome} size={11} label={outcomeNames[outcome]} />}
      <span className={`dim ${classes.entryTime}`}>
        {all === 1 ? clockTime(group.at - (group.at % 60_000), format) : often}
      </span>
      <span className="ellipsis">{group.name}</span>
    </span>
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
