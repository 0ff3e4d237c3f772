import { useQuery } from "@tanstack/react-query";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { Countdown } from "../../components/Countdown.tsx";
import { useMinute } from "../../format/ticker.ts";
import { clockTime, exactInZones, shortDate, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import classes from "./Schedule.module.css";

const shown = 8;

/** The next times of a schedule, in its zone and the reader's; the first counts down and can be skipped. */
export function NextRuns({ row }: { row: ScheduleRow }) {
  const format = useTimeFormat();
  const actions = useScheduleActions();
  const now = useMinute();
  const zone = row.spec.timezone ?? "UTC";
  const { data } = useQuery(trpc.schedules.upcoming.queryOptions({ scheduleId: row.scheduleId, count: shown }));
  const times = data?.times ?? [];
  if (row.status !== "active") {
    const words = {
      paused: "Paused: it does not run until it is resumed.",
      ended: "It has ended and does not run any more.",
      deleted: "It is deleted.",
    };
    return <p className="dim">{words[row.status]}</p>;
  }
  if (data !== undefined && times.length === 0) {
    return <p className="dim">The next time is known when the run that is going has ended.</p>;
  }
  const same = zone === format.zone;
  return (
    <>
      <p className={classes.zone}>
        {zone}
        {!same && <>, then your time</>}
      </p>
      <ol className={classes.nextRuns}>
        {times.map((time, index) => {
          const at = Date.parse(time);
          return (
            <li key={time}>
              <time dateTime={time} data-tip={exactInZones(at, zone, format)}>
                {dayAndTime(at, now, { ...format, zone })}
                {!same && <span className="dim"> · {clockTime(at, format)}</span>}
              </time>
              {index === 0 && (
                <>
                  <span className={classes.countdown}>
                    <Countdown to={at} zone={zone} />
                  </span>
                  <button type="button" className={classes.skip} onClick={() => actions.skipNext(row, time)}>
                    Skip
                  </button>
                </>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** Day and time; the zone stands above the list. */
function dayAndTime(at: number, now: number, format: TimeFormat): string {
  const weekday = new Intl.DateTimeFormat(format.locale, { weekday: "short", timeZone: format.zone }).format(at);
  return `${weekday} ${shortDate(at, now, format)} ${clockTime(at, format)}`;
}
