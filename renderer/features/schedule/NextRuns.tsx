import { useQuery } from "@tanstack/react-query";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { Countdown } from "../../components/values/Countdown.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { useMinute } from "../../format/ticker.ts";
import { clockTime, exactInZones, weekdayAndTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import classes from "./Schedule.module.css";

const shown = 10;

/**
 * The next times of a schedule, in its zone and the reader's; the first counts down and can be skipped. What is skipped
 * already stands among them, and can be taken back.
 */
export function NextRuns({ row }: { row: ScheduleRow }) {
  const format = useTimeFormat();
  const actions = useScheduleActions();
  const now = useMinute();
  const zone = row.spec.timezone ?? "UTC";
  const { data } = useQuery(trpc.schedules.upcoming.queryOptions({ scheduleId: row.scheduleId, count: shown }));
  const times = data?.times ?? [];
  const skipped = new Set(data?.skipped);
  if (row.status === "ended") return <p className="dim">It has ended and does not run any more.</p>;
  if (row.status === "deleted") return <p className="dim">It is deleted.</p>;
  const paused = row.status === "paused";
  if (data !== undefined && times.length === 0 && skipped.size === 0) {
    if (row.spec.on !== undefined)
      return (
        <p className="dim">{paused ? "Paused. Resumed, it" : "It"} runs on an event: when that comes nobody knows.</p>
      );
    if (paused) return <p className="dim">Paused, and nothing is left to run.</p>;
    return <p className="dim">The next time is known when the run that is going has ended.</p>;
  }
  const same = zone === format.zone;
  return (
    <>
      {paused && (
        <p className="dim">
          {row.pausedUntil === null ? (
            "Paused: nothing runs. Resumed now, it would run at"
          ) : (
            <>
              Paused until <TimeText at={row.pausedUntil} zone={zone} clock="both" />. Then it runs at
            </>
          )}
        </p>
      )}
      <p className={classes.zone}>
        {zone}
        {!same && <>, then your time</>}
      </p>
      <ol className={classes.nextRuns} data-paused={paused || undefined}>
        {[...times, ...skipped].sort().map((time) => {
          const at = Date.parse(time);
          const isSkipped = skipped.has(time);
          return (
            <li key={time} data-next={time === times[0] || undefined} data-skipped={isSkipped || undefined}>
              <time dateTime={time} data-tip={exactInZones(at, zone, format)}>
                {weekdayAndTime(at, now, { ...format, zone })}
                {!same && <span className="dim"> · {clockTime(at, format)}</span>}
              </time>
              {isSkipped && (
                <span className={classes.skipped}>
                  skipped
                  <button type="button" className={classes.skip} onClick={() => actions.unskip(row, time)}>
                    Take back
                  </button>
                </span>
              )}
              {time === times[0] && !paused && (
                <span className={classes.nextLine}>
                  <span className={classes.countdown}>
                    in <Countdown to={at} zone={zone} />
                  </span>
                  <button type="button" className={classes.skip} onClick={() => actions.skipNext(row, time)}>
                    Skip this one
                  </button>
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}
