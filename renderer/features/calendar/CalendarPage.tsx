import { ActionIcon, Button, SegmentedControl } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { isCalendarDate } from "../../app/search.ts";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { useMinute } from "../../format/ticker.ts";
import { localDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useFirstDayOfWeek } from "../../format/week.ts";
import { Agenda } from "./Agenda.tsx";
import classes from "./Calendar.module.css";
import { CalendarFilters } from "./CalendarFilters.tsx";
import { CalendarTimeline } from "./CalendarTimeline.tsx";
import { type CalendarView, datesOf, stepDate } from "./calendarModel.ts";
import { MonthView } from "./MonthView.tsx";

export { readAhead } from "./readAhead.ts";

const route = getRouteApi("/calendar");

/** All schedules over time: what ran and how, what is planned, and what falls together. */
export function CalendarPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const format = useTimeFormat();
  const firstDay = useFirstDayOfWeek();
  const now = useMinute();
  const today = localDate(now, format.zone);
  const view = search.view ?? "month";
  const date = search.date ?? today;
  const dates = useMemo(() => datesOf(view, date, firstDay), [view, date, firstDay]);
  const first = dates[0] ?? date;
  const last = dates.at(-1) ?? date;

  const go = (part: { view?: CalendarView; date?: string }) =>
    navigate({
      search: (before) => ({ ...before, view, date, ...part }),
      replace: part.view === undefined && part.date !== undefined,
    });
  // What is zoomed into is named by the days that are in view, and not by those it was zoomed from.
  const [inView, setInView] = useState<{ of: readonly string[]; first: string; last: string } | null>(null);
  const onDates = useCallback((from: string, to: string) => setInView({ of: dates, first: from, last: to }), [dates]);
  const shownDates = inView?.of === dates && (view === "week" || view === "day") ? inView : null;
  const title =
    shownDates === null || (shownDates.first === first && shownDates.last === last)
      ? titleOf(view, first, date, last, format.locale)
      : titleOf(
          shownDates.first === shownDates.last ? "day" : "week",
          shownDates.first,
          shownDates.first,
          shownDates.last,
          format.locale,
        );
  const step = view === "agenda" ? "day" : view;
  const shown = {
    search,
    today,
    onDay: (day: string) => go({ view: "day", date: day }),
    onClear: () => navigate({ search: { view, date }, replace: true }),
  };

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
            <ActionIcon
              onClick={() => go({ date: stepDate(view, date, -1) })}
              disabled={!isCalendarDate(stepDate(view, date, -1))}
              aria-label={`Previous ${step}`}
            >
              <IconChevronLeft size={16} />
            </ActionIcon>
            <strong className={classes.range} aria-live="polite">
              {title}
            </strong>
            <ActionIcon
              onClick={() => go({ date: stepDate(view, date, 1) })}
              disabled={!isCalendarDate(stepDate(view, date, 1))}
              aria-label={`Next ${step}`}
            >
              <IconChevronRight size={16} />
            </ActionIcon>
            <SegmentedControl
              aria-label="View"
              data={[
                { value: "month", label: "Month" },
                { value: "week", label: "Week" },
                { value: "day", label: "Day" },
                { value: "agenda", label: "Agenda" },
              ]}
              value={view}
              onChange={(next) => go({ view: next as CalendarView })}
            />
          </>
        }
      />
      <CalendarFilters
        search={search}
        onSearch={(part) => navigate({ search: (before) => ({ ...before, ...part }), replace: true })}
      />
      {view === "month" && <MonthView dates={dates} month={date.slice(0, 7)} {...shown} />}
      {(view === "week" || view === "day") && <CalendarTimeline dates={dates} now={now} onDates={onDates} {...shown} />}
      {view === "agenda" && <Agenda key={date} date={date} now={now} {...shown} />}
    </div>
  );
}

function titleOf(view: CalendarView, first: string, date: string, last: string, locale: string | undefined): string {
  const print = (at: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(Date.parse(at));
  if (view === "month") return print(date, { month: "long", year: "numeric" });
  if (view === "day") return print(date, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  if (view === "agenda") return `from ${print(date, { day: "numeric", month: "short", year: "numeric" })}`;
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).formatRange(Date.parse(first), Date.parse(last));
}
