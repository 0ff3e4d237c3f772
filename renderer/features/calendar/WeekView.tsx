import { Link } from "@tanstack/react-router";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { plural } from "../../format/numbers.ts";
import { clockTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Calendar.module.css";
import {
  type CalendarDay,
  type CalendarGroup,
  type CalendarItem,
  collisionsOf,
  countsOf,
  groupsOf,
  startOfDay,
} from "./calendarModel.ts";
import { Counts, countsText, DayCounts } from "./MonthView.tsx";

const listed = 2;
const tipLines = 14;

/** `12 runs, 2 failed`. */
function groupWords({ count, worst, outcome }: CalendarGroup): string {
  const word = outcomeNames[outcome].toLowerCase();
  return worst === count ? `${count === 1 ? "" : `${count} `}${word}` : `${plural(count, "run")}, ${worst} ${word}`;
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);

/** A week of hours: what is in each, by name while few, by number when many. */
export function WeekView(props: {
  days: readonly CalendarDay[];
  today: string;
  now: number;
  onDay: (date: string) => void;
}) {
  const format = useTimeFormat();
  const byHour = props.days.map((day) => {
    const found = new Map<number, CalendarItem[]>();
    for (const item of day.items) {
      const hour = new Date(item.at).getHours();
      const there = found.get(hour);
      if (there === undefined) found.set(hour, [item]);
      else there.push(item);
    }
    return found;
  });
  const nowHour = new Date(props.now).getHours();
  return (
    <section
      className={classes.week}
      aria-label="Hours of the week"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table className={classes.weekTable}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visuallyHidden">Hour</span>
            </th>
            {props.days.map((day) => (
              <th key={day.date} scope="col" data-today={day.date === props.today || undefined}>
                <button type="button" className={classes.dayButton} onClick={() => props.onDay(day.date)}>
                  {new Intl.DateTimeFormat(format.locale, { weekday: "short", day: "numeric", timeZone: "UTC" }).format(
                    Date.parse(day.date),
                  )}
                </button>
                <span className={classes.dayCounts} data-tip={countsText(day)}>
                  <DayCounts day={day} />
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hours.map((hour) => (
            <tr key={hour}>
              <th scope="row" className={classes.hour}>
                {clockTime(new Date(2026, 0, 1, hour).getTime(), { ...format })}
              </th>
              {props.days.map((day, index) => (
                <td
                  key={day.date}
                  data-now={(day.date === props.today && hour === nowHour) || undefined}
                  data-past={startOfDay(day.date).setHours(hour + 1) <= props.now || undefined}
                >
                  <HourItems items={byHour[index]?.get(hour) ?? []} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function HourItems({ items }: { items: readonly CalendarItem[] }) {
  const format = useTimeFormat();
  if (items.length === 0) return null;
  if (items.length <= listed && items.every((item) => item.count === 1)) {
    return (
      <>
        {items.map((item) => (
          <ItemLink key={item.key} item={item} />
        ))}
      </>
    );
  }
  const counts = countsOf(items);
  const groups = groupsOf(items);
  const [collision] = collisionsOf(items);
  const lines = groups.slice(0, tipLines).map((group) => `${group.name}: ${groupWords(group)}`);
  if (groups.length > lines.length) lines.push(`and ${plural(groups.length - lines.length, "more schedule")}`);
  const together =
    collision === undefined ? [] : [`${collision.schedules.length} together at ${clockTime(collision.at, format)}`];
  return (
    <span className={classes.many} data-tip={[...together, ...lines].join("\n")}>
      <Counts counts={counts} most={2} />
      <span className="ellipsis">
        {collision !== undefined && <strong>{collision.schedules.length} at once </strong>}
        {groups.map((group) => group.name).join(", ")}
      </span>
    </span>
  );
}

/** A link to the run, to the backfill of what did not run, or to the schedule of what is to come. */
export function ItemLink({ item }: { item: CalendarItem }) {
  const format = useTimeFormat();
  const content = (
    <>
      <OutcomeIcon outcome={item.outcome} size={12} label={outcomeNames[item.outcome]} backfilled={item.backfilled} />
      <span className={`dim ${classes.entryTime}`}>{clockTime(item.at - (item.at % 60_000), format)}</span>
      <span className="ellipsis">{item.name}</span>
      {item.count > 1 && <span>× {item.count}</span>}
    </>
  );
  const shared = { className: `quietLink ${classes.item}` };
  if (item.runId !== null) {
    return (
      <Link to="/runs/$id" params={{ id: item.runId }} {...shared}>
        {content}
      </Link>
    );
  }
  if (item.scheduleId === null) return <span className={classes.item}>{content}</span>;
  if (item.hole !== undefined) {
    return (
      <Link to="/schedules/$id/backfill" params={{ id: item.scheduleId }} search={item.hole} {...shared}>
        {content}
      </Link>
    );
  }
  return (
    <Link to="/schedules/$id" params={{ id: item.scheduleId }} {...shared}>
      {content}
    </Link>
  );
}
