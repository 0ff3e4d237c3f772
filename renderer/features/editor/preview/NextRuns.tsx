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

/** The next runs in the schedule's zone, and in the reader's where that is another one. */
export function NextRuns(props: {
  times: readonly number[];
  zone: string;
  now: number;
  collisions: readonly Collision[];
  /** Later ones depend on how long runs take. */
  unsure: boolean;
}) {
  const format = useTimeFormat();
  const { times, zone, now } = props;
  const otherZone = format.zone !== zone;
  const seconds = times.some((at) => at % 60_000 !== 0);
  const also = new Map(props.collisions.map((collision) => [collision.at, collision.names]));
  if (times.length === 0) return null;
  // Beside each other where no second zone needs the room: so ten of them stand as high as five.
  const half = otherZone ? times.length : Math.ceil(times.length / 2);
  const lists = [times.slice(0, half), times.slice(half)].filter((list) => list.length > 0);
  return (
    <>
      <p className={classes.runsHead}>
        <span>Next runs · {zone}</span>
        {otherZone && <span>your time, {format.zone}</span>}
      </p>
      <div className={classes.runLists}>
        {lists.map((list, index) => (
          <table key={list[0]} className={classes.runs} aria-label={index === 0 ? "Next runs" : "Further runs"}>
            <tbody>
              {list.map((at) => {
                const names = also.get(at);
                const sameDay = localDate(at, zone) === localDate(at, format.zone);
                return (
                  <tr key={at}>
                    <td>{datePart(at, zone, now, format)}</td>
                    <td className={classes.clock}>{clockPart(at, zone, format, seconds)}</td>
                    <td className={classes.also}>
                      {names !== undefined && <span data-tip={names.slice(0, 20).join("\n")}>+{names.length}</span>}
                    </td>
                    {otherZone && (
                      <td className={`dim ${classes.yourTime}`}>
                        {sameDay ? "" : `${datePart(at, format.zone, now, format)} `}
                        {clockPart(at, format.zone, format, seconds)}
                      </td>
                    )}
                  </tr>
                );
              })}
            </tbody>
          </table>
        ))}
      </div>
      {props.unsure && (
        <p className={classes.total}>It waits for the end of each run, so only the first of these is sure.</p>
      )}
    </>
  );
}
