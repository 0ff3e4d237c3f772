import { memo } from "react";
import type { ScheduleSummary } from "../../../shared/api/schedules.ts";
import { plural } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { clockTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Schedules.module.css";

const height = 28;
/** What fires all the time is a band below what is rare. */
const band = 5;

/** The next 24 hours as bars, one a quarter of an hour; the present moment at the left. */
export const NextDayStrip = memo(function NextDayStrip({ next24h }: { next24h: ScheduleSummary["next24h"] }) {
  const format = useTimeFormat();
  const now = useMinute();
  const { counts, bucketMinutes, frequent } = next24h;
  const from = Date.parse(next24h.from);
  const bucketMs = bucketMinutes * 60_000;
  const most = Math.max(1, ...counts);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const [total, often] = [sum(counts), sum(frequent.counts)];
  const floor = frequent.schedules === 0 ? height - 0.5 : height - band;
  const zoneName =
    new Intl.DateTimeFormat(format.locale, { timeZone: format.zone, timeZoneName: "short" })
      .formatToParts(now)
      .find((part) => part.type === "timeZoneName")?.value ?? format.zone;
  const hours = counts
    .map((_, index) => ({ index, at: from + index * bucketMs }))
    .filter(({ at }) => new Date(at).getMinutes() === 0 && new Date(at).getHours() % 3 === 0);
  return (
    <div className={classes.next}>
      <span className={classes.nextLabel}>next 24 h</span>
      <div className={classes.nextChart}>
        <svg
          className={classes.nextBars}
          width="100%"
          height={height}
          viewBox={`0 0 ${counts.length} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${plural(total, "run")} in the next 24 hours${often === 0 ? "" : `, and ${plural(often, "run")} of ${plural(frequent.schedules, "schedule")} that fire more often than every ${bucketMinutes} minutes`}`}
        >
          <line x1="0" x2={counts.length} y1={floor} y2={floor} className={classes.nextLine} />
          {counts.map((value, index) => {
            const bar = value === 0 ? 0 : 4 + (floor - 6) * (Math.log1p(value) / Math.log1p(most));
            const frequently = frequent.counts[index] ?? 0;
            const at = from + index * bucketMs;
            return (
              <g
                key={at}
                data-tip={`${clockTime(at, format)}–${clockTime(at + bucketMs, format)}: ${value === 0 ? (frequently === 0 ? "nothing" : "nothing else") : plural(value, "run")}${frequently === 0 ? "" : `\nand ${plural(frequently, "run")} of ${plural(frequent.schedules, "frequent schedule")}`}`}
              >
                <rect x={index} width="1" height={height} className={classes.nextHit} />
                {value > 0 && (
                  <rect x={index + 0.15} width="0.7" y={floor - bar} height={bar} className={classes.nextBar} />
                )}
                {frequently > 0 && (
                  <rect x={index} width="1" y={height - band + 2} height={band - 2} className={classes.nextBand} />
                )}
              </g>
            );
          })}
        </svg>
        <div className={classes.nextHours} aria-hidden="true">
          {hours.map(({ index, at }) => (
            <span key={at} style={{ left: `${(index / counts.length) * 100}%` }}>
              {clockTime(at, format)}
            </span>
          ))}
        </div>
      </div>
      <span className={classes.nextNow}>
        now <time>{clockTime(now, format)}</time> {zoneName}
      </span>
    </div>
  );
});
