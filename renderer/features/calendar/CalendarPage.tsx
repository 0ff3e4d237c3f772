import { ActionIcon, Button, Progress, SegmentedControl } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { useMinute } from "../../format/ticker.ts";
import { localDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { firstDayOfWeek } from "../../format/week.ts";
import classes from "./Calendar.module.css";
import {
  addDays,
  type CalendarView,
  calendarDays,
  calendarItems,
  datesOf,
  startOfDay,
  stepDate,
} from "./calendarModel.ts";
import { DayView } from "./DayView.tsx";
import { MonthView } from "./MonthView.tsx";
import { useCalendarRange } from "./useCalendarRange.ts";
import { WeekView } from "./WeekView.tsx";

const route = getRouteApi("/calendar");

const explained = ["completed", "failed", "running", "missed", "skipped", "planned"] as const;
/** In the key only where they are on the page. */
const rare = ["waiting", "cancelled", "interrupted"] as const;

/** More runs, or planned times, than this in one view are counted and not listed. */
const limit = 5000;

/** All schedules over time: what ran and how, what is planned, and what falls together. */
export function CalendarPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const format = useTimeFormat();
  const now = useMinute();
  const today = localDate(now, format.zone);
  const view = search.view ?? "month";
  const date = search.date ?? today;
  const dates = useMemo(() => datesOf(view, date, firstDayOfWeek()), [view, date]);
  const first = dates[0] ?? date;
  const last = dates.at(-1) ?? date;

  const { query, done, stop } = useCalendarRange({
    from: startOfDay(first).toISOString(),
    to: startOfDay(addDays(last, 1)).toISOString(),
    zone: format.zone,
    limit,
  });
  const range = query.data;
  // What is on show is of other dates, or nothing yet.
  const awaited = range === undefined || query.isPlaceholderData;
  const days = useMemo(() => {
    if (range === undefined) return [];
    const names = new Map(range.planned.map((planned) => [planned.scheduleId, planned.name]));
    for (const run of range.runs) if (run.scheduleId !== null) names.set(run.scheduleId, run.name);
    for (const { scheduleId, name } of range.counts) {
      if (scheduleId !== null && name !== null) names.set(scheduleId, name);
    }
    const items = calendarItems(range, (id) => names.get(id) ?? id);
    return calendarDays(dates, items, format.zone);
  }, [range, dates, format.zone]);

  const go = (part: { view?: CalendarView; date?: string }) =>
    navigate({ search: { view, date, ...part }, replace: part.view === undefined && part.date !== undefined });
  const title = titleOf(view, first, date, last, format.locale);

  return (
    <div className={classes.page}>
      <PageHeader
        title="Calendar"
        sub={`Times in ${format.zone}`}
        actions={
          <>
            <Button variant="default" onClick={() => go({ date: today })}>
              Today
            </Button>
            <ActionIcon onClick={() => go({ date: stepDate(view, date, -1) })} aria-label={`Previous ${view}`}>
              <IconChevronLeft size={16} />
            </ActionIcon>
            <strong className={classes.range} aria-live="polite">
              {title}
            </strong>
            <ActionIcon onClick={() => go({ date: stepDate(view, date, 1) })} aria-label={`Next ${view}`}>
              <IconChevronRight size={16} />
            </ActionIcon>
            <SegmentedControl
              aria-label="View"
              data={[
                { value: "month", label: "Month" },
                { value: "week", label: "Week" },
                { value: "day", label: "Day" },
              ]}
              value={view}
              onChange={(next) => go({ view: next as CalendarView })}
            />
          </>
        }
      />
      {awaited && query.isFetching && <ReadingProgress done={done} onStop={stop} />}
      {query.error !== null && awaited ? (
        <ErrorState error={query.error} title="The calendar could not be read" onRetry={query.refetch} />
      ) : awaited && !query.isFetching ? (
        <EmptyState title="Stopped" action={<Button onClick={() => query.refetch()}>Read it again</Button>}>
          These days have not been read to the end.
        </EmptyState>
      ) : range === undefined ? (
        <LoadingRows rows={10} />
      ) : (
        <div className={classes.view} data-awaited={awaited || undefined} aria-busy={awaited}>
          {view === "month" && (
            <MonthView
              days={days}
              month={date.slice(0, 7)}
              today={today}
              onDay={(day) => go({ view: "day", date: day })}
            />
          )}
          {view === "week" && (
            <WeekView days={days} today={today} now={now} onDay={(day) => go({ view: "day", date: day })} />
          )}
          {view === "day" && days[0] !== undefined && <DayView day={days[0]} now={now} isToday={date === today} />}
          <ul className={classes.legend}>
            {[...explained, ...rare.filter((outcome) => days.some(({ counts }) => counts.has(outcome)))].map(
              (outcome) => (
                <li key={outcome}>
                  <OutcomeIcon outcome={outcome} size={12} /> {outcomeNames[outcome].toLowerCase()}
                </li>
              ),
            )}
          </ul>
        </div>
      )}
    </div>
  );
}

/** How far a long reading is, and a way to end it; shown once it has lasted a moment. */
function ReadingProgress({ done, onStop }: { done: number; onStop: () => void }) {
  return (
    <div className={classes.reading}>
      <Progress.Root size="sm" className={classes.readingBar}>
        <Progress.Section value={done * 100} aria-label="Reading the calendar" />
      </Progress.Root>
      <span>Reading, {Math.round(done * 100)}%</span>
      <Button variant="default" size="compact-sm" onClick={onStop}>
        Stop
      </Button>
    </div>
  );
}

function titleOf(view: CalendarView, first: string, date: string, last: string, locale: string | undefined): string {
  const print = (at: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(Date.parse(at));
  if (view === "month") return print(date, { month: "long", year: "numeric" });
  if (view === "day") return print(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).formatRange(Date.parse(first), Date.parse(last));
}
