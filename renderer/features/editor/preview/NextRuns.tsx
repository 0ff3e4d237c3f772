import { clockTime, localDate, type TimeFormat } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import type { Collision } from "../model/collisions.ts";
import classes from "./PreviewPanel.module.css";

const formats = new Map<string, Intl.DateTimeFormat>();

function datePart(at: number, zone: string, now: number, format: TimeFormat): string {
  const withYear = localDate(at, zone).slice(0, 4) !== localDate(now, zone).slice(0, 4);
  const key = [zone, format.locale, withYear].join("|");
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(format.locale, {
      timeZone: zone,
      weekday: "short",
      day: "numeric",
      month: "short",
      ...(withYear ? { year: "numeric" } : {}),
    });
    formats.set(key, made);
  }
  return made.format(at);
}

const clockPart = (at: number, zone: string, format: TimeFormat, seconds = false): string =>
  clockTime(at, { ...format, zone }, seconds ? "always" : "if any");

const shownRows = 10;

/** The next runs in the schedule's zone, and in the reader's where that is another one. */
export function NextRuns(props: {
  times: readonly number[];
  /** It runs at once when it is created, and after that at these times. */
  whenCreated: boolean;
  zone: string;
  now: number;
  collisions: readonly Collision[];
  /** Later ones depend on how long runs take. */
  unsure: boolean;
}) {
  const format = useTimeFormat();
  const { whenCreated, zone, now } = props;
  // The rows are as many either way, so nothing moves.
  const times = whenCreated ? props.times.slice(0, shownRows - 1) : props.times;
  const otherZone = format.zone !== zone;
  const years = times.some((at) => localDate(at, zone).slice(0, 4) !== localDate(now, zone).slice(0, 4));
  const seconds = times.some((at) => at % 60_000 !== 0);
  // Two columns where nothing more needs the room: so ten of them stand as high as five.
  const isWide = otherZone || (years && (seconds || props.collisions.length > 0));
  const also = new Map(props.collisions.map((collision) => [collision.at, collision.names]));
  if (times.length === 0 && !whenCreated) return null;
  return (
    <>
      <p className={classes.runsHead}>
        <span>Next runs · {zone}</span>
        {otherZone && <span>your time, {format.zone}</span>}
      </p>
      <div
        className={classes.runs}
        data-columns={isWide ? 1 : 2}
        data-years={years || undefined}
        role="table"
        aria-label="Next runs"
      >
        {whenCreated && (
          <div className={classes.run} role="row">
            <span role="cell" className={classes.atOnce}>
              When it is created
            </span>
          </div>
        )}
        {times.map((at) => {
          const names = also.get(at);
          const sameDay = localDate(at, zone) === localDate(at, format.zone);
          return (
            <div key={at} className={classes.run} role="row">
              <span role="cell">{datePart(at, zone, now, format)}</span>
              <span role="cell" className={classes.clock}>
                {clockPart(at, zone, format, seconds)}
              </span>
              <span role="cell" className={classes.also}>
                {names !== undefined && <span data-tip={names.slice(0, 20).join("\n")}>+{names.length}</span>}
              </span>
              {otherZone && (
                <span role="cell" className="dim">
                  {sameDay ? "" : `${datePart(at, format.zone, now, format)} `}
                  {clockPart(at, format.zone, format, seconds)}
                </span>
              )}
            </div>
          );
        })}
      </div>
      {props.unsure && (
        <p className={classes.total}>It waits for the end of each run, so only the first of these is sure.</p>
      )}
    </>
  );
}
